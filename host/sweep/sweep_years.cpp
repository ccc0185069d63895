#include "host/sweep/sweep_years.hpp"

#include <fmt/format.h>

#include <utility>

#include "host/plan/specification_grid.hpp"
#include "io/base/error.hpp"

namespace balassa {

SweepYears::SweepYears(const Plan& plan, const Panel& panel) : panel_(panel) {
  try {
    indices_ = parse_years(plan.years, panel.years);
  } catch (const Error& error) {
    throw Error(ExitCode::kPlan, fmt::format("plan: select.years: {}", error.what()));
  }
  const SpecificationGrid grid(plan, indices_.size());
  for (std::size_t preparation = 0; preparation < grid.preparations(); ++preparation) {
    YearOptions options = grid.reading(preparation);
    options.regions_only = plan.regions_only;
    options.given_p1 = plan.p1_given ? "p1" : "";
    options.min_total = plan.sample.min_total;
    options.min_product_total = plan.sample.min_product_total;
    options.file = plan.panel;
    readings_.push_back(std::move(options));
  }
}

Year SweepYears::load(std::size_t n) const {
  return select_year(panel_, indices_[n / readings_.size()], readings_[n % readings_.size()]).year;
}

std::vector<std::int32_t> SweepYears::labels() const {
  std::vector<std::int32_t> labels;
  for (const std::size_t index : indices_) labels.push_back(panel_.years[index]);
  return labels;
}

}  // namespace balassa
