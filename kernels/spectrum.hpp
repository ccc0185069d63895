// Step 5: the second eigenvector of W = D^-1 M S M^T from the symmetric A = D^-1/2 M S M^T D^-1/2, its trivial vector q
// deflated, never a matrix formed (METHODS A1.1, C0.1; SOLVERS 3, 5, 8).
//
//   certified  loose fp32 Lanczos -> fp64 residual -> fp32 conjugate gradients on the correction equation, with the
//              next two Ritz pairs as preconditioner -> fp64 residual
//   double     fp64 Lanczos with full reorthogonalisation to 1e-12, lambda_3 by a second, deflated run where it matters
//   fast       fp32 Lanczos to 1e-6 -> one fp64 application for the scores
//
// Why these: bench/results/2026-11-21-zen3-eigen-solvers.md.
#pragma once

#include <type_traits>

#include "kernels/tridiagonal.hpp"

namespace balassa::inline BALASSA_ISA {

inline constexpr int kFirstTest = 8;             // fewer steps never suffice on trade matrices (SOLVERS 8.1, 8.2)
inline constexpr double kLooseTolerance = 2e-5;  // residual at which the correction takes over
inline constexpr double kFastTolerance = 1e-6;
inline constexpr double kTolerance64 = 1e-12;
inline constexpr int kCorrectionSteps = 16;
// The residual at which the correction stops: at first, and where that leaves something undecided, which is in 5 % of
// the scenarios of a trade panel. A first one smaller by a factor e costs all of them .7 of an application and leaves
// that factor fewer undecided.
inline constexpr double kCorrectedResidual = 4e-9, kRefinedResidual = 1e-12;
inline constexpr float kCorrectionFloor = 3e-11f;  // of the squared residual: the most that fp32 can give
inline constexpr int kPreconditioners = 2;         // Ritz pairs beside the first; a third gains a tenth of a step
inline constexpr double kStartNoise = 0.03;  // of the start vector, so that lambda_3 shows from a perfect start too
inline constexpr int kSmall = 64;            // up to here every solve is fp64, with lambda_3 by deflation
inline constexpr double kTiedGap = 1e-10, kNoSignal = 1e-12;  // METHODS C0.6 iv, v

// out = A v in fp32. Uses half32, y32 and the table.
template <class Team>
BALASSA_HD void apply(Team& team, Workspace& work, const float* v, float* out) {
  const BitMatrix by_location = work.by_location;
  const BitMatrix by_product = {work.by_product.bits, by_location.words, work.by_product.words};
  const int rows = by_location.tiles * kTile, columns = by_product.tiles * kTile;
  const float *inv_sqrt_d = work.inv_sqrt_d32, *scale = work.column_scale32;
  float *scaled = work.y32, *half = work.half32, *table = work.table32;
  team.for_each(rows, [=](int c) { scaled[c] = v[c] * inv_sqrt_d[c]; });
  team.multiply(by_product, scaled, half, table);
  team.for_each(columns, [=](int p) { half[p] *= scale[p]; });
  team.multiply(by_location, half, scaled, table);
  team.for_each(rows, [=](int c) { out[c] = scaled[c] * inv_sqrt_d[c]; });
}

// out = A v in fp64; with `scores` also K_p = k_p^-1 M^T D^-1/2 v for every product, undrawn ones by projection, and
// K_c = D^-1 M diag(w) K_p (METHODS A1.1.2, C0.2), the same bits for identical rows or columns (C0.7).
template <class Team>
BALASSA_HD void apply(Team& team, Workspace& work, const double* v, double* out, bool scores = false) {
  const BitMatrix by_location = work.by_location;
  BitMatrix by_product = work.by_product;
  if (!scores) by_product.tiles = by_location.words;
  const int rows = by_location.tiles * kTile, columns = by_product.tiles * kTile;
  const double *inv_sqrt_d = work.inv_sqrt_d, *scale = work.column_scale, *ubiquity = work.ubiquity;
  double *scaled = work.z, *half = work.half, *raw = work.raw, *raw_product = work.raw_product;
  team.for_each(rows, [=](int c) { scaled[c] = v[c] * inv_sqrt_d[c]; });
  team.multiply(by_product, scaled, half, work.table);
  if (scores) {
    team.for_each_free(columns, [=](int p) { raw_product[p] = ubiquity[p] > 0.0 ? half[p] / ubiquity[p] : 0.0; });
  }
  team.for_each(columns, [=](int p) { half[p] *= scale[p]; });
  team.multiply(by_location, half, scaled, work.table);
  team.for_each(rows, [=](int c) {
    out[c] = scaled[c] * inv_sqrt_d[c];
    if (scores) raw[c] = out[c] * inv_sqrt_d[c];
  });
}

// y -= (y . q) q - (y . x) x, then y /= |y|; x may be null. Returns |y| before the division; 0 leaves y as it is.
template <class Team, class T>
BALASSA_HD T deflate_and_normalise(Team& team, int n, const T* q, const T* x, T* y) {
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

// When a Lanczos run may stop: after `first` steps, then every `stride` more, where the estimated residual is small
// enough in itself or, for lambda_3, against the gap that it is to bound.
struct Stopping {
  int first, most;
  double tolerance;
  double breakdown;  // a new vector shorter than this closes the Krylov space
  bool reorthogonalise;
  double above;  // lambda_2 for a run on lambda_3: also stop where residual <= (above - theta) / 10; else 0
  int stride = 2;
};

// Lanczos from basis[0] (unit, orthogonal to q and x). The Ritz values and vector come back in work.shared and
// work.ritz (tridiagonal.hpp). Returns the steps taken.
template <class Team, class T>
BALASSA_HD int lanczos(Team& team, Workspace& work, T* basis, const T* q, const T* x, T* y, const Stopping& stop) {
  const int n = work.by_location.tiles * kTile;
  double *alpha = work.alpha, *beta = work.beta, *ritz = work.ritz, *shared = work.shared;
  Outcome* outcome = work.outcome;
  T previous_beta = T(0), previous_q = T(0), previous_x = T(0);
  for (int j = 0;; ++j) {
    const T* v = basis + static_cast<std::ptrdiff_t>(j) * n;
    const T* before = j > 0 ? v - n : v;
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
    const T a = dots[0], b = previous_beta;
    const T of_q = dots[1] - a * dots[2] - b * previous_q, of_x = dots[3] - a * dots[4] - b * previous_x;
    previous_q = dots[2];
    previous_x = dots[4];
    team.for_each(n, [=](int i) {
      T next = fused(-a, v[i], y[i]);
      next = fused(-b, before[i], next);
      next = fused(-of_q, q[i], next);
      y[i] = x != nullptr ? fused(-of_x, x[i], next) : next;
    });
    if (stop.reorthogonalise) {
      for (int k = 0; k <= j; ++k) {
        const T* old = basis + static_cast<std::ptrdiff_t>(k) * n;
        const T dot =
            team.template sums<1, T>(n, [=](int i, Sums<1, T>& sum) { sum[0] = fused(y[i], old[i], sum[0]); })[0];
        team.for_each(n, [=](int i) { y[i] = fused(-dot, old[i], y[i]); });
      }
    }
    const T square =
        team.template sums<1, T>(n, [=](int i, Sums<1, T>& sum) { sum[0] = fused(y[i], y[i], sum[0]); })[0];
    const double norm = __builtin_sqrt(static_cast<double>(square));
    const int steps = j + 1;
    const bool closed = norm <= stop.breakdown, last = steps >= stop.most;
    const bool test = closed || last || (steps >= stop.first && (steps - stop.first) % stop.stride == 0);
    team.once([=] {
      alpha[j] = static_cast<double>(dots[0]);
      beta[j] = closed ? 0.0 : norm;
      ++outcome->steps;
    });
    if (test) {
      first_ritz(team, alpha, beta, steps, ritz, shared);
      const double residual = shared[kRitzResidual], theta = shared[kRitzFirst];
      const bool settled = stop.above > 0.0 && residual <= 0.1 * (stop.above - theta);
      if (closed || last || residual <= stop.tolerance || settled) {
        second_ritz(team, alpha, beta, steps, ritz, shared);
        return steps;
      }
    }
    previous_beta = static_cast<T>(norm);
    T* next = basis + static_cast<std::ptrdiff_t>(steps) * n;
    const T length = previous_beta;
    team.for_each(n, [=](int i) { next[i] = y[i] / length; });
  }
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

// The start: D^1/2 (baseline scores), and a little of a fixed pseudo-random vector; that alone where there is no
// baseline.
template <class Team>
BALASSA_HD void start_vector(Team& team, const StudyView& study, Workspace& work, bool warm, double* out,
                             double noise_share = kStartNoise) {
  const double *start = study.start, *noise = study.start_noise, *sqrt_d = work.sqrt_d;
  const double share = warm ? noise_share : 1.0;
  team.for_each(study.padded_locations,
                [=](int c) { out[c] = sqrt_d[c] * fused(share, noise[c], warm ? start[c] : 0.0); });
  deflate_and_normalise<Team, double>(team, study.padded_locations, work.trivial, nullptr, out);
}

// y = A x, theta = x . y, r = y - theta x; outcome gets lambda_2 and |r|. x unit and deflated.
template <class Team>
BALASSA_HD void residual64(Team& team, Workspace& work, bool scores) {
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

// The next Ritz pairs of a run of `steps` as preconditioner of the correction: unit vectors into basis[1..], their
// values, 0 where there is none, into shared[kNextRitz..].
template <class Team>
BALASSA_HD void keep_next_ritz(Team& team, Workspace& work, int steps) {
  const int n = work.by_location.tiles * kTile;
  double *alpha = work.alpha, *beta = work.beta, *ritz = work.ritz, *shared = work.shared;
  next_ritz_vectors(team, alpha, beta, steps, kPreconditioners, kMaxSteps, ritz, shared);
  float* basis = work.basis32;
  team.for_each(n, [=](int i) {
    float sum[kPreconditioners] = {};
    for (int j = 0; j < steps; ++j) {
      const float v = basis[static_cast<std::ptrdiff_t>(j) * n + i];
      for (int k = 0; k < kPreconditioners; ++k) sum[k] = fused(static_cast<float>(ritz[k * kMaxSteps + j]), v, sum[k]);
    }
    for (int k = 0; k < kPreconditioners; ++k) basis[static_cast<std::ptrdiff_t>(k + 1) * n + i] = sum[k];
  });
}

// Solves (theta - A) t = r on the complement of q and x by conjugate gradients in fp32 (the operator is positive
// definite there), and adds t to x: one step of Jacobi-Davidson (Sleijpen, van der Vorst 1996). The preconditioner is
// the operator's inverse on the Ritz vectors y_k that Lanczos left, and 1 / theta beside them:
// z = r / theta + sum_k (1 / (theta - theta_k) - 1 / theta) (y_k . r) y_k, so that r . z needs no pass of its own.
template <class Team>
BALASSA_HD void correct(Team& team, Workspace& work, double tolerance) {
  const int n = work.by_location.tiles * kTile;
  const double norm = work.outcome->residual;
  if (!(norm > tolerance)) return;
  double *x = work.x, *r64 = work.r;
  float *x32 = work.x32, *r = work.r32, *t = work.t32, *p = work.p32, *y = work.basis32;
  const float *q = work.trivial32, *y1 = work.basis32 + n, *y2 = y1 + n;
  const double theta64 = work.outcome->lambda2, wanted = tolerance / norm;
  const float theta = static_cast<float>(theta64), inverse = 1.0f / theta;
  const float close = static_cast<float>(wanted * wanted);
  const float enough = close > kCorrectionFloor ? close : kCorrectionFloor;
  const double* value = work.shared + kNextRitz;
  const float c1 = value[0] > 0.0 ? static_cast<float>(1.0 / (theta64 - value[0]) - 1.0 / theta64) : 0.0f;
  const float c2 = value[1] > 0.0 ? static_cast<float>(1.0 / (theta64 - value[1]) - 1.0 / theta64) : 0.0f;
  if (!(c1 >= 0.0f) || !(c2 >= 0.0f)) return;  // theta is not the largest: the certificate will say so
  team.for_each(n, [=](int i) {
    x32[i] = static_cast<float>(x[i]);
    r[i] = static_cast<float>(r64[i] / norm);
    p[i] = 0.0f;
    t[i] = 0.0f;
  });
  Outcome* outcome = work.outcome;
  float previous = 0.0f;
  for (int k = 0; k < kCorrectionSteps; ++k) {
    const auto rest = team.template sums<3, float>(n, [=](int i, Sums<3, float>& sum) {
      sum[0] = fused(r[i], r[i], sum[0]);
      sum[1] = fused(r[i], y1[i], sum[1]);
      sum[2] = fused(r[i], y2[i], sum[2]);
    });
    if (rest[0] <= enough) break;
    const float of_1 = c1 * rest[1], of_2 = c2 * rest[2];
    const float square = fused(of_2, rest[2], fused(of_1, rest[1], inverse * rest[0]));
    const float ratio = k == 0 ? 0.0f : square / previous;
    previous = square;
    team.for_each(n, [=](int i) { p[i] = fused(ratio, p[i], fused(of_2, y2[i], fused(of_1, y1[i], inverse * r[i]))); });
    apply(team, work, p, y);
    const auto dots = team.template sums<4, float>(n, [=](int i, Sums<4, float>& sum) {
      sum[0] = fused(y[i], p[i], sum[0]);
      sum[1] = fused(y[i], q[i], sum[1]);
      sum[2] = fused(y[i], x32[i], sum[2]);
      sum[3] = fused(p[i], p[i], sum[3]);
    });
    const float curvature = fused(theta, dots[3], -dots[0]);
    team.once([=] { ++outcome->refinements; });
    if (!(curvature > 0.0f)) break;  // lambda_3 is not below theta: the certificate will say so
    const float step = square / curvature;
    team.for_each(n, [=](int i) {
      t[i] = fused(step, p[i], t[i]);
      float image = fused(-dots[1], q[i], y[i]);
      image = fused(-dots[2], x32[i], image);
      r[i] = fused(-step, fused(theta, p[i], -image), r[i]);
    });
  }
  team.for_each(n, [=](int i) { x[i] = fused(norm, static_cast<double>(t[i]), x[i]); });
  deflate_and_normalise<Team, double>(team, n, work.trivial, nullptr, x);
}

// lambda_3 as far as the Krylov space shows it: the second Ritz value plus its own residual, never below the truth by
// more than the part of the spectrum that the start vector missed.
template <class Team>
BALASSA_HD void note_gap(Team& team, Workspace& work) {
  Outcome* outcome = work.outcome;
  const double* shared = work.shared;
  team.once([=] {
    outcome->lambda3 = shared[kRitzSecond];
    outcome->gap = outcome->lambda2 - (shared[kRitzSecond] + shared[kRitzSecondResidual]);
  });
}

// The part of the baseline's vector that lies in axis 2, x; that vector, without its trivial part, into work.r.
template <class Team>
BALASSA_HD double baseline_in_axis(Team& team, const StudyView& study, Workspace& work) {
  const int n = work.by_location.tiles * kTile;
  const double *reference = study.reference, *sqrt_d = work.sqrt_d, *q = work.trivial, *x = work.x;
  double* wanted = work.r;
  team.for_each(n, [=](int c) { wanted[c] = sqrt_d[c] * reference[c]; });
  deflate_and_normalise<Team, double>(team, n, q, nullptr, wanted);
  return team.template sums<1>(n, [=](int c, Sums<1>& sum) { sum[0] = fused(wanted[c], x[c], sum[0]); })[0];
}

// How much of the baseline's vector lies in axis 2 and in axis 3; the flag where axis 3 holds more (METHODS C0.4).
// Asked before the basis is overwritten; the second Ritz vector is formed only where axis 2 holds less than half.
template <class Team, class T>
BALASSA_HD void compare_axes(Team& team, const StudyView& study, Workspace& work, const T* basis, int steps) {
  if (!study.any_reference) return;
  const double second = baseline_in_axis(team, study, work);
  if (second * second >= 0.5) return;
  const int n = work.by_location.tiles * kTile;
  const double* wanted = work.r;
  double *alpha = work.alpha, *beta = work.beta, *ritz = work.ritz, *shared = work.shared;
  team.once([=] { second_ritz_vector(alpha, beta, steps, shared[kRitzSecond], ritz); });
  ritz_vector(team, work, basis, steps, work.y);
  const double* y = work.y;
  const double third =
      team.template sums<1>(n, [=](int c, Sums<1>& sum) { sum[0] = fused(wanted[c], y[c], sum[0]); })[0];
  Outcome* outcome = work.outcome;
  team.once([=] { outcome->axis_swap = third * third > second * second ? 1 : 0; });
}

// fp64 to the tolerance from work.x (or a cold start), restarted from the Ritz vector where the basis is full; then
// lambda_3. Returns how often it restarted, + 1.
template <class Team>
BALASSA_HD int solve64(Team& team, const StudyView& study, Workspace& work, bool sure_of_gap,
                       double tolerance = kTolerance64) {
  const int n = work.by_location.tiles * kTile, dimension = work.outcome->rows - 1;
  const int most = dimension < kMaxSteps64 ? dimension : kMaxSteps64;
  const double *q = work.trivial, *noise = study.start_noise;
  double *basis = work.basis64, *x = work.x;
  const double* sqrt_d = work.sqrt_d;
  int steps = 0, runs = 0;
  while (runs < 8) {
    ++runs;
    team.for_each(n, [=](int i) { basis[i] = x[i]; });
    steps = lanczos<Team, double>(team, work, basis, q, nullptr, work.y,
                                  {kFirstTest, most, 0.3 * tolerance, 1e-14, true, 0.0});
    ritz_vector(team, work, basis, steps, x);
    deflate_and_normalise<Team, double>(team, n, q, nullptr, x);
    residual64(team, work, true);
    if (work.outcome->residual <= tolerance) break;
  }
  team.mark(Step::kLanczos64);
  compare_axes(team, study, work, basis, steps);
  note_gap(team, work);
  if (dimension < 2) {
    Outcome* outcome = work.outcome;
    team.once([=] {
      outcome->lambda3 = 0.0;
      outcome->gap = outcome->lambda2;
    });
    return runs;
  }
  if (!sure_of_gap && work.outcome->gap > 1e-3) return runs;
  // A Krylov space shows one vector of each eigenspace only: look for lambda_3 beside x, from another start.
  team.for_each(n, [=](int i) { basis[i] = sqrt_d[i] * fused(noise[i], noise[i], -noise[i] - 0.25); });
  deflate_and_normalise<Team, double>(team, n, q, x, basis);
  const double lambda2 = work.outcome->lambda2;
  lanczos<Team, double>(
      team, work, basis, q, x, work.y,
      {kFirstTest, most - 1 > 1 ? most - 1 : 1, kTolerance64, 1e-14, true, study.has_start ? lambda2 : 0.0});
  Outcome* outcome = work.outcome;
  const double* shared = work.shared;
  team.once([=] {
    outcome->lambda3 = shared[kRitzFirst] > 0.0 ? shared[kRitzFirst] : 0.0;
    outcome->gap = outcome->lambda2 - (outcome->lambda3 + shared[kRitzResidual]);
  });
  return runs;
}

// fp32 to the tolerance; x = the Ritz vector, deflated in fp64 (it floors at 4.5e-9 otherwise: SOLVERS 8.10).
template <class Team>
BALASSA_HD void solve32(Team& team, const StudyView& study, Workspace& work, double tolerance, int first = kFirstTest,
                        int stride = 2) {
  const int n = work.by_location.tiles * kTile;
  const double* start = work.x;
  float* basis = work.basis32;
  team.for_each(n, [=](int i) { basis[i] = static_cast<float>(start[i]); });
  const int steps = lanczos<Team, float>(team, work, basis, work.trivial32, nullptr, work.r32,
                                         {first, kMaxSteps, tolerance, 2e-6, false, 0.0, stride});
  ritz_vector(team, work, basis, steps, work.x);
  deflate_and_normalise<Team, double>(team, n, work.trivial, nullptr, work.x);
  const double lambda3_bound = work.shared[kRitzSecond] + work.shared[kRitzSecondResidual],
               lambda3 = work.shared[kRitzSecond];
  compare_axes(team, study, work, basis, steps);
  if (study.precision == Precision::kCertified) keep_next_ritz(team, work, steps);
  Outcome* outcome = work.outcome;
  team.once([=] {
    outcome->lambda3 = lambda3;
    outcome->gap = lambda3_bound;  // completed by the caller, once lambda_2 is known in fp64
  });
}

// The eigenpair, its certificate's residual and gap, and the raw scores K_c, K_p. True where it came by a correction,
// which `refine` can take further.
template <class Team>
BALASSA_HD bool spectrum(Team& team, const StudyView& study, Workspace& work) {
  const bool warm = study.has_start;
  start_vector(team, study, work, warm, work.x);
  const bool small = work.outcome->rows <= kSmall;
  if (study.precision == Precision::kDouble || small || !warm) {
    solve64(team, study, work, small || !warm);
    return false;
  }
  const bool fast = study.precision == Precision::kFast;
  solve32(team, study, work, fast ? kFastTolerance : kLooseTolerance);
  team.mark(Step::kLanczos32);
  if (!fast) {
    residual64(team, work, false);
    team.mark(Step::kResidual);
    correct(team, work, kCorrectedResidual);
    team.mark(Step::kCorrection);
  }
  residual64(team, work, true);
  team.mark(Step::kResidual);
  Outcome* outcome = work.outcome;
  team.once([=] { outcome->gap = outcome->lambda2 - outcome->gap; });
  return !fast;
}

// The eigenvector that came with the draw, judged as one of the scenario's own: residual and raw scores by the
// canonical operator, so that identical rows keep identical bits. False where it does not serve, with nothing taken:
// not settled, of the whole matrix where the giant component is scored, of few locations, or nearer to the baseline's
// axis 3.
template <class Team>
BALASSA_HD bool take_axis(Team& team, const StudyView& study, const Draw& draw, Workspace& work) {
  Outcome* outcome = work.outcome;
  const SolvedAxis* axis = draw.axis;
  if (axis == nullptr || axis->settled == 0 || outcome->components != 1 || outcome->rows <= kSmall) return false;
  const int n = work.by_location.tiles * kTile;
  const double* found = axis->vector;
  double* x = work.x;
  team.for_each(n, [=](int c) { x[c] = found[c]; });
  deflate_and_normalise<Team, double>(team, n, work.trivial, nullptr, x);
  if (study.any_reference) {
    const double second = baseline_in_axis(team, study, work);
    if (second * second < 0.5) return false;
  }
  residual64(team, work, true);
  team.once([=] {
    outcome->lambda3 = axis->lambda3;
    outcome->gap = outcome->lambda2 - axis->lambda3_bound;
    outcome->steps = axis->steps;
  });
  team.mark(Step::kResidual);
  return true;
}

// A second correction, from the residual that the first one left.
template <class Team>
BALASSA_HD void refine(Team& team, Workspace& work) {
  Outcome* outcome = work.outcome;
  const double lambda3_bound = outcome->lambda2 - outcome->gap;
  correct(team, work, kRefinedResidual);
  residual64(team, work, true);
  team.once([=] { outcome->gap = outcome->lambda2 - lambda3_bound; });
}

// METHODS C0.6 iv, v: the axis is tied with the next, or carries no signal.
template <class Team>
BALASSA_HD void judge_spectrum(Team& team, Workspace& work) {
  Outcome* outcome = work.outcome;
  team.once([=] {
    if (outcome->lambda2 - outcome->lambda3 < kTiedGap)
      outcome->validity = Validity::kTiedAxis;
    else if (outcome->lambda2 < kNoSignal)
      outcome->validity = Validity::kNoSignal;
  });
}

}  // namespace balassa::inline BALASSA_ISA
