#include "host/sweep_runner.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

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

// Runs a cell's replicates into its tallies and hands raw scores on, in whole chunks.
class CellRun {
 public:
  CellRun(const Plan& plan, std::uint64_t replicates, std::span<SweepSink* const> sinks, const SweepHooks& hooks)
      : plan_(plan), replicates_(replicates), sinks_(sinks), hooks_(hooks) {}

  // False where a signal stopped it. `done` counts scenarios of the whole sweep.
  bool run(ResidentStudy& study, const SweepCell& cell, std::uint64_t& done) {
    const std::size_t width_eci = plan_.keep_eci ? static_cast<std::size_t>(cell.year->locations) : 0;
    const std::size_t width_pci = plan_.keep_pci ? static_cast<std::size_t>(cell.year->products) : 0;
    const std::uint64_t width = width_eci + width_pci;
    const std::uint64_t most =
        width > 0 ? std::max(kRawRows, kRawFloats / width / kRawRows * kRawRows) : std::uint64_t{1} << 24;
    RangeSize size(width > 0 ? kRawRows : 64, most);
    for (std::uint64_t first = 1; first <= replicates_;) {
      if (hooks_.stop != nullptr && *hooks_.stop != 0) return false;
      const std::uint64_t count = std::min(size.next(), replicates_ - first + 1);
      eci_.resize(width_eci * count);
      pci_.resize(width_pci * count);
      const auto start = std::chrono::steady_clock::now();
      study.run(first, count, width_eci > 0 ? eci_.data() : nullptr, width_pci > 0 ? pci_.data() : nullptr);
      size.took(count, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
      if (width > 0) hand_on(cell, first, count, width_eci, width_pci);
      first += count;
      done += count;
      if (hooks_.progress) hooks_.progress(done);
    }
    return true;
  }

 private:
  void hand_on(const SweepCell& cell, std::uint64_t first, std::uint64_t count, std::size_t width_eci,
               std::size_t width_pci) {
    for (std::uint64_t row = 0; row < count; row += kRawRows) {
      const std::uint64_t rows = std::min(kRawRows, count - row);
      const std::span<const float> eci(eci_.data() + row * width_eci, rows * width_eci);
      const std::span<const float> pci(pci_.data() + row * width_pci, rows * width_pci);
      for (SweepSink* sink : sinks_) sink->raw(cell, first + row, rows, eci, pci);
    }
  }

  const Plan& plan_;
  std::uint64_t replicates_;
  std::span<SweepSink* const> sinks_;
  const SweepHooks& hooks_;
  std::vector<float> eci_, pci_;
};

}  // namespace

void SweepSink::raw(const SweepCell&, std::uint64_t, std::uint64_t, std::span<const float>, std::span<const float>) {}

bool sign_ambiguous(const ScenarioRecord& baseline) {
  const double diversity = baseline.corr_eci_diversity, ubiquity = -baseline.corr_pci_ubiquity;
  const bool agree = (diversity > 0) == (ubiquity > 0) && (diversity > 0) == (baseline.reflection > 0);
  return !agree || !(std::fabs(diversity) >= 0.2);
}

std::vector<CellAlignment> choose_alignments(std::span<const ScenarioRecord> baselines,
                                             std::span<const Specification> specifications) {
  const auto usable = [&](std::size_t s) {
    return baselines[s].validity == Validity::kValid && !sign_ambiguous(baselines[s]);
  };
  std::vector<CellAlignment> alignments(baselines.size());
  for (std::size_t s = 0; s < baselines.size(); ++s) {
    alignments[s] = {Alignment::kConvention, -1};
    if (usable(s)) {
      alignments[s] = {Alignment::kOwnBaseline, static_cast<std::int64_t>(s)};
      continue;
    }
    double nearest = std::numeric_limits<double>::infinity();
    for (std::size_t t = 0; t < baselines.size(); ++t) {
      const double distance = std::fabs(specifications[t].rca_threshold - specifications[s].rca_threshold);
      const bool nearer =
          distance < nearest ||
          (distance == nearest && specifications[t].tie == specifications[s].tie &&
           specifications[static_cast<std::size_t>(alignments[s].specification)].tie != specifications[s].tie);
      if (t == s || !usable(t) || !nearer) continue;
      nearest = distance;
      alignments[s] = {Alignment::kNeighbour, static_cast<std::int64_t>(t)};
    }
  }
  return alignments;
}

Study study_of(const Plan& plan, const Specification& specification, const Year& year) {
  Study study;
  study.year = &year;
  study.specification = specification;
  study.resampling = resampling_of(plan);
  study.precision = plan.precision;
  study.classes = class_grid_of(plan);
  study.product_tallies = plan.tally_product_score;
  return study;
}

std::vector<double> reference_of(const CellAlignment& alignment, std::span<const ScenarioRecord> baselines,
                                 const Year& year) {
  switch (alignment.kind) {
    case Alignment::kOwnBaseline:
      return {};  // the study's own
    case Alignment::kNeighbour:
      return baselines[static_cast<std::size_t>(alignment.specification)].eci;
    case Alignment::kConvention:
      break;
  }
  return std::vector<double>(static_cast<std::size_t>(year.locations), std::numeric_limits<double>::quiet_NaN());
}

std::vector<ScenarioRecord> baselines_of(const Plan& plan, const SpecificationGrid& grid, const Year& year,
                                         Device& device) {
  std::vector<ScenarioRecord> baselines;
  for (const Specification& specification : grid.specifications()) {
    Study study = study_of(plan, specification, year);
    study.classes = {};  // only scores and sign statistics are wanted here
    study.product_tallies = false;
    baselines.push_back(device.make_resident(study)->baseline());
  }
  return baselines;
}

int run_sweep(const Plan& plan, const SpecificationGrid& grid, const std::function<Year(std::size_t)>& load_year,
              Device& device, std::span<SweepSink* const> sinks, const SweepHooks& hooks) {
  std::uint64_t done = 0;
  CellRun cell_run(plan, grid.replicates(), sinks, hooks);
  const auto stopped = [&] { return hooks.stop == nullptr ? 0 : hooks.stop->load(); };
  for (std::size_t y = 0; y < grid.years(); ++y) {
    const Year year = load_year(y);
    const std::vector<ScenarioRecord> baselines = baselines_of(plan, grid, year, device);
    const std::vector<CellAlignment> alignments = choose_alignments(baselines, grid.specifications());
    for (std::size_t s = 0; s < grid.specifications().size(); ++s) {
      if (const int signal = stopped()) return signal;
      SweepCell cell;
      cell.year_index = y;
      cell.specification = s;
      cell.year = &year;
      cell.alignment = alignments[s];
      Study study = study_of(plan, grid.specifications()[s], year);
      study.reference = reference_of(alignments[s], baselines, year);
      const std::unique_ptr<ResidentStudy> resident = device.make_resident(study);
      cell.baseline = resident->baseline();
      ++done;
      if (!cell_run.run(*resident, cell, done)) return stopped();
      cell.tallies = resident->collect();
      for (SweepSink* sink : sinks) sink->finish(cell);
      if (hooks.progress) hooks.progress(done);
    }
  }
  return 0;
}

}  // namespace balassa
