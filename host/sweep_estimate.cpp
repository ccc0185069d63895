#include "host/sweep_estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "host/sweep_file.hpp"

namespace balassa {
namespace {

// Scenarios per second of the central specification of a year, from a short timed range.
double pilot_rate(const Plan& plan, const SpecificationGrid& grid, const Year& year, Device& device) {
  const Study study = study_of(plan, grid.specifications()[grid.central()], year);
  const std::unique_ptr<ResidentStudy> resident = device.make_resident(study);
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t done = 0;
  double seconds = 0;
  for (std::uint64_t count = 64; done < grid.replicates() && seconds < kPilotSeconds; count *= 2) {
    count = std::min(count, grid.replicates() - done);
    resident->run(done + 1, count, nullptr, nullptr);
    done += count;
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  return done == 0 ? 0.0 : static_cast<double>(done) / std::max(seconds, 1e-9);
}

}  // namespace

SweepEstimate estimate_sweep(const Plan& plan, const SpecificationGrid& grid, const Panel& panel,
                             const SweepYears& years, Device& device) {
  SweepEstimate estimate;
  const Year year = years.load(0);
  const Study study = study_of(plan, grid.specifications().front(), year);
  estimate.memory =
      device.memory_need(static_cast<int>(panel.locations.size()), static_cast<int>(panel.products.size()), study);
  estimate.panel_bytes = panel.value.size() * sizeof(double);
  estimate.output_bytes = SweepFile::bytes(plan, grid, panel.locations.size(), panel.products.size());
  estimate.pilot = fmt::format("{} in {}", grid.label(grid.central()), year.label);
  estimate.rate = pilot_rate(plan, grid, year, device);
  if (estimate.rate > 0.0) estimate.seconds = static_cast<double>(grid.scenarios()) / estimate.rate;
  return estimate;
}

std::string size_text(double bytes) {
  if (bytes < 1e6) return fmt::format("{:.1f} kB", bytes / 1e3);
  return bytes < 1e9 ? fmt::format("{:.1f} MB", bytes / 1e6) : fmt::format("{:.2f} GB", bytes / 1e9);
}

}  // namespace balassa
