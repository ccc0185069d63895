// The spectrum of a scenario by itself, from presence and weights instead of a draw, and the other ways to it that the
// study of eigen-solvers compares: compiled into each instruction set's copy (kernels/README.md), so no containers.
#pragma once

#include "kernels/cpu/cpu_team.hpp"
#include "kernels/scenario/margins.hpp"
#include "kernels/scenario/spectrum.hpp"
#include "kernels/solvers/davidson.hpp"
#include "kernels/solvers/digit_product.hpp"

namespace balassa::inline BALASSA_ISA {

// work from presence[C, P] and weight[P]: the bits of both orientations, drawn products only, and the factors of A, as
// presence.hpp and margins.hpp leave them for a scenario.
template <class Digits, class Team>
void load_presence(Team& team, const StudyView& study, const PresenceBytes& given, Workspace& work) {
  *work.outcome = Outcome{};
  const BitMatrix by_location = work.by_location_full;
  for (int c = 0; c < study.padded_locations; ++c) {
    const std::uint8_t* row = given.presence + static_cast<std::ptrdiff_t>(c) * study.products;
    std::uint32_t* word =
        by_location.bits + static_cast<std::ptrdiff_t>(c / kTile) * by_location.words * kTile + c % kTile;
    for (int w = 0; w < by_location.words; ++w) {
      std::uint32_t bits = 0;
      const int first = w * kTile;
      if (c < study.locations && first + kTile <= study.products) {
        bits = Digits::pack(row + first);
      } else if (c < study.locations) {
        for (int p = first; p < study.products; ++p) bits |= static_cast<std::uint32_t>(row[p]) << (p - first);
      }
      word[w * kTile] = bits;
    }
  }
  team.transpose(by_location, work.by_product_full);
  const Draw draw{.weight = given.drawn};
  partition_columns(team, study, draw, work, {});
  const int drawn = work.outcome->drawn;
  const double* weight = given.weight;
  const std::int32_t* column = work.column;
  double *own = work.column_scale, *in = work.half;
  team.for_each(work.by_product.tiles * kTile, [=](int i) { own[i] = i < drawn ? weight[column[i]] : 0.0; });
  team.for_each(work.by_location.words * kTile, [=](int i) { in[i] = own[i]; });
  team.multiply(work.by_location, in, work.diversity, work.table);
  weighted_ubiquity(team, study, draw, work);
  factors_of_margins(team, study, draw, work);
}

// x <- A x, q taken off, until |A x - theta x| <= tolerance. Returns the applications.
template <class Team>
int power_iteration(Team& team, Workspace& work, double tolerance, int most) {
  const int n = work.by_location.tiles * kTile;
  for (int k = 1;; ++k) {
    residual64(team, work, false);
    if (work.outcome->residual <= tolerance || k == most) return k;
    const double* y = work.y;
    double* x = work.x;
    team.for_each(n, [=](int i) { x[i] = y[i]; });
    if (deflate_and_normalise<Team, double>(team, n, work.trivial, nullptr, x) == 0.0) return k;
  }
}

inline constexpr int kMostPower = 100'000;
inline constexpr int kMostCorrections = 3;
// Without a scenario's later steps to feed, the mixed route may stop as soon as it is there.
inline constexpr int kFirstMixedTest = 6, kMixedStride = 1;
// Fewer directions than this of a similar problem are not worth their place.
inline constexpr int kLeastBase = 2;

// The vector in work.x, of length 1; lambda_2, lambda_3 and the residual in the outcome. Returns the applications of A.
template <class Team>
std::int64_t solve_by_route(Team& team, SpectralRoute route, double tolerance, const StudyView& study, Workspace& work,
                            const BaseView& base) {
  Outcome* outcome = work.outcome;
  outcome->steps = outcome->refinements = 0;
  outcome->lambda3 = __builtin_nan("");
  start_vector(team, study, work, study.has_start, work.x);
  switch (route) {
    case SpectralRoute::kDouble: {
      const int residuals = solve64(team, work, tolerance);
      return outcome->steps + residuals;
    }
    case SpectralRoute::kFast: {
      solve32(team, study, work, tolerance);
      residual64(team, work, false);
      return outcome->steps + 1;
    }
    case SpectralRoute::kCertified:
    case SpectralRoute::kMixed:
    case SpectralRoute::kDavidson: {
      if (route == SpectralRoute::kDavidson && base.count >= kLeastBase)
        davidson(team, work, base, kLooseTolerance);
      else if (route == SpectralRoute::kCertified)
        solve32(team, study, work, kLooseTolerance);
      else
        solve32(team, study, work, kLooseTolerance, kFirstMixedTest, kMixedStride);
      residual64(team, work, false);
      int residuals = 1;
      for (int k = 0; k == 0 || (k < kMostCorrections && outcome->residual > tolerance); ++k) {
        correct(team, work, route == SpectralRoute::kCertified ? kCorrectedResidual : 0.5 * tolerance);
        residual64(team, work, false);
        ++residuals;
      }
      if (outcome->residual > tolerance) {  // as a scenario: what this leaves goes to fp64
        start_vector(team, study, work, study.has_start, work.x);
        residuals += solve64(team, work, tolerance);
      }
      return outcome->steps + outcome->refinements + residuals;
    }
    case SpectralRoute::kPower:
      return power_iteration(team, work, tolerance, kMostPower);
  }
  return 0;
}

template <class Core, class Digits>
void load_on_core(const StudyView& study, const PresenceBytes& given, Workspace& work, const DigitWorkspace* digits) {
  Core core(work);
  load_presence<Digits>(core, study, given, work);
  if (digits != nullptr) DigitTeam<Core, Digits>(work, *digits).load(work);
}

template <class Core, class Digits>
std::int64_t solve_on_core(SpectralRoute route, double tolerance, const StudyView& study, Workspace& work,
                           const BaseView& base, const DigitWorkspace* digits) {
  if (digits != nullptr) {
    DigitTeam<Core, Digits> team(work, *digits);
    return solve_by_route(team, route, tolerance, study, work, base);
  }
  Core core(work);
  return solve_by_route(core, route, tolerance, study, work, base);
}

template <class Product, class Digits>
constexpr SpectralEngine spectral_engine_of() {
  return {Product::kName, load_on_core<CpuTeam<Product>, Digits>, solve_on_core<CpuTeam<Product>, Digits>};
}

}  // namespace balassa::inline BALASSA_ISA
