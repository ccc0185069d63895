#include "host/studies/rank_correlation.hpp"

#include <lapacke.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kQuantile975 = 1.959963984540054;  // of the normal distribution

Interval fisher_interval(double r, double variance) {
  const double z = std::atanh(r), reach = kQuantile975 * std::sqrt(variance);
  return {std::tanh(z - reach), std::tanh(z + reach)};
}

double pearson(std::span<const double> x, std::span<const double> y) {
  const auto n = static_cast<double>(x.size());
  const double mean_x = std::accumulate(x.begin(), x.end(), 0.0) / n;
  const double mean_y = std::accumulate(y.begin(), y.end(), 0.0) / n;
  double xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] - mean_x, dy = y[i] - mean_y;
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  if (!(xx > 0) || !(yy > 0)) return kNan;
  return std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
}

}  // namespace

std::vector<double> average_ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] > values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t first = 0, end; first < order.size(); first = end) {
    for (end = first + 1; end < order.size() && values[order[end]] == values[order[first]];) ++end;
    for (std::size_t i = first; i < end; ++i) ranks[order[i]] = static_cast<double>(first + 1 + end) / 2;
  }
  return ranks;
}

double spearman(std::span<const double> x, std::span<const double> y) {
  return pearson(average_ranks(x), average_ranks(y));
}

double kendall_tau_b(std::span<const double> x, std::span<const double> y) {
  std::int64_t agree = 0, in_x = 0, in_y = 0;  // pairs of units that x, y tell apart
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const int by_x = (x[i] > x[j]) - (x[i] < x[j]), by_y = (y[i] > y[j]) - (y[i] < y[j]);
      agree += by_x * by_y;
      in_x += by_x * by_x;
      in_y += by_y * by_y;
    }
  }
  if (in_x == 0 || in_y == 0) return kNan;
  return static_cast<double>(agree) / std::sqrt(static_cast<double>(in_x) * static_cast<double>(in_y));
}

Interval spearman_interval(double r, std::size_t n) {
  if (n < 4) return {kNan, kNan};
  return fisher_interval(r, (1 + r * r / 2) / (static_cast<double>(n) - 3));
}

Interval kendall_interval(double tau, std::size_t n) {
  if (n < 5) return {kNan, kNan};
  return fisher_interval(tau, 0.437 / (static_cast<double>(n) - 4));
}

OverlapTest overlap_test(double first, double second, double between, std::size_t n) {
  const double mean_square = (first * first + second * second) / 2;
  if (n < 4 || !(mean_square < 1) || !(std::fabs(first) < 1) || !(std::fabs(second) < 1) || !(std::fabs(between) < 1))
    return {kNan, kNan};
  const double f = std::min(1.0, (1 - between) / (2 * (1 - mean_square)));
  const double h = (1 - f * mean_square) / (1 - mean_square);
  const double z =
      (std::atanh(first) - std::atanh(second)) * std::sqrt((static_cast<double>(n) - 3) / (2 * (1 - between) * h));
  return {z, std::erfc(std::fabs(z) / std::sqrt(2.0))};
}

double smallest_eigenvalue(std::vector<double> matrix, std::size_t k) {
  std::vector<double> values(k);
  const auto size = static_cast<lapack_int>(k);
  if (LAPACKE_dsyev(LAPACK_ROW_MAJOR, 'N', 'U', size, matrix.data(), size, values.data()) != 0)
    throw std::runtime_error("the eigenvalues of a correlation matrix did not converge");
  return values.front();
}

}  // namespace balassa
