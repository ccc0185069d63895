#include "host/plan/specification_grid.hpp"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "host/plan/conventions.hpp"
#include "io/base/error.hpp"

namespace balassa {

SpecificationGrid::SpecificationGrid(const Plan& plan, std::size_t years)
    : years_(years), replicates_(*plan.replicates) {
  for (const double threshold : plan.rca_threshold) {
    for (const TieRule tie : plan.rca_tie)
      specifications_.push_back(
          {threshold, tie, *plan.deviation, *plan.pci_scale, plan.disconnected, plan.min_participation});
  }
  std::uint64_t cells = 0, all = 0;
  if (__builtin_mul_overflow(std::uint64_t{years_}, std::uint64_t{specifications_.size()}, &cells) ||
      __builtin_mul_overflow(cells, replicates_ + 1, &all) ||
      all > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
    throw Error(ExitCode::kPlan,
                fmt::format("plan: resample.replicates: found {} for {} years x {} specifications, expected "
                            "fewer than 2^63 scenarios in all",
                            replicates_, years_, specifications_.size()));
  }
}

std::uint64_t SpecificationGrid::id(const ScenarioIndex& index) const {
  return (index.year * specifications_.size() + index.specification) * (replicates_ + 1) + index.replicate;
}

ScenarioIndex SpecificationGrid::index(std::uint64_t id) const {
  if (id >= scenarios()) {
    throw Error(ExitCode::kUsage, fmt::format("--scenario: found {}, expected a number below {}", id, scenarios()));
  }
  const std::uint64_t cell = id / (replicates_ + 1);
  return {static_cast<std::size_t>(cell / specifications_.size()),
          static_cast<std::size_t>(cell % specifications_.size()), id % (replicates_ + 1)};
}

std::string SpecificationGrid::label(std::size_t specification) const {
  const Specification& s = specifications_[specification];
  return fmt::format("RCA {} {}", tie_text(s.tie), s.rca_threshold);
}

std::size_t SpecificationGrid::central() const {
  std::size_t best = 0;
  for (std::size_t s = 1; s < specifications_.size(); ++s) {
    if (std::fabs(specifications_[s].rca_threshold - 1.0) < std::fabs(specifications_[best].rca_threshold - 1.0))
      best = s;
  }
  return best;
}

}  // namespace balassa
