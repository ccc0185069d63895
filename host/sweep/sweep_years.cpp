#include "host/sweep/sweep_years.hpp"

#include <fmt/format.h>

#include "host/plan/knobs.hpp"
#include "io/base/error.hpp"

namespace balassa {

SweepYears::SweepYears(const Plan& plan, const Panel& panel) : panel_(panel) {
  try {
    indices_ = parse_years(plan.years, panel.years);
  } catch (const Error& error) {
    throw Error(ExitCode::kPlan, fmt::format("plan: select.years: {}", error.what()));
  }
  options_ = reading_of(plan);
  options_.regions_only = plan.regions_only;
  options_.given_p1 = plan.p1_given ? "p1" : "";
  options_.file = plan.panel;
}

std::vector<std::int32_t> SweepYears::labels() const {
  std::vector<std::int32_t> labels;
  for (const std::size_t index : indices_) labels.push_back(panel_.years[index]);
  return labels;
}

}  // namespace balassa
