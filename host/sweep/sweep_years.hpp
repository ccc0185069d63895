// The years of a plan in a panel under each of its preparations, one at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "host/panel/year_selection.hpp"
#include "host/plan/plan.hpp"
#include "io/panel/panel.hpp"

namespace balassa {

class SweepYears {
 public:
  // `panel` must outlive this. Throws Error kPlan for years that the panel lacks.
  SweepYears(const Plan& plan, const Panel& panel);

  std::size_t count() const { return indices_.size(); }
  // Prepared year n of the grid (SpecificationGrid::prepared_years).
  Year load(std::size_t n) const;
  std::vector<std::int32_t> labels() const;
  const std::vector<std::size_t>& indices() const { return indices_; }  // into the panel's years

 private:
  const Panel& panel_;
  std::vector<std::size_t> indices_;
  std::vector<YearOptions> readings_;  // by preparation
};

}  // namespace balassa
