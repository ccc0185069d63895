// Scenario ids are mixed radix (year, specification, replicate) and unique (FORMATS section 4).
#include "host/plan/specification_grid.hpp"

#include <gtest/gtest.h>

#include "io/base/error.hpp"

namespace balassa {
namespace {

Plan plan_of(std::vector<double> thresholds, std::vector<TieRule> ties, std::uint64_t replicates) {
  Plan plan;
  plan.rca_threshold = std::move(thresholds);
  plan.rca_tie = std::move(ties);
  plan.replicates = replicates;
  resolve_plan(plan);
  return plan;
}

TEST(SpecificationGrid, IdsCountEveryScenarioOnce) {
  const SpecificationGrid grid(plan_of({0.5, 1.0, 2.0}, {TieRule::kAtLeast, TieRule::kAbove}, 4), 3);
  ASSERT_EQ(grid.specifications().size(), 6u);
  EXPECT_EQ(grid.scenarios(), 3u * 6u * 5u);
  std::uint64_t next = 0;
  for (std::size_t y = 0; y < 3; ++y) {
    for (std::size_t s = 0; s < 6; ++s) {
      for (std::uint64_t r = 0; r <= 4; ++r, ++next) {
        EXPECT_EQ(grid.id({y, s, r}), next);
        const ScenarioIndex index = grid.index(next);
        EXPECT_EQ(index.year, y);
        EXPECT_EQ(index.specification, s);
        EXPECT_EQ(index.replicate, r);
      }
    }
  }
  EXPECT_THROW(grid.index(next), Error);
}

TEST(SpecificationGrid, ThresholdsThenTies) {
  const SpecificationGrid grid(plan_of({2.0, 1.0}, {TieRule::kAbove, TieRule::kAtLeast}, 0), 1);
  EXPECT_EQ(grid.label(0), "RCA >= 2");
  EXPECT_EQ(grid.label(1), "RCA > 2");
  EXPECT_EQ(grid.label(3), "RCA > 1");
  EXPECT_EQ(grid.central(), 2u);
}

TEST(SpecificationGrid, RefusesMoreThanSixtyThreeBits) {
  std::vector<double> thresholds;
  for (int k = 1; k <= 1000; ++k) thresholds.push_back(k);
  const Plan plan = plan_of(thresholds, {TieRule::kAtLeast, TieRule::kAbove}, std::uint64_t{1} << 40);
  EXPECT_NO_THROW(SpecificationGrid(plan, 1000));  // 2^40 x 2,000 x 1,000 < 2^61
  try {
    SpecificationGrid(plan, 100000);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kPlan);
  }
}

}  // namespace
}  // namespace balassa
