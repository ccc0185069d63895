// What the replicates of a cell say of its orientation and its axis; file, summary and JSON all read it here.
#pragma once

#include <cstdint>
#include <optional>

#include "host/sweep/sweep_cell.hpp"
#include "kernels/study.hpp"

namespace balassa {

// none = not tested: no replicate was run or none has scores, nothing was there to compare with, or (not_certified)
// precision "fast" does not check. Never 0 for that.
struct CellDiagnostic {
  std::uint64_t valid = 0;  // replicates with scores, of which the counts are
  std::optional<std::uint64_t> sign_disagree, sign_undefined, axis_swap, giant_component, not_certified;
  std::optional<std::uint64_t> few_locations;  // participation below kFewLocations
  std::optional<bool> orientation_ambiguous;   // the verdict

  // The share of replicates that the rule would turn, and where it gives no sign; none = not tested.
  std::optional<double> turned_share() const;
};

CellDiagnostic diagnose(const SweepCell& cell, Precision precision);

// What an integer dataset holds where nothing was tested; it is its `_FillValue`.
inline constexpr std::int64_t kNotTested = -1;  // in uint64: 2^64 - 1
inline constexpr std::uint8_t kNotTestedFlag = 255;

}  // namespace balassa
