// `balassa sweep`: runs a plan over a panel and says how sure one can be of every number.
#include <fmt/format.h>
#include <malloc.h>

#include <chrono>
#include <nlohmann/json.hpp>

#include "host/command.hpp"
#include "host/manifest.hpp"
#include "host/plan_flags.hpp"
#include "host/ranks.hpp"
#include "host/stop_request.hpp"
#include "host/sweep_file.hpp"
#include "host/sweep_run.hpp"
#include "host/sweep_scenario.hpp"
#include "io/panel_file.hpp"

namespace balassa {
namespace {

constexpr double kPilotSeconds = 0.5;  // of --dry-run

struct SweepFlags {
  bool dry_run = false, restart = false;
  std::int64_t scenario = -1;
  int team = 0;
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

ExitCode dry_run(const Plan& plan, const SpecificationGrid& grid, const Panel& panel, const SweepYears& years,
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

ExitCode show_scenario(const Plan& plan, const SpecificationGrid& grid, const Panel& panel, const SweepYears& years,
                       std::uint64_t id, Device& device, bool json) {
  const Year year = years.load(grid.index(id).year);
  const ScenarioReport report = replay_scenario(plan, grid, year, id, device);
  fmt::print("{}",
             json ? scenario_json(report, year, plan, grid, panel) : scenario_text(report, year, plan, grid, panel));
  return ExitCode::kDone;
}

std::unique_ptr<Device> device_of(const Plan& plan, const SweepFlags& flags, const Ranks* ranks) {
  DeviceOptions options;
  options.threads = plan.threads;
  options.batch = plan.batch;
  options.team = flags.team;
  if (ranks == nullptr) return make_device(plan.device, options);
  if (options.threads == 0) options.threads = std::max(1, survey_cpu().cores / ranks->ranks_on_my_cores());
  const int gpus = plan.device == "cpu" ? 0 : static_cast<int>(survey_cuda().gpus.size());
  return make_device(device_of_rank(plan.device, ranks->rank_here(), gpus), options);
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
  const StopRequest stop(plan.max_seconds);
  std::optional<Shard> shard;
  if (!plan.shard.empty()) shard = parse_shard(plan.shard, "--shard", ExitCode::kUsage);
  if (writes) require_place(plan, shard, global.force, flags.restart);
  Manifest manifest("sweep");
  manifest.phase("read");
  const Panel panel = read_panel(plan.panel);
  const std::unique_ptr<Ranks> ranks = global.join_ranks();
  const std::unique_ptr<Device> device = device_of(plan, flags, ranks.get());
  const SweepYears years(plan, panel);
  const SpecificationGrid grid(plan, years.count());
  if (!writes && ranks != nullptr) {
    ranks->end_together();
    if (ranks->rank() != 0) return ExitCode::kDone;  // one of them says it
  }
  if (flags.scenario >= 0) {
    return show_scenario(plan, grid, panel, years, static_cast<std::uint64_t>(flags.scenario), *device, global.json);
  }
  if (flags.dry_run) return dry_run(plan, grid, panel, years, *device, global);
  const SweepStudy study{plan, grid, panel, years, panel_hash(panel), device->describe().arithmetic};
  if (from_file) manifest.input(plan_flags.plan_file());
  manifest.input(plan.panel, study.panel_hash);
  manifest.plan(plan_text(plan), plan_hash(plan));
  return run_sweep(study, shard, *device, stop, {global, flags.restart, ranks.get()}, manifest);
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
  command->add_flag("--restart", flags->restart, "not from the checkpoint")->group("other");
  command->add_option("--team", flags->team, "members of a thread team per scenario; for tests")->group("");
  command->footer("Example: balassa sweep --panel world.h5 --rca-threshold 0.5:2:0.25 --replicates 10000 -o out.h5");
  command->callback([plan_flags, flags, &global, &run] {
    run = [plan_flags, flags, &global] { return run_command(*plan_flags, *flags, global); };
  });
}

}  // namespace balassa
