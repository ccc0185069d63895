// How many eigenvalues of a symmetric tridiagonal matrix lie above a point, and the k-th largest by halving.
#pragma once

#include "kernels/base/hd.hpp"

namespace balassa::inline BALASSA_ISA {

// Eigenvalues above x, by the signs of the pivots of T - x (Barth, Martin, Wilkinson 1967). T: alpha [n] on the
// diagonal, beta [n - 1] beside it.
BALASSA_HD inline int count_above(const double* alpha, const double* beta, int n, double x) {
  int above = 0;
  double pivot = 1.0;
  for (int i = 0; i < n; ++i) {
    const double square = i > 0 ? beta[i - 1] * beta[i - 1] : 0.0;
    pivot = alpha[i] - x - (i > 0 ? square / pivot : 0.0);
    if (pivot == 0.0) pivot = -1e-300;
    above += pivot > 0.0 ? 1 : 0;
  }
  return above;
}

// Where fewer than `least` eigenvalues are above, in [low, high], by halving until the interval closes.
BALASSA_HD inline double eigenvalue_by_halving(const double* alpha, const double* beta, int n, int least, double low,
                                               double high, int halvings) {
  for (int i = 0; i < halvings; ++i) {
    const double middle = 0.5 * (low + high);
    if (!(middle > low && middle < high)) break;
    if (count_above(alpha, beta, n, middle) >= least)
      low = middle;
    else
      high = middle;
  }
  return 0.5 * (low + high);
}

}  // namespace balassa::inline BALASSA_ISA
