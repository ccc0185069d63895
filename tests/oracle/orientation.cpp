// Which way round: votes beyond their noise, the verdict from votes, and both roads to them
// (kernels/formulas/scoring.hpp).
#include "kernels/formulas/scoring.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/device.hpp"
#include "tests/oracle/golden.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

TEST(Votes, ARuleVotesBeyondTwiceItsNoiseAlone) {
  // 1 / sqrt(n - 1) is a tenth at n = 101.
  EXPECT_EQ(sign_vote(0.21, 101), 1);
  EXPECT_EQ(sign_vote(-0.21, 101), -1);
  EXPECT_EQ(sign_vote(0.19, 101), 0);
  EXPECT_EQ(sign_vote(-0.19, 101), 0);
  EXPECT_EQ(sign_vote(0.0, 1e9), 0);
  EXPECT_EQ(sign_vote(-0.0, 1e9), 0);
  EXPECT_EQ(sign_vote(std::nan(""), 101), 0);
  EXPECT_EQ(sign_vote(1.0, 4), 0);  // of 4 values no correlation is beyond it
  EXPECT_EQ(sign_vote(1.0, 6), 1);
  // 2 / sqrt(n - 1) itself is no vote, on whichever side of it rounding falls.
  EXPECT_EQ(sign_vote(1.0, 5), 0);
  EXPECT_EQ(sign_vote(0.5 + 1e-15, 17), 0);
  EXPECT_EQ(sign_vote(-0.5 - 1e-15, 17), 0);
  EXPECT_EQ(sign_vote(0.5 + 1e-9, 17), 1);
}

TEST(Votes, AmbiguousWhereOneIsAgainstOrNoneIsCast) {
  EXPECT_FALSE(sign_ambiguous({1, 1, 1}, 1));
  EXPECT_FALSE(sign_ambiguous({-1, -1, -1}, -1));  // the raw sign is arbitrary
  EXPECT_FALSE(sign_ambiguous({1, 0, 0}, 1));
  EXPECT_FALSE(sign_ambiguous({0, 1, 0}, 1));
  EXPECT_FALSE(sign_ambiguous({0, 0, 1}, 1));
  EXPECT_TRUE(sign_ambiguous({0, 0, 0}, 1));
  EXPECT_TRUE(sign_ambiguous({1, -1, 1}, 1));
  EXPECT_TRUE(sign_ambiguous({1, 1, -1}, 1));
  EXPECT_TRUE(sign_ambiguous({1, 1, 1}, -1));
}

TEST(Votes, UndefinedRuleSaysNothing) {
  EXPECT_EQ(rule_sign(1e-11), 1);
  EXPECT_EQ(rule_sign(-1e-11), -1);
  EXPECT_EQ(rule_sign(1e-13), 0);
  EXPECT_EQ(rule_sign(-0.0), 0);
}

class BothRoads : public ::testing::Test {
 protected:
  // Baseline of a sweep and measures of `compute`, of the same year.
  void solve(const Year& year, double threshold) {
    const auto device = make_device("cpu", {});
    CellStudy study;
    study.year = &year;
    study.specification.rca_threshold = threshold;
    baseline = device->make_resident(study)->baseline();
    measures = device->measure(year, {study.specification});
  }
  void expect_equal() const {
    ASSERT_EQ(baseline.validity, Validity::kValid);
    const int sign = baseline.sign;
    EXPECT_NEAR(sign * baseline.corr_eci_diversity, measures.corr_eci_diversity, 1e-9);
    EXPECT_NEAR(sign * baseline.corr_pci_ubiquity, measures.corr_pci_ubiquity, 1e-9);
    EXPECT_NEAR(sign * baseline.corr_reflection, measures.corr_reflection, 1e-9);
    EXPECT_EQ(sign * baseline.votes.diversity, measures.votes.diversity);
    EXPECT_EQ(sign * baseline.votes.ubiquity, measures.votes.ubiquity);
    EXPECT_EQ(sign * baseline.votes.reflection, measures.votes.reflection);
    EXPECT_EQ(sign_ambiguous(baseline.votes, sign), measures.sign_ambiguous);
  }
  ScenarioRecord baseline;
  YearMeasures measures;
};

