// The scenario template on thread blocks: its one instantiation for CUDA.
#include "kernels/cuda/handles.hpp"
#include "kernels/cuda/kernels.hpp"
#include "kernels/cuda/scenario_block.cuh"

namespace balassa {
namespace {

__global__ void __launch_bounds__(kScenarioThreads)
    scenario_kernel(const __grid_constant__ StudyView study, const __grid_constant__ ScenarioBatch batch,
                    const __grid_constant__ TallyView tallies) {
  extern __shared__ __align__(64) std::byte fast[];
  __shared__ BlockState state;
  run_batch_scenarios(study, batch, tallies, static_cast<int>(blockIdx.x), fast, state);
}

}  // namespace

std::size_t scenario_fast_limit(int device) {
  int most = 0;
  BALASSA_CHECK_CUDA(cudaDeviceGetAttribute(&most, cudaDevAttrMaxSharedMemoryPerBlockOptin, device));
  cudaFuncAttributes attributes{};
  BALASSA_CHECK_CUDA(cudaFuncGetAttributes(&attributes, scenario_kernel));
  return static_cast<std::size_t>(most) - attributes.sharedSizeBytes;
}

int scenario_blocks_per_multiprocessor(std::size_t fast_bytes) {
  BALASSA_CHECK_CUDA(
      cudaFuncSetAttribute(scenario_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(fast_bytes)));
  int blocks = 0;
  BALASSA_CHECK_CUDA(
      cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, scenario_kernel, kScenarioThreads, fast_bytes));
  return blocks;
}

void launch_scenarios(const StudyView& study, const ScenarioBatch& batch, const TallyView& tallies, int blocks,
                      std::size_t fast_bytes, cudaStream_t stream) {
  scenario_kernel<<<static_cast<unsigned>(blocks), kScenarioThreads, fast_bytes, stream>>>(study, batch, tallies);
  BALASSA_CHECK_CUDA(cudaGetLastError(), "starting scenario_kernel");
}

}  // namespace balassa
