// Runs a range of scenarios by all ranks of a job, so that what rank 0 saves and writes is what one process would.
#pragma once

#include "host/cluster/ranks.hpp"
#include "host/sweep/sweep_runner.hpp"

namespace balassa {

// In rounds: ranks take ranges of a round as they get done, their tallies are summed into rank 0, and what has been
// run is then all scenarios up to some id, as a checkpoint wants it. A round ends with its year, after kRoundCells
// cells, or where a checkpoint is due or a rank was told to stop.
//
// As run_range; `range`, `begun`, `sink` and the intervals of `hooks` are rank 0's, the others give an empty range and
// null. All ranks get the same answer.
int run_range_by_ranks(const Plan& plan, const SpecificationGrid& grid,
                       const std::function<Year(std::size_t)>& load_year, Device& device, const ScenarioRange& range,
                       const std::optional<PartOfCell>& begun, WorkSink* sink, const SweepHooks& hooks, Ranks& ranks);

inline constexpr std::uint64_t kRoundCells = 8;  // whose tallies a rank may hold at a time

}  // namespace balassa
