// How far lambda_2 stands from the rest of the spectrum: a bound that holds, not the next Ritz value that a run
// happened to see. Of the certificate (certificate.hpp), whose error bounds divide by it.
//
// lambda_3 is at most the largest eigenvalue of A beside q and any one vector x (Courant, Fischer). Lanczos runs there
// from a vector g that was drawn without looking at A. Had an eigenvector u an eigenvalue mu >= sigma above all Ritz
// values, its share in the Lanczos vector j would be (g . u) p_j(mu), p_j the Lanczos polynomials, which rise beyond
// the Ritz values; and as these shares are those of a unit vector, |g . u| <= |g| / sqrt(sum_j p_j(sigma)^2). For g
// uniform in a cube [-1, 1]^n the density of g . u is at most 1 / sqrt 2 for every unit u (Ball 1986), so the chance
// of that is at most sqrt 2 |g| / sqrt(sum_j p_j(sigma)^2). The run ends once this is below kUnseen. In fp32 the
// operator's own rounding, some 1e-7, is far below what may be proven (kGhost); that of the recurrence only adds to
// what the run sees. (The bound of Kuczynski and Wozniakowski 1992, with the run's own polynomials in place of
// Chebyshev's: about half of the steps.)
#pragma once

#include "kernels/scenario/lanczos.hpp"

