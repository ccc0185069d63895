// The draws of several replicates and their totals per read of the values (SOLVERS 8.5, 8.6).
#pragma once

#include "kernels/cpu/cpu_team.hpp"
#include "kernels/cpu/engine.hpp"
#include "kernels/cpu/weighted_totals.hpp"
#include "kernels/scenario/draw.hpp"

namespace balassa::inline BALASSA_ISA {

inline constexpr int kTotalsTogether = 4;  // replicates per pass over a row

// total[k, i] for replicates k < count and rows i < rows of `value` [rows, n], n a multiple of 32, under all_weights
// [count, n]; a replicate's totals are `stride` apart. A few rows stay in the first cache while the weights of all
// replicates pass.
template <class Product, class T>
void batch_totals(const T* value, int rows, int n, const T* all_weights, int count, double* total, int stride) {
  constexpr int kRows = Product::kTotalRows;
  for (int c = 0; c < rows; c += kRows) {
    const T* row[kRows];
    for (int r = 0; r < kRows; ++r) {
      const int there = c + r < rows ? c + r : c;
      row[r] = value + static_cast<std::ptrdiff_t>(there) * n;
    }
    for (int k = 0; k < count; k += kTotalsTogether) {
      const int together = count - k < kTotalsTogether ? count - k : kTotalsTogether;
      const T* weight[kTotalsTogether];
      for (int j = 0; j < kTotalsTogether; ++j)
        weight[j] = all_weights + static_cast<std::ptrdiff_t>(k + (j < together ? j : 0)) * n;
      T row_total[kRows][kTotalsTogether];
      Product::weighted_totals(row, weight, n, row_total);
      for (int j = 0; j < together; ++j) {
        for (int r = 0; r < kRows && c + r < rows; ++r)
          total[static_cast<std::ptrdiff_t>(k + j) * stride + c + r] = static_cast<double>(row_total[r][j]);
      }
    }
  }
}

// `drawn` [count, n] as numbers of another kind, and the totals of `value` [rows, n] under them.
template <class Team, class T>
void weigh_batch(Team& team, const T* value, int rows, int n, const std::int32_t* drawn, int count, T* weight,
                 double* total, int stride) {
  team.for_each(count * n, [=](int i) { weight[i] = static_cast<T>(drawn[i]); });
  batch_totals<typename Team::Product>(value, rows, n, weight, count, total, stride);
}

// X_p of replicates k < count, total[k, p], under location weights [count, Cp], in fp32. 32 columns stay in the first
// cache while the weights of all replicates pass.
template <class Product>
void column_totals(const StudyView& study, const float* all_weights, int count, double* total) {
  const int padded_products = study.padded_products;
  for (int p = 0; p < padded_products; p += kTile) {
    for (int k = 0; k < count; k += kTotalsTogether) {
      const int together = count - k < kTotalsTogether ? count - k : kTotalsTogether;
      const float* weight[kTotalsTogether];
      for (int j = 0; j < kTotalsTogether; ++j)
        weight[j] = all_weights + static_cast<std::ptrdiff_t>(k + (j < together ? j : 0)) * study.padded_locations;
      float column[kTotalsTogether][kTile];
      Product::column_totals(study.value32 + p, study.locations, padded_products, weight, column);
      for (int j = 0; j < together; ++j) {
        double* out = total + static_cast<std::ptrdiff_t>(k + j) * padded_products + p;
        for (int i = 0; i < kTile; ++i) out[i] = static_cast<double>(column[j][i]);
      }
    }
  }
}

// Whether totals under weights are formed in fp32, X_c where products alone are drawn, X_p where locations are too:
// what these leave open is settled by canonical sums (presence.hpp).
inline bool totals_in_fp32(const StudyView& study, const Draws& draws) {
  return study.value32 != nullptr && !draws.location_weights && !draws.cell_noise;
}
inline bool product_totals_in_fp32(const StudyView& study, const Draws& draws) {
  return study.value32 != nullptr && draws.location_weights && !draws.cell_noise;
}

// Whether X_c are the year's own.
inline bool location_totals_are_the_years(const Draws& draws) {
  return draws.location_weights && !draws.product_weights && !draws.cell_noise;
}

// X_c under the product weights of the slots, X_p under the location weights.
template <class Team>
void batch_totals(Team& team, const StudyView& study, const Draws& draws, int count, const DrawSlots& slots) {
  const int locations = study.locations, products = study.products, padded_locations = study.padded_locations,
            padded_products = study.padded_products;
  if (totals_in_fp32(study, draws))
    weigh_batch(team, study.value32, locations, padded_products, slots.weight, count, slots.weight32,
                slots.location_total, padded_locations);
  else if (!location_totals_are_the_years(draws))
    weigh_batch(team, study.value, locations, padded_products, slots.weight, count, slots.weight64,
                slots.location_total, padded_locations);
  if (product_totals_in_fp32(study, draws)) {
    const std::int32_t* drawn = slots.location_weight;
    float* weight = slots.weight32;
    team.for_each(count * padded_locations, [=](int i) { weight[i] = static_cast<float>(drawn[i]); });
    column_totals<typename Team::Product>(study, weight, count, slots.product_total);
  } else if (draws.location_weights) {
    weigh_batch(team, study.value_by_product, products, padded_locations, slots.location_weight, count, slots.weight64,
                slots.product_total, padded_products);
  }
}

// The weights of slot k; null where the replicate draws none.
inline const std::int32_t* slot_location_weight(const StudyView& study, const Draws& draws, int k,
                                                const DrawSlots& slots) {
  return draws.location_weights ? slots.location_weight + static_cast<std::ptrdiff_t>(k) * study.padded_locations
                                : nullptr;
}
inline const double* slot_location_total(const StudyView& study, const Draws& draws, int k, const DrawSlots& slots) {
  if (draws.cell_noise) return slots.noisy_location_total;
  if (location_totals_are_the_years(draws)) return study.location_total;
  return slots.location_total + static_cast<std::ptrdiff_t>(k) * study.padded_locations;
}
inline NoisyCells slot_cells(const DrawSlots& slots) {
  return {slots.noisy,
          slots.location_part,
          slots.product_part,
          slots.noisy_location_total,
          slots.noisy_product_total,
          slots.raw_location_total};
}

template <class Team>
void draw_batch(const StudyView& study, std::uint64_t first, int count, DrawSlots& slots, Workspace& work) {
  Team team(work);
  const int padded_products = study.padded_products, padded_locations = study.padded_locations;
  const Draws draws = draws_of(study, first);
  for (int k = 0; k < count; ++k) {
    const std::uint64_t replicate = first + static_cast<std::uint64_t>(k);
    draw_product_weights(team, study, draws.product_weights, replicate, slots.panel_products, slots.word,
                         slots.weight + static_cast<std::ptrdiff_t>(k) * padded_products);
    if (draws.location_weights)
      draw_location_weights(team, study, replicate, slots.panel_locations, slots.word,
                            slots.location_weight + static_cast<std::ptrdiff_t>(k) * padded_locations);
  }
  if (draws.cell_noise)
    draw_noisy_cells(team, study, first, slots.panel_locations, slots.weight,
                     slot_location_weight(study, draws, 0, slots), slot_cells(slots));
  else
    batch_totals(team, study, draws, count, slots);
  for (int k = 0; k < count; ++k)
    slots.grand_total[k] = grand_total(team, slot_location_total(study, draws, k, slots),
                                       slot_location_weight(study, draws, k, slots), study.locations);
}

// The draw of one slot as a scenario reads it.
inline Draw slot_draw(const StudyView& study, std::uint64_t replicate, int k, const DrawSlots& slots) {
  const Draws draws = draws_of(study, replicate);
  const std::int32_t* weight = slots.weight + static_cast<std::ptrdiff_t>(k) * study.padded_products;
  const std::int32_t* location_weight = slot_location_weight(study, draws, k, slots);
  if (draws.cell_noise) return draw_of(weight, location_weight, slots.grand_total[k], slot_cells(slots));
  const double* product_total =
      draws.location_weights ? slots.product_total + static_cast<std::ptrdiff_t>(k) * study.padded_products : nullptr;
  Draw draw = draw_of(study, weight, location_weight, slot_location_total(study, draws, k, slots), slots.grand_total[k],
                      product_total);
  if (totals_in_fp32(study, draws)) draw.total_error = total_error32(study.padded_products);
  if (product_totals_in_fp32(study, draws)) draw.product_error = column_error32(study.locations);
  return draw;
}

}  // namespace balassa::inline BALASSA_ISA
