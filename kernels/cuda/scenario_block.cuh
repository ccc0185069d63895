// What one thread block does in each kernel; the kernels themselves only say where a block's memory is.
#pragma once

#include "kernels/cuda/batch.hpp"
#include "kernels/cuda/cuda_team.cuh"
#include "kernels/scenario/scenario.hpp"

namespace balassa::inline BALASSA_ISA {

// What the threads of a scenario's block share beside its workspace.
struct BlockState {
  Workspace work;
  TallyView tallies;
  NoisyCells noise;
  unsigned taken;  // scenario of the batch
};

// Weights of the replicates block, block + blocks, ... of a batch.
BALASSA_HD inline void draw_batch_weights(const StudyView& study, const ScenarioBatch& batch, int block, int blocks) {
  CudaTeam team(nullptr, nullptr, nullptr);
  std::uint32_t* word = batch.word + static_cast<std::size_t>(block) * batch.words;
  for (unsigned k = static_cast<unsigned>(block); k < batch.count; k += static_cast<unsigned>(blocks)) {
    const std::uint64_t replicate = batch.first + k;
    const Draws draws = draws_of(study, replicate);
    draw_product_weights(team, study, draws.product_weights, replicate, batch.panel_products, word,
                         batch.weight + static_cast<std::size_t>(k) * static_cast<std::size_t>(study.padded_products));
    if (draws.location_weights)
      draw_location_weights(
          team, study, replicate, batch.panel_locations, word,
          batch.location_weight + static_cast<std::size_t>(k) * static_cast<std::size_t>(study.padded_locations));
  }
}

// Rows of values whose totals are formed under the weights of each replicate of a batch.
struct WeightedRows {
  const double* value;         // [rows, columns]
  int rows, columns;           // columns: a multiple of 32
  const std::int32_t* weight;  // [count, columns]
  double* total;               // [count, padded rows]
  int padded_rows;
  unsigned count;  // replicates
};
BALASSA_HOST_HD inline WeightedRows rows_of_locations(const StudyView& study, const ScenarioBatch& batch) {
  return {study.value,  study.locations,      study.padded_products,
          batch.weight, batch.location_total, study.padded_locations,
          batch.count};
}
BALASSA_HOST_HD inline WeightedRows rows_of_products(const StudyView& study, const ScenarioBatch& batch) {
  return {study.value_by_product, study.products, study.padded_locations, batch.location_weight, batch.product_total,
          study.padded_products,  batch.count};
}

// Totals of kTotalRows rows from `first` on under the replicates warp, warp + warps, ... of a batch: thread j of a warp
// holds the virtual lanes j, j + 32, ..., j + 224 of each row, so that a weight is read and converted once for all.
BALASSA_HD inline void total_batch_rows(const WeightedRows& rows, int first, int warp, int warps) {
  constexpr int kLanesEach = kLanes / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp, columns = rows.columns;
  const double* row[kTotalRows];
  BALASSA_UNROLL
  for (int r = 0; r < kTotalRows; ++r) {
    const int there = first + r < rows.rows ? first + r : rows.rows - 1;
    row[r] = rows.value + static_cast<std::ptrdiff_t>(there) * columns;
  }
  for (unsigned k = static_cast<unsigned>(warp); k < rows.count; k += static_cast<unsigned>(warps)) {
    const std::int32_t* weight = rows.weight + static_cast<std::size_t>(k) * static_cast<std::size_t>(columns);
    double sum[kTotalRows][kLanesEach];
    BALASSA_UNROLL
    for (int r = 0; r < kTotalRows; ++r) {
      BALASSA_UNROLL
      for (int i = 0; i < kLanesEach; ++i) sum[r][i] = 0.0;
    }
    for (int base = 0; base < columns; base += kLanes) {
      BALASSA_UNROLL
      for (int i = 0; i < kLanesEach; ++i) {
        const int p = base + i * kWarp + lane;
        if (base + i * kWarp < columns) {
          const double w = static_cast<double>(weight[p]);
          BALASSA_UNROLL
          for (int r = 0; r < kTotalRows; ++r) sum[r][i] = fused(w, row[r][p], sum[r][i]);
        }
      }
    }
    BALASSA_UNROLL
    for (int r = 0; r < kTotalRows; ++r) {
      BALASSA_UNROLL
      for (int s = kLanesEach / 2; s > 0; s /= 2) {
        BALASSA_UNROLL
        for (int i = 0; i < s; ++i) sum[r][i] += sum[r][i + s];
      }
      double total = sum[r][0];
      BALASSA_UNROLL
      for (int s = kWarp / 2; s > 0; s /= 2) total += __shfl_xor_sync(kWholeWarp, total, s);
      if (lane == 0 && first + r < rows.rows)
        rows.total[static_cast<std::size_t>(k) * static_cast<std::size_t>(rows.padded_rows) + first + r] = total;
    }
  }
}

// NaN as the host writes it; a conversion on the device would give another one.
BALASSA_HD inline float kept_score(bool valid, double score) {
  return valid && score == score ? static_cast<float>(score) : std::bit_cast<float>(0x7FC00000u);
}

// Scenarios of a batch, one after the other, until none is left.
BALASSA_HD inline void run_batch_scenarios(const StudyView& study, const ScenarioBatch& batch, const TallyView& tallies,
                                           int block, std::byte* fast_block, BlockState& state,
                                           Atomic64* clocks = nullptr) {
  if (threadIdx.x == 0) {
    Arena fast(fast_block), slow(batch.slow + static_cast<std::size_t>(block) * batch.slow_bytes);
    state.work = carve_workspace(fast, slow, batch.placement, study.locations, study.products, study.quantiles);
    if (study.resampling.draws.cell_noise) state.noise = carve_noise(slow, study);
    state.tallies = tallies;
    state.tallies.worst = batch.worst + 3 * block;
  }
  __syncthreads();
  CudaTeam team(state.work.lanes, state.work.order_scratch, &state.work.table_words, clocks);
  Workspace& work = state.work;
  const std::size_t stride_c = static_cast<std::size_t>(study.padded_locations),
                    stride_p = static_cast<std::size_t>(study.padded_products);
  for (;;) {
    team.start_clock();  // presence is charged with what comes before it
    team.once([&] { state.taken = atomicAdd(batch.next, 1u); });
    const unsigned k = state.taken;
    if (k >= batch.count) return;
    const std::uint64_t replicate = batch.first + k;
    const Draws draws = draws_of(study, replicate);
    const std::int32_t* weight = batch.weight + k * stride_p;
    const std::int32_t* location_weight = draws.location_weights ? batch.location_weight + k * stride_c : nullptr;
    if (draws.cell_noise)
      draw_noisy_cells(team, study, replicate, batch.panel_locations, weight, location_weight, state.noise);
    const double* location_total = draws.cell_noise ? state.noise.location_total : batch.location_total + k * stride_c;
    const double grand = grand_total(team, location_total, location_weight, study.locations);
    Draw draw = draws.cell_noise ? draw_of(weight, location_weight, grand, state.noise)
                                 : draw_of(study, weight, location_weight, location_total, grand,
                                           draws.location_weights ? batch.product_total + k * stride_p : nullptr);
    draw.axis = batch.axis == nullptr ? nullptr : batch.axis + k;
    if (chosen(Choice::kOneCopy)) {
      compute_scenario(team, study, draw, work);
      if (batch.tallied) {
        tally(team, study, replicate, work, state.tallies);
        team.mark(Step::kTally);
      }
    } else if (batch.tallied) {
      run_scenario(team, study, draw, replicate, work, state.tallies);
    } else {
      compute_scenario(team, study, draw, work);
    }
    const bool valid = work.outcome->validity == Validity::kValid;
    const double *eci = work.eci, *pci = work.pci;
    if (batch.raw_eci != nullptr) {
      float* out = batch.raw_eci + k * static_cast<std::size_t>(study.locations);
      team.for_each_free(study.locations, [=](int c) { out[c] = kept_score(valid, eci[c]); });
    }
    if (batch.raw_pci != nullptr) {
      float* out = batch.raw_pci + k * static_cast<std::size_t>(study.products);
      team.for_each_free(study.products, [=](int p) { out[p] = kept_score(valid, pci[p]); });
    }
    team.barrier();
  }
}

}  // namespace balassa::inline BALASSA_ISA
