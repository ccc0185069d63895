#include "host/results/tally_statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace balassa {
namespace {

__extension__ using Int128 = __int128;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Int128 integer(const Sum128& sum) {
  return static_cast<Int128>(static_cast<unsigned __int128>(static_cast<std::uint64_t>(sum.high)) << 64 | sum.low);
}

// Sample deviation from sums of n integers q: with an integer centre m near the mean, sum (q - m)^2 is exact, and only
// the last step rounds. Where n max(q^2) < 2^125, no product or sum here passes 2^127; ranks stay far below.
double deviation(Int128 n, Int128 sum, Int128 square) {
  if (n < 2) return kNan;
  const Int128 m = sum / n;
  const Int128 centred = square - 2 * m * sum + n * m * m;
  const long double rest = static_cast<long double>(sum - n * m);
  const long double total = static_cast<long double>(centred) - rest * rest / static_cast<long double>(n);
  return static_cast<double>(std::sqrt(std::max(total, 0.0L) / static_cast<long double>(n - 1)));
}

// Whether the sums hold every score, and what `deviation` needs.
bool sums_are_whole(const Moments& moments, double scale) {
  const double limit = std::max(std::fabs(moments.minimum), std::fabs(moments.maximum));
  const long double largest = static_cast<long double>(limit) * scale + 1;
  return limit <= kMomentLimit && static_cast<long double>(moments.count) * largest * largest < 0x1p125L;
}

}  // namespace

ScoreStatistics score_statistics(const Moments& moments, double scale) {
  if (moments.count == 0 || !sums_are_whole(moments, scale)) return {kNan, kNan, kNan};
  const Int128 n = moments.count, sum = integer(moments.sum);
  const Int128 whole = sum / n;
  const long double mean =
      static_cast<long double>(whole) + static_cast<long double>(sum - whole * n) / static_cast<long double>(n);
  const double sd = deviation(n, sum, integer(moments.square)) / scale;
  return {static_cast<double>(mean / static_cast<long double>(scale)), sd,
          sd / std::sqrt(static_cast<double>(moments.count))};
}

ScoreOrder::ScoreOrder(const SparseHistograms::Row& row, const Moments& exact)
    : histogram(row), moments(exact), up_to(row.count.size()) {
  std::partial_sum(row.count.begin(), row.count.end(), up_to.begin());
}

double score_quantile(const ScoreOrder& scores, const Quantile& quantile) {
  if (scores.up_to.empty()) return kNan;
  const std::uint64_t n = scores.up_to.back();
  // Order statistic k, 0-based, by its place in its bin; NaN in the columns without an outer edge.
  const auto order_statistic = [&scores, n](std::uint64_t k) {
    const double minimum = scores.moments.minimum, maximum = scores.moments.maximum;
    if (k == 0 || minimum == maximum) return minimum;
    if (k + 1 >= n) return maximum;
    const auto entry =
        static_cast<std::size_t>(std::upper_bound(scores.up_to.begin(), scores.up_to.end(), k) - scores.up_to.begin());
    const int index = scores.histogram.column[entry];
    if (index == 0 || index == kScoreColumns - 1) return kNan;
    const std::uint64_t count = scores.histogram.count[entry], before = scores.up_to[entry] - count;
    const double low = std::max(minimum, score_edge(index - 1));
    const double high = std::min(maximum, score_edge(index));
    const double part = (static_cast<double>(k - before) + 0.5) / static_cast<double>(count);
    return low + (high - low) * part;
  };
  const Int128 position = static_cast<Int128>(n - 1) * quantile.numerator;
  const std::uint64_t k = static_cast<std::uint64_t>(position / quantile.denominator);
  const double fraction = static_cast<double>(static_cast<std::int64_t>(position % quantile.denominator)) /
                          static_cast<double>(quantile.denominator);
  const double low = order_statistic(k);
  if (fraction == 0.0) return low;
  return std::clamp(low + fraction * (order_statistic(k + 1) - low), scores.moments.minimum, scores.moments.maximum);
}

RankStatistics rank_statistics(std::span<const std::uint64_t> histogram) {
  Int128 n = 0, sum = 0, square = 0;
  for (std::size_t r = 1; r < histogram.size(); ++r) {
    const Int128 count = histogram[r], rank = static_cast<Int128>(r);
    n += count;
    sum += count * rank;
    square += count * rank * rank;
  }
  if (n == 0) return {0, kNan, kNan};
  return {static_cast<std::uint64_t>(n),
          static_cast<double>(static_cast<long double>(sum) / static_cast<long double>(n)), deviation(n, sum, square)};
}

double rank_quantile(std::span<const std::uint64_t> histogram, const Quantile& quantile) {
  const std::uint64_t n = std::accumulate(histogram.begin() + 1, histogram.end(), std::uint64_t{0});
  const Int128 needed = static_cast<Int128>(n) * quantile.numerator;
  Int128 cumulative = 0;
  for (std::size_t r = 1; r < histogram.size(); ++r) {
    cumulative += histogram[r];
    if (histogram[r] > 0 && cumulative * quantile.denominator >= needed) return static_cast<double>(r);
  }
  return kNan;
}

double top_share(std::span<const std::uint64_t> histogram, std::size_t k) {
  std::uint64_t n = 0, top = 0;
  for (std::size_t r = 1; r < histogram.size(); ++r) {
    n += histogram[r];
    top += r <= k ? histogram[r] : 0;
  }
  return n == 0 ? kNan : static_cast<double>(top) / static_cast<double>(n);
}

double probability_error(double p, std::uint64_t n) {
  return n == 0 ? kNan : std::sqrt(p * (1.0 - p) / static_cast<double>(n));
}

}  // namespace balassa
