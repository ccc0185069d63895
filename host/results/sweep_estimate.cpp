#include "host/results/sweep_estimate.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "host/results/sweep_file.hpp"

namespace balassa {
namespace {

// Bytes a second of a result before compression: encoding, reading back, compressing and checking 49 to 506 MB of it
// took 67 to 79 MB/s on one core of 2021 shared with other work.
constexpr double kWriteRate = 75e6;
// HDF5 keeps a chunk of up to 1 MiB of each dataset; about so many are larger than that in a usual result.
constexpr std::size_t kWriteBuffers = 16u << 20;

// What the process holds now.
std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t all = 0, resident = 0;
  file >> all >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// The most it has held since it started.
std::size_t high_water_bytes() {
  std::ifstream file("/proc/self/status");
  std::string word;
  std::size_t kilobytes = 0;
  while (file >> word) {
    if (word == "VmHWM:") file >> kilobytes;
  }
  return kilobytes * 1024;
}

// Of a cell's counters on the host, beside the struct that holds them.
std::size_t bytes_of(std::uint64_t) {
  return 0;
}
std::size_t bytes_of(const Worst&) {
  return 0;
}
template <class T>
std::size_t bytes_of(const std::vector<T>& items) {
  return items.size() * sizeof(T);
}
std::size_t bytes_of(const SparseHistograms& h) {
  return bytes_of(h.start) + bytes_of(h.column) + bytes_of(h.count);
}
std::size_t tally_bytes(const Tallies& tallies) {
  std::size_t bytes = sizeof tallies;
  each_tally([&](const auto& family) { bytes += bytes_of(tallies.*family.member); });
  return bytes;
}

// Some replicates of the central specification of a year, and their counters added to others as a run does.
struct Pilot {
  double rate = 0.0;              // replicates per second
  double baseline_seconds = 0.0;  // of the cell that was made ready, and its baseline
  std::size_t cell_bytes = 0;     // of the cell's counters, of which a run holds two
  std::size_t process_bytes = 0;  // that the process held at the end, all of it at hand
};

Pilot fly(const Plan& plan, const SpecificationGrid& grid, const Year& year, Device& device) {
  const CellStudy study = study_of(plan, grid.specifications()[grid.central()], year);
  const auto begin = std::chrono::steady_clock::now();
  const std::unique_ptr<ResidentStudy> resident = device.make_resident(study);
  resident->baseline();
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t done = 0;
  double seconds = 0;
  for (std::uint64_t count = 64; done < grid.replicates() && seconds < kPilotSeconds; count *= 2) {
    count = std::min(count, grid.replicates() - done);
    resident->run(done + 1, count, nullptr, nullptr);
    done += count;
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  Pilot pilot;
  pilot.baseline_seconds = std::chrono::duration<double>(start - begin).count();
  if (done > 0) pilot.rate = static_cast<double>(done) / std::max(seconds, 1e-9);
  const Tallies part = resident->collect();
  Tallies sum;
  sum.add(part);
  pilot.cell_bytes = tally_bytes(sum);
  pilot.process_bytes = resident_bytes();
  return pilot;
}

}  // namespace

std::size_t SweepEstimate::process_bytes(int workers) const {
  const std::size_t of_workers = workers_on_host ? memory.per_worker * static_cast<std::size_t>(workers) : 0;
  return std::max(host_bytes + of_workers, write_bytes);
}

SweepEstimate estimate_sweep(const Plan& plan, const SpecificationGrid& grid, const Panel& panel,
                             const SweepYears& years, Device& device, int workers, bool with_pilot) {
  SweepEstimate estimate;
  const Year year = years.load(grid.prepared_year(grid.central()));
  const CellStudy study = study_of(plan, grid.specifications().front(), year);
  const auto need_of = [&](std::size_t locations, std::size_t products) {
    return device.memory_need(static_cast<int>(locations), static_cast<int>(products), study);
  };
  const MemoryNeed of_pilot = need_of(year.location_item.size(), year.product_item.size());
  estimate.memory = need_of(panel.locations.size(), panel.products.size());
  estimate.workers_on_host = device.describe().name == "cpu";
  estimate.output_bytes = SweepFile::bytes(plan, grid, panel.locations.size(), panel.products.size());
  estimate.pilot = fmt::format("{} in {}", grid.label(grid.central()), year.label);
  const std::size_t held = resident_bytes(), read = high_water_bytes();
  Pilot pilot;
  if (with_pilot) {
    pilot = fly(plan, grid, year, device);
  } else {
    pilot.cell_bytes = of_pilot.per_worker;  // at most
    pilot.process_bytes = held + of_pilot.resident + 2 * pilot.cell_bytes + of_pilot.per_worker * workers;
  }
  estimate.rate = pilot.rate;
  const auto cells = static_cast<double>(grid.years() * grid.specifications().size());
  estimate.seconds = cells * pilot.baseline_seconds;
  if (estimate.rate > 0.0) estimate.seconds += cells * static_cast<double>(grid.replicates()) / estimate.rate;
  estimate.write_seconds = static_cast<double>(estimate.output_bytes) / kWriteRate;

  if (estimate.workers_on_host) estimate.memory.workers = workers;
  // From the pilot's year to the largest that the panel can have: the counters grow as a worker's do.
  const double larger = static_cast<double>(estimate.memory.per_worker) / static_cast<double>(of_pilot.per_worker);
  const auto cell = static_cast<std::size_t>(larger * static_cast<double>(pilot.cell_bytes));
  const std::size_t in_pilot =
      of_pilot.resident + 2 * pilot.cell_bytes + (estimate.workers_on_host ? of_pilot.total() - of_pilot.resident : 0);
  const std::size_t program = pilot.process_bytes - std::min(in_pilot, pilot.process_bytes);
  estimate.host_bytes = std::max(program, held) + estimate.memory.resident + 2 * cell;
  // Writing: a part and the cell that it is added to; then the cell and its counters in the panel's places.
  estimate.write_bytes =
      std::max(read, std::max(program, held) + 2 * cell + std::min(estimate.output_bytes, kWriteBuffers));
  return estimate;
}

std::string size_text(double bytes) {
  if (bytes < 1e6) return fmt::format("{:.1f} kB", bytes / 1e3);
  return bytes < 1e9 ? fmt::format("{:.1f} MB", bytes / 1e6) : fmt::format("{:.2f} GB", bytes / 1e9);
}

}  // namespace balassa
