// What the host hands to the kernels of one batch of replicates: plain data, no CUDA type.
#pragma once

#include "kernels/base/workspace.hpp"

namespace balassa {

inline constexpr int kScenarioThreads = 512;  // the largest block of the scenario kernel; the smallest is half of it
static_assert(kScenarioThreads / 2 == kFewestWarps * 32);
inline constexpr int kDrawThreads = 256;  // and of the draw kernels
inline constexpr int kTotalRows = 4;      // locations whose totals a warp forms together

struct ScenarioBatch {
  std::uint64_t first;  // replicate
  unsigned count;
  unsigned* next;                          // [1] zero: the next scenario to take
  std::int32_t* weight;                    // [count, Pp]
  std::int32_t* location_weight;           // [count, Cp]; null where locations are not drawn
  double *location_total, *product_total;  // [count, Cp], [count, Pp] as the weights: not of noisy cells
  const SolvedAxis* axis;                  // [count] or null: each scenario solves for itself
  std::uint32_t* word;                     // [blocks, words] scratch of the draw
  std::size_t words;                       // a multiple of 4, >= the locations and products of year and panel
  float *raw_eci, *raw_pci;                // [count, C], [count, P] or null
  Worst* worst;                            // [blocks, 3]
  int panel_locations, panel_products;
  bool tallied;
  // Of each block of the scenario kernel.
  Placement placement;
  std::byte* slow;  // [blocks, slow_bytes]
  std::size_t slow_bytes;
};

// What a noisy replicate takes beside the workspace.
BALASSA_HOST_HD inline NoisyCells carve_noise(Arena& slow, const StudyView& study) {
  const std::size_t c = static_cast<std::size_t>(study.padded_locations),
                    p = static_cast<std::size_t>(study.padded_products);
  NoisyCells cells{};
  cells.value = slow.take<double>(p * c);
  cells.product_total = slow.take<double>(p);
  cells.location_total = slow.take<double>(c);
  cells.location_part = slow.take<double>(c);
  cells.product_part = slow.take<double>(p);
  if (study.resampling.draws.product_weights) cells.raw_location_total = slow.take<double>(c);
  return cells;
}

}  // namespace balassa
