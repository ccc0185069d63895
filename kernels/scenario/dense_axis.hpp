// The second eigenvector from all of the matrix, on its smaller side: of the locations, D^-1/2 M S M^T D^-1/2, or of
// the drawn products, S^1/2 M^T D^-1 M S^1/2, which has the same eigenvalues (METHODS A1.1.1). Householder's
// tridiagonal form, bisection for lambda_2 and lambda_3, inverse iteration for the vector (Golub, Van Loan
// 2013, 8.3-8.4): nothing of it depends on a start, and every eigenvalue is within some n eps of the truth, so that
// this settles what Krylov spaces leave in doubt. 4/3 n^3 operations: always where the side is small, else as the last
// resort.
#pragma once

#include "kernels/formulas/scoring.hpp"
#include "kernels/scenario/lanczos.hpp"

namespace balassa::inline BALASSA_ISA {

inline constexpr double kDenseError =
    1e-13;  // of an eigenvalue: backward error of n <= kDenseMost reflections, |A| = 1
inline constexpr double kNegligible = 1e-40;  // of a square, |A| = 1
inline constexpr int kHalvings = 52;          // of [0, 1], to 2^-52
inline constexpr int kInverseIterations = 3;  // two do where eigenvalues are apart by more than sqrt(eps)

BALASSA_HD inline int smaller_side(const Outcome& outcome) {
  return outcome.rows < outcome.drawn ? outcome.rows : outcome.drawn;
}
// Whether the smaller side is small enough to solve it whole at once, or at all.
BALASSA_HD inline bool is_small(const Workspace& work) {
  return smaller_side(*work.outcome) <= kSmallSide;
}
BALASSA_HD inline bool dense_fits(const StudyView& study, const Workspace& work) {
  return smaller_side(*work.outcome) <= dense_side(study.locations, study.products);
}

// A matrix on its way to tridiagonal form, both triangles; vectors of length `stride`. Rows are padded with zeros to
// whole packs, so that loops over them need no rest.
inline constexpr int kPack = 8;
struct DenseMatrix {
  int n, stride;
  double* cell;               // [n, stride]; reflectors end up from the subdiagonal down, [i, k] of reflector k
  double *diagonal, *beside;  // of the tridiagonal form; beside[k] couples k and k + 1
  double* height;             // [k] half the squared length of reflector k; 0 = none
  double *reflector, *image;  // scratch
  double* scratch;            // [3 n] of the inverse iteration
  BALASSA_HD double* row(int i) const { return cell + static_cast<std::ptrdiff_t>(i) * stride; }
};

// The matrix of the side with `n` members without its trivial pair, row by row: the product of M with the members'
// bits. by_location: of the valid locations in `member`, else of the drawn products in order.
template <class Team>
BALASSA_HD void form_matrix(Team& team, Workspace& work, bool by_location, const std::int32_t* member,
                            const DenseMatrix& m) {
  const int n = m.n;
  const BitMatrix of_location = work.by_location, of_product = work.by_product_drawn;
  const double *inv = work.inv_sqrt_d, *q = work.trivial, *scale = work.column_scale, *u = work.ubiquity;
  double *half = work.half, *z = work.z, *root = m.image;
  const double links = work.outcome->links;
  if (!by_location) team.for_each(n, [=](int i) { root[i] = __builtin_sqrt(scale[i]); });
  for (int k = 0; k < n; ++k) {
    double* row = m.row(k);
    const BitMatrix& side = by_location ? of_location : of_product;
    const int of = by_location ? member[k] : k, words = side.words;
    const std::uint32_t* bits = side.bits + static_cast<std::ptrdiff_t>(of / kTile) * words * kTile + of % kTile;
    if (by_location) {
      team.for_cells(words, kTile, [=](int w, int b) {
        const int p = w * kTile + b;
        half[p] = ((bits[w * kTile] >> b) & 1u) != 0 ? scale[p] : 0.0;
      });
      team.multiply(of_location, half, z, work.table);
      team.for_each(m.stride, [=](int i) {
        const int other = i < n ? member[i] : of;
        row[i] = i < n ? fused(-q[of], q[other], inv[of] * z[other] * inv[other]) : 0.0;
      });
    } else {
      team.for_cells(words, kTile, [=](int w, int b) {
        const int c = w * kTile + b;
        z[c] = ((bits[w * kTile] >> b) & 1u) != 0 ? inv[c] * inv[c] : 0.0;
      });
      team.multiply(of_product, z, half, work.table);
      // The trivial vector of the products is sqrt(w k / links) = k sqrt(scale / links).
      const double mine = root[k], trivial = u[k] * mine / links;
      team.for_each(m.stride,
                    [=](int i) { row[i] = i < n ? fused(-trivial, u[i] * root[i], mine * half[i] * root[i]) : 0.0; });
    }
  }
}

// H_{n-3} .. H_0 A H_0 .. H_{n-3} = T; reflector k, without its zeros above, in column k of the matrix.
template <class Team>
BALASSA_HD void tridiagonalise(Team& team, const DenseMatrix& m) {
  const int n = m.n, stride = m.stride;
  double *v = m.reflector, *w = m.image, *diagonal = m.diagonal, *beside = m.beside, *height = m.height;
  for (int k = 0; k < n; ++k) {
    const int first = k + 1;
    if (first >= n - 1) {
      team.once([=] {
        diagonal[k] = m.row(k)[k];
        beside[k] = first < n ? m.row(first)[k] : 0.0;
        height[k] = 0.0;
      });
      continue;
    }
    team.for_each(stride, [=](int i) { v[i] = i >= first && i < n ? m.row(i)[k] : 0.0; });
    const double lead = v[first];
    const double below = team.template sums<1>(
        n - first - 1, [=](int i, Sums<1>& sum) { sum[0] = fused(v[first + 1 + i], v[first + 1 + i], sum[0]); })[0];
    const double norm = __builtin_sqrt(fused(lead, lead, below));
    const bool reflects = below > kNegligible;  // of a matrix of low rank, what is left is rounding of rounding
    const double h = reflects ? fused(norm, norm, __builtin_fabs(lead) * norm) : 0.0;
    team.once([=] {
      diagonal[k] = m.row(k)[k];
      beside[k] = !reflects ? lead : lead > 0.0 ? -norm : norm;
      height[k] = h;
      if (reflects) m.row(first)[k] = v[first] = lead - beside[k];
    });
    if (!reflects) continue;
    // w = A v / h - (v . A v / 2 h^2) v, then A - v w^T - w v^T. Sums go down the columns, a span of which is read side
    // by side; it begins at a whole pack, where v and w are 0.
    const int begin = first / kPack * kPack;
    team.for_spans(stride - begin, [=](int from, int to) {
      for (int i = begin + from; i < begin + to; ++i) w[i] = 0.0;
      for (int j = first; j < n; ++j) {
        const double* row = m.row(j);
        const double vj = v[j];
        for (int i = begin + from; i < begin + to; ++i) w[i] = fused(row[i], vj, w[i]);
      }
    });
    const double half = team.template sums<1>(n - first, [=](int i, Sums<1>& sum) {
      sum[0] = fused(v[first + i], w[first + i], sum[0]);
    })[0] / (2.0 * h * h);
    team.for_each(stride - begin, [=](int i) {
      const int c = begin + i;
      w[c] = c >= first ? fused(-half, v[c], w[c] / h) : 0.0;
    });
    team.for_spans(stride - begin, [=](int from, int to) {
      for (int j = first; j < n; ++j) {
        double* row = m.row(j);
        const double vj = v[j], wj = w[j];
        for (int i = begin + from; i < begin + to; ++i) row[i] = fused(-vj, w[i], fused(-wj, v[i], row[i]));
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
  for (int k = m.n - 3; k >= 0; --k) {
    const int first = k + 1, rest = m.n - first;
    const double h = m.height[k];
    if (h == 0.0) continue;
    const double dot = team.template sums<1>(rest, [=](int i, Sums<1>& sum) {
      sum[0] = fused(m.row(first + i)[k], z[first + i], sum[0]);
    })[0] / h;
    team.for_each(rest, [=](int i) { z[first + i] = fused(-dot, m.row(first + i)[k], z[first + i]); });
  }
}

// The eigenpair with its residual, lambda_3 and the gap, and the raw scores.
template <class Team>
BALASSA_ONE_COPY BALASSA_HD void dense_axis(Team& team, const StudyView& study, Workspace& work) {
  Outcome* outcome = work.outcome;
  const int n = smaller_side(*outcome), locations = work.by_location.tiles * kTile;
  const bool by_location = outcome->rows <= outcome->drawn;
  std::int32_t* member = work.scratch_index;
  const double* d = work.diversity;
  if (by_location)
    team.compact(
        study.locations, [=](int c) { return d[c] > 0.0; }, member);
  const int stride = (n + kPack - 1) / kPack * kPack;
  double* vectors = work.dense_vector;
  const DenseMatrix m = {n,
                         stride,
                         work.dense,
                         vectors,
                         vectors + stride,
                         vectors + 2 * stride,
                         vectors + 3 * stride,
                         vectors + 4 * stride,
                         vectors + 5 * stride};
  form_matrix(team, work, by_location, member, m);
  tridiagonalise(team, m);
  double* shared = work.shared;
  for (int k = 0; k < 2; ++k) {
    team.eigenvalue(m.diagonal, m.beside, n, k + 1, 0.0, 1.0, kHalvings, &shared[k == 0 ? kRitzFirst : kRitzSecond]);
  }
  double *z = m.reflector, *x = work.x, *half = work.half, *scaled = work.z;
  const double found = shared[kRitzFirst], third = shared[kRitzSecond];
  if (!(found > kNoSignal)) {
    // Nothing beside the trivial pair: a vector would be what rounding left of that.
    team.once([=] {
      outcome->lambda2 = found;
      outcome->lambda3 = third;
      outcome->lambda3_found = outcome->solved_exactly = outcome->solved_whole = 1;
      outcome->residual = outcome->gap = 0.0;
    });
    return;
  }
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
    outcome->lambda3_found = outcome->solved_exactly = outcome->solved_whole = 1;
    const double gap = outcome->lambda2 - third - n * kDenseError;
    outcome->gap = gap > 0.0 ? gap : 0.0;
  });
  team.mark(Step::kDense);
}

}  // namespace balassa::inline BALASSA_ISA
