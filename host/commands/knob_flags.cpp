#include "host/commands/knob_flags.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "host/terminal/help_layout.hpp"

namespace balassa {
namespace {

// "eci | own", with quotes around what a shell would take for itself.
std::vector<std::string> words_of(const Knob& knob) {
  std::vector<std::string> words;
  for (const Word& word : knob.words) {
    const bool plain = word.text.find_first_of("<>") == std::string_view::npos;
    words.push_back(plain ? std::string(word.text) : fmt::format("'{}'", word.text));
  }
  return words;
}

// "py" of "py"; "0.7,0.75" of [0.7, 0.75]: what the plan would say, as a flag takes it.
std::string as_flag(std::string toml) {
  std::erase_if(toml, [](char c) { return c == '"' || c == '[' || c == ']' || c == ' '; });
  for (std::size_t at = toml.find(".0"); at != std::string::npos; at = toml.find(".0", at + 1)) {
    if (at + 2 == toml.size() || toml[at + 2] == ',') toml.erase(at, 2);
  }
  return toml;
}

// What holds where neither flag nor plan says anything; "": nothing does.
std::string default_of(const Knob& knob) {
  static const Plan plan = [] {
    Plan resolved;
    resolve_plan(resolved);
    return resolved;
  }();
  if (knob.stands_alone) return {};  // not given is no
  if (!knob.by_convention.empty()) return "convention";
  return knob.when_unset.empty() ? as_flag(knob.text(plan)) : std::string(knob.when_unset);
}

// Words, then what they are about; shell completion reads the words from here (host/terminal/command_tree.hpp).
std::string help_of(const Knob& knob, FlagsOf of) {
  constexpr std::size_t kHalfALine = 26;
  const std::vector<std::string> words = words_of(knob);
  std::string help = fmt::format("{}", fmt::join(words, " | "));
  if (of == FlagsOf::kSweep && help.size() > kHalfALine) help = fmt::format("{}", fmt::join(words, "|"));
  const std::string_view remark = of == FlagsOf::kSweep ? knob.help : knob.about;
  if (!help.empty() && !remark.empty()) help += "; ";
  help.append(remark);
  const std::string unsaid = default_of(knob);
  return unsaid.empty() ? help : fmt::format("{}{}[{}]", help, help.empty() ? "" : " ", unsaid);
}

// Whether the first line that is neither blank nor a comment is one of TOML: a key or a table. Tables of text, given in
// place of a panel, begin otherwise.
bool begins_as_toml(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#') continue;
    return line[first] == '[' || line.find('=') != std::string::npos;
  }
  return true;  // comments alone
}

// A plan by its ending, in any case; else by its bytes.
bool is_plan(const std::string& name) {
  std::string ending = std::filesystem::path(name).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  if (ending == ".toml") return true;
  std::error_code error;
  if (!std::filesystem::is_regular_file(name, error) || std::filesystem::file_size(name, error) == 0) return false;
  std::string head(1 << 12, '\0');
  std::ifstream file(name, std::ios::binary);
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(file.gcount()));
  return head.find('\0') == std::string::npos && begins_as_toml(head);
}

// The layout of the help and the positionals come before the flags.
CLI::App& with_inputs(CLI::App& command, std::vector<std::string>& inputs) {
  command.formatter(two_column_help());
  command.get_option("--help")->group("");
  command
      .add_option("inputs", inputs, "plan.toml, a panel, or both; flags win; a list in [specification] spans the grid")
      ->expected(0, 2);
  return command;
}

}  // namespace

KnobFlags::KnobFlags(CLI::App& command, const CLI::App& program, FlagsOf of) : of_(of) {
  for (const Knob& knob : knobs()) {
    if (knob.of_program) {
      if (of == FlagsOf::kSweep) flags_.push_back({&knob, program.get_option(knob.flag()), knob.flag()});
    } else if (of == FlagsOf::kSweep || knob.in_compute()) {
      add(command, knob);
    }
  }
}

void KnobFlags::add(CLI::App& command, const Knob& knob) {
  const auto add_one = [&](const std::string& name, const std::string& help) {
    std::string& text = text_.emplace_back();
    CLI::Option* option = knob.stands_alone ? command.add_flag(name, text, help) : command.add_option(name, text, help);
    flags_.push_back({&knob, option, name.substr(name.find("--"))});
    return option;
  };
  CLI::Option* option =
      add_one(knob.other_flag.empty() ? knob.flag() : std::string(knob.other_flag), help_of(knob, of_));
  option->group(knob.table.empty() ? "select" : std::string(knob.table));
  if (!knob.older_flag.empty()) add_one(std::string(knob.older_flag), "")->group("");
}

void KnobFlags::read_into(Plan& plan) const {
  for (const Flag& flag : flags_) {
    if (flag.option->count() == 0) continue;
    const PlanValue value = flag_value(*flag.knob, flag.name, flag.option->results().back());
    flag.knob->read(plan, value);
    if (of_ == FlagsOf::kSweep || !flag.knob->is_choice()) continue;
    const std::size_t count = plan.choices.at(std::string(flag.knob->name)).size();
    if (count > 1) {
      throw Error(ExitCode::kUsage,
                  fmt::format("{}: found {} values, expected one; balassa sweep takes several", flag.name, count));
    }
  }
}

PlanFlags::PlanFlags(CLI::App& command, const CLI::App& program)
    : flags_(with_inputs(command, inputs_), program, FlagsOf::kSweep) {}

std::string PlanFlags::plan_file() const {
  for (const std::string& input : inputs_) {
    if (is_plan(input)) return input;
  }
  return {};
}

void PlanFlags::require_panel() const {
  for (const std::string& input : inputs_) {
    std::error_code error;
    if (is_plan(input) || std::filesystem::exists(input, error)) continue;
    throw Error(ExitCode::kInputMissing,
                fmt::format("{}: found no such file, expected a plan or a panel; correct the name", input));
  }
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
  flags_.read_into(plan);
  resolve_plan(plan);
  return plan;
}

}  // namespace balassa
