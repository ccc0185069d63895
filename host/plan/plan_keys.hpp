// Every key of a plan once: its place in the TOML, its flag, how it is read and how it is written (FORMATS section 4).
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "host/plan/plan.hpp"
#include "io/base/error.hpp"

namespace balassa {

// A value as text, from a file or a flag: one item, a list, or {from, to, step}.
struct PlanValue {
  std::vector<std::string> items;
  bool range = false;  // items are from, to, step
  std::string where;   // "plan.toml:12: specification.rca_threshold" or "--rca-threshold"
  ExitCode code = ExitCode::kPlan;
};

struct PlanKey {
  enum class Part : std::uint8_t { kResult, kPath, kRun };  // kResult: part of the plan hash
  std::string_view section, name;                           // section "" = top of the file
  std::string_view flag;                                    // "--rca-threshold"
  std::string_view help;
  Part part;
  void (*read)(Plan& plan, const PlanValue& value);
  std::string (*text)(const Plan& plan);  // TOML; "" = not set
  bool stands_alone = false;              // the flag without a value means true

  std::string path() const;  // "specification.rca_threshold"
};

// In the order in which a plan is written.
std::span<const PlanKey> plan_keys();

// A flag's text as a value: "0.5:2:0.25" is a range where the key takes numbers, commas make a list.
PlanValue flag_value(const PlanKey& key, std::string_view flag, const std::string& text);

// The known key or section with the fewest edits to `path`.
std::string nearest_key(std::string_view path);

}  // namespace balassa
