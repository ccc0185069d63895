// Rank correlations of ratings, with their intervals, and the comparison of two that share a rating (METHODS B7).
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace balassa {

struct Interval {
  double low, high;
};

// 1 = the highest value; tied values share the mean of their places.
std::vector<double> average_ranks(std::span<const double> values);

// Of two ratings of the same units; NaN where one of them is constant.
double spearman(std::span<const double> x, std::span<const double> y);
double kendall_tau_b(std::span<const double> x, std::span<const double> y);

// 95 %, on Fisher's scale atanh r. NaN where n is too small: below 4 and 5.
Interval spearman_interval(double r, std::size_t n);   // variance (1 + r^2 / 2) / (n - 3), Bonett & Wright 2000
Interval kendall_interval(double tau, std::size_t n);  // variance 0.437 / (n - 4), Fieller, Hartley & Pearson 1957

// Whether two ratings correlate equally with a third, all three of the same n units (Meng, Rosenthal & Rubin 1992).
struct OverlapTest {
  double z, p;  // p of both sides; NaN where a correlation is not defined, or |r| = 1
};
OverlapTest overlap_test(double first, double second, double between, std::size_t n);

// Smallest eigenvalue of a symmetric matrix [k, k]. At or below 0, beyond rounding: no set of ratings has it.
double smallest_eigenvalue(std::vector<double> matrix, std::size_t k);

}  // namespace balassa
