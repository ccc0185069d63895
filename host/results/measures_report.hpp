// What `compute` says on stdout: a summary per year for people, or the same as JSON.
#pragma once

#include <string>
#include <vector>

#include "host/results/measures_file.hpp"
#include "host/results/ranking_choice.hpp"
#include "io/panel/panel.hpp"

namespace balassa {

inline constexpr double kCertifiedResidual = 1e-12;  // SOLVERS 5: fp64

// What is kept of a year for the summary, once its matrices are in the file.
struct YearSummary {
  std::int32_t year = 0;
  int locations = 0, products = 0;
  double density = 0;  // share of present cells
  std::size_t dropped_locations = 0, dropped_products = 0, missing_locations = 0;
  std::uint64_t unobserved_cells = 0;
  bool certified = false;  // valid, with a residual <= kCertifiedResidual, and no rank undecided
  YearBefore before;       // how the ECI goes with that of the year before
  YearMeasures measures;   // without the [C, P] matrices
  struct Row {
    std::size_t item = 0;  // index in the panel
    std::int32_t rank = 0;
    double eci = 0, diversity = 0, hhi = 0;
    double total = 0;  // exports, in the panel's units; NaN = not known
  };
  std::vector<Row> ranking;  // scored locations by rank, ties in panel order
};

YearSummary summarise(const MeasuredYear& year, const Panel& panel);

// A table of the highest and lowest locations with spectrum, sign statistics and what was dropped.
std::string summary_text(const Panel& panel, const YearSummary& summary);

// The table of it alone. `panel` names the locations.
std::string ranking_text(const Panel& panel, const YearSummary& summary, const RankingChoice& choice = {});
// The row of a location; without a rank, rank 0 and NaN.
YearSummary::Row row_of(const YearSummary& summary, std::size_t location);
std::vector<YearSummary::Row> chosen_rows(const YearSummary& summary, const RankingChoice& choice);
// "year": its ranking as a JSON array.
std::string ranking_json(const Panel& panel, const YearSummary& summary, const RankingChoice& choice = {});
const char* why_undefined(Validity validity);

// Lines that the summaries of `compute` and `sweep` share: the ranking is the reverse of the year before ("" where it
// is not), and an axis that hardly any location carries.
std::string turned_round_text(const YearBefore& before, std::int32_t year);
std::string few_locations_text(double participation);

// {"output": ..., "convention": ..., "years": [...]}; numbers that are not defined are null.
std::string summary_json(const Panel& panel, const std::vector<YearSummary>& summaries, const std::string& output,
                         const MeasuresHeader& header);

}  // namespace balassa
