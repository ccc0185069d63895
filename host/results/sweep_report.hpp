// What a sweep says on stdout: who is certain, who is not, whose class flips.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/results/cell_statistics.hpp"
#include "host/results/ranking_choice.hpp"
#include "io/panel/panel.hpp"

namespace balassa {

// One location in one (year, specification).
struct LocationSummary {
  double eci = 0, sd = 0;                // NaN = none
  std::int32_t rank = 0;                 // of the baseline, 0 = not valid
  double rank_low = 0, rank_high = 0;    // 2.5 % and 97.5 % of the replicates' ranks; NaN = none
  double score_low = 0, score_high = 0;  // the same of their scores
  double top10 = 0, valid_share = 0;
  double total = 0;                      // exports of the year, in the panel's units; NaN = not known
  std::array<double, 3> class_share{};   // of valid replicates in O, F-O, L, in the central class rule; NaN = none
  std::array<std::uint32_t, 3> rules{};  // class rules in which the baseline is O, F-O, L
};

struct CellSummary {
  std::int32_t year = 0;
  std::size_t year_index = 0, specification = 0;
  CellAlignment alignment;
  YearBefore year_before;
  ScenarioRecord baseline;             // without its vectors, and read from a file without its votes
  std::optional<bool> sign_ambiguous;  // of a baseline that has scores
  CellDiagnostic diagnostic;
  std::uint64_t scenarios = 0;
  std::array<std::uint64_t, kValidityCount> validity{};
  std::array<std::uint64_t, 4> certification{};
  Worst worst_residual, worst_gap, worst_participation;
  std::vector<LocationSummary> location;  // [C] of the panel

  std::vector<std::size_t> ranked() const;  // locations with a rank, the highest first
};

class SweepSummary {
 public:
  SweepSummary(const Plan& plan, const SpecificationGrid& grid, const Panel& panel);
  // In the order of the grid.
  void add(const CellStatistics& cell);
  void add(CellSummary cell) { cells_.push_back(std::move(cell)); }
  // In memory, of each cell.
  static std::size_t cell_bytes(const Panel& panel) {
    return sizeof(CellSummary) + panel.locations.size() * sizeof(LocationSummary);
  }

  // Replicates that were not certified, baselines included.
  std::uint64_t not_certified() const;
  std::array<std::uint64_t, 4> certification() const;
  std::string text(const RankingChoice& choice = {}) const;
  std::string json() const;
  // The cells of `json`, as a JSON array.
  std::string cells_json(const RankingChoice& choice) const;
  // The ranking that the text shows, of each year that is chosen: under the specification nearest to the usual one.
  std::vector<const CellSummary*> central_cells(const RankingChoice& choice) const;
  // Classes stand in a table where they are asked for, or the plan says something of them.
  bool shows_classes(const RankingChoice& choice) const;
  std::string label(const CellSummary& cell) const { return grid_.label(cell.specification); }
  const Panel& panel() const { return panel_; }

 private:
  const CellSummary& at(std::size_t year, std::size_t specification) const;
  std::string name(std::size_t location) const;
  std::string year_text(const CellSummary& cell, const RankingChoice& choice) const;
  std::string ranking_text(const CellSummary& cell, const RankingChoice& choice) const;
  std::string certainty_text(const CellSummary& cell) const;
  std::string flips_text(std::size_t year) const;
  std::string spread_text(std::size_t year) const;
  std::string certificate_text() const;
  std::string terms_text(const RankingChoice& choice) const;

  const Plan& plan_;
  const SpecificationGrid& grid_;
  const Panel& panel_;
  std::size_t central_rule_ = 0;  // of the class grid
  std::vector<CellSummary> cells_;
};

// One of which nothing is known.
LocationSummary absent_location();
// Shares of O, F-O and L of three counts; NaN where nothing was counted.
std::array<double, 3> class_shares(const std::uint64_t* count);

// Texts of the enumerations, for people.
const char* certification_text(Certification certification);
const char* alignment_text(Alignment alignment);

// The class rule nearest to the usual one: P1 at 3/4, median, HHI 1800. Index into the class grid.
std::size_t central_class_rule(const ClassGrid& classes);
// "P1 0.75, median, HHI of P1 1800".
std::string class_rule_label(const ClassGrid& classes, std::size_t rule);

}  // namespace balassa
