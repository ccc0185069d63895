// A sweep's or a shard's run, by one process or by the ranks of a job: finds its own unfinished work, goes on, saves,
// and writes what is whole.
#pragma once

#include <optional>

#include "host/cluster/ranks.hpp"
#include "host/plan/shards.hpp"
#include "host/results/sweep_result.hpp"
#include "host/terminal/stop_request.hpp"

namespace balassa {

struct SweepRunOptions {
  const GlobalOptions& global;
  bool restart = false;    // discards unfinished work
  bool classes = false;    // in the table that is printed
  Ranks* ranks = nullptr;  // that share the work; rank 0 saves and writes, the others only run
};

// Refuses an output that is in the way or is an input, before any work is done. Throws Error as require_absent.
// `plan_file`: "" where there is none.
void require_place(const Plan& plan, const std::string& plan_file, const std::optional<Shard>& shard, bool force,
                   bool restart);

// `shard`: none = the whole sweep, whose result file is written too.
ExitCode run_sweep(const SweepStudy& study, const std::optional<Shard>& shard, Device& device, const StopRequest& stop,
                   const SweepRunOptions& options, Manifest& manifest);

}  // namespace balassa
