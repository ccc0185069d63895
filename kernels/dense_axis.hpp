// The second eigenvector from all of the matrix, on its smaller side: of the locations, D^-1/2 M S M^T D^-1/2, or of
// the drawn products, S^1/2 M^T D^-1 M S^1/2, which has the same eigenvalues (METHODS A1.1.1). Householder's
// tridiagonal form, bisection for lambda_2 and lambda_3, inverse iteration for the vector (Golub, Van Loan
// 2013, 8.3-8.4): nothing of it depends on a start, and every eigenvalue is within some n eps of the truth, so that
// this settles what Krylov spaces leave in doubt. 4/3 n^3 operations: always where the side is small, else as the last
// resort.
#pragma once

#include "kernels/lanczos.hpp"

namespace balassa::inline BALASSA_ISA {

inline constexpr double kDenseError =
    1e-13;                            // of an eigenvalue: backward error of n <= kDenseMost reflections, |A| = 1
inline constexpr int kHalvings = 52;  // of [0, 1], to 2^-52
inline constexpr int kInverseIterations = 3;  // two do where eigenvalues are apart by more than sqrt(eps)

// Whether the smaller side is small enough to solve it whole at once, or at all.
BALASSA_HD inline int smaller_side(const Outcome& outcome) {
  return outcome.rows < outcome.drawn ? outcome.rows : outcome.drawn;
}
BALASSA_HD inline bool is_small(const Workspace& work) {
  return smaller_side(*work.outcome) <= kSmallSide;
}
BALASSA_HD inline bool dense_fits(const StudyView& study, const Workspace& work) {
  return smaller_side(*work.outcome) <= dense_side(study.locations, study.products);
}

// A matrix on its way to tridiagonal form: [n, n], both triangles; vectors of length n.
struct DenseMatrix {
  int n;
  double* cell;               // reflectors end up below the subdiagonal, [i, k] of reflector k
  double *diagonal, *beside;  // of the tridiagonal form; beside[k] couples k and k + 1
  double* height;             // [k] half the squared length of reflector k; 0 = none
  double *reflector, *image;  // scratch
  double* scratch;            // [3 n] of the inverse iteration
  BALASSA_HD double& at(int i, int k) const { return cell[static_cast<std::ptrdiff_t>(i) * n + k]; }
};

// The matrix of the side with `n` members without its trivial pair. Row by row: the product of M with the members'
// bits. by_location: of the valid locations in `member`, else of the drawn products in order.
template <class Team>
BALASSA_HD void form_matrix(Team& team, Workspace& work, bool by_location, const std::int32_t* member,
                            const DenseMatrix& m) {
  const int n = m.n;
  const BitMatrix of_location = work.by_location,
                  of_product = {work.by_product.bits, work.by_location.words, work.by_product.words};
  const double *inv = work.inv_sqrt_d, *q = work.trivial, *scale = work.column_scale, *u = work.ubiquity;
  double *half = work.half, *z = work.z, *cell = m.cell;
  for (int k = 0; k < n; ++k) {
    if (by_location) {
      const int c = member[k], words = of_location.words;
      const std::uint32_t* row = of_location.bits + static_cast<std::ptrdiff_t>(c / kTile) * words * kTile + c % kTile;
      team.for_each(words * kTile,
                    [=](int p) { half[p] = ((row[(p / kTile) * kTile] >> (p % kTile)) & 1u) != 0 ? scale[p] : 0.0; });
      team.multiply(of_location, half, z, work.table);
      team.for_each(n, [=](int i) {
        const int other = member[i];
        cell[static_cast<std::ptrdiff_t>(k) * n + i] = fused(-q[c], q[other], inv[c] * z[other] * inv[other]);
      });
    } else {
      const int words = of_product.words;
      const std::uint32_t* row = of_product.bits + static_cast<std::ptrdiff_t>(k / kTile) * words * kTile + k % kTile;
      team.for_each(words * kTile, [=](int c) {
        z[c] = ((row[(c / kTile) * kTile] >> (c % kTile)) & 1u) != 0 ? inv[c] * inv[c] : 0.0;
      });
      team.multiply(of_product, z, half, work.table);
      // The trivial vector of products is proportional to sqrt(w k) = k sqrt(w / k).
      const double root = __builtin_sqrt(scale[k]), total = work.outcome->links;
      team.for_each(n, [=](int i) {
        const double other = __builtin_sqrt(scale[i]);
        cell[static_cast<std::ptrdiff_t>(k) * n + i] =
            fused(-u[k] * root / total, u[i] * other, root * half[i] * other);
      });
    }
  }
}

// H_{n-3} .. H_0 A H_0 .. H_{n-3} = T.
template <class Team>
BALASSA_HD void tridiagonalise(Team& team, const DenseMatrix& m) {
  const int n = m.n;
  double *cell = m.cell, *v = m.reflector, *w = m.image, *diagonal = m.diagonal, *beside = m.beside, *height = m.height;
  for (int k = 0; k < n; ++k) {
    const int first = k + 1, rest = n - first;
    double* column = cell + k;
    if (rest <= 1) {
      team.once([=] {
        diagonal[k] = column[static_cast<std::ptrdiff_t>(k) * n];
        beside[k] = rest == 1 ? column[static_cast<std::ptrdiff_t>(first) * n] : 0.0;
        height[k] = 0.0;
      });
      continue;
    }
    team.for_each(rest, [=](int i) { v[first + i] = column[static_cast<std::ptrdiff_t>(first + i) * n]; });
    const double lead = v[first];
    const double below = team.template sums<1>(
        rest - 1, [=](int i, Sums<1>& sum) { sum[0] = fused(v[first + 1 + i], v[first + 1 + i], sum[0]); })[0];
    const double norm = __builtin_sqrt(fused(lead, lead, below));
    const bool reflects = below > 0.0;
    const double h = reflects ? fused(norm, norm, __builtin_fabs(lead) * norm) : 0.0;
    team.once([=] {
      diagonal[k] = column[static_cast<std::ptrdiff_t>(k) * n];
      beside[k] = !reflects ? lead : lead > 0.0 ? -norm : norm;
      height[k] = h;
      if (reflects) v[first] = lead - beside[k];
      column[static_cast<std::ptrdiff_t>(first) * n] = v[first];
    });
    if (!reflects) continue;
    // w = A v / h - (v . A v / 2 h^2) v, then A - v w^T - w v^T. Sums go down a column, so that a span of them is read
    // side by side.
    team.for_spans(rest, [=](int begin, int end) {
      for (int i = begin; i < end; ++i) w[first + i] = 0.0;
      for (int j = 0; j < rest; ++j) {
        const double* row = cell + static_cast<std::ptrdiff_t>(first + j) * n + first;
        const double vj = v[first + j];
        for (int i = begin; i < end; ++i) w[first + i] = fused(row[i], vj, w[first + i]);
      }
      for (int i = begin; i < end; ++i) w[first + i] /= h;
    });
    const double half = team.template sums<1>(rest, [=](int i, Sums<1>& sum) {
      sum[0] = fused(v[first + i], w[first + i], sum[0]);
    })[0] / (2.0 * h);
    team.for_each(rest, [=](int i) { w[first + i] = fused(-half, v[first + i], w[first + i]); });
    team.for_spans(rest, [=](int begin, int end) {
      for (int j = 0; j < rest; ++j) {
        double* row = cell + static_cast<std::ptrdiff_t>(first + j) * n + first;
        const double vj = v[first + j], wj = w[first + j];
        for (int i = begin; i < end; ++i) row[i] = fused(-vj, w[first + i], fused(-wj, v[first + i], row[i]));
      }
    });
  }
}

// A unit vector z with (T - theta) z = small, from a fixed start, by elimination with row exchanges; one member's work.
BALASSA_HD inline void inverse_iteration(const DenseMatrix& m, double theta, double* z) {
  const int n = m.n;
  double *pivot = m.scratch, *next = pivot + n, *second = next + n;  // rows of U
  for (int i = 0; i < n; ++i) {
    const std::uint32_t mixed = static_cast<std::uint32_t>(i + 1) * 2654435761u;
    z[i] = 0.5 + static_cast<double>(mixed >> 8) * 0x1p-24;  // no pattern that an eigenvector might be orthogonal to
    if ((mixed & 64u) != 0) z[i] = -z[i];
  }
  for (int pass = 0; pass < kInverseIterations; ++pass) {
    double a = m.diagonal[0] - theta, b = n > 1 ? m.beside[0] : 0.0;
    for (int i = 0; i + 1 < n; ++i) {
      const double below = m.beside[i], diagonal = m.diagonal[i + 1] - theta,
                   beyond = i + 2 < n ? m.beside[i + 1] : 0.0;
      if (__builtin_fabs(a) >= __builtin_fabs(below)) {
        const double r = a != 0.0 ? below / a : 0.0;
        pivot[i] = a;
        next[i] = b;
        second[i] = 0.0;
        z[i + 1] -= r * z[i];
        a = diagonal - r * b;
        b = beyond;
      } else {
        const double r = a / below, kept = z[i];
        pivot[i] = below;
        next[i] = diagonal;
        second[i] = beyond;
        z[i] = z[i + 1];
        z[i + 1] = kept - r * z[i];
        a = b - r * diagonal;
        b = -r * beyond;
      }
    }
    pivot[n - 1] = a;
    double square = 0.0;
    for (int i = n - 1; i >= 0; --i) {
      double value = z[i];
      if (i + 1 < n) value -= next[i] * z[i + 1];
      if (i + 2 < n) value -= second[i] * z[i + 2];
      const double p = __builtin_fabs(pivot[i]) > 1e-16 ? pivot[i] : 1e-16;
      z[i] = value / p;
      square += z[i] * z[i];
    }
    const double inverse = 1.0 / __builtin_sqrt(square);
    for (int i = 0; i < n; ++i) z[i] *= inverse;
  }
}

// z from T's coordinates to the matrix's.
template <class Team>
BALASSA_HD void reflect_back(Team& team, const DenseMatrix& m, double* z) {
  const int n = m.n;
  for (int k = n - 3; k >= 0; --k) {
    const int first = k + 1, rest = n - first;
    const double h = m.height[k];
    if (h == 0.0) continue;
    const double* column = m.cell + k;
    const double dot = team.template sums<1>(rest, [=](int i, Sums<1>& sum) {
      sum[0] = fused(column[static_cast<std::ptrdiff_t>(first + i) * n], z[first + i], sum[0]);
    })[0] / h;
    team.for_each(rest, [=](int i) {
      z[first + i] = fused(-dot, column[static_cast<std::ptrdiff_t>(first + i) * n], z[first + i]);
    });
  }
}

// The eigenpair with its residual, lambda_3 and the gap, and the raw scores.
template <class Team>
BALASSA_HD void dense_axis(Team& team, const StudyView& study, Workspace& work) {
  Outcome* outcome = work.outcome;
  const int n = smaller_side(*outcome), locations = work.by_location.tiles * kTile;
  const bool by_location = outcome->rows <= outcome->drawn;
  std::int32_t* member = work.scratch_index;
  const double* d = work.diversity;
  if (by_location)
    team.compact(
        study.locations, [=](int c) { return d[c] > 0.0; }, member);
  double* vectors = work.dense_vector;
  const DenseMatrix m = {
      n, work.dense, vectors, vectors + n, vectors + 2 * n, vectors + 3 * n, vectors + 4 * n, vectors + 5 * n};
  form_matrix(team, work, by_location, member, m);
  tridiagonalise(team, m);
  double* shared = work.shared;
  for (int k = 0; k < 2; ++k) {
    team.bisect([=](double x) { return count_above(m.diagonal, m.beside, n, x) > k; }, 0.0, 1.0, kHalvings,
                &shared[kRitzFirst + k]);
  }
  double *z = m.reflector, *x = work.x, *half = work.half, *scaled = work.z;
  const double found = shared[kRitzFirst], third = shared[kRitzFirst + 1];
  team.once([=] { inverse_iteration(m, found, z); });
  reflect_back(team, m, z);
  const double *inv = work.inv_sqrt_d, *scale = work.column_scale;
  if (by_location) {
    team.for_each(locations, [=](int c) { x[c] = 0.0; });
    team.for_each(n, [=](int i) { x[member[i]] = z[i]; });
  } else {
    team.for_each(work.by_location.words * kTile,
                  [=](int p) { half[p] = p < n ? __builtin_sqrt(scale[p]) * z[p] : 0.0; });
    team.multiply(work.by_location, half, scaled, work.table);
    team.for_each(locations, [=](int c) { x[c] = inv[c] * scaled[c]; });
  }
  deflate_and_normalise<Team, double>(team, locations, work.trivial, nullptr, x);
  residual64(team, work, true);
  team.once([=] {
    outcome->lambda3 = third;
    outcome->lambda3_found = 1;
    const double gap = outcome->lambda2 - third - kDenseError;
    outcome->gap = gap > 0.0 ? gap : 0.0;
  });
  team.mark(Step::kDense);
}

}  // namespace balassa::inline BALASSA_ISA
