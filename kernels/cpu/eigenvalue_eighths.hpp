// The k-th largest eigenvalue of a tridiagonal matrix by halving, eight points at a time in the lanes of one core.
#pragma once

#include <cstdint>

#include "kernels/scenario/eigenvalue_count.hpp"

namespace balassa::inline BALASSA_ISA {

using Lanes8 = double __attribute__((vector_size(64)));
using Counts8 = std::int64_t __attribute__((vector_size(64)));

// count_above at eight points x side by side, into *counts. (No vector is passed by value: how is another matter on
// each instruction set.)
inline void count_above_eight(const double* alpha, const double* beta, int n, const Lanes8* x, Counts8* counts) {
  Lanes8 pivot = alpha[0] - *x;
  const Lanes8 below = Lanes8{} - 1e-300;
  pivot = pivot == 0.0 ? below : pivot;
  Counts8 above = -(pivot > 0.0);
  for (int i = 1; i < n; ++i) {
    pivot = (alpha[i] - *x) - beta[i - 1] * beta[i - 1] / pivot;
    pivot = pivot == 0.0 ? below : pivot;
    above -= pivot > 0.0;
  }
  *counts = above;
}

// eigenvalue_by_halving's number: asks at once at the seven points that three halvings could come to, a heap whose root
// is 1.
inline double eigenvalue_by_eighths(const double* alpha, const double* beta, int n, int least, double low, double high,
                                    int halvings) {
  for (int done = 0; done < halvings; done += 3) {
    double lower[8], upper[8];
    Lanes8 point{};
    lower[1] = low;
    upper[1] = high;
    for (int node = 1; node < 8; ++node) {
      point[node] = 0.5 * (lower[node] + upper[node]);
      if (node >= 4) continue;
      lower[2 * node] = lower[node];
      upper[2 * node] = lower[2 * node + 1] = point[node];
      upper[2 * node + 1] = upper[node];
    }
    Counts8 above;
    count_above_eight(alpha, beta, n, &point, &above);
    for (int k = 0, node = 1; k < 3 && done + k < halvings; ++k) {
      if (!(point[node] > low && point[node] < high)) return point[node];
      const bool up = above[node] >= least;
      (up ? low : high) = point[node];
      node = 2 * node + (up ? 1 : 0);
    }
  }
  return 0.5 * (low + high);
}

}  // namespace balassa::inline BALASSA_ISA
