// The grid of a sweep and the number of each scenario in it (io/FORMATS.md, section 4).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "host/plan/knob.hpp"
#include "host/plan/plan.hpp"
#include "kernels/study.hpp"

namespace balassa {

struct ScenarioIndex {
  std::size_t year = 0, specification = 0;
  std::uint64_t replicate = 0;  // 0 = the baseline
};

// years x specifications x (1 + replicates). Scenario id = mixed radix (year, specification, replicate), below 2^63.
// A specification is a mixed-radix number too: the axes are the knobs in the order of their table, those of a year's
// table (Level::kPreparation) before the others; the last varies fastest, and the values of each ascend. So the
// specifications of one preparation follow each other, and one table of the year serves them all.
class SpecificationGrid {
 public:
  struct Axis {
    const Knob* knob;
    std::vector<double> values;  // one: it does not vary
    std::size_t stride;          // specifications from one value to the next
  };

  // Of a resolved plan over `years` years. Throws Error kPlan where the ids pass 2^63 - 1.
  SpecificationGrid(const Plan& plan, std::size_t years);

  std::size_t years() const { return years_; }
  const std::vector<Specification>& specifications() const { return specifications_; }
  std::uint64_t replicates() const { return replicates_; }
  std::uint64_t scenarios() const { return years_ * specifications_.size() * (replicates_ + 1); }

  // Prepared years: a year's table by each way to prepare it, y * preparations() + preparation.
  std::size_t preparations() const { return specifications_.size() / per_preparation_; }
  std::size_t per_preparation() const { return per_preparation_; }  // specifications
  std::size_t prepared_years() const { return years_ * preparations(); }
  // Of a cell, year * specifications + specification.
  std::size_t prepared_year(std::uint64_t cell) const { return static_cast<std::size_t>(cell / per_preparation_); }
  std::size_t first_specification(std::size_t prepared_year) const {
    return prepared_year % preparations() * per_preparation_;
  }
  // How a preparation reads a year.
  YearOptions reading(std::size_t preparation) const;

  // Every knob of a specification or year's table.
  std::span<const Axis> axes() const { return axes_; }
  double value(const Axis& axis, std::size_t specification) const {
    return axis.values[specification / axis.stride % axis.values.size()];
  }

  std::uint64_t id(const ScenarioIndex& index) const;
  // Throws Error kUsage for an id that the grid does not have.
  ScenarioIndex index(std::uint64_t id) const;

  // "RCA >= 0.75", and the other knobs that vary: "RCA >= 0.75, deviation sample".
  std::string label(std::size_t specification) const;
  // Whether a is nearer to `to` than b is: by the first axis on which their distances differ, which is of numbers their
  // difference and of words 0 or 1.
  bool nearer(std::size_t a, std::size_t b, std::size_t to) const;
  // The one that summaries are about: nearest to RCA at 1, and the first value of every other axis.
  std::size_t central() const;

 private:
  std::size_t years_;
  std::vector<Axis> axes_;
  std::vector<Specification> specifications_;
  std::size_t per_preparation_ = 1;
  std::uint64_t replicates_;
};

}  // namespace balassa
