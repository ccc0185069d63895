// The spectrum of a scenario by itself, from presence and weights instead of a draw, and the other ways to it that the
// study of eigen-solvers compares: compiled into each instruction set's copy (kernels/README.md), so no containers.
#pragma once

#include "kernels/margins.hpp"
#include "kernels/solvers/spectral_engine.hpp"
#include "kernels/spectrum.hpp"

namespace balassa::inline BALASSA_ISA {

// work from presence[C, P] and weight[P]: the bits of both orientations, drawn products only, and the factors of A, as
// presence.hpp and margins.hpp leave them for a scenario.
template <class Team>
void load_presence(const StudyView& study, const PresenceBytes& given, Workspace& work) {
  Team team(work);
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
        for (int b = 0; b < kTile; b += 8) {  // eight bytes of 0 or 1 to eight bits by one multiplication
          std::uint64_t eight;
          __builtin_memcpy(&eight, row + first + b, 8);
          bits |= static_cast<std::uint32_t>((eight * 0x0102040810204080ull) >> 56) << b;
        }
      } else if (c < study.locations) {
        for (int p = first; p < study.products; ++p) bits |= static_cast<std::uint32_t>(row[p]) << (p - first);
      }
      word[w * kTile] = bits;
    }
  }
  team.transpose(by_location, work.by_product_full);
  const Draw draw{given.drawn, nullptr, 0, nullptr, nullptr, nullptr, false};
  partition_columns(team, study, draw, work, nullptr);

  const int drawn = work.outcome->drawn, padded_drawn = work.by_location.words * kTile;
  const double* weight = given.weight;
  const std::int32_t* column = work.column;
  double* in = work.half;
  team.for_each(padded_drawn, [=](int i) { in[i] = i < drawn ? weight[column[i]] : 0.0; });
  team.multiply(work.by_location, in, work.diversity, work.table);
  const double* diversity = work.diversity;
  std::uint32_t* valid = work.reached;
  for (int w = 0; w < work.by_product.words; ++w) valid[w] = ~0u;
  double *ubiquity = work.ubiquity, *scale = work.column_scale;
  float* scale32 = work.column_scale32;
  team.count_rows(work.by_product, valid, [=](int i, int count) {
    ubiquity[i] = count;
    scale[i] = i < drawn && count > 0 ? weight[column[i]] / count : 0.0;
    scale32[i] = static_cast<float>(scale[i]);
  });
  const auto sums = team.template sums<2>(study.padded_locations, [=](int c, Sums<2>& sum) {
    sum[0] += diversity[c];
    sum[1] += diversity[c] > 0.0 ? 1.0 : 0.0;
  });
  const double norm = 1.0 / __builtin_sqrt(sums[0] > 0.0 ? sums[0] : 1.0);
  for (int c = 0; c < study.padded_locations; ++c) {
    const double root = __builtin_sqrt(diversity[c]);
    work.sqrt_d[c] = root;
    work.inv_sqrt_d[c] = root > 0.0 ? 1.0 / root : 0.0;
    work.trivial[c] = root * norm;
    work.inv_sqrt_d32[c] = static_cast<float>(work.inv_sqrt_d[c]);
    work.trivial32[c] = static_cast<float>(work.trivial[c]);
  }
  work.outcome->rows = static_cast<int>(sums[1]);
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
// The mixed route stops its fp32 Lanczos where one correction, whose floor is 5e-6 of the residual, reaches 1e-10.
inline constexpr double kMixedLoose = 1e-5;

// The vector in work.x, of length 1; lambda_2, lambda_3 and the residual in the outcome. Returns the applications of A.
template <class Team>
std::int64_t solve_by_route(SpectralRoute route, double tolerance, const StudyView& study, Workspace& work) {
  Team team(work);
  Outcome* outcome = work.outcome;
  outcome->steps = outcome->refinements = 0;
  outcome->lambda3 = __builtin_nan("");
  start_vector(team, study, work, study.has_start, work.x);
  switch (route) {
    case SpectralRoute::kDouble: {
      const int residuals = solve64(team, study, work, false, tolerance);
      return outcome->steps + residuals;
    }
    case SpectralRoute::kFast: {
      solve32(team, study, work, tolerance);
      residual64(team, work, false);
      return outcome->steps + 1;
    }
    case SpectralRoute::kCertified:
    case SpectralRoute::kMixed: {
      const bool mixed = route == SpectralRoute::kMixed;
      solve32(team, study, work, mixed ? kMixedLoose : kLooseTolerance);
      residual64(team, work, false);
      int residuals = 1;
      for (int k = 0; k == 0 || (k < kMostCorrections && outcome->residual > tolerance); ++k) {
        correct(team, work, mixed ? 0.5 * tolerance : kCorrectedResidual);
        residual64(team, work, false);
        ++residuals;
      }
      if (outcome->residual > tolerance) {  // as a scenario: what this leaves goes to fp64
        start_vector(team, study, work, study.has_start, work.x);
        residuals += solve64(team, study, work, false, tolerance);
      }
      return outcome->steps + outcome->refinements + residuals;
    }
    case SpectralRoute::kPower:
      return power_iteration(team, work, tolerance, kMostPower);
  }
  return 0;
}

}  // namespace balassa::inline BALASSA_ISA
