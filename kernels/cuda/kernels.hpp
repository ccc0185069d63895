// The kernels as the host launches them. Each returns at once; faults show at the next wait.
#pragma once

#include <cuda_runtime_api.h>

#include "kernels/cuda/batch.hpp"

namespace balassa {

// Weights of a batch's replicates; with `blocks` sets of scratch words.
void launch_weights(const StudyView& study, const ScenarioBatch& batch, int blocks, cudaStream_t stream);
// Totals of the locations under them.
void launch_totals(const StudyView& study, const ScenarioBatch& batch, cudaStream_t stream);
// The scenarios of the batch on `blocks` blocks, each with `fast_bytes` of shared memory.
void launch_scenarios(const StudyView& study, const ScenarioBatch& batch, const TallyView& tallies, int blocks,
                      std::size_t fast_bytes, cudaStream_t stream);

// Shared memory that a scenario's block may take beside its static part, on the current device.
std::size_t scenario_fast_limit(int device);
// Blocks of the scenario kernel that one multiprocessor holds; allows it that much shared memory.
int scenario_blocks_per_multiprocessor(std::size_t fast_bytes);

}  // namespace balassa
