// Lanczos on A = V^1/2 D^-1/2 M S M^T D^-1/2 V^1/2 with its trivial vector q deflated, never a matrix formed: the
// operator, the recurrence, and the Ritz vector that comes of it (METHODS A1.1, C0.1; SOLVERS 3, 8).
#pragma once

#include <type_traits>

#include "kernels/scenario/tridiagonal.hpp"

namespace balassa::inline BALASSA_ISA {

// out = A v in fp32. Uses half32, y32 and the table.
template <class Team>
BALASSA_ONE_COPY BALASSA_HD void apply(Team& team, Workspace& work, const float* v, float* out) {
  const BitMatrix by_location = work.by_location, by_product = work.by_product_drawn;
  const int rows = by_location.tiles * kTile, columns = by_product.tiles * kTile;
  const float *inv_sqrt_d = work.inv_sqrt_d32, *scale = work.column_scale32;
  float *scaled = work.y32, *half = work.half32, *table = work.table32;
  team.for_each(rows, [=](int c) { scaled[c] = v[c] * inv_sqrt_d[c]; });
  team.multiply(by_product, scaled, half, table);
  team.for_each(columns, [=](int p) { half[p] *= scale[p]; });
  team.multiply(by_location, half, scaled, table);
  team.for_each(rows, [=](int c) { out[c] = scaled[c] * inv_sqrt_d[c]; });
}

// out = A x in fp64; with `scores` also K_p = k_p^-1 M^T V^1/2 D^-1/2 x for every product and K_c = D^-1 M S M^T V^1/2
// D^-1/2 x for every location, undrawn ones by projection (METHODS A1.1.2, C0.2), the same bits for identical rows or
// columns (C0.7).
template <class Team>
BALASSA_ONE_COPY BALASSA_HD void apply(Team& team, Workspace& work, const double* x, double* out, bool scores = false) {
  const BitMatrix by_location = work.by_location, by_product = scores ? work.by_product : work.by_product_drawn;
  const int rows = by_location.tiles * kTile, columns = by_product.tiles * kTile;
  const double *inv_sqrt_d = work.inv_sqrt_d, *scale = work.column_scale, *ubiquity = work.ubiquity,
               *row_inv_sqrt_d = work.row_inv_sqrt_d;
  double *scaled = work.z, *half = work.half, *raw = work.raw, *raw_product = work.raw_product;
  team.for_each(rows, [=](int c) { scaled[c] = x[c] * inv_sqrt_d[c]; });
  team.multiply(by_product, scaled, half, work.table);
  if (scores) {
    team.for_each_free(columns, [=](int p) { raw_product[p] = ubiquity[p] > 0.0 ? half[p] / ubiquity[p] : 0.0; });
  }
  team.for_each(columns, [=](int p) { half[p] *= scale[p]; });
  team.multiply(by_location, half, scaled, work.table);
  team.for_each(rows, [=](int c) {
    out[c] = scaled[c] * inv_sqrt_d[c];
    if (scores) raw[c] = scaled[c] * row_inv_sqrt_d[c] * row_inv_sqrt_d[c];
  });
}

// y -= (y . q) q - (y . x) x, then y /= |y|; x may be null. Returns |y| before the division; 0 leaves y as it is.
template <class Team, class T>
BALASSA_ONE_COPY BALASSA_HD T deflate_and_normalise(Team& team, int n, const T* q, const T* x, T* y) {
  const auto dots = team.template sums<2, T>(n, [=](int i, Sums<2, T>& sum) {
    sum[0] = fused(y[i], q[i], sum[0]);
    if (x != nullptr) sum[1] = fused(y[i], x[i], sum[1]);
  });
  team.for_each(n, [=](int i) {
    y[i] = fused(-dots[0], q[i], y[i]);
    if (x != nullptr) y[i] = fused(-dots[1], x[i], y[i]);
  });
  const T square = team.template sums<1, T>(n, [=](int i, Sums<1, T>& sum) { sum[0] = fused(y[i], y[i], sum[0]); })[0];
  if (!(square > T(0))) return T(0);
  const T norm = std::is_same_v<T, double> ? static_cast<T>(__builtin_sqrt(square))
                                           : static_cast<T>(__builtin_sqrtf(static_cast<float>(square)));
  team.for_each(n, [=](int i) { y[i] /= norm; });
  return norm;
}

// One step of Lanczos: y = A v - alpha v - beta v', without its parts along q and x (x may be null).
template <class T>
struct LanczosStep {
  T alpha, along_q, along_x;  // v . A v; v . q and v . x, which the next step needs
};
template <class Team, class T>
BALASSA_HD LanczosStep<T> lanczos_step(Team& team, Workspace& work, const T* v, const T* before, T beta,
                                       const LanczosStep<T>& last, const T* q, const T* x, T* y) {
  const int n = work.by_location.tiles * kTile;
  apply(team, work, v, y);
  const auto dots = team.template sums<5, T>(n, [=](int i, Sums<5, T>& sum) {
    sum[0] = fused(y[i], v[i], sum[0]);
    sum[1] = fused(y[i], q[i], sum[1]);
    sum[2] = fused(v[i], q[i], sum[2]);
    if (x != nullptr) {
      sum[3] = fused(y[i], x[i], sum[3]);
      sum[4] = fused(v[i], x[i], sum[4]);
    }
  });
  // What is left of q and x in A v - alpha v - beta v'. Taken from A v alone it would grow by alpha / beta a step.
  const T a = dots[0], b = beta;
  const T of_q = dots[1] - a * dots[2] - b * last.along_q, of_x = dots[3] - a * dots[4] - b * last.along_x;
  team.for_each(n, [=](int i) {
    T next = fused(-a, v[i], y[i]);
    next = fused(-b, before[i], next);
    next = fused(-of_q, q[i], next);
    y[i] = x != nullptr ? fused(-of_x, x[i], next) : next;
  });
  return {a, dots[2], dots[4]};
}

// Takes from y its parts along q, x (may be null) and the first `count` vectors of the basis. What one pass leaves is
// relative to the y before it; where the Krylov space closes, that is most of what remains unless a second follows
// (Parlett 1998, 6.9).
template <class Team, class T>
BALASSA_HD void orthogonalise(Team& team, int n, const T* basis, int count, const T* q, const T* x, int passes, T* y) {
  for (int pass = 0; pass < passes; ++pass) {
    for (int k = x == nullptr ? -1 : -2; k < count; ++k) {
      const T* old = k == -2 ? x : k == -1 ? q : basis + static_cast<std::ptrdiff_t>(k) * n;
      const T dot =
          team.template sums<1, T>(n, [=](int i, Sums<1, T>& sum) { sum[0] = fused(y[i], old[i], sum[0]); })[0];
      team.for_each(n, [=](int i) { y[i] = fused(-dot, old[i], y[i]); });
    }
  }
}

template <class Team, class T>
BALASSA_HD double length_of(Team& team, int n, const T* y) {
  const T square = team.template sums<1, T>(n, [=](int i, Sums<1, T>& sum) { sum[0] = fused(y[i], y[i], sum[0]); })[0];
  return __builtin_sqrt(static_cast<double>(square));
}

// When a Lanczos run is tested: after `first` steps, then every `stride` more; and where it ends in any case.
struct Stopping {
  int first, most;
  double closed;  // a new vector shorter than this closes the Krylov space; the operator's largest eigenvalue is 1
  int passes;     // of reorthogonalisation; 0: none
  int stride = 2;
  int kept = 1 << 20;  // basis vectors that have room, in turn; all of them where reorthogonalised
};

// Lanczos from basis[0] (unit, orthogonal to q and x) until done(steps), which is asked where a test is due,
// agrees, the space closes, or `most` steps are taken. Returns the steps; alpha and beta are in the workspace.
template <class Team, class T, class Done>
BALASSA_HD int lanczos_until(Team& team, Workspace& work, T* basis, const T* q, const T* x, T* y, const Stopping& stop,
                             Done done) {
  const int n = work.by_location.tiles * kTile;
  double *alpha = work.alpha, *beta = work.beta;
  Outcome* outcome = work.outcome;
  LanczosStep<T> last{};
  T length = T(0);
  for (int j = 0;; ++j) {
    const T *v = basis + static_cast<std::ptrdiff_t>(j % stop.kept) * n,
            *before = j > 0 ? basis + static_cast<std::ptrdiff_t>((j - 1) % stop.kept) * n : v;
    last = lanczos_step(team, work, v, before, length, last, q, x, y);
    orthogonalise(team, n, basis, j + 1, q, x, stop.passes, y);
    const double norm = length_of(team, n, y), a = static_cast<double>(last.alpha);
    const int steps = j + 1;
    const bool closed = norm <= stop.closed, ended = closed || steps >= stop.most;
    team.once([=] {
      alpha[j] = a;
      beta[j] = closed ? 0.0 : norm;
      ++outcome->steps;
    });
    const bool due = ended || (steps >= stop.first && (steps - stop.first) % stop.stride == 0);
    if (due && (done(steps) || ended)) return steps;
    length = static_cast<T>(norm);
    T* next = basis + static_cast<std::ptrdiff_t>(steps % stop.kept) * n;
    const T divisor = length;
    team.for_each(n, [=](int i) { next[i] = y[i] / divisor; });
  }
}

// The same until the first Ritz pair's residual is within the tolerance. The Ritz values and vector come back in
// work.shared and work.ritz (tridiagonal.hpp).
template <class Team, class T>
BALASSA_HD int lanczos(Team& team, Workspace& work, T* basis, const T* q, const T* x, T* y, double tolerance,
                       const Stopping& stop) {
  double *alpha = work.alpha, *beta = work.beta, *ritz = work.ritz, *shared = work.shared;
  const int steps = lanczos_until(team, work, basis, q, x, y, stop, [&, alpha, beta, ritz, shared](int count) {
    first_ritz(team, alpha, beta, count, ritz, shared);
    return shared[kRitzResidual] <= tolerance;
  });
  second_ritz(team, alpha, beta, steps, ritz, shared);
  return steps;
}

// The Ritz vector sum_j s_j v_j, into out.
template <class Team, class T>
BALASSA_HD void ritz_vector(Team& team, Workspace& work, const T* basis, int steps, double* out) {
  const int n = work.by_location.tiles * kTile;
  const double* s = work.ritz;
  team.for_each(n, [=](int i) {
    double sum = 0.0;
    for (int j = 0; j < steps; ++j)
      sum = fused(s[j], static_cast<double>(basis[static_cast<std::ptrdiff_t>(j) * n + i]), sum);
    out[i] = sum;
  });
}

// y = A x, theta = x . y, r = y - theta x; outcome gets lambda_2 and |r|. x unit and deflated.
template <class Team>
BALASSA_ONE_COPY BALASSA_HD void residual64(Team& team, Workspace& work, bool scores) {
  const int n = work.by_location.tiles * kTile;
  double *x = work.x, *y = work.y, *r = work.r;
  apply(team, work, x, y, scores);
  const double theta = team.template sums<1>(n, [=](int i, Sums<1>& sum) { sum[0] = fused(x[i], y[i], sum[0]); })[0];
  const double square = team.template sums<1>(n, [=](int i, Sums<1>& sum) {
    const double d = fused(-theta, x[i], y[i]);
    sum[0] = fused(d, d, sum[0]);
  })[0];
  Outcome* outcome = work.outcome;
  team.for_each_free(n, [=](int i) { r[i] = fused(-theta, x[i], y[i]); });
  team.once([=] {
    outcome->lambda2 = theta;
    outcome->residual = __builtin_sqrt(square);
  });
}

}  // namespace balassa::inline BALASSA_ISA
