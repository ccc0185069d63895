// `balassa sweep`: runs a plan over a panel and says how sure one can be of every number.
#include <fmt/format.h>
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <nlohmann/json.hpp>

#include "host/command.hpp"
#include "host/manifest.hpp"
#include "host/plan_flags.hpp"
#include "host/progress.hpp"
#include "host/sweep_file.hpp"
#include "host/sweep_report.hpp"
#include "host/sweep_scenario.hpp"
#include "host/year_selection.hpp"
#include "io/atomic_file.hpp"
#include "io/panel_file.hpp"

namespace balassa {
namespace {

constexpr double kPilotSeconds = 0.5;  // of --dry-run

std::atomic<int> stop_signal{0};

// SIGINT and SIGTERM stop the sweep at the next range; a second one kills as usual.
class StopSignals {
 public:
  StopSignals() {
    stop_signal = 0;
    struct sigaction action {};
    action.sa_handler = [](int signal) { stop_signal = signal; };
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    sigaction(SIGINT, &action, &old_interrupt_);
    sigaction(SIGTERM, &action, &old_terminate_);
  }
  ~StopSignals() {
    sigaction(SIGINT, &old_interrupt_, nullptr);
    sigaction(SIGTERM, &old_terminate_, nullptr);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

 private:
  struct sigaction old_interrupt_ {
  }, old_terminate_{};
};

struct SweepFlags {
  bool dry_run = false;
  std::int64_t scenario = -1;
  int team = 0;
};

// The years of the grid, one at a time.
class YearLoader {
 public:
  YearLoader(const Plan& plan, const Panel& panel) : panel_(panel) {
    try {
      indices_ = parse_years(plan.years, panel.years);
    } catch (const Error& error) {
      throw Error(ExitCode::kPlan, fmt::format("plan: select.years: {}", error.what()));
    }
    options_.read_as_float32 = *plan.read_as_float32;
    options_.regions_only = plan.regions_only;
    options_.given_p1 = plan.p1_given ? "p1" : "";
    options_.file = plan.panel;
  }
  std::size_t count() const { return indices_.size(); }
  Year load(std::size_t y) const { return select_year(panel_, indices_[y], options_).year; }
  std::vector<std::int32_t> labels() const {
    std::vector<std::int32_t> labels;
    for (const std::size_t index : indices_) labels.push_back(panel_.years[index]);
    return labels;
  }

