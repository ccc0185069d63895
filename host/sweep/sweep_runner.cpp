#include "host/sweep/sweep_runner.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <utility>

#include "host/sweep/checkpoint_clock.hpp"

namespace balassa {
namespace {

constexpr double kRangeSeconds = 0.3;                         // between two looks at signals and progress
constexpr std::uint64_t kRawFloats = std::uint64_t{1} << 24;  // of raw scores held at a time: 64 MiB

// How many replicates to run next, from how long the last range took.
class RangeSize {
 public:
  explicit RangeSize(std::uint64_t unit, std::uint64_t most) : unit_(unit), most_(most), next_(unit) {}
  std::uint64_t next() const { return next_; }
  void took(std::uint64_t count, double seconds) {
    const double wanted = static_cast<double>(count) * kRangeSeconds / std::max(seconds, 1e-6);
    // At most fourfold, since a short first range says little.
    const double bounded = std::clamp(wanted, 1.0, 4.0 * static_cast<double>(count));
    next_ = std::clamp(static_cast<std::uint64_t>(bounded) / unit_ * unit_, unit_, most_);
  }

 private:
  std::uint64_t unit_, most_, next_;
};

// One call of run_range.
class RangeRun {
 public:
  RangeRun(const Plan& plan, const SpecificationGrid& grid, Device& device, WorkSink& sink, const SweepHooks& hooks)
      : plan_(plan), grid_(grid), device_(device), sink_(sink), hooks_(hooks), clock_(hooks.checkpoint_every) {}

  int run(const std::function<Year(std::size_t)>& load_year, ScenarioRange range,
          const std::optional<PartOfCell>& begun) {
    const auto stopped = [this] { return stop() != 0; };
    const TurnedCells turned = turned_cells(plan_, grid_, load_year, device_, stopped);
    if (plan_.align_years && turned.empty()) return stop_at(nullptr, stop());
    std::unique_ptr<PreparedYear> year;
    for (bool first = true; range.begin < range.end; first = false) {
      const CellPart part = first_part(grid_, range);
      const std::size_t number = grid_.prepared_year(part.cell);
      if (const int reason = stop()) return stop_at(nullptr, reason);
      if (year == nullptr || year->number != number) {
        year.reset();  // one at a time
        year = std::make_unique<PreparedYear>(plan_, grid_, number, load_year(number), device_, turned, stopped);
        if (year->baselines.empty()) return stop_at(nullptr, stop());
      }
      if (const int reason = run_part(*year, part, first ? begun : std::nullopt)) return reason;
      range.begin = id_of(grid_, part.cell, part.last);
    }
    sink_.checkpoint(nullptr);
    return 0;
  }

 private:
  int stop() const {
    const int reason = hooks_.stop ? hooks_.stop() : 0;
    return reason == kTimeIsUp && !gained_ ? 0 : reason;
  }
  int stop_at(const PartOfCell* begun, int reason) {
    sink_.checkpoint(begun);
    return reason;
  }

