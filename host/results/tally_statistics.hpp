// From integer tallies to the numbers that people read (FORMATS section 3). Pure functions of the counters, so equal
// tallies give equal bytes.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "host/plan/plan.hpp"
#include "kernels/tally.hpp"

namespace balassa {

// Of one location's or product's scores over the replicates in which it is valid; NaN where there are too few.
struct ScoreStatistics {
  double mean, sd;        // sd over replicates with n - 1; NaN for n < 2
  double standard_error;  // Monte-Carlo error of the mean, sd / sqrt(n)
};

// Mean and deviation from the exact sums of integers of 1 / scale: the squares are centred in 128-bit integers before
// any rounding. NaN where a score passed kMomentLimit, or where so many were so large that the sums may have wrapped.
ScoreStatistics score_statistics(const Moments& moments, double scale);

// One row of score histograms with its running counts, for any number of quantiles.
struct ScoreOrder {
  ScoreOrder(const SparseHistograms::Row& histogram, const Moments& moments);
  SparseHistograms::Row histogram;
  Moments moments;
  std::vector<std::uint64_t> up_to;  // [entry] scores in this column and those before
};

// Quantile of type 7 (position (n - 1) q between order statistics) from one row of score histograms.
// The order statistics of a bin are taken as spread evenly over it, so each is off by less than its bin is wide: 1/256
// up to |8|, and 1/64 of itself beyond. Minimum and maximum are exact and bound the quantile. NaN where nothing was
// counted, and where it rests on a score beyond 2^16 that is neither of them.
double score_quantile(const ScoreOrder& scores, const Quantile& quantile);

// Of one location's ranks: row [C + 1] of the rank histogram, column 0 = not valid. All conditional on validity.
struct RankStatistics {
  std::uint64_t valid = 0;
  double mean, sd;  // NaN where n = 0; sd with n - 1
};
RankStatistics rank_statistics(std::span<const std::uint64_t> histogram);

// The smallest rank whose cumulative share is >= q: exact, and a rank that occurred. NaN where none is valid.
double rank_quantile(std::span<const std::uint64_t> histogram, const Quantile& quantile);

// Share of the valid replicates with rank <= k; NaN where none is valid.
double top_share(std::span<const std::uint64_t> histogram, std::size_t k);

// sqrt(p (1 - p) / n); NaN for n = 0.
double probability_error(double p, std::uint64_t n);

}  // namespace balassa
