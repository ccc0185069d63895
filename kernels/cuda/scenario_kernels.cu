// The scenario template on thread blocks: its one instantiation for CUDA.
#include "kernels/cuda/handles.hpp"
#include "kernels/cuda/kernels.hpp"
#include "kernels/cuda/scenario_block.cuh"

namespace balassa {
namespace {

__device__ Atomic64 step_clocks[kSteps];

__global__ void __launch_bounds__(kScenarioThreads)
    scenario_kernel(const __grid_constant__ StudyView study, const __grid_constant__ ScenarioBatch batch,
                    const __grid_constant__ TallyView tallies) {
  extern __shared__ __align__(128) std::byte fast[];
  __shared__ BlockState state;
  run_batch_scenarios(study, batch, tallies, static_cast<int>(blockIdx.x), fast, state,
                      kStepClocks ? step_clocks : nullptr);
}

}  // namespace

SharedMemory scenario_shared_memory(int device) {
  int of_block = 0, all = 0, of_system = 0;
  BALASSA_CHECK_CUDA(cudaDeviceGetAttribute(&of_block, cudaDevAttrMaxSharedMemoryPerBlockOptin, device));
  BALASSA_CHECK_CUDA(cudaDeviceGetAttribute(&all, cudaDevAttrMaxSharedMemoryPerMultiprocessor, device));
  BALASSA_CHECK_CUDA(cudaDeviceGetAttribute(&of_system, cudaDevAttrReservedSharedMemoryPerBlock, device));
  cudaFuncAttributes attributes{};
  BALASSA_CHECK_CUDA(cudaFuncGetAttributes(&attributes, scenario_kernel));
  // For good, and all that there is: studies of several shapes may be resident, and a smaller one must not take back
  // what another one's blocks use. With no carve-out asked for the driver may keep a second block out.
  const int limit = of_block - static_cast<int>(attributes.sharedSizeBytes);
  BALASSA_CHECK_CUDA(cudaFuncSetAttribute(scenario_kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, limit));
  BALASSA_CHECK_CUDA(cudaFuncSetAttribute(scenario_kernel, cudaFuncAttributePreferredSharedMemoryCarveout,
                                          cudaSharedmemCarveoutMaxShared));
  return {static_cast<std::size_t>(limit), static_cast<std::size_t>(all),
          attributes.sharedSizeBytes + static_cast<std::size_t>(of_system)};
}

std::size_t scenario_local_bytes(int device) {
  int threads = 0, multiprocessors = 0;
  BALASSA_CHECK_CUDA(cudaDeviceGetAttribute(&threads, cudaDevAttrMaxThreadsPerMultiProcessor, device));
  BALASSA_CHECK_CUDA(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device));
  cudaFuncAttributes attributes{};
  BALASSA_CHECK_CUDA(cudaFuncGetAttributes(&attributes, scenario_kernel));
  return attributes.localSizeBytes * static_cast<std::size_t>(threads) * static_cast<std::size_t>(multiprocessors);
}

int scenario_blocks_per_multiprocessor(int threads, std::size_t fast_bytes) {
  int blocks = 0;
  BALASSA_CHECK_CUDA(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, scenario_kernel, threads, fast_bytes));
  return blocks;
}

void launch_scenarios(const StudyView& study, const ScenarioBatch& batch, const TallyView& tallies, int blocks,
                      int threads, std::size_t fast_bytes, cudaStream_t stream) {
  scenario_kernel<<<static_cast<unsigned>(blocks), static_cast<unsigned>(threads), fast_bytes, stream>>>(study, batch,
                                                                                                         tallies);
  BALASSA_CHECK_CUDA(cudaGetLastError(), "starting scenario_kernel");
}

std::vector<std::uint64_t> take_step_clocks() {
  if (!kStepClocks) return {};
  std::vector<std::uint64_t> clocks(kSteps);
  const std::size_t bytes = clocks.size() * sizeof(std::uint64_t);
  const std::vector<std::uint64_t> zero(kSteps);
  BALASSA_CHECK_CUDA(cudaMemcpyFromSymbol(clocks.data(), step_clocks, bytes));
  BALASSA_CHECK_CUDA(cudaMemcpyToSymbol(step_clocks, zero.data(), bytes));
  return clocks;
}

}  // namespace balassa
