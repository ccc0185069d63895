// `balassa plan`: the resolved plan, with every key; or the script that submits it to Slurm.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "host/cluster/slurm_script.hpp"
#include "host/commands/command.hpp"
#include "host/commands/knob_flags.hpp"
#include "host/plan/specification_grid.hpp"
#include "host/sweep/worker_room.hpp"
#include "host/terminal/duration.hpp"
#include "io/panel/panel_file.hpp"
#include "io/text/counted.hpp"
#include "io/text/tables_in_place.hpp"

namespace balassa {
namespace {

void print_plan(const Plan& plan, bool json) {
  const SpecificationGrid per_year(plan, 1);
  const std::size_t rules = class_grid_of(plan).rules();
  if (json) {
    nlohmann::ordered_json out = {{"plan", plan_text(plan)},
                                  {"plan_hash", plan_hash(plan)},
                                  {"specifications", per_year.specifications().size()},
                                  {"scenarios_per_year", per_year.scenarios()},
                                  {"class_rules", rules}};
    fmt::print("{}\n", out.dump(2));
    return;
  }
  fmt::print("# plan hash {} (without panel, output file and what decides no number)\n", plan_hash(plan));
  fmt::print("# {}, {} a year, {}\n{}", counted(per_year.specifications().size(), "specification"),
             counted(per_year.scenarios(), "scenario"), counted(rules, "class rule"), plan_text(plan));
}

struct SlurmFlags {
  bool asked = false;
  SlurmRequest request;
  std::string time_limit;
};

void print_slurm_script(const PlanFlags& plan_flags, SlurmFlags flags) {
  const std::string file = plan_flags.plan_file();
  const Plan plan = plan_flags.resolved();
  if (file.empty()) throw Error(ExitCode::kUsage, "--slurm: found no plan file, expected one: the jobs read it");
  Plan in_file = read_plan(file);
  resolve_plan(in_file);
  if (plan_hash(plan) != plan_hash(in_file) || plan.panel != in_file.panel || plan.file != in_file.file) {
    throw Error(ExitCode::kUsage,
                fmt::format("--slurm: found flags that change the plan, expected all of it in {}, which "
                            "the jobs read; write the changed one: balassa plan {} ... > new.toml",
                            file, file));
  }
  if (plan.panel.empty() || plan.file.empty()) {
    throw Error(ExitCode::kPlan, fmt::format("{}: {}: found none, expected a file, which the jobs need", file,
                                             plan.panel.empty() ? "panel" : "output.file"));
  }
  if (!flags.time_limit.empty()) {
    const std::optional<double> seconds = parse_duration(flags.time_limit);
    if (!seconds || *seconds < 60.0) {
      throw Error(ExitCode::kUsage,
                  fmt::format("--time-limit: found '{}', expected a minute or more such as 4h, 1:55:00 or 1-00:00:00",
                              flags.time_limit));
    }
    flags.request.time_limit = *seconds;
  }
  DeviceOptions options;
  options.threads = plan.threads;
  options.batch = plan.batch;
  std::unique_ptr<Device> device = make_device(plan.device, options);
  const Panel panel = read_panel(plan.panel);
  const SweepYears years(plan, panel);
  const SpecificationGrid grid(plan, years.count());
  const WorkerRoom room = room_for_workers(plan, grid, panel, years, *device);
  options.threads =
      std::min(std::max(room.fit, 1), survey_cpu().cores);  // the pilot's; what is asked for is of the tasks
  if (device->describe().name == "cpu" && room.asked > options.threads) device = make_device(plan.device, options);
  const SweepEstimate estimate = estimate_sweep(plan, grid, panel, years, *device, room.asked, room.fit > 0);
  fmt::print("{}", slurm_script(file, grid.scenarios(), estimate, device->describe(), flags.request));
}

}  // namespace

void add_plan_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run) {
  CLI::App* command =
      program.add_subcommand("plan", "Check a plan and print it resolved, as TOML; alone: every key with its default");
  const auto flags = std::make_shared<PlanFlags>(*command, program);
  const auto slurm = std::make_shared<SlurmFlags>();
  command->add_flag("--slurm", slurm->asked, "the script that submits it")->group("slurm");
  const auto add = [command](const char* name, auto& value, const char* help) {
    return command->add_option(name, value, help)->group("slurm");
  };
  add("--tasks", slurm->request.tasks, "shards [an hour each]")->check(CLI::Range(1, 1000000));
  add("--cpus", slurm->request.cpus, "of a task [as here]")->check(CLI::Range(1, 100000));
  add("--time-limit", slurm->time_limit, "4h | 1:55:00, of a task [by a pilot]");
  command->footer("Example: balassa plan study.toml --replicates 10000 > resolved.toml");
  command->callback([flags, slurm, &global, &run] {
    run = [flags, slurm, &global] {
      if (slurm->asked) {
        print_slurm_script(*flags, *slurm);
      } else {
        flags->require_panel();
        const Plan plan = flags->resolved();
        if (!plan.panel.empty()) refuse_in_place_of_hdf5(plan.panel);
        print_plan(plan, global.json);
      }
      return ExitCode::kDone;
    };
  });
}

}  // namespace balassa
