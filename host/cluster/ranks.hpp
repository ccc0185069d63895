// The processes of an MPI job that share a sweep: who runs which scenarios, and how what they counted comes together.
// No MPI here; `mpi/` has it, or says that this program was built without.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/cluster/range_dispenser.hpp"
#include "host/sweep/sweep_journal.hpp"
#include "kernels/tally.hpp"

namespace balassa {

// A round: all ranks call begin_round, then each take() until nothing is left, then all end_round, then sum() for the
// same cells in the same order. Rank 0 keeps the checkpoint and writes the result. Not thread-safe.
class Ranks {
 public:
  virtual ~Ranks() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  virtual int rank_here() const = 0;          // among the ranks on this machine
  virtual int ranks_on_my_cores() const = 0;  // that may use just these, itself counted

  // Rank 0's value, for all.
  virtual std::uint64_t of_root(std::uint64_t value) = 0;

  virtual void begin_round(const ScenarioRange& round) = 0;
  // What to run next (RangeDispenser::take). With `stop` != 0 the round ends early, for all.
  virtual std::optional<ScenarioRange> take(double rate, int stop) = 0;
  // Scores to rank 0; waits while it holds more than it should.
  virtual void send(RawBlock block) = 0;
  // What has come to rank 0 since the last call, which takes it; never more than a bounded amount waits.
  virtual std::vector<RawBlock> received() = 0;
  // Scenarios of this round that have been given out; rank 0 only.
  virtual std::uint64_t given() = 0;
  // Waits for all ranks. `take_raw` gets what arrives meanwhile, at rank 0.
  virtual RoundEnd end_round(const std::function<void(const RawBlock&)>& take_raw) = 0;

  // Adds the tallies of all ranks, of equal shape, into those of rank 0.
  virtual void sum(Tallies& tallies) = 0;

  // All is done and every rank knows it; without this, leave_ranks() ends the job.
  virtual void end_together() = 0;
};

// The device that a rank takes: the k-th of the GPUs that `name` means ("auto", "cuda", "cuda:all", "cuda:0,2"), k =
// its rank on the machine modulo their number; "cpu" where auto finds none. A launcher that shows each rank one GPU
// works as well.
std::string device_of_rank(const std::string& name, int rank_here, int gpus);

// The ranks of the MPI job that this process was started in; null where it is not in one or is its only rank. Call it
// after all files were opened in child processes, and once. Throws Error kDeviceUnavailable where an MPI job started a
// program that was built without MPI: each process would do the whole work.
std::unique_ptr<Ranks> join_ranks();

// To be called with the exit code before the process ends. Where the ranks did not come to their end together, all of
// them are ended with this code.
void leave_ranks(int exit_code);

}  // namespace balassa
