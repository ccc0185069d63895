// The flags of knobs: one for each row of the table that a command takes (host/plan/knobs.hpp).
#pragma once

#include <deque>
#include <string>
#include <vector>

#include "host/commands/command.hpp"
#include "host/plan/knobs.hpp"

namespace balassa {

// Of `plan` and `sweep`: every knob, in groups by TOML table, a list where it spans the grid. Of `compute`: those of a
// specification and its years, one value each.
enum class FlagsOf : std::uint8_t { kSweep, kCompute };

class KnobFlags {
 public:
  // Adds the flags; those that stand before the command are the program's.
  KnobFlags(CLI::App& command, const CLI::App& program, FlagsOf of);

  // Reads what was given over the plan. Throws Error kUsage.
  void read_into(Plan& plan) const;

 private:
  struct Flag {
    const Knob* knob;
    const CLI::Option* option;
    std::string name;  // "--rca-threshold"
  };
  void add(CLI::App& command, const Knob& knob);

  FlagsOf of_;
  std::vector<Flag> flags_;
  std::deque<std::string> text_;  // what CLI11 writes to: never moved
};

// The flags of `plan` and `sweep` and the files before them.
class PlanFlags {
 public:
  PlanFlags(CLI::App& command, const CLI::App& program);

  // File (a positional that ends in .toml), then the panel as positional, then flags; resolved. Throws Error.
  Plan resolved() const;
  // Throws Error kInputMissing where a positional that is no plan is not there.
  void require_panel() const;
  // The plan file, "" = none.
  std::string plan_file() const;

 private:
  std::vector<std::string> inputs_;
  KnobFlags flags_;
};

}  // namespace balassa
