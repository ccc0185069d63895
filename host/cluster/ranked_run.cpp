#include "host/cluster/ranked_run.hpp"

#include <algorithm>
#include <chrono>
#include <map>

#include "host/sweep/checkpoint_clock.hpp"

namespace balassa {
namespace {

constexpr int kCheckpointDue = -100;  // closes a round as a reason to stop does, but the run goes on

class RankedRun {
 public:
  RankedRun(const Plan& plan, const SpecificationGrid& grid, const std::function<Year(std::size_t)>& load_year,
            Device& device, WorkSink* sink, const SweepHooks& hooks, Ranks& ranks)
      : plan_(plan),
        grid_(grid),
        load_year_(load_year),
        device_(device),
        sink_(sink),
        hooks_(hooks),
        ranks_(ranks),
        clock_(hooks.checkpoint_every) {}

  int run(const ScenarioRange& range, std::optional<PartOfCell> begun) {
    begin_ = ranks_.of_root(range.begin);
    const std::uint64_t end = ranks_.of_root(range.end);
    std::uint64_t next = ranks_.of_root(begun ? id_of(grid_, begun->part.cell, begun->part.last) : range.begin);
    open_ = std::move(begun);
    if (next < end) turned_ = turned_cells(plan_, grid_, load_year_, device_);
    while (next < end) {
      const ScenarioRange round{next, end_of_round(next, end)};
      const RoundEnd ended = run_round(round);
      clock_.ran(ended.done - next);
      for (ScenarioRange done{next, ended.done}; done.begin < done.end;) {
        const CellPart part = first_part(grid_, done);
        sum(part, end);
        done.begin = id_of(grid_, part.cell, part.last);
      }
      counted_.clear();
      next = ended.done;
      if (ended.stop != 0 && ended.stop != kCheckpointDue) return checkpoint(), ended.stop;
      if (ranks_.rank() == 0 && clock_.due()) checkpoint();
    }
    if (sink_ != nullptr) sink_->checkpoint(nullptr);
    return 0;
  }

 private:
  std::uint64_t end_of_round(std::uint64_t next, std::uint64_t end) const {
    const std::uint64_t together = grid_.per_preparation();
    const std::uint64_t cell = first_part(grid_, {next, end}).cell;
    const std::uint64_t last = std::min(cell + kRoundCells, (cell / together + 1) * together);
    const std::uint64_t room = clock_.room();
    const std::uint64_t most = room < end - next ? next + room : end;
    return ranks_.of_root(std::min(most, id_of(grid_, last, 0)));
  }

  // This rank's share of a round, and the end of it for all.
  RoundEnd run_round(const ScenarioRange& round) {
    ranks_.begin_round(round);
    while (const auto taken = ranks_.take(rate_, reason_to_end())) {
      const auto start = std::chrono::steady_clock::now();
      for (ScenarioRange left = *taken; left.begin < left.end;) {
        const CellPart part = first_part(grid_, left);
        run_part(part);
        left.begin = id_of(grid_, part.cell, part.last);
      }
      const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      rate_ = static_cast<double>(taken->end - taken->begin) / std::max(seconds, 1e-6);
    }
    leave_cell();
    return ranks_.end_round([this](const RawBlock& block) { take_raw(block); });
  }

  void run_part(const CellPart& part) {
    enter_cell(part.cell);
    // Replicate 0 is rank 0's, when the cell's counters come together.
    for (std::uint64_t next = std::max<std::uint64_t>(part.first, 1); next < part.last;) {
      const std::uint64_t count = std::min(part.last - next, std::min(cell_->most(), kAtATime));
      cell_->run(next, count);
      hand_on(part.cell, next, count);
      next += count;
      gained_ = true;
      if (ranks_.rank() != 0) continue;
      for (const RawBlock& block : ranks_.received()) take_raw(block);
      if (hooks_.progress) hooks_.progress(ranks_.given() - begin_);
    }
  }

