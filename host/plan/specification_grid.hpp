// The grid of a sweep and the number of each scenario in it (FORMATS section 4).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/plan/plan.hpp"
#include "kernels/study.hpp"

namespace balassa {

struct ScenarioIndex {
  std::size_t year = 0, specification = 0;
  std::uint64_t replicate = 0;  // 0 = the baseline
};

// years x specifications x (1 + replicates). Specifications: thresholds ascending, tie rules within. Scenario id =
// mixed radix (year, specification, replicate), below 2^63.
class SpecificationGrid {
 public:
  // Of a resolved plan over `years` years. Throws Error kPlan where the ids pass 2^63 - 1.
  SpecificationGrid(const Plan& plan, std::size_t years);

  std::size_t years() const { return years_; }
  const std::vector<Specification>& specifications() const { return specifications_; }
  std::uint64_t replicates() const { return replicates_; }
  std::uint64_t scenarios() const { return years_ * specifications_.size() * (replicates_ + 1); }

  std::uint64_t id(const ScenarioIndex& index) const;
  // Throws Error kUsage for an id that the grid does not have.
  ScenarioIndex index(std::uint64_t id) const;

  // "RCA >= 0.75".
  std::string label(std::size_t specification) const;
  // The specification nearest to RCA at 1, the first tie rule among equals: the one that summaries are about.
  std::size_t central() const;

 private:
  std::size_t years_;
  std::vector<Specification> specifications_;
  std::uint64_t replicates_;
};

}  // namespace balassa
