// The kernels of kernels/cuda/kernels.hpp as emulated blocks, in the queues of the imitated runtime.
#define BALASSA_ISA emulated
#define BALASSA_STEP_CLOCKS true
#include "tests/emulated_block.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>

#include "kernels/cuda/check.hpp"
#include "kernels/cuda/kernels.hpp"
#include "kernels/cuda/scenario_block.cuh"
#include "tests/imitated_gpu/runtime.hpp"

namespace balassa {
namespace {

using imitated_gpu::enqueue;
using imitated_gpu::runtime;
using imitated_gpu::Wrong;

Atomic64 step_clocks[kSteps];  // ticks of the emulation

bool wrong_here(Wrong step, const StudyView& study) {
  return runtime().wrong == step && runtime().acts_on(study.locations);
}

// The scenario of a replay, whose workspace lies in slow memory, made wrong in one number.
void spoil_replay(const StudyView& study, const ScenarioBatch& batch) {
  Arena nothing, slow(batch.slow);
  const Workspace work =
      carve_workspace(nothing, slow, batch.placement, study.locations, study.products, study.quantiles);
  if (wrong_here(Wrong::kLambda2, study)) work.outcome->lambda2 *= 1.0 + 0x1p-40;
  if (wrong_here(Wrong::kRank, study)) std::swap(work.rank[0], work.rank[1]);
}

// What the driver does when a kernel that spills first runs on a GPU.
cudaError_t reserve_local_memory() {
  int gpu = 0;
  cudaGetDevice(&gpu);
  bool& reserved = runtime().local_taken[gpu];
  if (std::exchange(reserved, true)) return cudaSuccess;
  std::size_t free_bytes = 0, all = 0;
  cudaMemGetInfo(&free_bytes, &all);
  if (free_bytes < runtime().local_bytes) return reserved = false, cudaErrorMemoryAllocation;
  runtime().taken[gpu] += runtime().local_bytes;
  return cudaSuccess;
}

}  // namespace

void launch_weights(const StudyView& study, const ScenarioBatch& batch, int blocks, cudaStream_t stream) {
  enqueue(stream, [=] {
    EmulatedBlock threads(kDrawThreads, 1);
    for (int block = 0; block < blocks; ++block) threads.run([&] { draw_batch_weights(study, batch, block, blocks); });
    if (wrong_here(Wrong::kDraw, study)) batch.weight[0] += 1;
  });
}

void launch_totals(const StudyView& study, const ScenarioBatch& batch, cudaStream_t stream) {
  enqueue(stream, [=] {
    EmulatedBlock threads(kDrawThreads, 2);
    const auto total = [&](const WeightedRows& rows) {
      for (int first = 0; first < rows.rows; first += kTotalRows)
        threads.run(
            [&] { total_batch_rows(rows, first, static_cast<int>(threadIdx.x) / kWarp, kDrawThreads / kWarp); });
    };
    total(rows_of_locations(study, batch));
    if (batch.first != 0 && study.resampling.draws.location_weights) total(rows_of_products(study, batch));
  });
}

void launch_scenarios(const StudyView& study, const ScenarioBatch& batch, const TallyView& tallies, int blocks,
                      int threads, std::size_t fast_bytes, cudaStream_t stream) {
  BALASSA_CHECK_CUDA(reserve_local_memory(), "starting scenario_kernel");
  enqueue(stream, [=] {
    if (runtime().kernel_hangs && runtime().acts_on(study.locations)) {
      for (;;) pause();
    }
    if (runtime().kernel_faults && runtime().acts_on(study.locations)) runtime().fault = cudaErrorIllegalAddress;
    EmulatedBlock block_threads(threads, 3);
    struct alignas(kTableAlignment) Line {
      std::byte bytes[kTableAlignment];
    };
    const unsigned all = batch.count;
    for (int block = 0; block < blocks; ++block) {
      std::vector<Line> fast(fast_bytes / sizeof(Line) + 1);
      BlockState state;
      ScenarioBatch share = batch;  // as many to each block as if they ran side by side
      share.count = static_cast<unsigned>(static_cast<std::size_t>(all) * (static_cast<std::size_t>(block) + 1) /
                                          static_cast<std::size_t>(blocks));
      block_threads.run(
          [&] { run_batch_scenarios(study, share, tallies, block, fast.data()->bytes, state, step_clocks); });
      *batch.next = share.count;  // each thread block looked once too often
    }
    if (!batch.tallied) spoil_replay(study, batch);
    if (batch.tallied && wrong_here(Wrong::kCounters, study)) ++tallies.validity[0];
  });
}

// Compute capability 9.0, less the kernel's static part and the system's of a block.
SharedMemory scenario_shared_memory(int) {
  constexpr std::size_t kStatic = (sizeof(BlockState) + 127) / 128 * 128, kOfSystem = 1'024;
  return {232'448 - kStatic, 233'472, kStatic + kOfSystem};
}

int scenario_blocks_per_multiprocessor(int threads, std::size_t) {
  return threads == 256 ? 2 : 1;
}

std::size_t scenario_local_bytes(int) {
  return runtime().local_bytes;
}

std::vector<std::uint64_t> take_step_clocks() {
  const std::vector<std::uint64_t> clocks(step_clocks, step_clocks + kSteps);
  std::fill_n(step_clocks, kSteps, 0);
  return clocks;
}

}  // namespace balassa
