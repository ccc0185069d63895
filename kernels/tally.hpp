// Integer counters that scenarios add to; merging is addition, so any partition of the replicates gives the same bytes
// (SOLVERS 6).
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

#include "kernels/study.hpp"

namespace balassa {

// Columns of a score histogram, from the lowest score to the highest: 0 what is below -2^16; bins on [-2^16, -8) that
// are 1/64 of a power of two wide; bins of 1/256 on [-8, 8); bins on [8, 2^16) like those below; the last what is
// from 2^16 up. A bin holds its lower edge.
inline constexpr int kScoreBins = 4096;  // of 1/256
inline constexpr double kScoreBinsPerUnit = 256.0;
inline constexpr double kScoreLow = -8.0;
inline constexpr int kBinsPerOctave = 64, kOctavesBeyond = 13;
inline constexpr int kBinsBeyond = kBinsPerOctave * kOctavesBeyond;  // on each side
inline constexpr int kScoreColumns = kBinsBeyond + kScoreBins + kBinsBeyond + 2;

// Moments count scores as integers: of 2^-32 for locations, of 2^-24 for the many products. Scores beyond 2^24 are in
// no sum; minimum and maximum, which are exact, tell that there were some.
inline constexpr double kMomentScale = 4294967296.0, kProductScale = 16777216.0;
inline constexpr double kMomentLimit = 16777216.0;
inline constexpr int kLogBins = 64;  // certificate histograms: log10 in steps of 1/4 from 10^-16 up
inline constexpr double kLogLow = -16.0, kLogBinsPerUnit = 4.0;

// A 128-bit signed sum in two words (two's complement); it wraps, and score_statistics knows when it may have.
struct Sum128 {
  std::uint64_t low = 0;
  std::int64_t high = 0;
  void add(const Sum128& other) {
    const std::uint64_t sum = low + other.low;
    high = static_cast<std::int64_t>(static_cast<std::uint64_t>(high) + static_cast<std::uint64_t>(other.high) +
                                     (sum < low ? 1 : 0));
    low = sum;
  }
  long double value() const {
    return static_cast<long double>(high) * 18446744073709551616.0L + static_cast<long double>(low);
  }
};

// Exact moments and range of a score x: count, sum of q = round(x scale), sum of q^2, minimum and maximum of x.
struct Moments {
  std::uint64_t count = 0;
  Sum128 sum, square;
  double minimum = 1e308, maximum = -1e308;
  void add(const Moments& other);
};

// Histograms of scores, a row each, of which only the columns that occurred are kept: most of kScoreColumns never do.
struct SparseHistograms {
  struct Row {
    std::span<const std::uint16_t> column;  // rising
    std::span<const std::uint64_t> count;   // > 0
  };
  std::vector<std::uint64_t> start;   // [rows + 1] where a row's entries begin; empty: not wanted
  std::vector<std::uint16_t> column;  // [entries]
  std::vector<std::uint64_t> count;   // [entries]

  SparseHistograms() = default;
  explicit SparseHistograms(std::size_t rows) : start(rows + 1, 0) {}
  std::size_t rows() const { return start.empty() ? 0 : start.size() - 1; }
  Row row(std::size_t i) const {
    const std::size_t first = start[i], length = start[i + 1] - first;
    return {{column.data() + first, length}, {count.data() + first, length}};
  }
  // Rows are built one after the other: entries of rising columns, then the end of the row.
  void put(int at, std::uint64_t times) {
    column.push_back(static_cast<std::uint16_t>(at));
    count.push_back(times);
  }
  void end_row() { start.push_back(column.size()); }
  // Adds histograms of as many rows; commutative and associative to the bit.
  void add(SparseHistograms other);
  bool operator==(const SparseHistograms&) const = default;
};
static_assert(kScoreColumns < 65536);

// The extreme of a certificate quantity with the replicate that had it.
struct Worst {
  double value = 0;
  std::uint64_t replicate = 0;
  bool any = false;
};

// The counters of one (year, specification) cell. Shapes in the year's compact locations C and products P;
// q = P1 quantiles, s = splits, h = HHI cuts. Vectors that a study does not want are empty.
struct Tallies {
  std::uint64_t scenarios = 0;               // replicates 1..R that were run
  std::vector<std::uint64_t> validity;       // [kValidityCount]
  std::vector<std::uint64_t> certification;  // [4] by Certification, valid scenarios only
  std::uint64_t sign_disagree = 0, sign_undefined = 0, axis_swap = 0;
  std::uint64_t giant_component = 0;  // valid scenarios whose scores are those of the largest of several components

  std::vector<std::uint64_t> rank;                       // [C, C + 1] column 0 = not valid
  SparseHistograms score;                                // [C, kScoreColumns]
  std::vector<Moments> score_moments;                    // [C]
  SparseHistograms product_score;                        // [P, kScoreColumns]
  std::vector<Moments> product_moments;                  // [P]
  std::vector<std::uint64_t> in_p1;                      // [q, P]
  std::vector<std::uint64_t> class_count;                // [q, s, h, C, 3] O, FO, L
  std::vector<std::uint64_t> log_residual, log_gap;      // [kLogBins]
  std::vector<std::uint64_t> participation;              // [C + 1] rounded down
  Worst worst_residual, worst_gap, worst_participation;  // largest residual, smallest gap, smallest participation

