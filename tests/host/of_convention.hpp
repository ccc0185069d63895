// What a named convention chooses, where nothing else is said.
#pragma once

#include <utility>

#include "host/plan/specification_grid.hpp"

namespace balassa {

inline std::pair<Specification, YearOptions> of_convention(std::string_view name, double threshold = 1.0) {
  Plan plan;
  plan.convention = name;
  plan.choices["rca_threshold"] = {threshold};
  resolve_plan(plan);
  const SpecificationGrid grid(plan, 1);
  return {grid.specifications().front(), grid.reading(0)};
}

}  // namespace balassa