// The correlations, written out: plain over locations and products, weighted by diversity; Kish's number of the
// weights.
TEST_F(BothRoads, AreThoseOfTheDefinition) {
  for (const int seed : {3, 4, 5, 6}) {
    const Year year = random_year(40, 60, static_cast<std::uint64_t>(seed));
    solve(year, 0.7);
    expect_equal();
    const auto weighted = [](const std::vector<double>& a, const std::vector<double>& b, const std::vector<double>& w) {
      double n = 0, ma = 0, mb = 0, aa = 0, bb = 0, ab = 0;
      for (std::size_t i = 0; i < a.size(); ++i) n += w[i], ma += w[i] * a[i], mb += w[i] * b[i];
      ma /= n, mb /= n;
      for (std::size_t i = 0; i < a.size(); ++i) {
        aa += w[i] * (a[i] - ma) * (a[i] - ma);
        bb += w[i] * (b[i] - mb) * (b[i] - mb);
        ab += w[i] * (a[i] - ma) * (b[i] - mb);
      }
      return ab / std::sqrt(aa * bb);
    };
    const std::vector<double>&d = measures.diversity, &u = measures.ubiquity;
    const std::vector<double> of_locations(d.size(), 1.0), of_products(u.size(), 1.0);
    const double r_d = weighted(d, measures.eci, of_locations), r_u = weighted(u, measures.pci, of_products),
                 r_k = weighted(d, measures.eci, d);
    EXPECT_NEAR(measures.corr_eci_diversity, r_d, 1e-9);
    EXPECT_NEAR(measures.corr_pci_ubiquity, r_u, 1e-9);
    EXPECT_NEAR(measures.corr_reflection, r_k, 1e-9);
    double sum = 0, square = 0;
    for (const double x : d) sum += x, square += x * x;
    const auto vote = [](double r, double n) { return std::fabs(r) * std::sqrt(n - 1) > 2 ? (r > 0 ? 1 : -1) : 0; };
    EXPECT_EQ(measures.votes.diversity, vote(r_d, 40));
    EXPECT_EQ(measures.votes.ubiquity, vote(-r_u, 60));
    EXPECT_EQ(measures.votes.reflection, vote(r_k, sum * sum / square));
  }
}

// L18's Table 1 (METHODS A1.2, finding 1): four locations prove nothing, whatever the rules say.
TEST_F(BothRoads, Table1StaysAmbiguous) {
  const Year year = year_of(4, 4, {std::begin(golden::kTable1), std::end(golden::kTable1)});
  solve(year, 1e-9);
  expect_equal();
  EXPECT_TRUE(measures.sign_ambiguous);
  EXPECT_EQ(measures.votes.diversity, 0);
  EXPECT_LT(measures.corr_reflection, 0);
}

// Every product is present in two locations, as the edges of a tree: ubiquity says nothing, and 0 is no vote, whatever
// its sign.
TEST_F(BothRoads, EqualUbiquitiesCastNoVote) {
  const std::vector<std::pair<int, int>> edges = {{0, 1}, {1, 2}, {2, 3}, {3, 4},  {4, 5},  {5, 6},
                                                  {6, 7}, {7, 8}, {0, 9}, {0, 10}, {0, 11}, {1, 12}};
  const int locations = 13, products = static_cast<int>(edges.size());
  std::vector<double> value(static_cast<std::size_t>(locations * products), 0.0);
  for (int p = 0; p < products; ++p) {
    for (const int c : {edges[static_cast<std::size_t>(p)].first, edges[static_cast<std::size_t>(p)].second})
      value[static_cast<std::size_t>(c * products + p)] = 1;
  }
  const Year year = year_of(locations, products, value);
  solve(year, 1e-9);
  expect_equal();
  EXPECT_EQ(measures.ubiquity, std::vector<double>(edges.size(), 2.0));
  EXPECT_EQ(measures.corr_pci_ubiquity, 0.0);
  EXPECT_EQ(measures.votes.ubiquity, 0);
}

