// What a sweep will take, before it is run: time and memory by a short pilot of the very work.
#pragma once

#include <cstddef>
#include <string>

#include "host/plan/plan.hpp"
#include "host/plan/specification_grid.hpp"
#include "host/sweep/sweep_years.hpp"
#include "kernels/device.hpp"

namespace balassa {

inline constexpr double kPilotSeconds = 0.5;

struct SweepEstimate {
  MemoryNeed memory;             // of the device; does not grow with replicates
  bool workers_on_host = true;   // the device's memory is the process's
  std::size_t host_bytes = 0;    // beside the workers: program, panel, layouts, the counters of a cell being added up
  std::size_t write_bytes = 0;   // while the result is written, when the workers are gone
  std::size_t output_bytes = 0;  // of the result, at most, before compression
  std::string pilot;             // specification and year that were timed
  double rate = 0.0;             // scenarios per second; 0: there is no replicate to time
  double seconds = 0.0;          // of all scenarios at that rate
  double write_seconds = 0.0;    // of the result

  // The most that a process with so many workers takes at a time.
  std::size_t process_bytes(int workers) const;
};

// To write the result with so many threads, in seconds.
double write_seconds(const Plan& plan, const SpecificationGrid& grid, const Panel& panel, int threads);

// `workers`: that the sweep will run with; the pilot runs on those of `device`, or not at all where `pilot` is false.
SweepEstimate estimate_sweep(const Plan& plan, const SpecificationGrid& grid, const Panel& panel,
                             const SweepYears& years, Device& device, int workers, bool pilot = true);

// "3.1 MB".
std::string size_text(double bytes);

}  // namespace balassa
