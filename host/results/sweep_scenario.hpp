// One scenario alone with everything about it, for `sweep --scenario K`.
#pragma once

#include <string>

#include "host/sweep/sweep_runner.hpp"
#include "io/panel/panel.hpp"

namespace balassa {

struct ScenarioReport {
  std::uint64_t id = 0;
  ScenarioIndex index;
  CellAlignment alignment;
  ScenarioRecord record;  // in the compact indices of `year`
};

// Runs scenario `id` of the sweep alone, with the same numbers as in the sweep. `year` is the one of its index.
ScenarioReport replay_scenario(const Plan& plan, const SpecificationGrid& grid, PreparedYear& year, std::uint64_t id);

std::string scenario_text(const ScenarioReport& report, const Year& year, const Plan& plan,
                          const SpecificationGrid& grid, const Panel& panel);
std::string scenario_json(const ScenarioReport& report, const Year& year, const Plan& plan,
                          const SpecificationGrid& grid, const Panel& panel);

}  // namespace balassa