 private:
  const Panel& panel_;
  std::vector<std::size_t> indices_;
  YearOptions options_;
};

std::string size_text(double bytes) {
  if (bytes < 1e6) return fmt::format("{:.1f} kB", bytes / 1e3);
  return bytes < 1e9 ? fmt::format("{:.1f} MB", bytes / 1e6) : fmt::format("{:.2f} GB", bytes / 1e9);
}

// Scenarios per second of the central specification of the first year, from a short timed range.
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

ExitCode dry_run(const Plan& plan, const SpecificationGrid& grid, const Panel& panel, const YearLoader& years,
                 Device& device, const GlobalOptions& global) {
  const DeviceDescription description = device.describe();
  Year year = years.load(0);
  const Study study = study_of(plan, grid.specifications().front(), year);
  const MemoryNeed need =
      device.memory_need(static_cast<int>(panel.locations.size()), static_cast<int>(panel.products.size()), study);
  const std::size_t bytes = SweepFile::bytes(plan, grid, panel.locations.size(), panel.products.size());
  const double rate = pilot_rate(plan, grid, year, device);
  const double seconds = rate > 0.0 ? static_cast<double>(grid.scenarios()) / rate : 0.0;
  if (global.json) {
    const nlohmann::ordered_json out = {{"years", grid.years()},
                                        {"specifications", grid.specifications().size()},
                                        {"replicates", grid.replicates()},
                                        {"scenarios", grid.scenarios()},
                                        {"class_cells", class_grid_of(plan).cells()},
                                        {"device", description.name},
                                        {"threads", description.threads},
                                        {"memory_bytes", need.total()},
                                        {"output_bytes_before_compression", bytes},
                                        {"pilot_scenarios_per_second", rate},
                                        {"estimated_seconds", seconds},
                                        {"plan_hash", plan_hash(plan)}};
    fmt::print("{}\n", out.dump(2));
    return ExitCode::kDone;
  }
  fmt::print("scenarios   {}: {} years x {} specifications x (1 baseline + {} replicates); {} class cells in each\n",
             grid.scenarios(), grid.years(), grid.specifications().size(), grid.replicates(),
             class_grid_of(plan).cells());
  fmt::print("memory      {} on {}: {} a worker x {} workers + {} of values; does not grow with replicates\n",
             size_text(static_cast<double>(need.total())), description.name,
             size_text(static_cast<double>(need.per_worker)), need.workers,
             size_text(static_cast<double>(need.resident)));
  fmt::print("output      at most {} before compression (counters compress to a small part)\n",
             size_text(static_cast<double>(bytes)));
  if (rate > 0.0) {
    fmt::print("time        about {:.0f} s, by a pilot of {:.1f} s at {} in {}: {:.0f} scenarios/s on {} threads\n",
               seconds, kPilotSeconds, grid.label(grid.central()), year.label, rate, description.threads);
  }
  return ExitCode::kDone;
}

ExitCode show_scenario(const Plan& plan, const SpecificationGrid& grid, const Panel& panel, const YearLoader& years,
                       std::uint64_t id, Device& device, bool json) {
  const Year year = years.load(grid.index(id).year);
  const ScenarioReport report = replay_scenario(plan, grid, year, id, device);
  fmt::print("{}",
             json ? scenario_json(report, year, plan, grid, panel) : scenario_text(report, year, plan, grid, panel));
  return ExitCode::kDone;
}

ExitCode stopped(int signal, const std::string& file) {
  fmt::print(stderr, "balassa: stopped by {}; {} was not written\n", signal == SIGINT ? "SIGINT" : "SIGTERM", file);
  return signal == SIGINT ? ExitCode::kInterrupted : ExitCode::kTerminated;
}

ExitCode sweep(const Plan& plan, const SpecificationGrid& grid, const Panel& panel, const std::string& hash,
               const YearLoader& years, Device& device, const GlobalOptions& global, Manifest& manifest) {
  const DeviceDescription description = device.describe();
  SweepFile file(plan.file, global.force, plan, grid, panel, {years.labels(), hash, description.arithmetic});
  SweepSummary summary(plan, grid, panel);
  SweepSink* sinks[] = {&file, &summary};
  manifest.phase("sweep");
  const auto start = std::chrono::steady_clock::now();
  {
    const StopSignals signals;
    Progress progress("sweep", "scenarios", grid.scenarios(), global.quiet);
    SweepHooks hooks;
    hooks.progress = [&](std::uint64_t done) { progress.update(done); };
    hooks.stop = &stop_signal;
    const int signal = run_sweep(
        plan, grid, [&](std::size_t y) { return years.load(y); }, device, sinks, hooks);
    if (signal != 0) return stopped(signal, plan.file);
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  manifest.phase("write");
  file.commit();
  manifest.phase("");
  const std::array<std::uint64_t, 4> certification = summary.certification();
  manifest.certificates({certification.begin(), certification.end()});
  manifest.device(description.name, description.model, description.simd, description.arithmetic, description.threads);
  manifest.set("scenarios", static_cast<std::int64_t>(grid.scenarios()));
  manifest.set("scenarios_per_second", static_cast<double>(grid.scenarios()) / std::max(seconds, 1e-9));
  manifest.write(plan.file);
  fmt::print("{}", global.json ? summary.json() : summary.text());
  if (!global.json) fmt::print("\n{}\n{}.manifest.json\n", plan.file, plan.file);
  if (!global.quiet) {
    fmt::print(stderr, "{} scenarios in {:.1f} s: {:.0f} a second on {} ({}, {} threads)\n", grid.scenarios(), seconds,
               static_cast<double>(grid.scenarios()) / std::max(seconds, 1e-9), description.name, description.simd,
               description.threads);
  }
  return global.strict && summary.not_certified() > 0 ? ExitCode::kNotCertified : ExitCode::kDone;
}

ExitCode run_command(const PlanFlags& plan_flags, const SweepFlags& flags, const GlobalOptions& global) {
  // Blocks of a cell go back to the system when it is finished: with glibc's adaptive threshold the heap fragmented,
  // and 21 cells of 224 x 1222 took 985 MB at the high-water mark where one takes 198 MB.
  mallopt(M_MMAP_THRESHOLD, 1 << 18);
  const Plan plan = plan_flags.resolved();
  const bool from_file = !plan_flags.plan_file().empty();
  if (plan.panel.empty()) {
    throw Error(from_file ? ExitCode::kPlan : ExitCode::kUsage,
                "panel: found none, expected a panel file; give --panel FILE or the key panel");
  }
  const bool writes = !flags.dry_run && flags.scenario < 0;
  if (writes && plan.file.empty()) {
    throw Error(from_file ? ExitCode::kPlan : ExitCode::kUsage,
                "output.file: found none, expected a file name; give -o FILE or the key output.file");
  }
  if (writes) require_absent(plan.file, global.force);
  DeviceOptions options;
  options.threads = plan.threads;
  options.batch = plan.batch;
  options.team = flags.team;
  const std::unique_ptr<Device> device = make_device(plan.device, options);

  Manifest manifest("sweep");
  manifest.phase("read");
  const Panel panel = read_panel(plan.panel);
  const YearLoader years(plan, panel);
  const SpecificationGrid grid(plan, years.count());
  if (flags.scenario >= 0) {
    return show_scenario(plan, grid, panel, years, static_cast<std::uint64_t>(flags.scenario), *device, global.json);
  }
  if (flags.dry_run) return dry_run(plan, grid, panel, years, *device, global);
  const std::string hash = panel_hash(panel);
  if (from_file) manifest.input(plan_flags.plan_file());
  manifest.input(plan.panel, hash);
  manifest.plan(plan_text(plan), plan_hash(plan));
  return sweep(plan, grid, panel, hash, years, *device, global, manifest);
}

}  // namespace

void add_sweep_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run) {
  CLI::App* command = program.add_subcommand("sweep", "Run a plan: how sure can one be of every score, rank and class");
  const auto plan_flags = std::make_shared<PlanFlags>(*command, program, global);
  const auto flags = std::make_shared<SweepFlags>();
  command->add_flag("--dry-run", flags->dry_run, "size, memory and time of it")->group("other");
  command->add_option("--scenario", flags->scenario, "this one alone, in full")
      ->group("other")
      ->check(CLI::NonNegativeNumber);
  command->add_option("--team", flags->team, "members of a thread team per scenario; for tests")->group("");
  command->footer("Example: balassa sweep --panel world.h5 --rca-threshold 0.5:2:0.25 --replicates 10000 -o out.h5");
  command->callback([plan_flags, flags, &global, &run] {
    run = [plan_flags, flags, &global] { return run_command(*plan_flags, *flags, global); };
  });
}

}  // namespace balassa
