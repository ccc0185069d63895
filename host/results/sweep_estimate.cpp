#include "host/results/sweep_estimate.hpp"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>

#include "host/results/sweep_file.hpp"
#include "host/results/sweep_report.hpp"
#include "host/results/sweep_result.hpp"
#include "host/sweep/sweep_assembly.hpp"

namespace balassa {
namespace {

// Bytes a second of a result before compression, of one thread: putting together, compressing and checking 250 to 740
// MB of it took 170 to 205 MB/s of one core of 2021. One thread puts in place what the others compress.
constexpr double kWriteRate = 185e6;
constexpr int kMostWriters = 4;

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

// Of a cell's baseline.
std::size_t baseline_bytes(const Plan& plan, const Panel& panel) {
  const std::size_t locations = panel.locations.size(), products = panel.products.size();
  const ClassGrid classes = class_grid_of(plan);
  const std::size_t of_location = sizeof(double) + sizeof(std::int32_t) + 2 * sizeof(std::int64_t) +
                                  classes.quantiles.size() * 2 * sizeof(double) + classes.rules();
  const std::size_t of_product = sizeof(double) + 2 * sizeof(std::int64_t) + classes.quantiles.size();
  return sizeof(ScenarioRecord) + locations * of_location + products * of_product;
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

double write_seconds(const Plan& plan, const SpecificationGrid& grid, const Panel& panel, int threads) {
  const SweepFile::Bytes output = SweepFile::bytes(plan, grid, panel.locations.size(), panel.products.size());
  return static_cast<double>(output.likely) / (kWriteRate * std::clamp(threads, 1, kMostWriters));
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
  const SweepFile::Bytes output = SweepFile::bytes(plan, grid, panel.locations.size(), panel.products.size());
  estimate.output_bytes = output.at_most;
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
  const int writers = threads_on_cores(plan.threads);
  estimate.write_seconds = write_seconds(plan, grid, panel, writers);

  if (estimate.workers_on_host) estimate.memory.workers = workers;
  // From the pilot's year to the largest that the panel can have: the counters grow as a worker's do.
  const double larger = static_cast<double>(estimate.memory.per_worker) / static_cast<double>(of_pilot.per_worker);
  const auto cell = static_cast<std::size_t>(larger * static_cast<double>(pilot.cell_bytes));
  const std::size_t in_pilot =
      of_pilot.resident + 2 * pilot.cell_bytes + (estimate.workers_on_host ? of_pilot.total() - of_pilot.resident : 0);
  const std::size_t program = pilot.process_bytes - std::min(in_pilot, pilot.process_bytes);
  // All specifications of a year have their baselines.
  estimate.host_bytes = std::max(program, held) + estimate.memory.resident + 2 * cell +
                        (grid.per_preparation() - 1) * baseline_bytes(plan, panel);
  // Writing: a part and the cell that it is added to, and cells, chunks and what the summary says of each cell.
  const std::size_t cells_ahead = std::min(SweepAssembly::most_bytes(writers), (grid.per_preparation() - 1) * cell);
  estimate.write_bytes =
      std::max(read, std::max(program, held) + 2 * cell + cells_ahead + output.open +
                         std::min(estimate.output_bytes, ResultFile::most_bytes_under_way(writers)) +
                         grid.years() * grid.specifications().size() * SweepSummary::cell_bytes(panel));
  return estimate;
}

std::string size_text(double bytes) {
  if (bytes < 1e6) return fmt::format("{:.1f} kB", bytes / 1e3);
  return bytes < 1e9 ? fmt::format("{:.1f} MB", bytes / 1e6) : fmt::format("{:.2f} GB", bytes / 1e9);
}

}  // namespace balassa
