// A finished (year, specification) of a sweep, and who takes it: the result file, the summary.
#pragma once

#include <cstdint>
#include <span>

#include "host/sweep/sweep_runner.hpp"

namespace balassa {

struct SweepCell {
  std::size_t year_index = 0, specification = 0;
  const Year* year = nullptr;
  ScenarioRecord baseline;
  CellAlignment alignment;
  YearBefore year_before;  // of the same specification
  Tallies tallies;
};

// `raw` and `finish` are called in the order of the grid, from one thread.
class SweepSink {
 public:
  virtual ~SweepSink() = default;
  // Before them, in any order and several at a time: what can be worked out of a cell alone, of which all but
  // `year_before` is there. The cell stays where it is until `finish`.
  virtual void prepare(const SweepCell&) {}
  // Raw scores of replicates [first, first + count), count <= kRawRows and first = 1 (mod kRawRows): eci [count, C],
  // pci [count, P] in the year's compact indices; empty where not kept.
  virtual void raw(const SweepCell&, std::uint64_t, std::uint64_t, std::span<const float>, std::span<const float>) {}
  virtual void finish(const SweepCell& cell) = 0;
};

}  // namespace balassa
