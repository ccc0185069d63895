// Davidson's method with the leading eigenpairs of a similar problem as preconditioner (SOLVERS 3.0): in fp32 down to
// where the correction of spectrum.hpp takes over.
#pragma once

#include "kernels/scenario/spectrum.hpp"
#include "kernels/solvers/spectral_engine.hpp"

namespace balassa::inline BALASSA_ISA {

inline constexpr int kMostDavidson = 12;  // directions; V and A V share the 33 vectors of the fp32 basis

// Eigenvalues (on the diagonal) and vectors (columns of v) of a symmetric m x m matrix by Jacobi's rotations.
inline void jacobi(double (*a)[kMostDavidson], double (*v)[kMostDavidson], int m) {
  for (int i = 0; i < m; ++i) {
    for (int j = 0; j < m; ++j) v[i][j] = i == j ? 1.0 : 0.0;
  }
  for (int sweep = 0; sweep < 12; ++sweep) {
    double off = 0.0, on = 0.0;
    for (int i = 0; i < m; ++i) {
      on += a[i][i] * a[i][i];
      for (int j = 0; j < i; ++j) off += a[i][j] * a[i][j];
    }
    if (off <= 1e-28 * on) return;
    for (int p = 0; p < m; ++p) {
      for (int q = p + 1; q < m; ++q) {
        if (a[p][q] == 0.0) continue;
        const double ratio = (a[q][q] - a[p][p]) / (2.0 * a[p][q]);
        const double root = __builtin_sqrt(ratio * ratio + 1.0);
        const double t = ratio >= 0.0 ? 1.0 / (ratio + root) : 1.0 / (ratio - root);
        const double c = 1.0 / __builtin_sqrt(t * t + 1.0), s = t * c;
        for (int k = 0; k < m; ++k) {
          const double kp = a[k][p], kq = a[k][q];
          a[k][p] = c * kp - s * kq;
          a[k][q] = s * kp + c * kq;
        }
        for (int k = 0; k < m; ++k) {
          const double pk = a[p][k], qk = a[q][k];
          a[p][k] = c * pk - s * qk;
          a[q][k] = s * pk + c * qk;
        }
        for (int k = 0; k < m; ++k) {
          const double kp = v[k][p], kq = v[k][q];
          v[k][p] = c * kp - s * kq;
          v[k][q] = s * kp + c * kq;
        }
      }
    }
  }
}

template <class Team>
float dot32(Team& team, int n, const float* a, const float* b) {
  return team.template sums<1, float>(n, [=](int i, Sums<1, float>& sum) { sum[0] = fused(a[i], b[i], sum[0]); })[0];
}

// y -= (y . x) x; returns y . x.
template <class Team>
float take_off(Team& team, int n, const float* x, float* y) {
  const float dot = dot32(team, n, y, x);
  team.for_each(n, [=](int i) { y[i] = fused(-dot, x[i], y[i]); });
  return dot;
}

// y /= |y|; false where there is nothing left to divide.
template <class Team>
bool normalise32(Team& team, int n, float* y) {
  const float square = dot32(team, n, y, y);
  if (!(square > 0.0f)) return false;
  const float inverse = 1.0f / __builtin_sqrtf(square);
  team.for_each(n, [=](int i) { y[i] *= inverse; });
  return true;
}

// t = sum_j y_j (y_j . r) / (lambda_j - theta) + (r - Y Y^T r) / (lambda_rest - theta): the inverse of A - theta where
// the base's pairs stand for A's, lambda_rest for all behind them. A base value near theta is held off it.
template <class Team>
void precondition(Team& team, int n, const BaseView& base, double theta, const float* r, float* t) {
  constexpr double kNearest = 0.02;
  const double rest = 1.0 / (0.5 * base.value[base.count - 1] - theta);
  team.for_each(n, [=](int i) { t[i] = static_cast<float>(rest) * r[i]; });
  for (int j = 0; j < base.count; ++j) {
    double distance = base.value[j] - theta;
    if (distance < kNearest && distance > -kNearest) distance = distance > 0.0 ? kNearest : -kNearest;
    const float* y = base.vector + static_cast<std::ptrdiff_t>(j) * n;
    const float share = static_cast<float>(1.0 / distance - rest) * dot32(team, n, r, y);
    team.for_each(n, [=](int i) { t[i] = fused(share, y[i], t[i]); });
  }
}

// From work.x to the tolerance; the Ritz vector into work.x, deflated in fp64. Leaves the base's second and third
// vector, orthogonal to it, as preconditioner of the correction.
template <class Team>
void davidson(Team& team, Workspace& work, const BaseView& base, double tolerance) {
  const int n = work.by_location.tiles * kTile;
  const float* q = work.trivial32;
  float *v = work.basis32, *w = v + static_cast<std::ptrdiff_t>(kMostDavidson) * n,
        *r = w + static_cast<std::ptrdiff_t>(kMostDavidson) * n;
  double* x = work.x;
  double h[kMostDavidson][kMostDavidson] = {}, rotated[kMostDavidson][kMostDavidson], s[kMostDavidson][kMostDavidson];
  team.for_each(n, [=](int i) { v[i] = static_cast<float>(x[i]); });
  int m = 0, best = 0;
  for (;;) {
    float *v_new = v + static_cast<std::ptrdiff_t>(m) * n, *w_new = w + static_cast<std::ptrdiff_t>(m) * n;
    apply(team, work, v_new, w_new);
    take_off(team, n, q, w_new);
    ++m;
    ++work.outcome->steps;
    for (int i = 0; i < m; ++i)
      h[i][m - 1] = h[m - 1][i] = static_cast<double>(dot32(team, n, v + static_cast<std::ptrdiff_t>(i) * n, w_new));
    for (int i = 0; i < m; ++i) {
      for (int j = 0; j < m; ++j) rotated[i][j] = h[i][j];
    }
    jacobi(rotated, s, m);
    best = 0;
    for (int k = 1; k < m; ++k) best = rotated[k][k] > rotated[best][best] ? k : best;
    const double theta = rotated[best][best];
    float part[kMostDavidson];
    for (int k = 0; k < m; ++k) part[k] = static_cast<float>(s[k][best]);
    const float theta32 = static_cast<float>(theta);
    const int count = m;
    team.for_each(n, [=](int i) { r[i] = 0.0f; });
    for (int k = 0; k < count; ++k) {
      const float share = part[k], *vk = v + static_cast<std::ptrdiff_t>(k) * n,
                  *wk = w + static_cast<std::ptrdiff_t>(k) * n;
      team.for_each(n, [=](int i) { r[i] = fused(share, fused(-theta32, vk[i], wk[i]), r[i]); });
    }
    const double residual = __builtin_sqrt(static_cast<double>(dot32(team, n, r, r)));
    if (residual <= tolerance || m == kMostDavidson) break;
    float* t = v + static_cast<std::ptrdiff_t>(m) * n;
    precondition(team, n, base, theta, r, t);
    bool left = true;
    for (int pass = 0; pass < 2 && left; ++pass) {
      take_off(team, n, q, t);
      for (int k = 0; k < m; ++k) take_off(team, n, v + static_cast<std::ptrdiff_t>(k) * n, t);
      left = normalise32(team, n, t);
    }
    if (!left) break;
  }
  for (int k = 0; k < m; ++k) work.ritz[k] = s[k][best];
  ritz_vector(team, work, v, m, x);
  deflate_and_normalise<Team, double>(team, n, work.trivial, nullptr, x);

  float *x32 = work.x32, *y = work.basis32 + n;
  team.for_each(n, [=](int i) { x32[i] = static_cast<float>(x[i]); });
  for (int k = 0; k < kPreconditioners; ++k, y += n) {
    work.shared[kNextRitz + k] = 0.0;
    const bool there = k + 1 < base.count;
    const float* from = base.vector + static_cast<std::ptrdiff_t>(there ? k + 1 : 0) * n;
    team.for_each(n, [=](int i) { y[i] = there ? from[i] : 0.0f; });
    if (!there) continue;
    take_off(team, n, q, y);
    take_off(team, n, x32, y);
    if (k > 0) take_off(team, n, y - n, y);
    if (normalise32(team, n, y)) work.shared[kNextRitz + k] = base.value[k + 1];
  }
}

}  // namespace balassa::inline BALASSA_ISA
