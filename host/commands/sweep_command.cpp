// `balassa sweep`: runs a plan over a panel and says how sure one can be of every number.
#include <fmt/format.h>
#include <malloc.h>

#include <nlohmann/json.hpp>

#include "host/cluster/ranks.hpp"
#include "host/commands/command.hpp"
#include "host/commands/knob_flags.hpp"
#include "host/commands/sweep_run.hpp"
#include "host/results/sweep_estimate.hpp"
#include "host/results/sweep_scenario.hpp"
#include "host/sweep/worker_room.hpp"
#include "host/terminal/manifest.hpp"
#include "host/terminal/number_checks.hpp"
#include "host/terminal/progress_line.hpp"
#include "host/terminal/stop_request.hpp"
#include "io/panel/panel_file.hpp"
#include "io/text/counted.hpp"

namespace balassa {
namespace {

struct SweepFlags {
  bool dry_run = false, restart = false, classes = false;
  std::int64_t scenario = -1;
  int team = 0;
};

// A time of an estimate; what takes longer than a year is said to.
std::string span_text(double seconds) {
  const std::string text = time_left(seconds);
  return text.empty() ? "more than a year" : text;
}

ExitCode dry_run(const Plan& plan, const SpecificationGrid& grid, const Panel& panel, const SweepYears& years,
                 Device& device, const WorkerRoom& room, const GlobalOptions& global) {
  const DeviceDescription description = device.describe();
  const SweepEstimate estimate = estimate_sweep(plan, grid, panel, years, device, std::max(room.fit, 1), room.fit > 0);
  const MemoryNeed& need = estimate.memory;
  const std::size_t process = estimate.process_bytes(need.workers);
  if (global.json) {
    const nlohmann::ordered_json out = {{"years", grid.years()},
                                        {"specifications", grid.specifications().size()},
                                        {"replicates", grid.replicates()},
                                        {"scenarios", grid.scenarios()},
                                        {"class_rules", class_grid_of(plan).rules()},
                                        {"device", description.name},
                                        {"threads", need.workers},
                                        {"memory_bytes", process},
                                        {"memory_free_bytes", room.memory.free},
                                        {"worker_bytes", need.per_worker},
                                        {"output_bytes_before_compression", estimate.output_bytes},
                                        {"pilot_scenarios_per_second", estimate.rate},
                                        {"estimated_seconds", estimate.seconds + estimate.write_seconds},
                                        {"estimated_write_seconds", estimate.write_seconds},
                                        {"plan_hash", plan_hash(plan)}};
    fmt::print("{}\n", out.dump(2));
    return ExitCode::kDone;
  }
  fmt::print("scenarios   {}: {} x {} x (1 baseline + {}); {} in each\n", grid.scenarios(),
             counted(grid.years(), "year"), counted(grid.specifications().size(), "specification"),
             counted(grid.replicates(), "replicate"), counted(class_grid_of(plan).rules(), "class rule"));
  fmt::print("memory      about {} of the process at its most: {} a worker x {} workers{}, {} beside them\n",
             size_text(static_cast<double>(process)), size_text(static_cast<double>(need.per_worker)), need.workers,
             estimate.workers_on_host ? "" : " on " + description.name,
             size_text(static_cast<double>(estimate.host_bytes)));
  if (room.fit < room.asked) {
    fmt::print("            room for {} of {} workers: {}\n", room.fit, room.asked, room_text(room));
  }
  fmt::print("output      at most {} before compression (counters compress to a small part)\n",
             size_text(static_cast<double>(estimate.output_bytes)));
  if (estimate.rate > 0.0) {
    fmt::print(
        "time        about {}, and {} to write; by a pilot of {:.1f} s at {}: {:.0f} scenarios/s on {} "
        "threads\n",
        span_text(estimate.seconds), span_text(estimate.write_seconds), kPilotSeconds, estimate.pilot, estimate.rate,
        description.threads);
  }
  return ExitCode::kDone;
}

ExitCode show_scenario(const Plan& plan, const SpecificationGrid& grid, const Panel& panel, const SweepYears& years,
                       std::uint64_t id, Device& device, bool json) {
  const ScenarioIndex index = grid.index(id);
  const std::size_t number = grid.prepared_year(index.year * grid.specifications().size() + index.specification);
  const TurnedCells turned = turned_cells(
      plan, grid, [&](std::size_t k) { return years.load(k); }, device);
  PreparedYear year(plan, grid, number, years.load(number), device, turned);
  const ScenarioReport report = replay_scenario(plan, grid, year, id);
  fmt::print("{}", json ? scenario_json(report, year.year, plan, grid, panel)
                        : scenario_text(report, year.year, plan, grid, panel));
  return ExitCode::kDone;
}

// Up to here the outer quantiles of 95 % are the lowest and highest of the draws, or nearly so.
constexpr std::uint64_t kFewReplicates = 50;

std::vector<std::string> remarks_on_replicates(const SpecificationGrid& grid) {
  const std::uint64_t count = grid.replicates();
  if (count == 0 || count > kFewReplicates) return {};
  return {
      fmt::format("{} {} no 95 % interval: its ends are the lowest and highest draws, or near them; "
                  "--replicates 1000 is the default",
                  counted(count, "replicate"), count == 1 ? "gives" : "give")};
}

// `threads`: 0 = as many as the plan says, or else cores.
std::unique_ptr<Device> device_of(const Plan& plan, const SweepFlags& flags, const Ranks* ranks, int threads = 0) {
  DeviceOptions options;
  options.threads = threads > 0 ? threads : plan.threads;
  options.batch = plan.batch;
  options.team = flags.team;
  if (ranks == nullptr) return make_device(plan.device, options);
  if (options.threads == 0) options.threads = std::max(1, survey_cpu().cores / ranks->ranks_on_my_cores());
  const std::string name = device_name(plan.device);
  const int gpus = name == "cpu" ? 0 : static_cast<int>(survey_cuda().gpus.size());
  return make_device(device_of_rank(name, ranks->rank_here(), gpus), options);
}

// Fewer workers than were asked for where the memory ends before.
std::unique_ptr<Device> device_that_fits(std::unique_ptr<Device> device, const WorkerRoom& room, const Plan& plan,
                                         const SweepFlags& flags, const Ranks* ranks, const GlobalOptions& global) {
  if (room.fit == room.asked) return device;
  if (room.fit == 0) {
    throw Error(ExitCode::kOutOfMemory,
                fmt::format("sweep: found no room for a single worker, expected {}; use a machine or a limit with more "
                            "memory, or fewer locations or products",
                            room_text(room)));
  }
  if (!global.quiet) {
    fmt::print(stderr, "balassa: warning: memory has room for {} of {} threads ({}); goes on with {}\n", room.fit,
               room.asked, room_text(room), room.fit);
  }
  return device_of(plan, flags, ranks, room.fit);
}

// A pilot needs no more workers than there are cores.
std::unique_ptr<Device> device_of_pilot(std::unique_ptr<Device> device, const WorkerRoom& room, const Plan& plan,
                                        const SweepFlags& flags) {
  const int most = std::min(std::max(room.fit, 1), survey_cpu().cores);
  if (device->describe().name != "cpu" || room.asked <= most) return device;
  return device_of(plan, flags, nullptr, most);
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
  if (!plan.shard.empty()) shard = parse_shard(plan.shard, "--shard", ExitCode::kUsage, plan.file);
  if (writes) require_place(plan, plan_flags.plan_file(), shard, global.force, flags.restart);
  Manifest manifest("sweep", global.verbose);
  manifest.phase("read");
  Panel whole = read_panel(plan.panel);
  const std::string hash = panel_hash(whole);
  const auto [panel, list_remarks] =
      apply_lists(std::move(whole), plan.sample, plan.panel, from_file ? ExitCode::kPlan : ExitCode::kUsage);
  const std::unique_ptr<Ranks> ranks = global.join_ranks();
  std::unique_ptr<Device> device = device_of(plan, flags, ranks.get());
  const SweepYears years(plan, panel);
  const SpecificationGrid grid(plan, years.count());
  if (!writes && ranks != nullptr) {
    ranks->end_together();
    if (ranks->rank() != 0) return ExitCode::kDone;  // one of them says it
  }
  say_remarks(list_remarks, global.quiet);
  say_remarks(sample_remarks(panel, years.indices(), plan.sample), global.quiet);
  if (grid.reading(0).per_head && !panel.population.empty())
    say_remarks(population_remarks(panel, years.indices()), global.quiet);
  if (flags.scenario < 0) say_remarks(remarks_on_replicates(grid), global.quiet);
  if (flags.scenario >= 0) {
    return show_scenario(plan, grid, panel, years, static_cast<std::uint64_t>(flags.scenario), *device, global.json);
  }
  const WorkerRoom room = room_for_workers(plan, grid, panel, years, *device, ranks ? ranks->ranks_on_my_cores() : 1);
  if (flags.dry_run) {
    device = device_of_pilot(std::move(device), room, plan, flags);
    return dry_run(plan, grid, panel, years, *device, room, global);
  }
  device = device_that_fits(std::move(device), room, plan, flags, ranks.get(), global);
  const SweepStudy study{
      plan, grid, panel, years, hash, device->arithmetic_name(plan.arithmetic), threads_on_cores(plan.threads)};
  if (from_file) manifest.input(plan_flags.plan_file());
  manifest.input(plan.panel, study.panel_hash);
  manifest.plan(plan_text(plan), plan_hash(plan));
  return run_sweep(study, shard, *device, stop, {global, flags.restart, flags.classes, ranks.get()}, manifest);
}

}  // namespace

void add_sweep_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run) {
  CLI::App* command = program.add_subcommand("sweep", "Run a plan: how sure can one be of every score, rank and class");
  const auto plan_flags = std::make_shared<PlanFlags>(*command, program);
  const auto flags = std::make_shared<SweepFlags>();
  command->add_flag("--dry-run", flags->dry_run, "size, memory and time of it")->group("other");
  command->add_option("--scenario", flags->scenario, "this one alone, in full")->group("other")->check(check_whole);
  command->add_flag("--restart", flags->restart, "not from the checkpoint")->group("other");
  command->add_flag("--classes", flags->classes, "P(class) in the table")->group("other");
  command->add_option("--team", flags->team, "members of a thread team per scenario; for tests")->group("");
  command->footer(
      "balassa plan prints every key with its default, as a plan.\n"
      "Example: balassa sweep --panel world.h5 --rca-threshold 0.5:2:0.25 --replicates 10000 -o out.h5");
  command->callback([plan_flags, flags, &global, &run] {
    run = [plan_flags, flags, &global] { return run_command(*plan_flags, *flags, global); };
  });
}

}  // namespace balassa