namespace balassa::inline BALASSA_ISA {

inline constexpr double kUnseen = 1e-6;      // chance, of one scenario, that an eigenvalue above the bound was not seen
inline constexpr double kUnseen64 = 1e-10;   // where fp64 does it
inline constexpr double kProvenShare = 0.5;  // of the estimated gap that is proven; more takes more steps
inline constexpr double kGhost = 1e-4;       // a gap that fp32 may make up, and the least that it may prove
inline constexpr int kFirstProof = 6, kFirstProof64 = 4;  // steps before the first test
inline constexpr double kGapDigits = 1e-2;                // fp64: the bound is within this of the gap
inline constexpr double kClosed = 1e-12;        // a Lanczos vector shorter than this closes the space; |A| = 1
inline constexpr double kClosed32 = 2e-6;       // in fp32
inline constexpr double kAxisTolerance = 1e-9;  // residual of an axis beside the second
inline constexpr int kProofBasis = 1 + 2;       // basis vectors of fp32 that the correction needs again
inline constexpr double kGrowthEnough = 1e200;  // beyond what any proof asks for; its square is still a number
inline constexpr int kMostProof = 64;  // steps of fp32, of which three vectors are kept: cheaper than exact_axis

// sum_j p_j(sigma)^2 over the polynomials of a run of n steps; 0 where a Ritz value lies at sigma or above. Where the
// space closed, the next vector was shorter than `closed`: that much of an eigenvector may be beyond it.
BALASSA_HD inline double polynomial_growth(const double* alpha, const double* beta, int n, double sigma,
                                           double closed) {
  double before = 0.0, p = 1.0, sum = 1.0;
  for (int j = 0; j < n; ++j) {
    const double rise = (sigma - alpha[j]) * p - (j > 0 ? beta[j - 1] * before : 0.0);
    if (!(rise > 0.0)) return 0.0;
    before = p;
    p = rise / (beta[j] > 0.0 ? beta[j] : closed);
    sum += p * p;
    if (sum > kGrowthEnough) break;
  }
  return sum;
}

// The unit vector from which the gap is proven, beside q and x, into `out`; returns the growth that proves it.
template <class Team>
BALASSA_HD double probe_vector(Team& team, const StudyView& study, Workspace& work, double unseen, double* out) {
  const int n = work.by_location.tiles * kTile;
  const double *probe = study.probe, *sqrt_d = work.sqrt_d;
  team.for_each(n, [=](int c) { out[c] = sqrt_d[c] > 0.0 ? probe[c] : 0.0; });
  const double length = deflate_and_normalise<Team, double>(team, n, work.trivial, work.x, out);
  return 2.0 * length * length / (unseen * unseen);
}

// outcome.gap = lambda_2 minus a bound of lambda_3, by fp32; 0 where the run proves none, which leaves the scenario to
// exact_axis. x unit, lambda_2 its Rayleigh quotient, lambda_3 an estimate.
template <class Team>
BALASSA_HD void prove_gap(Team& team, const StudyView& study, Workspace& work) {
  Outcome* outcome = work.outcome;
  const int n = work.by_location.tiles * kTile, dimension = outcome->rows - 2;
  const double lambda2 = outcome->lambda2, sigma = lambda2 - kProvenShare * (lambda2 - outcome->lambda3);
  double *y = work.y, *alpha = work.alpha, *beta = work.beta;
  const double* x = work.x;
  float *basis = work.basis32 + static_cast<std::ptrdiff_t>(kProofBasis) * n, *x32 = work.x32;
  const double enough = probe_vector(team, study, work, kUnseen, y);
  bool proven = false;
  if (enough > 0.0 && lambda2 - sigma > kGhost) {
    team.for_each(n, [=](int c) {
      basis[c] = static_cast<float>(y[c]);
      x32[c] = static_cast<float>(x[c]);
    });
    const int most = dimension < kMostProof ? dimension : kMostProof;
    lanczos_until<Team, float>(
        team, work, basis, work.trivial32, x32, work.r32,
        {.first = kFirstProof, .most = most, .closed = kClosed32, .passes = 0, .stride = 1, .kept = 3},
        [&, alpha, beta](int steps) {
          const double growth = polynomial_growth(alpha, beta, steps, sigma, kClosed32);
          proven = growth >= enough;
          return proven || growth == 0.0;
        });
  }
  const bool holds = proven;
  team.once([=] { outcome->gap = holds ? lambda2 - sigma : 0.0; });
  team.mark(Step::kGap);
}

// The same by fp64, with lambda_3 itself: until its residual is far below the gap, or where there is none below
// kAxisTolerance, and no eigenvalue above it can be unseen. Returns the steps of the run, whose basis and first Ritz
// vector are left.
template <class Team>
BALASSA_HD int bound_gap64(Team& team, const StudyView& study, Workspace& work) {
  Outcome* outcome = work.outcome;
  const int dimension = outcome->rows - 2, most = dimension < kMaxSteps64 ? dimension : kMaxSteps64;
  const double lambda2 = outcome->lambda2;
  double *basis = work.basis64, *alpha = work.alpha, *beta = work.beta, *ritz = work.ritz, *shared = work.shared;
  const double enough = probe_vector(team, study, work, kUnseen64, basis);
  double lambda3 = 0.0, bound = 0.0;
  bool proven = false, found = false;
  int taken = 0;
  if (enough > 0.0) {
    taken = lanczos_until<Team, double>(team, work, basis, work.trivial, work.x, work.y,
                                        {.first = kFirstProof64, .most = most, .closed = kClosed, .passes = 2},
                                        [&, alpha, beta, ritz, shared, enough, lambda2](int steps) {
                                          first_ritz(team, alpha, beta, steps, ritz, shared);
                                          const double theta = shared[kRitzFirst], residual = shared[kRitzResidual];
                                          const double margin = kGapDigits * (lambda2 - theta);
                                          const double above = margin > residual ? margin : residual;
                                          lambda3 = theta > 0.0 ? theta : 0.0;
                                          bound = lambda3 + (above > kClosed ? above : kClosed);
                                          proven = polynomial_growth(alpha, beta, steps, bound, kClosed) >= enough;
                                          found = residual <= margin || residual <= kAxisTolerance;
                                          return proven && found;
                                        });
  }
  const bool holds = proven, converged = found;
  const double third = lambda3, top = bound;
  team.once([=] {
    outcome->lambda3 = third;
    outcome->lambda3_found = holds && converged ? 1 : 0;
    outcome->gap = holds && lambda2 > top ? lambda2 - top : 0.0;
  });
  team.mark(Step::kGap);
  return taken;
}

}  // namespace balassa::inline BALASSA_ISA
