// Runs a sweep cell by cell: year, then specification, then replicates in ranges (DESIGN, Alignment; Tallies).
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "host/plan.hpp"
#include "host/specification_grid.hpp"
#include "kernels/device.hpp"

namespace balassa {

// What the signs of a cell's replicates are aligned with (METHODS C0.3).
enum class Alignment : std::uint8_t { kOwnBaseline, kNeighbour, kConvention };

struct CellAlignment {
  Alignment kind = Alignment::kOwnBaseline;
  std::int64_t specification = -1;  // whose baseline; -1 with kConvention
};

// One finished (year, specification).
struct SweepCell {
  std::size_t year_index = 0, specification = 0;
  const Year* year = nullptr;
  ScenarioRecord baseline;
  CellAlignment alignment;
  Tallies tallies;
};

// Who takes what a sweep yields. Called in order, from one thread.
class SweepSink {
 public:
  virtual ~SweepSink() = default;
  // Raw scores of replicates [first, first + count), count <= kRawRows and first = 1 (mod kRawRows): eci [count, C],
  // pci [count, P] in the year's compact indices; empty where not kept.
  virtual void raw(const SweepCell& cell, std::uint64_t first, std::uint64_t count, std::span<const float> eci,
                   std::span<const float> pci);
  virtual void finish(const SweepCell& cell) = 0;
};

inline constexpr std::uint64_t kRawRows = 256;  // replicates per chunk of raw scores

// METHODS A1.2: any two of the three sign statistics disagree, or |corr(ECI, diversity)| < 0.2.
bool sign_ambiguous(const ScenarioRecord& baseline);

// For each specification of a year: its own baseline; where that is invalid or sign-ambiguous, the valid and
// unambiguous one nearest by threshold (then of the same tie rule, then the lower); else the convention's rule.
std::vector<CellAlignment> choose_alignments(std::span<const ScenarioRecord> baselines,
                                             std::span<const Specification> specifications);

// The study of a cell, aligned; `baselines` are of the same year, by specification.
Study study_of(const Plan& plan, const Specification& specification, const Year& year);
std::vector<double> reference_of(const CellAlignment& alignment, std::span<const ScenarioRecord> baselines,
                                 const Year& year);

// Replicate 0 of every specification of a year.
std::vector<ScenarioRecord> baselines_of(const Plan& plan, const SpecificationGrid& grid, const Year& year,
                                         Device& device);

struct SweepHooks {
  std::function<void(std::uint64_t)> progress;  // scenarios done
  const std::atomic<int>* stop = nullptr;       // becomes a signal number to stop at the next range
};

// Runs all cells. `load_year(y)` gives year y of the grid; one year at a time is held. Memory does not depend on the
// number of replicates. Returns 0, or the signal that stopped it; then the last cell was not finished.
// Results depend on the plan and the years only.
int run_sweep(const Plan& plan, const SpecificationGrid& grid, const std::function<Year(std::size_t)>& load_year,
              Device& device, std::span<SweepSink* const> sinks, const SweepHooks& hooks);

}  // namespace balassa
