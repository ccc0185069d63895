// What a cell's replicates say, and what is not tested: never a zero.
#include "host/results/cell_diagnostic.hpp"

#include <gtest/gtest.h>

namespace balassa {
namespace {

SweepCell cell_of(std::uint64_t valid, std::uint64_t disagree, std::uint64_t undefined, Alignment kind) {
  SweepCell cell;
  cell.alignment = {kind, kind == Alignment::kConvention ? -1 : 0};
  Tallies& t = cell.tallies;
  t.scenarios = 200;
  t.validity = {valid, 200 - valid, 0, 0, 0, 0};
  t.certification = {valid - (valid > 0 ? 3 : 0), 0, valid > 0 ? 3u : 0u, 0};
  t.sign_disagree = disagree;
  t.sign_undefined = undefined;
  t.axis_swap = 7;
  t.giant_component = 2;
  t.participation = {0, 4, 5, 6, 85};
  return cell;
}

TEST(CellDiagnostic, CountsWhereThereIsSomethingToCompareWith) {
  for (const Alignment kind : {Alignment::kOwnBaseline, Alignment::kNeighbour}) {
    const CellDiagnostic d = diagnose(cell_of(100, 3, 1, kind), Precision::kCertified);
    EXPECT_EQ(d.valid, 100u);
    EXPECT_EQ(d.sign_disagree, 3u);
    EXPECT_EQ(d.sign_undefined, 1u);
    EXPECT_EQ(d.axis_swap, 7u);
    EXPECT_EQ(d.giant_component, 2u);
    EXPECT_EQ(d.not_certified, 3u);
    EXPECT_EQ(d.few_locations, 9u);  // participation 0, 1 and 2, rounded down
    EXPECT_DOUBLE_EQ(d.turned_share().value(), 0.04);
  }
}

TEST(CellDiagnostic, WhatIsNotTestedIsNone) {
  const CellDiagnostic alone = diagnose(cell_of(100, 0, 1, Alignment::kConvention), Precision::kCertified);
  EXPECT_FALSE(alone.sign_disagree || alone.axis_swap || alone.orientation_ambiguous || alone.turned_share());
  EXPECT_TRUE(alone.sign_undefined && alone.giant_component && alone.not_certified && alone.few_locations);

  const CellDiagnostic fast = diagnose(cell_of(100, 0, 0, Alignment::kOwnBaseline), Precision::kFast);
  EXPECT_FALSE(fast.not_certified);
  EXPECT_TRUE(fast.sign_disagree);

  const CellDiagnostic invalid = diagnose(cell_of(0, 0, 0, Alignment::kOwnBaseline), Precision::kCertified);
  EXPECT_FALSE(invalid.sign_disagree || invalid.sign_undefined || invalid.axis_swap || invalid.giant_component ||
               invalid.not_certified || invalid.few_locations || invalid.orientation_ambiguous);

  const CellDiagnostic none = diagnose({}, Precision::kCertified);
  EXPECT_FALSE(none.sign_disagree || none.axis_swap || none.not_certified);
}

// The verdict: 5 % of the replicates that have scores, turned or undefined; the baseline's votes do not count then.
TEST(CellDiagnostic, VerdictRestsOnTheShareThatTurns) {
  const auto ambiguous = [](std::uint64_t disagree, std::uint64_t undefined) {
    SweepCell cell = cell_of(100, disagree, undefined, Alignment::kOwnBaseline);
    cell.baseline.votes = {0, -1, 0};
    return diagnose(cell, Precision::kCertified).orientation_ambiguous.value();
  };
  EXPECT_FALSE(ambiguous(0, 0));
  EXPECT_FALSE(ambiguous(4, 0));
  EXPECT_TRUE(ambiguous(5, 0));
  EXPECT_TRUE(ambiguous(3, 2));
  EXPECT_TRUE(ambiguous(100, 0));
}

TEST(CellDiagnostic, VotesDecideWithoutReplicates) {
  SweepCell cell;
  cell.baseline.votes = {1, 1, 0};
  EXPECT_FALSE(diagnose(cell, Precision::kCertified).orientation_ambiguous.value());
  cell.baseline.votes = {0, 0, 0};
  EXPECT_TRUE(diagnose(cell, Precision::kCertified).orientation_ambiguous.value());
  cell.baseline.votes = {1, 1, 1};
  cell.baseline.sign = -1;
  EXPECT_TRUE(diagnose(cell, Precision::kCertified).orientation_ambiguous.value());
  cell.baseline.validity = Validity::kDisconnected;
  EXPECT_FALSE(diagnose(cell, Precision::kCertified).orientation_ambiguous.has_value());
}

}  // namespace
}  // namespace balassa
