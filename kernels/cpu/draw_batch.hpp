// The draws of several replicates and their totals per read of the values (DESIGN, One answer; SOLVERS 8.5).
#pragma once

#include "kernels/cpu/cpu_team.hpp"
#include "kernels/cpu/engine.hpp"
#include "kernels/cpu/weighted_totals.hpp"
#include "kernels/scenario/draw.hpp"

namespace balassa::inline BALASSA_ISA {

inline constexpr int kTotalsTogether = 4;  // replicates per pass over a row

// total[k][c] for replicates k < count and all locations. A few rows stay in the first cache while the weights of all
// replicates pass.
template <class Product, class T>
void batch_totals(const StudyView& study, const T* value, const T* all_weights, int count, double* total) {
  constexpr int kRows = Product::kTotalRows;
  const int padded_products = study.padded_products;
  for (int c = 0; c < study.locations; c += kRows) {
    const T* row[kRows];
    for (int r = 0; r < kRows; ++r) {
      const int there = c + r < study.locations ? c + r : c;
      row[r] = value + static_cast<std::ptrdiff_t>(there) * padded_products;
    }
    for (int k = 0; k < count; k += kTotalsTogether) {
      const int together = count - k < kTotalsTogether ? count - k : kTotalsTogether;
      const T* weight[kTotalsTogether];
      for (int j = 0; j < kTotalsTogether; ++j)
        weight[j] = all_weights + static_cast<std::ptrdiff_t>(k + (j < together ? j : 0)) * padded_products;
      T row_total[kRows][kTotalsTogether];
      Product::weighted_totals(row, weight, padded_products, row_total);
      for (int j = 0; j < together; ++j) {
        for (int r = 0; r < kRows && c + r < study.locations; ++r)
          total[static_cast<std::ptrdiff_t>(k + j) * study.padded_locations + c + r] =
              static_cast<double>(row_total[r][j]);
      }
    }
  }
}

// weights [count, Pp] as numbers of another kind, and the totals under them.
template <class Team, class T>
void weigh_batch(Team& team, const StudyView& study, const T* value, int count, const DrawSlots& slots, T* weight) {
  const std::int32_t* drawn = slots.weight;
  team.for_each(count * study.padded_products, [=](int i) { weight[i] = static_cast<T>(drawn[i]); });
  batch_totals<typename Team::Product>(study, value, weight, count, slots.location_total);
}

template <class Team>
void draw_batch(const StudyView& study, std::uint64_t first, int count, DrawSlots& slots, Workspace& work) {
  Team team(work);
  const int padded_products = study.padded_products, padded_locations = study.padded_locations;
  if (study.resampling.scheme == Scheme::kNoise && first != 0) {
    draw_weights(team, study, 0, slots.panel_products, slots.word, slots.weight);
    draw_noise(team, study, first, slots.panel_locations, slots.noisy, slots.location_part, slots.product_part,
               slots.location_total, slots.noisy_product_total);
    slots.grand_total[0] = grand_total(team, slots.location_total, study.locations);
    return;
  }
  for (int k = 0; k < count; ++k)
    draw_weights(team, study, first + static_cast<std::uint64_t>(k), slots.panel_products, slots.word,
                 slots.weight + static_cast<std::ptrdiff_t>(k) * padded_products);
  if (study.value32 != nullptr)
    weigh_batch(team, study, study.value32, count, slots, slots.weight32);
  else
    weigh_batch(team, study, study.value, count, slots, slots.weight64);
  for (int k = 0; k < count; ++k)
    slots.grand_total[k] =
        grand_total(team, slots.location_total + static_cast<std::ptrdiff_t>(k) * padded_locations, study.locations);
}

// The draw of one slot as a scenario reads it.
inline Draw slot_draw(const StudyView& study, std::uint64_t replicate, int k, const DrawSlots& slots) {
  const bool noisy = study.resampling.scheme == Scheme::kNoise && replicate != 0;
  Draw draw = draw_of(study, slots.weight + static_cast<std::ptrdiff_t>(k) * study.padded_products,
                      slots.location_total + static_cast<std::ptrdiff_t>(k) * study.padded_locations,
                      slots.grand_total[k], noisy ? slots.noisy : nullptr, slots.noisy_product_total);
  if (study.value32 != nullptr && !noisy) draw.total_error = total_error32(study.padded_products);
  return draw;
}

}  // namespace balassa::inline BALASSA_ISA