// A study that is turned has the reverse of the rule's sign in baseline and replicates alike.
TEST(Turned, ReversesBaselineAndReplicates) {
  const Year year = random_year(20, 40, 8);
  const auto device = make_device("cpu", {});
  CellStudy study;
  study.year = &year;
  study.specification.rca_threshold = 0.5;
  study.resampling.seed = 4;
  study.precision = Precision::kDouble;  // residuals of 1e-12 over gaps beyond 1e-3
  const auto plain = device->make_resident(study);
  study.turned = true;
  const auto turned = device->make_resident(study);
  ASSERT_EQ(plain->baseline().validity, Validity::kValid);
  EXPECT_TRUE(turned->baseline().turned != 0 && plain->baseline().turned == 0);
  EXPECT_TRUE(sign_ambiguous(turned->baseline().votes, turned->baseline().sign));
  plain->run(1, 200, nullptr, nullptr);
  turned->run(1, 200, nullptr, nullptr);
  const Tallies a = plain->collect(), b = turned->collect();
  EXPECT_EQ(a.sign_disagree, b.sign_disagree);  // how steady the rule is does not depend on it
  EXPECT_EQ(a.axis_swap, b.axis_swap);
  for (const std::uint64_t r : {0, 1, 77}) {
    const ScenarioRecord x = plain->replay(r), y = turned->replay(r);
    ASSERT_EQ(x.validity, y.validity);
    for (std::size_t c = 0; c < x.eci.size(); ++c) {
      if (std::isnan(x.eci[c])) continue;
      EXPECT_NEAR(x.eci[c], -y.eci[c], 1e-9) << r;
    }
    for (std::size_t p = 0; p < x.pci.size(); ++p) {
      if (std::isnan(x.pci[p])) continue;
      EXPECT_NEAR(x.pci[p], -y.pci[p], 1e-9) << r;
    }
  }
  MeasureRequest request{study.specification};
  const YearMeasures one = device->measure(year, request);
  request.turned = true;
  const YearMeasures other = device->measure(year, request);
  for (std::size_t c = 0; c < one.eci.size(); ++c) EXPECT_EQ(one.eci[c], -other.eci[c]);
  EXPECT_EQ(one.corr_eci_diversity, -other.corr_eci_diversity);
  EXPECT_TRUE(other.turned);
}

// The baseline has the rule's sign, whatever its replicates are aligned with.
TEST(Reference, LeavesTheBaselineAlone) {
  const Year year = random_year(20, 40, 8);
  const auto device = make_device("cpu", {});
  CellStudy study;
  study.year = &year;
  study.specification.rca_threshold = 0.5;
  const ScenarioRecord own = device->make_resident(study)->baseline();
  study.reference = own.eci;
  for (double& x : study.reference) x = -x;
  const auto against = device->make_resident(study);
  EXPECT_EQ(against->baseline().eci, own.eci);
  study.reference.clear();
  const ScenarioRecord mine = device->make_resident(study)->replay(3), theirs = against->replay(3);
  for (std::size_t c = 0; c < own.eci.size(); ++c) EXPECT_EQ(mine.eci[c], -theirs.eci[c]);
}

// An axis that fewer locations carry than asked for gives no scores, by `compute`, in baselines and in replicates.
TEST(MinParticipation, LeavesLocalisedAxesWithoutScores) {
  const Year year = random_year(20, 40, 8);
  const auto device = make_device("cpu", {});
  CellStudy study;
  study.year = &year;
  study.specification.rca_threshold = 0.5;
  const auto all = device->make_resident(study);
  all->run(1, 100, nullptr, nullptr);
  const Tallies open = all->collect();
  const double carried = all->baseline().participation;
  EXPECT_NEAR(device->measure(year, {study.specification}).participation, carried, 1e-9);
  std::uint64_t below = 0;
  for (std::size_t k = 0; k < 6; ++k) below += open.participation[k];
  ASSERT_GT(below, 0u);
  ASSERT_LT(below, open.validity[0]);
  study.specification.min_participation = 6;
  const auto most = device->make_resident(study);
  most->run(1, 100, nullptr, nullptr);
  const Tallies kept = most->collect();
  EXPECT_EQ(kept.validity[static_cast<std::size_t>(Validity::kLocalised)], below);
  EXPECT_EQ(kept.validity[0], open.validity[0] - below);

  study.specification.min_participation = carried * (1 + 1e-9);
  EXPECT_EQ(device->make_resident(study)->baseline().validity, Validity::kLocalised);
  EXPECT_EQ(device->make_resident(study)->baseline().rank, std::vector<std::int32_t>(20, 0));
  EXPECT_EQ(device->measure(year, {study.specification}).validity, Validity::kLocalised);
  study.specification.min_participation = carried * (1 - 1e-9);
  EXPECT_EQ(device->make_resident(study)->baseline().validity, Validity::kValid);
  EXPECT_EQ(device->measure(year, {study.specification}).validity, Validity::kValid);
}

}  // namespace
}  // namespace balassa
