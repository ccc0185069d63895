// What the counters of a cell come to, worked out once for all who read it: the result file, the summary, JSON.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "host/results/cell_diagnostic.hpp"
#include "host/results/tally_statistics.hpp"
#include "host/sweep/sweep_cell.hpp"

namespace balassa {

// What tables show of the replicates: an interval of 95 %, and how often a location is among the first ten.
inline constexpr Quantile kIntervalLow = {1, 40}, kIntervalHigh = {39, 40};
inline constexpr std::size_t kTopRanks = 10;

// Of one location over the replicates. NaN = not defined.
struct LocationStatistics {
  ScoreStatistics score;
  double minimum = 0, maximum = 0;
  std::vector<double> score_quantile;  // [quantile]
  RankStatistics rank;
  std::vector<double> rank_quantile;     // [quantile]
  double rank_low = 0, rank_high = 0;    // 2.5 % and 97.5 % of the ranks
  double score_low = 0, score_high = 0;  // of the scores
  double top10 = 0, top10_error = 0;     // share of rank <= 10, and its Monte-Carlo error
};

struct ProductStatistics {
  ScoreStatistics score;
  double minimum = 0, maximum = 0;
  std::vector<double> score_quantile;  // [quantile]
  std::uint64_t valid = 0;             // replicates with a PCI
};

struct CellStatistics {
  CellStatistics(const SweepCell& cell, const Plan& plan);

  const SweepCell& cell;
  std::vector<LocationStatistics> location;  // [C] of the year; empty where no replicate was run
  std::vector<ProductStatistics> product;    // [P] of the year; empty where products have no tallies
  CellDiagnostic diagnostic;
};

}  // namespace balassa
