// Step 1: what the replicate draws - product weights w, location weights v, cell noise - and the totals under it
// (METHODS C0.1, C1, C1b, C2, C4). Each kind of resampling has a file below draws/.
#pragma once

#include "kernels/base/canonical_sum.hpp"
#include "kernels/scenario/draws/locations.hpp"
#include "kernels/scenario/draws/noise.hpp"
#include "kernels/scenario/draws/products.hpp"
#include "kernels/scenario/team.hpp"

namespace balassa::inline BALASSA_ISA {

// Replicate 0, the baseline, draws nothing.
BALASSA_HD inline Draws draws_of(const StudyView& study, std::uint64_t replicate) {
  return replicate == 0 ? Draws() : study.resampling.draws;
}

// X_c = sum_p w_p X_cp, one member a location.
template <class Team>
BALASSA_HD void location_totals(Team& team, const StudyView& study, const std::int32_t* weight, double* total) {
  const double* value = study.value;
  const int products = study.products, stride = study.padded_products;
  team.for_each(study.locations, [=](int c) {
    total[c] = Team::sum_alone(value + static_cast<std::ptrdiff_t>(c) * stride, 1, weight, products);
  });
}

// X_p = sum_c v_c X_cp of values [P, Cp], one member a product; weight null: of ones.
template <class Team>
BALASSA_HD void product_totals(Team& team, const StudyView& study, const double* value, const std::int32_t* weight,
                               double* total) {
  const int locations = study.locations, stride = study.padded_locations;
  team.for_each(study.products, [=](int p) {
    total[p] = Team::sum_alone(value + static_cast<std::ptrdiff_t>(p) * stride, 1, weight, locations);
  });
}

// X_c = sum_p w_p X*_cp of noisy values [P, Cp]; weight null: of ones.
template <class Team>
BALASSA_HD void noisy_location_totals(Team& team, const StudyView& study, const double* noisy,
                                      const std::int32_t* weight, double* total) {
  const int products = study.products, stride = study.padded_locations;
  team.for_each(study.locations, [=](int c) { total[c] = Team::sum_alone(noisy + c, stride, weight, products); });
}

// X = sum_c v_c X_c; weight null: of ones.
template <class Team>
BALASSA_HD double grand_total(Team& team, const double* total, const std::int32_t* weight, int locations) {
  if (weight == nullptr)
    return team.template sums<1>(locations, [=](int c, Sums<1>& sum) { sum[0] = fused(1.0, total[c], sum[0]); })[0];
  return team.template sums<1>(
      locations, [=](int c, Sums<1>& sum) { sum[0] = fused(static_cast<double>(weight[c]), total[c], sum[0]); })[0];
}

// Draws the cells, and forms the totals under weights that were drawn before; location_weight null: of ones.
template <class Team>
BALASSA_HD void draw_noisy_cells(Team& team, const StudyView& study, std::uint64_t replicate, int panel_locations,
                                 const std::int32_t* weight, const std::int32_t* location_weight,
                                 const NoisyCells& cells) {
  draw_noise(team, study, replicate, panel_locations, cells.value, cells.location_part, cells.product_part);
  product_totals(team, study, cells.value, location_weight, cells.product_total);
  const bool weighted = study.resampling.draws.product_weights;
  noisy_location_totals(team, study, cells.value, weighted ? weight : nullptr, cells.location_total);
  if (weighted) noisy_location_totals(team, study, cells.value, nullptr, cells.raw_location_total);
}

// A replicate of the year's own values as a scenario reads it. location_weight null: 1 each, and the year's X_p.
BALASSA_HD inline Draw draw_of(const StudyView& study, const std::int32_t* weight, const std::int32_t* location_weight,
                               const double* location_total, double grand_total, const double* product_total) {
  return {weight,
          location_weight,
          location_total,
          grand_total,
          location_weight == nullptr ? study.product_total : product_total,
          study.value_by_product,
          study.location_total,
          false};
}

// And one of noisy values.
BALASSA_HD inline Draw draw_of(const std::int32_t* weight, const std::int32_t* location_weight, double grand_total,
                               const NoisyCells& cells) {
  return {weight,
          location_weight,
          cells.location_total,
          grand_total,
          cells.product_total,
          cells.value,
          cells.raw_location_total == nullptr ? cells.location_total : cells.raw_location_total,
          true};
}

}  // namespace balassa::inline BALASSA_ISA