  int run_part(PreparedYear& year, const CellPart& part, const std::optional<PartOfCell>& begun) {
    const auto specification = static_cast<std::size_t>(part.cell % grid_.specifications().size());
    CellRun cell(plan_, grid_, year, specification);
    PartOfCell done{part, year.alignment(specification), std::nullopt, {}};
    if (part.first == 0) done.baseline = cell.baseline();
    std::uint64_t& next = done.part.last;
    next = std::max<std::uint64_t>(part.first, 1);
    if (begun) {
      done.tallies = begun->tallies;
      next = std::max(next, begun->part.last);
    }
    scenarios_ += next - part.first;
    RangeSize size(cell.keeps_raw() ? kRawRows : 64, cell.most());
    while (next < part.last) {
      const std::uint64_t count = std::min({size.next(), part.last - next, clock_.room()});
      const auto start = std::chrono::steady_clock::now();
      cell.run(next, count);
      size.took(count, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
      hand_on(cell, part.cell, next, count);
      next += count;
      ran(count);
      const int reason = stop();
      if (next == part.last || (reason == 0 && !clock_.due())) continue;
      done.tallies.add(cell.collect());
      if (reason != 0) return stop_at(&done, reason);
      sink_.checkpoint(&done);
      clock_.saved();
    }
    next = part.last;
    done.tallies.add(cell.collect());
    sink_.finish(done);
    ran(0);
    gained_ = true;
    if (clock_.due()) {
      sink_.checkpoint(nullptr);
      clock_.saved();
    }
    return 0;
  }

  void ran(std::uint64_t count) {
    scenarios_ += count;
    clock_.ran(count);
    gained_ = gained_ || count > 0;
    if (hooks_.progress) hooks_.progress(scenarios_);
  }

  void hand_on(const CellRun& cell, std::uint64_t number, std::uint64_t first, std::uint64_t count) {
    for (std::uint64_t row = 0; cell.keeps_raw() && row < count; row += kRawRows) {
      const std::uint64_t rows = std::min(kRawRows, count - row);
      sink_.raw(number, first + row, rows, cell.eci(row, rows), cell.pci(row, rows));
    }
  }

  const Plan& plan_;
  const SpecificationGrid& grid_;
  Device& device_;
  WorkSink& sink_;
  const SweepHooks& hooks_;
  CheckpointClock clock_;
  std::uint64_t scenarios_ = 0;  // of the range, done
  bool gained_ = false;
};

// What the replicates of a cell are aligned with: ECI [C]; empty: with the study's own baseline.
std::vector<double> reference_of(const PreparedYear& year, std::size_t specification) {
  const CellAlignment& alignment = year.alignment(specification);
  switch (alignment.kind) {
    case Alignment::kOwnBaseline:
      return {};
    case Alignment::kNeighbour:
      return year.baselines[static_cast<std::size_t>(alignment.specification) - year.first].eci;
    case Alignment::kConvention:
      break;
  }
  return std::vector<double>(static_cast<std::size_t>(year.year.locations), std::numeric_limits<double>::quiet_NaN());
}

}  // namespace

PreparedYear::PreparedYear(const Plan& plan, const SpecificationGrid& grid, std::size_t prepared, Year loaded,
                           Device& device, const TurnedCells& turned_cells, const std::function<bool()>& stop)
    : number(prepared), first(grid.first_specification(prepared)), year(std::move(loaded)) {
  if (!turned_cells.empty()) turned = turned_cells[number];
  for (std::size_t s = 0; s < grid.per_preparation(); ++s) {
    if (stop && stop()) {
      baselines.clear();
      return;
    }
    CellStudy study = study_of(plan, grid.specifications()[first + s], year);
    study.turned = !turned.empty() && turned[s];
    if (resident == nullptr) {
      resident = device.make_resident(study);
    } else {
      resident->become(study);
    }
    baselines.push_back(resident->baseline());
  }
  alignments = choose_alignments(baselines, grid, first);
}

CellRun::CellRun(const Plan& plan, const SpecificationGrid& grid, PreparedYear& year, std::size_t specification)
    : study_(*year.resident) {
  CellStudy study = study_of(plan, grid.specifications()[specification], year.year);
  study.turned = !year.turned.empty() && year.turned[specification - year.first];
  study.reference = reference_of(year, specification);
  study_.become(study);
  eci_width_ = plan.keep_eci ? static_cast<std::size_t>(year.year.locations) : 0;
  pci_width_ = plan.keep_pci ? static_cast<std::size_t>(year.year.products) : 0;
  const std::uint64_t width = eci_width_ + pci_width_;
  most_ = width > 0 ? std::max(kRawRows, kRawFloats / width / kRawRows * kRawRows) : std::uint64_t{1} << 24;
}

void CellRun::run(std::uint64_t first, std::uint64_t count) {
  eci_.resize(eci_width_ * count);
  pci_.resize(pci_width_ * count);
  study_.run(first, count, eci_width_ > 0 ? eci_.data() : nullptr, pci_width_ > 0 ? pci_.data() : nullptr);
}

std::span<const float> CellRun::eci(std::uint64_t row, std::uint64_t rows) const {
  return {eci_.data() + row * eci_width_, rows * eci_width_};
}

std::span<const float> CellRun::pci(std::uint64_t row, std::uint64_t rows) const {
  return {pci_.data() + row * pci_width_, rows * pci_width_};
}

std::vector<CellAlignment> choose_alignments(std::span<const ScenarioRecord> baselines, const SpecificationGrid& grid,
                                             std::size_t first) {
  std::vector<CellAlignment> alignments(baselines.size());
  for (std::size_t s = 0; s < baselines.size(); ++s) {
    if (baselines[s].validity == Validity::kValid) {
      alignments[s] = {Alignment::kOwnBaseline, static_cast<std::int64_t>(first + s)};
      continue;
    }
    alignments[s] = {Alignment::kConvention, -1};
    for (std::size_t t = 0; t < baselines.size(); ++t) {
      const std::int64_t nearest = alignments[s].specification;
      if (baselines[t].validity != Validity::kValid) continue;
      if (nearest >= 0 && !grid.nearer(first + t, static_cast<std::size_t>(nearest), first + s)) continue;
      alignments[s] = {Alignment::kNeighbour, static_cast<std::int64_t>(first + t)};
    }
  }
  return alignments;
}

CellStudy study_of(const Plan& plan, const Specification& specification, const Year& year) {
  CellStudy study;
  study.year = &year;
  study.specification = specification;
  study.resampling = resampling_of(plan);
  study.precision = plan.precision;
  study.arithmetic = plan.arithmetic;
  study.classes = class_grid_of(plan);
  study.product_tallies = plan.tally_product_score;
  return study;
}

int run_range(const Plan& plan, const SpecificationGrid& grid, const std::function<Year(std::size_t)>& load_year,
              Device& device, const ScenarioRange& range, const std::optional<PartOfCell>& begun, WorkSink& sink,
              const SweepHooks& hooks) {
  return RangeRun(plan, grid, device, sink, hooks).run(load_year, range, begun);
}

}  // namespace balassa
