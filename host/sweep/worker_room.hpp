// How many workers of a sweep the memory has room for. Nothing is allocated to find out.
#pragma once

#include "host/plan/plan.hpp"
#include "host/plan/specification_grid.hpp"
#include "host/sweep/sweep_years.hpp"
#include "io/base/free_memory.hpp"
#include "kernels/device.hpp"

namespace balassa {

struct WorkerRoom {
  int asked = 1, fit = 1;  // workers; fit <= asked, 0: not even one
  MemoryNeed need;         // of a study of the whole panel
  std::size_t beside = 0;  // bytes of the process beside the workers, about
  FreeMemory memory;       // for one of the processes that share the machine
};

// `device`: made for the threads that were asked for, and idle. `sharing`: processes that take as much as this one.
// A GPU brings its own memory: all fit.
WorkerRoom room_for_workers(const Plan& plan, const SpecificationGrid& grid, const Panel& panel,
                            const SweepYears& years, const Device& device, int sharing = 1);

// "29.6 MB a worker; 9.80 GB are free (this machine)".
std::string room_text(const WorkerRoom& room);

}  // namespace balassa