  void enter_cell(std::uint64_t number) {
    if (cell_ != nullptr && number_ == number) return;
    leave_cell();
    enter_year(grid_.prepared_year(number));
    cell_ = std::make_unique<CellRun>(plan_, grid_, *year_, number % grid_.specifications().size());
    number_ = number;
  }
  void leave_cell() {
    if (cell_ == nullptr) return;
    counted_[number_].add(cell_->collect());
    cell_.reset();
  }
  void enter_year(std::size_t number) {
    if (year_ != nullptr && year_->number == number) return;
    year_.reset();  // one at a time
    year_ = std::make_unique<PreparedYear>(plan_, grid_, number, load_year_(number), device_, turned_);
  }

  // Of all ranks, in the order of cells: what they counted of a part, into rank 0 and on to its sink.
  void sum(const CellPart& part, std::uint64_t end) {
    Tallies tallies = std::move(counted_[part.cell]);
    ranks_.sum(tallies);
    if (ranks_.rank() != 0) return;
    if (!open_) begin_cell(part);
    open_->tallies.add(std::move(tallies));
    open_->part.last = part.last;
    if (part.last <= grid_.replicates() && id_of(grid_, part.cell, part.last) < end) return;
    sink_->finish(*open_);
    open_.reset();
  }

  void begin_cell(const CellPart& part) {
    enter_year(grid_.prepared_year(part.cell));
    const std::size_t specification = part.cell % grid_.specifications().size();
    open_ = PartOfCell{part, year_->alignment(specification), std::nullopt, {}};
    if (part.first > 0) return;
    open_->baseline = CellRun(plan_, grid_, *year_, specification).baseline();
  }

  void hand_on(std::uint64_t cell, std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t row = 0; cell_->keeps_raw() && row < count; row += kRawRows) {
      const std::uint64_t rows = std::min(kRawRows, count - row);
      const std::span<const float> eci = cell_->eci(row, rows), pci = cell_->pci(row, rows);
      if (sink_ != nullptr) {
        sink_->raw(cell, first + row, rows, eci, pci);
      } else {
        ranks_.send({cell, first + row, rows, {eci.begin(), eci.end()}, {pci.begin(), pci.end()}});
      }
    }
  }
  void take_raw(const RawBlock& block) { sink_->raw(block.cell, block.first, block.count, block.eci, block.pci); }

  int reason_to_end() const {
    const int reason = hooks_.stop ? hooks_.stop() : 0;
    if (reason != 0 && (reason != kTimeIsUp || gained_)) return reason;
    return ranks_.rank() == 0 && clock_.due() ? kCheckpointDue : 0;
  }
  void checkpoint() {
    if (sink_ != nullptr) sink_->checkpoint(open_ ? &*open_ : nullptr);
    clock_.saved();
  }

  static constexpr std::uint64_t kAtATime = 4096;  // replicates between two looks at what other ranks sent

  const Plan& plan_;
  const SpecificationGrid& grid_;
  const std::function<Year(std::size_t)>& load_year_;
  Device& device_;
  WorkSink* sink_;
  const SweepHooks& hooks_;
  Ranks& ranks_;
  CheckpointClock clock_;
  std::uint64_t begin_ = 0;
  double rate_ = 0;
  bool gained_ = false;
  TurnedCells turned_;
  std::unique_ptr<PreparedYear> year_;
  std::unique_ptr<CellRun> cell_;  // of number_
  std::uint64_t number_ = 0;
  std::map<std::uint64_t, Tallies> counted_;  // of this round, by cell
  std::optional<PartOfCell> open_;            // rank 0: the cell that is begun
};

}  // namespace

int run_range_by_ranks(const Plan& plan, const SpecificationGrid& grid,
                       const std::function<Year(std::size_t)>& load_year, Device& device, const ScenarioRange& range,
                       const std::optional<PartOfCell>& begun, WorkSink* sink, const SweepHooks& hooks, Ranks& ranks) {
  return RankedRun(plan, grid, load_year, device, sink, hooks, ranks).run(range, begun);
}

}  // namespace balassa
