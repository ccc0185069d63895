// Scenario ids are mixed radix (year, specification, replicate) and unique (FORMATS section 4).
#include "host/plan/specification_grid.hpp"

#include <gtest/gtest.h>

#include "io/base/error.hpp"

namespace balassa {
namespace {

Plan plan_of(std::vector<double> thresholds, std::vector<TieRule> ties, std::uint64_t replicates) {
  Plan plan;
  plan.choices["rca_threshold"] = std::move(thresholds);
  for (const TieRule tie : ties) plan.choices["rca_tie"].push_back(static_cast<double>(tie));
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
  const SpecificationGrid grid(plan_of({2.0, 0.5, 1.0}, {TieRule::kAbove, TieRule::kAtLeast}, 0), 1);
  EXPECT_EQ(grid.label(0), "RCA >= 0.5");
  EXPECT_EQ(grid.label(1), "RCA > 0.5");
  EXPECT_EQ(grid.label(5), "RCA > 2");
  EXPECT_EQ(grid.central(), 2u);
}

// In the order of the table of knobs, the last varying fastest.
TEST(SpecificationGrid, EveryAxisVaries) {
  Plan plan = parse_plan(
      "[select]\nmin_participation = [3, 0]\n[specification]\nrca_threshold = [1, 0.5]\n"
      "deviation = [\"long-table\", \"population\"]\ndisconnected = [\"giant\", \"na\"]\n",
      "p.toml");
  resolve_plan(plan);
  const SpecificationGrid grid(plan, 1);
  ASSERT_EQ(grid.specifications().size(), 16u);
  std::size_t s = 0;
  for (const double threshold : {0.5, 1.0}) {
    for (const Deviation deviation : {Deviation::kPopulation, Deviation::kLongTable}) {
      for (const Disconnected disconnected : {Disconnected::kNa, Disconnected::kGiant}) {
        for (const double fewest : {0.0, 3.0}) {
          const Specification& found = grid.specifications()[s++];
          EXPECT_EQ(found.rca_threshold, threshold);
          EXPECT_EQ(found.tie, TieRule::kAtLeast);
          EXPECT_EQ(found.deviation, deviation);
          EXPECT_EQ(found.pci_scale, PciScale::kEci);
          EXPECT_EQ(found.disconnected, disconnected);
          EXPECT_EQ(found.min_participation, fewest);
        }
      }
    }
  }
  EXPECT_EQ(grid.label(0), "RCA >= 0.5, deviation population, disconnected na, min_participation 0");
  EXPECT_EQ(grid.label(15), "RCA >= 1, deviation long-table, disconnected giant, min_participation 3");
  EXPECT_EQ(grid.central(), 8u);  // RCA at 1 and the first of each other axis
}

// One table of a year after the other, each with all specifications that read it.
TEST(SpecificationGrid, PreparationsVarySlowest) {
  Plan plan = parse_plan("[specification]\nrca_threshold = [1, 0.5]\nread_as = [\"float32\", \"float64\"]\n", "p.toml");
  resolve_plan(plan);
  const SpecificationGrid grid(plan, 3);
  EXPECT_EQ(grid.label(0), "read_as float64, RCA >= 0.5");
  EXPECT_EQ(grid.label(1), "read_as float64, RCA >= 1");
  EXPECT_EQ(grid.label(2), "read_as float32, RCA >= 0.5");
  EXPECT_EQ(grid.label(3), "read_as float32, RCA >= 1");
  EXPECT_EQ(grid.central(), 1u);
  ASSERT_EQ(grid.preparations(), 2u);
  EXPECT_EQ(grid.per_preparation(), 2u);
  ASSERT_EQ(grid.prepared_years(), 6u);
  EXPECT_FALSE(grid.reading(0).read_as_float32);
  EXPECT_TRUE(grid.reading(1).read_as_float32);
  // Of year 1 its second table: cells 6 and 7 of specifications 2 and 3.
  EXPECT_EQ(grid.prepared_year(6), 3u);
  EXPECT_EQ(grid.prepared_year(7), 3u);
  EXPECT_EQ(grid.first_specification(3), 2u);
  EXPECT_EQ(grid.first_specification(4), 0u);
  EXPECT_EQ(grid.id({1, 2, 0}), 6u * 1001);  // the number of a scenario is still year, specification, replicate
}

// First by threshold, then by the tie rule, then by the next axis that differs.
TEST(SpecificationGrid, NearestInTheGrid) {
  Plan plan = parse_plan(
      "[select]\nmin_participation = [0, 2, 3]\n[specification]\nrca_threshold = [0.5, 1, 2]\n"
      "rca_tie = [\">=\", \">\"]\ndeviation = [\"population\", \"sample\", \"long-table\"]\n",
      "p.toml");
  resolve_plan(plan);
  const SpecificationGrid grid(plan, 1);
  const auto at = [](std::size_t threshold, std::size_t tie, std::size_t deviation, std::size_t fewest) {
    return ((threshold * 2 + tie) * 3 + deviation) * 3 + fewest;
  };
  const std::size_t to = at(1, 1, 2, 2);
  EXPECT_TRUE(grid.nearer(at(0, 0, 0, 0), at(2, 1, 2, 2), to));   // 0.5 away against 1, whatever else
  EXPECT_TRUE(grid.nearer(at(1, 1, 0, 0), at(1, 0, 2, 2), to));   // of the same tie rule
  EXPECT_TRUE(grid.nearer(at(1, 1, 2, 0), at(1, 1, 1, 2), to));   // of the same deviation
  EXPECT_FALSE(grid.nearer(at(1, 1, 1, 2), at(1, 1, 0, 2), to));  // words are the same or not
  EXPECT_FALSE(grid.nearer(at(1, 1, 0, 2), at(1, 1, 1, 2), to));
  EXPECT_TRUE(grid.nearer(at(1, 1, 2, 1), at(1, 1, 2, 0), to));  // 1 away against 3
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
