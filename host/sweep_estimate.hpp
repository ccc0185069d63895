// What a sweep will take, before it is run: memory as the device says, time by a short pilot of the very work.
#pragma once

#include <cstddef>
#include <string>

#include "host/plan.hpp"
#include "host/specification_grid.hpp"
#include "host/sweep_years.hpp"
#include "kernels/device.hpp"

namespace balassa {

inline constexpr double kPilotSeconds = 0.5;

struct SweepEstimate {
  MemoryNeed memory;             // of the device; does not grow with replicates
  std::size_t panel_bytes = 0;   // values of every year, which the process holds
  std::size_t output_bytes = 0;  // of the result, at most, before compression
  std::string pilot;             // specification and year that were timed
  double rate = 0.0;             // scenarios per second; 0: there is no replicate to time
  double seconds = 0.0;          // of the whole sweep at that rate
};

SweepEstimate estimate_sweep(const Plan& plan, const SpecificationGrid& grid, const Panel& panel,
                             const SweepYears& years, Device& device);

// "3.1 MB".
std::string size_text(double bytes);

}  // namespace balassa
