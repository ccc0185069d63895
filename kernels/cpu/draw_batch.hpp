// The draws of several replicates and their totals per read of the values (DESIGN, One answer; SOLVERS 8.5).
#pragma once

#include "kernels/cpu/cpu_team.hpp"
#include "kernels/cpu/engine.hpp"
#include "kernels/draw.hpp"

namespace balassa::inline BALASSA_ISA {

inline constexpr int kTotalsTogether = 4;  // replicates per pass over a row

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
  for (int k = 0; k < count; ++k) {
    std::int32_t* weight = slots.weight + static_cast<std::ptrdiff_t>(k) * padded_products;
    draw_weights(team, study, first + static_cast<std::uint64_t>(k), slots.panel_products, slots.word, weight);
    double* weight64 = slots.weight64 + static_cast<std::ptrdiff_t>(k) * padded_products;
    team.for_each(padded_products, [=](int p) { weight64[p] = static_cast<double>(weight[p]); });
  }
  // A few rows stay in the first cache while the weights of all replicates pass.
  constexpr int kRows = Team::Product::kTotalRows;
  for (int c = 0; c < study.locations; c += kRows) {
    const double* row[kRows];
    for (int r = 0; r < kRows; ++r) {
      const int there = c + r < study.locations ? c + r : c;
      row[r] = study.value + static_cast<std::ptrdiff_t>(there) * padded_products;
    }
    for (int k = 0; k < count; k += kTotalsTogether) {
      const int together = count - k < kTotalsTogether ? count - k : kTotalsTogether;
      const double* weight[kTotalsTogether];
      for (int j = 0; j < kTotalsTogether; ++j)
        weight[j] = slots.weight64 + static_cast<std::ptrdiff_t>(k + (j < together ? j : 0)) * padded_products;
      double row_total[kRows][kTotalsTogether];
      Team::Product::weighted_totals(row, weight, padded_products, row_total);
      for (int j = 0; j < together; ++j) {
        double* total = slots.location_total + static_cast<std::ptrdiff_t>(k + j) * padded_locations;
        for (int r = 0; r < kRows && c + r < study.locations; ++r) total[c + r] = row_total[r][j];
      }
    }
  }
  for (int k = 0; k < count; ++k)
    slots.grand_total[k] =
        grand_total(team, slots.location_total + static_cast<std::ptrdiff_t>(k) * padded_locations, study.locations);
}

// The draw of one slot as a scenario reads it.
inline Draw slot_draw(const StudyView& study, std::uint64_t replicate, int k, const DrawSlots& slots) {
  const bool noisy = study.resampling.scheme == Scheme::kNoise && replicate != 0;
  return draw_of(study, slots.weight + static_cast<std::ptrdiff_t>(k) * study.padded_products,
                 slots.location_total + static_cast<std::ptrdiff_t>(k) * study.padded_locations, slots.grand_total[k],
                 noisy ? slots.noisy : nullptr, slots.noisy_product_total);
}

}  // namespace balassa::inline BALASSA_ISA
