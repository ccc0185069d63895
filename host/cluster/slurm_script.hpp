// The script that submits a study to Slurm: an array of shards and their merge, with time and memory from an estimate.
#pragma once

#include <cstdint>
#include <string>

#include "host/results/sweep_estimate.hpp"

namespace balassa {

struct SlurmRequest {
  int tasks = 0;            // shards; 0: as many as keep each to about an hour
  int cpus = 0;             // per task; 0: as many as the pilot ran on
  double time_limit = 0.0;  // seconds of one task; 0: what the estimate says, and half as much again
};

// A GPU for each task where the pilot ran on GPUs (`device.name`). The jobs are those of scripts/slurm, word for word.
std::string slurm_script(const std::string& plan_file, std::uint64_t scenarios, const SweepEstimate& estimate,
                         const DeviceDescription& device, const SlurmRequest& request);

}  // namespace balassa
