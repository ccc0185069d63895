// The leading eigenvalues and one eigenvector of the small tridiagonal matrix of a Lanczos run; one member's work but
// for the search of the second eigenvalue.
#pragma once

#include "kernels/scenario/team.hpp"

namespace balassa::inline BALASSA_ISA {

// Where first_ritz, second_ritz and next_ritz_vectors leave their scalars.
enum RitzScalar { kRitzFirst, kRitzResidual, kRitzSecond, kRitzSecondResidual, kNextRitz };

// Largest root of the characteristic polynomial by Laguerre's iteration from above: monotone and cubic for real roots.
BALASSA_HD inline double largest_root(const double* alpha, const double* beta, int n, double upper) {
  double x = upper;
  for (int iteration = 0; iteration < 40; ++iteration) {
    // d = det(x - T)'s pivots; G = sum d'/d, H = -dG/dx.
    double pivot = x - alpha[0], first = 1.0, second = 0.0;
    double g = first / pivot, h = g * g;
    for (int i = 1; i < n; ++i) {
      const double square = beta[i - 1] * beta[i - 1], inverse = 1.0 / pivot;
      const double ratio = square * inverse * inverse;
      const double next_first = 1.0 + ratio * first;
      const double next_second = ratio * second - 2.0 * ratio * inverse * first * first;
      pivot = x - alpha[i] - square * inverse;
      first = next_first;
      second = next_second;
      const double quotient = first / pivot;
      g += quotient;
      h += quotient * quotient - second / pivot;
    }
    if (!(pivot > 0.0) || !(g > 0.0)) break;  // at the root to rounding
    const double under = (n - 1) * (n * h - g * g);
    const double step = n / (g + __builtin_sqrt(under > 0.0 ? under : 0.0));
    const double next = x - step;
    if (!(next < x) || step <= 2e-16 * x) break;
    x = next;
  }
  return x;
}

// Components of the eigenvector for theta from the bottom up, the direction in which they grow (SOLVERS 8.10); returns
// |s_n| / |s|.
BALASSA_HD inline double bottom_up(const double* alpha, const double* beta, int n, double theta, double* s) {
  s[n - 1] = 1.0;
  double below = 0.0;
  for (int i = n - 1; i > 0; --i) {
    const double value = ((theta - alpha[i]) * s[i] - (i + 1 < n ? beta[i] * below : 0.0)) / beta[i - 1];
    below = s[i];
    s[i - 1] = value;
    if (value > 1e100 || value < -1e100) {
      for (int k = i - 1; k < n; ++k) s[k] *= 1e-100;
      below *= 1e-100;
    }
  }
  double square = 0.0;
  for (int i = 0; i < n; ++i) square += s[i] * s[i];
  const double inverse = 1.0 / __builtin_sqrt(square);
  for (int i = 0; i < n; ++i) s[i] *= inverse;
  return s[n - 1] < 0.0 ? -s[n - 1] : s[n - 1];
}

// First Ritz value with its unit vector in `ritz`, and its residual |beta_n s_n|: all that a test needs.
template <class Team>
BALASSA_ONE_COPY BALASSA_HD void first_ritz(Team& team, const double* alpha, const double* beta, int n, double* ritz,
                                            double* shared) {
  team.once([=] {
    double upper = 0.0;
    for (int i = 0; i < n; ++i) {
      const double radius = (i > 0 ? beta[i - 1] : 0.0) + (i + 1 < n ? beta[i] : 0.0);
      upper = alpha[i] + radius > upper ? alpha[i] + radius : upper;
    }
    shared[kRitzFirst] = n == 1 ? alpha[0] : largest_root(alpha, beta, n, upper * (1.0 + 1e-12) + 1e-300);
    shared[kRitzResidual] = beta[n - 1] * bottom_up(alpha, beta, n, shared[kRitzFirst], ritz);
  });
}

// The second Ritz value and its residual, where the run ends; a run of one step has none: 0, with residual 0 where the
// space closed, else 1. The vector in `ritz` stays the first one's: its place is scratch in between.
template <class Team>
BALASSA_ONE_COPY BALASSA_HD void second_ritz(Team& team, const double* alpha, const double* beta, int n, double* ritz,
                                             double* shared) {
  if (n == 1) {
    team.once([=] {
      shared[kRitzSecond] = 0.0;
      shared[kRitzSecondResidual] = beta[0] > 0.0 ? 1.0 : 0.0;
    });
    return;
  }
  team.eigenvalue(alpha, beta, n, 2, 0.0, shared[kRitzFirst], 30, &shared[kRitzSecond]);
  team.once([=] {
    shared[kRitzSecondResidual] = beta[n - 1] * bottom_up(alpha, beta, n, shared[kRitzSecond], ritz);
    bottom_up(alpha, beta, n, shared[kRitzFirst], ritz);
  });
}

// Ritz values 2 .. count + 1 from shared[kNextRitz] on and their unit vectors, `stride` apart in `ritz`; 0 for those
// that n steps don't have. To three digits: they only precondition.
template <class Team>
BALASSA_HD void next_ritz_vectors(Team& team, const double* alpha, const double* beta, int n, int count, int stride,
                                  double* ritz, double* shared) {
  for (int k = 0; k < count; ++k) {
    double *s = ritz + k * stride, *value = shared + kNextRitz + k;
    if (k > 0 && n >= k + 2) {
      team.eigenvalue(alpha, beta, n, k + 2, 0.0, value[-1], 20, value);
    }
    team.once([=] {
      for (int i = 0; i < n; ++i) s[i] = 0.0;
      if (n < k + 2) {
        *value = 0.0;
        return;
      }
      if (k == 0) *value = shared[kRitzSecond];
      bottom_up(alpha, beta, n, *value, s);
    });
  }
}

}  // namespace balassa::inline BALASSA_ISA
