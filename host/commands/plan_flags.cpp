#include "host/commands/plan_flags.hpp"

#include <fmt/format.h>

#include "host/plan/plan_keys.hpp"
#include "host/terminal/help_layout.hpp"

namespace balassa {
namespace {

bool is_plan(const std::string& name) {
  return name.ends_with(".toml");
}

}  // namespace

PlanFlags::PlanFlags(CLI::App& command, const CLI::App& program, const GlobalOptions& global)
    : program_(program), global_(global), text_(plan_keys().size()) {
  command.formatter(two_column_help());
  command.get_option("--help")->group("");
  command.add_option("inputs", inputs_, "plan.toml, a panel, or both; flags and a panel win over the plan")
      ->expected(0, 2);
  for (std::size_t k = 0; k < plan_keys().size(); ++k) {
    const PlanKey& key = plan_keys()[k];
    const bool global_flag = key.flag == "--seed" || key.flag == "--device" || key.flag == "--threads";
    option_.push_back(nullptr);
    if (global_flag) continue;
    option_.back() = key.stands_alone ? command.add_flag(std::string(key.flag), text_[k], std::string(key.help))
                                      : command.add_option(std::string(key.flag), text_[k], std::string(key.help));
    option_.back()->group(key.section.empty() ? "select" : std::string(key.section));
  }
}

std::string PlanFlags::plan_file() const {
  for (const std::string& input : inputs_) {
    if (is_plan(input)) return input;
  }
  return {};
}

Plan PlanFlags::resolved() const {
  Plan plan = plan_file().empty() ? Plan{} : read_plan(plan_file());
  bool panel_given = false, plan_given = false;
  for (const std::string& input : inputs_) {
    bool& given = is_plan(input) ? plan_given : panel_given;
    if (given)
      throw Error(ExitCode::kUsage,
                  fmt::format("{}: found a second {}, expected one", input, is_plan(input) ? "plan" : "panel"));
    given = true;
    if (!is_plan(input)) plan.panel = input;
  }
  for (std::size_t k = 0; k < option_.size(); ++k) {
    if (option_[k] == nullptr || option_[k]->count() == 0) continue;
    const PlanKey& key = plan_keys()[k];
    const std::string_view flag = key.flag.substr(key.flag.find("--"));
    key.read(plan, flag_value(key, flag, text_[k]));
  }
  if (global_.seed_given) plan.seed = global_.seed;
  if (program_.get_option("--device")->count() > 0) plan.device = global_.device;
  if (program_.get_option("--threads")->count() > 0) plan.threads = global_.threads;
  resolve_plan(plan);
  return plan;
}

}  // namespace balassa