  // Adds another tally of the same shape; commutative and associative to the bit.
  void add(Tallies other);
};

// The extents that the sizes of tallies are made of.
struct TallyShape {
  std::size_t locations = 0, products = 0;  // C, P
  std::size_t scored_products = 0;          // P, or 0 where a study does not want the tallies of products
  std::size_t p1_sets = 0, class_rules = 0;
};

// The families of counters, a row each. Shape, merging, bytes of work files, MPI, hashes and tests read the rows. The
// type of the member says how it merges: numbers add up, of extremes the worse one stays (keep_worse, layout.hpp).
template <class Member>
using TallyMember = Member Tallies::*;
template <class Member>
struct TallyFamily {
  const char* name;
  TallyMember<Member> member;
  std::size_t (*size)(const TallyShape&) = nullptr;  // of counts, moments and histograms; 0: not wanted
};

// The first is counted by validity, the others in a worker's counters of one number each, by their place there.
enum Diagnostic { kSignDisagree, kSignUndefined, kAxisSwap, kGiantComponent, kDiagnostics };
inline constexpr TallyFamily<std::uint64_t> kTallyScalars[] = {{"scenarios", &Tallies::scenarios},
                                                               {"sign_disagree", &Tallies::sign_disagree},
                                                               {"sign_undefined", &Tallies::sign_undefined},
                                                               {"axis_swap", &Tallies::axis_swap},
                                                               {"giant_component", &Tallies::giant_component}};
static_assert(std::size(kTallyScalars) == 1 + kDiagnostics);

inline constexpr TallyFamily<std::vector<std::uint64_t>> kTallyCounts[] = {
    {"validity", &Tallies::validity, [](const TallyShape&) { return std::size_t{kValidityCount}; }},
    {"certification", &Tallies::certification, [](const TallyShape&) { return std::size_t{4}; }},
    {"rank", &Tallies::rank, [](const TallyShape& s) { return s.locations * (s.locations + 1); }},
    {"in_p1", &Tallies::in_p1, [](const TallyShape& s) { return s.p1_sets * s.products; }},
    {"class_count", &Tallies::class_count,
     [](const TallyShape& s) { return s.class_rules * s.locations * kLocationClasses; }},
    {"log_gap", &Tallies::log_gap, [](const TallyShape&) { return std::size_t{kLogBins}; }},
    {"log_residual", &Tallies::log_residual, [](const TallyShape&) { return std::size_t{kLogBins}; }},
    {"participation", &Tallies::participation, [](const TallyShape& s) { return s.locations + 1; }}};
inline constexpr TallyFamily<SparseHistograms> kTallyHistograms[] = {
    {"score", &Tallies::score, [](const TallyShape& s) { return s.locations; }},
    {"product_score", &Tallies::product_score, [](const TallyShape& s) { return s.scored_products; }}};
inline constexpr TallyFamily<std::vector<Moments>> kTallyMoments[] = {
    {"score_moments", &Tallies::score_moments, [](const TallyShape& s) { return s.locations; }},
    {"product_moments", &Tallies::product_moments, [](const TallyShape& s) { return s.scored_products; }}};

enum Extreme { kWorstResidual, kWorstGap, kWorstParticipation, kExtremes };  // in the order of kTallyWorsts
inline constexpr TallyFamily<Worst> kTallyWorsts[] = {{"worst_residual", &Tallies::worst_residual},
                                                      {"worst_gap", &Tallies::worst_gap},
                                                      {"worst_participation", &Tallies::worst_participation}};
static_assert(std::size(kTallyWorsts) == kExtremes);

// Calls visit(family) for each of them, in the order of work files.
template <class Visit>
void each_tally(Visit visit) {
  for (const auto& family : kTallyScalars) visit(family);
  for (const auto& family : kTallyCounts) visit(family);
  for (const auto& family : kTallyHistograms) visit(family);
  for (const auto& family : kTallyMoments) visit(family);
  for (const auto& family : kTallyWorsts) visit(family);
}

// Tallies of zero in a shape; whether they have it.
Tallies shaped_tallies(const TallyShape& shape);
bool has_shape(const Tallies& tallies, const TallyShape& shape);

// Upper edge of column k of a score histogram, which is the lower edge of column k + 1; the last has none.
constexpr double score_edge(int column) {
  const auto beyond = [](int bin) {
    return -kScoreLow * (1 << (bin / kBinsPerOctave)) * (1.0 + bin % kBinsPerOctave / double{kBinsPerOctave});
  };
  if (column < kBinsBeyond) return -beyond(kBinsBeyond - column);
  if (column > kBinsBeyond + kScoreBins) return beyond(column - kBinsBeyond - kScoreBins);
  return kScoreLow + (column - kBinsBeyond) / kScoreBinsPerUnit;
}

}  // namespace balassa
