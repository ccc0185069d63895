#include "host/sweep/worker_room.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "host/sweep/sweep_runner.hpp"

namespace balassa {
namespace {

constexpr double kUsable = 0.95;  // of what is free: others on the machine take some meanwhile
// Of addresses, which `ulimit -v` counts: a thread's stack of 8 MiB, and the 64 MiB that glibc sets aside for its heap.
constexpr std::size_t kAddressesOfThread = std::size_t{72} << 20;

}  // namespace

WorkerRoom room_for_workers(const Plan& plan, const SpecificationGrid& grid, const Panel& panel,
                            const SweepYears& years, const Device& device, int sharing) {
  WorkerRoom room;
  const Year year = years.load(grid.prepared_year(grid.central()));
  const CellStudy study = study_of(plan, grid.specifications().front(), year);
  room.need =
      device.memory_need(static_cast<int>(panel.locations.size()), static_cast<int>(panel.products.size()), study);
  room.asked = room.fit = room.need.workers;
  room.memory = free_memory();
  room.memory.free /= static_cast<std::size_t>(std::max(sharing, 1));
  if (device.describe().name != "cpu") return room;
  // The counters of a cell that is added up, and of the part that is added to it, are parts of what a worker has.
  room.beside = room.need.resident + 2 * room.need.per_worker;
  const std::size_t each = room.need.per_worker + (room.memory.bound == "ulimit -v" ? kAddressesOfThread : 0);
  const auto usable = static_cast<std::size_t>(kUsable * static_cast<double>(room.memory.free));
  const std::size_t left = usable - std::min(usable, room.beside);
  room.fit = static_cast<int>(std::min<std::size_t>(static_cast<std::size_t>(room.asked), left / each));
  return room;
}

std::string room_text(const WorkerRoom& room) {
  return fmt::format("{:.1f} MB a worker and {:.1f} MB beside them; {:.2f} GB are free ({})",
                     static_cast<double>(room.need.per_worker) / 1e6, static_cast<double>(room.beside) / 1e6,
                     static_cast<double>(room.memory.free) / 1e9, room.memory.bound);
}

}  // namespace balassa
