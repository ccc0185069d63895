// `balassa plan`: the resolved plan, with every key.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "host/command.hpp"
#include "host/plan_flags.hpp"
#include "host/specification_grid.hpp"

namespace balassa {
namespace {

void print_plan(const Plan& plan, bool json) {
  const SpecificationGrid per_year(plan, 1);
  const std::size_t cells = class_grid_of(plan).cells();
  if (json) {
    nlohmann::ordered_json out = {{"plan", plan_text(plan)},
                                  {"plan_hash", plan_hash(plan)},
                                  {"specifications", per_year.specifications().size()},
                                  {"scenarios_per_year", per_year.scenarios()},
                                  {"class_cells", cells}};
    fmt::print("{}\n", out.dump(2));
    return;
  }
  fmt::print("# plan hash {} (without panel, output file and [run])\n", plan_hash(plan));
  fmt::print("# {} specifications, {} scenarios a year, {} class cells\n{}", per_year.specifications().size(),
             per_year.scenarios(), cells, plan_text(plan));
}

}  // namespace

void add_plan_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run) {
  CLI::App* command = program.add_subcommand("plan", "Check a plan and print it resolved, as TOML");
  const auto flags = std::make_shared<PlanFlags>(*command, program, global);
  command->footer("Example: balassa plan study.toml --replicates 10000 > resolved.toml");
  command->callback([flags, &global, &run] {
    run = [flags, &global] {
      print_plan(flags->resolved(), global.json);
      return ExitCode::kDone;
    };
  });
}

}  // namespace balassa
