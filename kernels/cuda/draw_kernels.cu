// Weights and totals of many replicates at a time (SOLVERS 8.5).
#include "kernels/cuda/handles.hpp"
#include "kernels/cuda/kernels.hpp"
#include "kernels/cuda/scenario_block.cuh"

namespace balassa {
namespace {

__global__ void __launch_bounds__(kDrawThreads)
    weights_kernel(const __grid_constant__ StudyView study, const __grid_constant__ ScenarioBatch batch) {
  draw_batch_weights(study, batch, static_cast<int>(blockIdx.x), static_cast<int>(gridDim.x));
}

__global__ void __launch_bounds__(kDrawThreads) totals_kernel(const __grid_constant__ WeightedRows rows) {
  constexpr int kWarps = kDrawThreads / kWarp;
  total_batch_rows(rows, static_cast<int>(blockIdx.x) * kTotalRows,
                   static_cast<int>(blockIdx.y) * kWarps + static_cast<int>(threadIdx.x) / kWarp,
                   static_cast<int>(gridDim.y) * kWarps);
}

void launch_totals_of(const WeightedRows& rows, cudaStream_t stream) {
  constexpr unsigned kReplicatesEach = 32;  // of a block, while its rows stay in the first-level cache
  const unsigned groups = static_cast<unsigned>((rows.rows + kTotalRows - 1) / kTotalRows),
                 parts = (rows.count + kReplicatesEach - 1) / kReplicatesEach;
  totals_kernel<<<dim3(groups, parts < 65535u ? parts : 65535u), kDrawThreads, 0, stream>>>(rows);
  BALASSA_CHECK_CUDA(cudaGetLastError(), "starting totals_kernel");
}

}  // namespace

void launch_weights(const StudyView& study, const ScenarioBatch& batch, int blocks, cudaStream_t stream) {
  weights_kernel<<<static_cast<unsigned>(blocks), kDrawThreads, 0, stream>>>(study, batch);
  BALASSA_CHECK_CUDA(cudaGetLastError(), "starting weights_kernel");
}

void launch_totals(const StudyView& study, const ScenarioBatch& batch, cudaStream_t stream) {
  launch_totals_of(rows_of_locations(study, batch), stream);
  if (batch.first != 0 && study.resampling.draws.location_weights)
    launch_totals_of(rows_of_products(study, batch), stream);
}

}  // namespace balassa
