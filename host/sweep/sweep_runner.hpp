// Runs the scenarios of a range, cell by cell: year, then preparation, then specification, then replicates (METHODS
// C0.3; SOLVERS 6).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "host/plan/plan.hpp"
#include "host/plan/shards.hpp"
#include "host/plan/specification_grid.hpp"
#include "host/sweep/year_orientation.hpp"
#include "host/terminal/stop_request.hpp"
#include "kernels/device.hpp"

namespace balassa {

// What the signs of a cell's replicates are aligned with (METHODS C0.3).
enum class Alignment : std::uint8_t { kOwnBaseline, kNeighbour, kConvention };

struct CellAlignment {
  Alignment kind = Alignment::kOwnBaseline;
  std::int64_t specification = -1;  // whose baseline; -1 with kConvention
};

// What replicates [first, last) of a cell came to. Parts of a cell add up to it, in any order and to the bit.
struct PartOfCell {
  CellPart part;
  CellAlignment alignment;
  std::optional<ScenarioRecord> baseline;  // where the part holds replicate 0
  Tallies tallies;
};

// Who takes what is run. Called in order of scenario ids, from one thread.
class WorkSink {
 public:
  virtual ~WorkSink() = default;
  // Raw scores of replicates [first, first + count), count <= kRawRows: eci [count, C], pci [count, P] in the year's
  // compact indices; empty where not kept.
  virtual void raw(std::uint64_t cell, std::uint64_t first, std::uint64_t count, std::span<const float> eci,
                   std::span<const float> pci) = 0;
  virtual void finish(const PartOfCell& part) = 0;
  // Saves what has been taken and `begun`, whose raw scores have; null: no cell is begun.
  virtual void checkpoint(const PartOfCell* begun) = 0;
};

inline constexpr std::uint64_t kRawRows = 256;  // replicates per block of raw scores

// For each specification of a prepared year: its own baseline, however sure its own sign is; where that is invalid, the
// valid one nearest in the grid (by threshold, then of the same tie rule, and so on by axis; then the lower); else the
// convention's rule. baselines[0] is of specification `first` of the grid.
std::vector<CellAlignment> choose_alignments(std::span<const ScenarioRecord> baselines, const SpecificationGrid& grid,
                                             std::size_t first = 0);

// The study of a cell, not yet aligned.
CellStudy study_of(const Plan& plan, const Specification& specification, const Year& year);
// A prepared year with what its cells share: one resident study becomes the study of each in turn, so that layouts and
// memory are made once.
struct PreparedYear {
  // Runs replicate 0 of every specification that reads this table. Where `stop` says so there are neither baselines nor
  // alignments.
  PreparedYear(const Plan& plan, const SpecificationGrid& grid, std::size_t prepared, Year loaded, Device& device,
               const TurnedCells& turned, const std::function<bool()>& stop = {});
  PreparedYear(const PreparedYear&) = delete;
  PreparedYear& operator=(const PreparedYear&) = delete;

  // Of a specification of the grid that reads this table.
  const CellAlignment& alignment(std::size_t specification) const { return alignments[specification - first]; }

  std::size_t number;  // SpecificationGrid::prepared_years
  std::size_t first;   // specification of the grid: that of baselines[0]
  Year year;
  std::vector<bool> turned;  // by specification from the first; empty: none
  std::unique_ptr<ResidentStudy> resident;
  std::vector<ScenarioRecord> baselines;  // by specification from the first
  std::vector<CellAlignment> alignments;  // the same
};

// One (year, specification), while it has the year's resident study to itself: whoever has it - one process, a shard, a
// rank - runs any of its replicates in any order, and what is collected adds up to the same bytes.
class CellRun {
 public:
  CellRun(const Plan& plan, const SpecificationGrid& grid, PreparedYear& year, std::size_t specification);

  const ScenarioRecord& baseline() const { return study_.baseline(); }
  // Runs replicates [first, first + count), count <= most(). Raw scores, where kept, are in eci() and pci() after it.
  void run(std::uint64_t first, std::uint64_t count);
  Tallies collect() { return study_.collect(); }  // of what was run since the last call
  ScenarioRecord replay(std::uint64_t replicate) { return study_.replay(replicate); }

  std::uint64_t most() const { return most_; }
  bool keeps_raw() const { return eci_width_ + pci_width_ > 0; }
  std::span<const float> eci(std::uint64_t row, std::uint64_t rows) const;
  std::span<const float> pci(std::uint64_t row, std::uint64_t rows) const;

 private:
  ResidentStudy& study_;
  std::size_t eci_width_ = 0, pci_width_ = 0;
  std::uint64_t most_ = 0;
  std::vector<float> eci_, pci_;
};

struct SweepHooks {
  std::function<void(std::uint64_t)> progress;  // scenarios of the range done
  // 0: go on; a signal's number or kTimeIsUp: stop after the replicates that are running. Time alone stops no run
  // before it has gained something, so that a job that is queued again ends.
  std::function<int()> stop;
  CheckpointInterval checkpoint_every;
};

// Runs a range; of its first cell, `begun` is done. `load_year(n)` gives prepared year n of the grid; one at a time
// is held. Memory does not depend on the number of replicates. Returns 0, or what stopped it, after a checkpoint.
// What the sink gets adds up to the same, however ranges are cut.
int run_range(const Plan& plan, const SpecificationGrid& grid, const std::function<Year(std::size_t)>& load_year,
              Device& device, const ScenarioRange& range, const std::optional<PartOfCell>& begun, WorkSink& sink,
              const SweepHooks& hooks);

}  // namespace balassa
