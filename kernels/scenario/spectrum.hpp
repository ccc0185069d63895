// Step 5: the second eigenvector of W = D^-1 M S M^T from the symmetric A = D^-1/2 M S M^T D^-1/2 (METHODS A1.1, C0.1;
// SOLVERS 3, 5, 8), and how far its eigenvalue stands from the next.
//
//   small      few locations or products: all of the matrix, by Householder and bisection (dense_axis.hpp)
//   certified  loose fp32 Lanczos -> fp64 residual -> fp32 conjugate gradients on the correction equation, with the
//              next two Ritz pairs as preconditioner -> fp64 residual -> a proof of the gap (gap.hpp)
//   double     fp64 Lanczos with full reorthogonalisation to 1e-12 -> a proof of the gap, by fp32
//   fast       fp32 Lanczos to 1e-6 -> one fp64 application for the scores; the gap is an estimate
//   exact      what these leave open: fp64 from the start, lambda_3 beside it, and where they contradict each other or
//              show no gap, all of the matrix
//
// Why these: bench/results/2026-11-21-zen3-eigen-solvers.md.
#pragma once

#include "kernels/formulas/scoring.hpp"
#include "kernels/scenario/dense_axis.hpp"
#include "kernels/scenario/gap.hpp"

namespace balassa::inline BALASSA_ISA {

inline constexpr int kFirstTest = 8;             // fewer steps never suffice on trade matrices (SOLVERS 8.1, 8.2)
inline constexpr double kLooseTolerance = 2e-5;  // residual at which the correction takes over
inline constexpr double kFastTolerance = 1e-6;
inline constexpr double kTolerance64 = 1e-12;
inline constexpr double kRitzShare = 0.3;  // of a tolerance: a run ends there, its own residual being the smaller one
inline constexpr int kRestarts = 8;        // of fp64; the residual says what they did not reach
inline constexpr int kCorrectionSteps = 16;
// The residual at which the correction stops: at first, and where that leaves something undecided, which is in 5 % of
// the scenarios of a trade panel. A first one smaller by a factor e costs all of them .7 of an application and leaves
// that factor fewer undecided.
inline constexpr double kCorrectedResidual = 4e-9, kRefinedResidual = 1e-12;
inline constexpr float kCorrectionFloor = 3e-11f;  // of the squared residual: the most that fp32 can give
inline constexpr int kPreconditioners = 2;         // Ritz pairs beside the first; a third gains a tenth of a step
inline constexpr double kStartNoise = 0.03;  // of the start vector, so that lambda_3 shows from a perfect start too

// The start: D^1/2 (baseline scores), and a little of a fixed pseudo-random vector; that alone where there is no
// baseline.
template <class Team>
BALASSA_HD void start_vector(Team& team, const StudyView& study, Workspace& work, bool warm, double* out) {
  const double *start = study.start, *noise = study.start_noise, *sqrt_d = work.sqrt_d;
  const double share = warm ? kStartNoise : 1.0;
  team.for_each(study.padded_locations,
                [=](int c) { out[c] = sqrt_d[c] * fused(share, noise[c], warm ? start[c] : 0.0); });
  deflate_and_normalise<Team, double>(team, study.padded_locations, work.trivial, nullptr, out);
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
BALASSA_ONE_COPY BALASSA_HD void correct(Team& team, Workspace& work, double tolerance) {
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

// The part of the baseline's vector that lies in axis 2, x; that vector, without its trivial part, is left.
template <class Team>
BALASSA_HD double baseline_in_axis(Team& team, const StudyView& study, Workspace& work) {
  const int n = work.by_location.tiles * kTile;
  const double *reference = study.reference, *sqrt_d = work.sqrt_d, *q = work.trivial, *x = work.x;
  double* wanted = work.baseline_vector();
  team.for_each(n, [=](int c) { wanted[c] = sqrt_d[c] * reference[c]; });
  deflate_and_normalise<Team, double>(team, n, q, nullptr, wanted);
  return team.template sums<1>(n, [=](int c, Sums<1>& sum) { sum[0] = fused(wanted[c], x[c], sum[0]); })[0];
}

// Whether axis 3 or 4 holds more of the baseline's vector than axis 2 does (METHODS C0.4; shares under the diversities,
// where the axes are orthogonal). They are looked for, in fp64 and from the baseline's vector, only where axis 2 holds
// less than half: another can't hold more of it otherwise.
template <class Team>
BALASSA_HD void compare_axes(Team& team, const StudyView& study, Workspace& work) {
  if (!study.any_reference) return;
  const double second = baseline_in_axis(team, study, work);
  if (second * second >= 0.5) return;
  const int n = work.by_location.tiles * kTile, dimension = work.outcome->rows - 2;
  const double *wanted = work.baseline_vector(), *probe = study.probe, *sqrt_d = work.sqrt_d;
  double *basis = work.basis64, *y = work.y, *alpha = work.alpha, *beta = work.beta, *ritz = work.ritz,
         *shared = work.shared;
  team.for_each(n, [=](int c) { basis[c] = sqrt_d[c] > 0.0 ? fused(kStartNoise, probe[c], wanted[c]) : 0.0; });
  double largest = 0.0;
  if (deflate_and_normalise<Team, double>(team, n, work.trivial, work.x, basis) > 0.0) {
    const int most = dimension < kMaxSteps64 ? dimension : kMaxSteps64;
    const int steps = lanczos_until<Team, double>(
        team, work, basis, work.trivial, work.x, y, {.first = kFirstTest, .most = most, .closed = kClosed, .passes = 2},
        [&, alpha, beta, ritz, shared](int count) {
          first_ritz(team, alpha, beta, count, ritz, shared);
          second_ritz(team, alpha, beta, count, ritz, shared);
          return shared[kRitzResidual] <= kAxisTolerance && shared[kRitzSecondResidual] <= kAxisTolerance;
        });
    for (int axis = 0; axis < 2 && axis < steps; ++axis) {
      if (!(shared[axis == 0 ? kRitzFirst : kRitzSecond] > kNoSignal)) break;
      if (axis > 0) team.once([=] { bottom_up(alpha, beta, steps, shared[kRitzSecond], ritz); });
      ritz_vector(team, work, basis, steps, y);
      const double share =
          team.template sums<1>(n, [=](int c, Sums<1>& sum) { sum[0] = fused(wanted[c], y[c], sum[0]); })[0];
      largest = share * share > largest ? share * share : largest;
    }
  }
  const bool swapped = largest > second * second;
  Outcome* outcome = work.outcome;
  team.once([=] { outcome->axis_swap = swapped ? 1 : 0; });
}

// fp64 to the tolerance from work.x, restarted from the Ritz vector where the basis is full; lambda_3 as far as the run
// shows it. Returns how often it restarted, + 1.
template <class Team>
BALASSA_HD int solve64(Team& team, Workspace& work, double tolerance = kTolerance64) {
  const int n = work.by_location.tiles * kTile, dimension = work.outcome->rows - 1;
  const int most = dimension < kMaxSteps64 ? dimension : kMaxSteps64;
  double *basis = work.basis64, *x = work.x;
  int runs = 0;
  while (runs < kRestarts) {
    ++runs;
    team.for_each(n, [=](int i) { basis[i] = x[i]; });
    const int steps = lanczos<Team, double>(team, work, basis, work.trivial, nullptr, work.y, kRitzShare * tolerance,
                                            {.first = kFirstTest, .most = most, .closed = kClosed, .passes = 2});
    ritz_vector(team, work, basis, steps, x);
    deflate_and_normalise<Team, double>(team, n, work.trivial, nullptr, x);
    residual64(team, work, true);
    if (work.outcome->residual <= tolerance) break;
  }
  Outcome* outcome = work.outcome;
  const double* shared = work.shared;
  team.once([=] {
    outcome->lambda3 = shared[kRitzSecond];
    outcome->gap = 0.0;  // until it is proven
  });
  team.mark(Step::kLanczos64);
  return runs;
}

// METHODS C0.6 iv, v: the axis is tied with the next, or carries no signal.
template <class Team>
BALASSA_HD void judge_spectrum(Team& team, Workspace& work) {
  Outcome* outcome = work.outcome;
  team.once([=] { outcome->validity = spectrum_validity(outcome->lambda2, outcome->lambda3); });
}

inline constexpr int kAttempts = 3;  // of fp64 at the second axis, each from what the last one missed

// The axis in fp64 with lambda_3 from a run of its own. No verdict may rest on a gap that is negative, or not larger
// than its error: then all of the matrix is solved, by a method that shares no step with this one. Where it is too
// large for that, no gap is proven, and the scenario is not certified.
template <class Team>
BALASSA_ONE_COPY BALASSA_HD void exact_axis(Team& team, const StudyView& study, Workspace& work) {
  start_vector(team, study, work, study.has_start, work.x);
  Outcome* outcome = work.outcome;
  for (int attempt = 1;; ++attempt) {
    solve64(team, work);
    const int steps = bound_gap64(team, study, work);
    if (!(outcome->lambda3 > outcome->lambda2) || attempt == kAttempts) break;
    ritz_vector(team, work, work.basis64, steps, work.x);  // the start held nothing of the second axis: this does
  }
  const bool clear = outcome->residual <= kTolerance64 && outcome->gap > kTiedGap && outcome->lambda2 > kNoSignal;
  team.once([=] { outcome->solved_exactly = 1; });
  if (!clear && dense_fits(study, work)) dense_axis(team, study, work);
}

// fp32 to the tolerance; x = the Ritz vector, deflated in fp64 (it floors at 4.5e-9 otherwise: SOLVERS 8.10).
template <class Team>
BALASSA_HD void solve32(Team& team, const StudyView& study, Workspace& work, double tolerance, int first = kFirstTest,
                        int stride = 2) {
  const int n = work.by_location.tiles * kTile;
  const double* start = work.x;
  float* basis = work.basis32;
  team.for_each(n, [=](int i) { basis[i] = static_cast<float>(start[i]); });
  const int steps =
      lanczos<Team, float>(team, work, basis, work.trivial32, nullptr, work.r32, tolerance,
                           {.first = first, .most = kMaxSteps, .closed = kClosed32, .passes = 1, .stride = stride});
  ritz_vector(team, work, basis, steps, work.x);
  deflate_and_normalise<Team, double>(team, n, work.trivial, nullptr, work.x);
  Outcome* outcome = work.outcome;
  const double* shared = work.shared;
  team.once([=] { outcome->lambda3 = shared[kRitzSecond]; });
  if (study.precision == Precision::kCertified) keep_next_ritz(team, work, steps);
}

// The eigenpair by fp32, with its residual and the raw scores K_c, K_p; corrected where the study certifies.
template <class Team>
BALASSA_HD void solve_mixed(Team& team, const StudyView& study, Workspace& work) {
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
  team.once([=] { outcome->gap = outcome->lambda2 - outcome->lambda3; });  // an estimate, until it is proven
}

// The eigenvector that came with the draw, judged as one of the scenario's own: residual and raw scores by the
// canonical operator, so that identical rows keep identical bits. False where it does not serve, with nothing taken:
// not settled, or of the whole matrix where the giant component is scored.
template <class Team>
BALASSA_HD bool take_axis(Team& team, const Draw& draw, Workspace& work) {
  Outcome* outcome = work.outcome;
  const SolvedAxis* axis = draw.axis;
  if (axis == nullptr || axis->settled == 0 || outcome->components != 1) return false;
  const int n = work.by_location.tiles * kTile;
  const double* found = axis->vector;
  double* x = work.x;
  team.for_each(n, [=](int c) { x[c] = found[c]; });
  deflate_and_normalise<Team, double>(team, n, work.trivial, nullptr, x);
  residual64(team, work, true);
  team.once([=] {
    outcome->lambda3 = axis->lambda3;
    outcome->gap = 0.0;
    outcome->steps = axis->steps;
  });
  team.mark(Step::kResidual);
  return true;
}

// The first attempt at a scenario's axis. True where it came by a correction, which `refine` can take further.
template <class Team>
BALASSA_HD bool first_axis(Team& team, const StudyView& study, const Draw& draw, Workspace& work) {
  if (is_small(work)) {
    dense_axis(team, study, work);
    return false;
  }
  if (!study.has_start) {
    exact_axis(team, study, work);
    return false;
  }
  bool mixed = false;
  if (!take_axis(team, draw, work)) {
    start_vector(team, study, work, true, work.x);
    mixed = study.precision != Precision::kDouble;
    if (mixed)
      solve_mixed(team, study, work);
    else
      solve64(team, work);
  }
  if (study.precision == Precision::kFast) return false;
  prove_gap(team, study, work);
  return mixed;
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

}  // namespace balassa::inline BALASSA_ISA
