// The flags of `plan` and `sweep`: one per key of a plan, and they win over the file.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/commands/command.hpp"
#include "host/plan/plan.hpp"

namespace balassa {

class PlanFlags {
 public:
  // Adds every flag to the command; --seed, --device and --threads are the program's.
  PlanFlags(CLI::App& command, const CLI::App& program, const GlobalOptions& global);

  // File (a positional that ends in .toml), then the panel as positional, then flags; resolved. Throws Error.
  Plan resolved() const;
  // The plan file, "" = none.
  std::string plan_file() const;

 private:
  const CLI::App& program_;
  const GlobalOptions& global_;
  std::vector<std::string> inputs_;
  std::vector<std::string> text_;     // by plan_keys()
  std::vector<CLI::Option*> option_;  // null where the program has the flag
};

}  // namespace balassa
