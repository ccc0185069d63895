// The kernels as the host launches them. Each returns at once; faults show at the next wait.
#pragma once

#include <cuda_runtime_api.h>

#include <vector>

#include "kernels/cuda/batch.hpp"

namespace balassa {

// Weights of a batch's replicates; with `blocks` sets of scratch words.
void launch_weights(const StudyView& study, const ScenarioBatch& batch, int blocks, cudaStream_t stream);
// Totals of the locations under them, and of the products where locations are weighted.
void launch_totals(const StudyView& study, const ScenarioBatch& batch, cudaStream_t stream);
// The scenarios of the batch on `blocks` blocks of `threads`, each with `fast_bytes` of shared memory.
void launch_scenarios(const StudyView& study, const ScenarioBatch& batch, const TallyView& tallies, int blocks,
                      int threads, std::size_t fast_bytes, cudaStream_t stream);

// What the scenario kernel finds on a device, in bytes.
struct SharedMemory {
  std::size_t fast_limit;  // that a block may take beside its static part
  std::size_t all;         // of a multiprocessor
  std::size_t beside;      // of a block: its static part, and the system's
};
// `device` is the current one. Allows its blocks that much, which comes before the first launch.
SharedMemory scenario_shared_memory(int device);
// Bytes of local memory that the driver takes from what is free when the scenario kernel first runs: for every thread
// that the current device holds at once.
std::size_t scenario_local_bytes(int device);
// Blocks of the scenario kernel that one multiprocessor of the current device holds.
int scenario_blocks_per_multiprocessor(int threads, std::size_t fast_bytes);

// Clocks that the scenarios of this process have spent in each step (Step), of the first thread of each block, and zero
// from now on. Empty unless built with kStepClocks.
std::vector<std::uint64_t> take_step_clocks();

}  // namespace balassa
