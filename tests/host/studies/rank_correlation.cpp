// Against numbers worked by hand, scipy 1.13 (spearmanr, kendalltau, rankdata) and numpy (eigvalsh), and L18's matrix
// (METHODS B7).
#include "host/studies/rank_correlation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace balassa {
namespace {

using Values = std::vector<double>;

const Values kA{3, 1, 4, 1, 5, 9, 2, 6, 5, 3}, kB{2, 7, 1, 8, 2, 8, 1, 8, 2, 8}, kC{1, 4, 1, 4, 2, 1, 3, 5, 6, 2};

TEST(RankCorrelation, TiedValuesShareTheMeanOfTheirPlaces) {
  EXPECT_THAT(average_ranks(kA), ::testing::ElementsAre(6.5, 9.5, 5, 9.5, 3.5, 1, 8, 2, 3.5, 6.5));
}

TEST(RankCorrelation, OfFourUnitsByHand) {
  EXPECT_DOUBLE_EQ(kendall_tau_b(Values{1, 2, 2, 3}, Values{1, 3, 2, 3}), 0.8);
  EXPECT_DOUBLE_EQ(spearman(Values{1, 2, 2, 3}, Values{1, 3, 2, 3}), 3.75 / 4.5);
}

TEST(RankCorrelation, WithTiesAsScipyHasThem) {
  EXPECT_NEAR(spearman(kA, kB), 0.13471506281091267, 1e-14);
  EXPECT_NEAR(spearman(kA, kC), -0.13707763766694417, 1e-14);
  EXPECT_NEAR(spearman(kB, kC), 0.20720765063621638, 1e-14);
  EXPECT_NEAR(kendall_tau_b(kA, kB), 0.13041013273932525, 1e-14);
  EXPECT_NEAR(kendall_tau_b(kA, kC), -0.19518001458970663, 1e-14);
  EXPECT_NEAR(kendall_tau_b(kB, kC), 0.16035674514745463, 1e-14);
}

TEST(RankCorrelation, IntervalsOnFishersScale) {
  const Interval s = spearman_interval(0.13471506281091267, 10), k = kendall_interval(0.13041013273932525, 10);
  EXPECT_NEAR(s.low, -0.54314874, 1e-8);
  EXPECT_NEAR(s.high, 0.70626358, 1e-8);
  EXPECT_NEAR(k.low, -0.37805744, 1e-8);
  EXPECT_NEAR(k.high, 0.57843349, 1e-8);
  const Interval hse = spearman_interval(0.5204, 82), ria = spearman_interval(0.5984, 82);
  EXPECT_NEAR(hse.low, 0.329, 5e-4);
  EXPECT_NEAR(hse.high, 0.671, 5e-4);
  EXPECT_NEAR(ria.low, 0.423, 5e-4);
  EXPECT_NEAR(ria.high, 0.731, 5e-4);
}

TEST(RankCorrelation, OverlappingCorrelationsOfL18) {
  const auto z = [](double eci, double regional) { return overlap_test(eci, regional, 0.6529, 82); };
  EXPECT_NEAR(z(0.5204, 0.3364).z, 2.22, 5e-3);
  EXPECT_NEAR(z(0.5984, 0.3441).z, 3.18, 5e-3);
  EXPECT_NEAR(z(0.4939, 0.2297).z, 3.07, 5e-3);
  EXPECT_NEAR(z(0.5204, 0.3364).p, 0.026, 5e-4);
  EXPECT_NEAR(z(0.5984, 0.3441).p, 0.0015, 5e-5);
  EXPECT_EQ(z(0.5, 0.5).z, 0);
  EXPECT_EQ(z(0.3364, 0.5204).z, -z(0.5204, 0.3364).z);
}

TEST(RankCorrelation, WhatIsNotDefinedIsNotANumber) {
  EXPECT_TRUE(std::isnan(spearman(Values{1, 1, 1}, Values{1, 2, 3})));
  EXPECT_TRUE(std::isnan(kendall_tau_b(Values{1, 2, 3}, Values{2, 2, 2})));
  EXPECT_TRUE(std::isnan(spearman(Values{}, Values{})));
  EXPECT_TRUE(std::isnan(spearman_interval(0.5, 3).low));
  EXPECT_TRUE(std::isnan(kendall_interval(0.5, 4).high));
  EXPECT_TRUE(std::isnan(overlap_test(1, 0.5, 0.2, 50).z));
  EXPECT_TRUE(std::isnan(overlap_test(0.5, 0.5, 1, 50).p));
  EXPECT_EQ(spearman(Values{1, 2, 3, 4}, Values{2, 4, 6, 8}), 1);
  EXPECT_EQ(spearman_interval(1, 50).low, 1);
}

// numpy gives -.8 for the second.
TEST(RankCorrelation, SmallestEigenvalueTellsAMatrixThatCannotBe) {
  EXPECT_NEAR(
      smallest_eigenvalue({1,     .6529, .5204, .5984, .4939, .6529, 1,     .3364, .3441, .2297, .5204, .3364, 1,
                           .8376, .6644, .5984, .3441, .8376, 1,     .7009, .4939, .2297, .6644, .7009, 1},
                          5),
      0.14990962, 1e-8);
  EXPECT_NEAR(smallest_eigenvalue({1, .9, -.9, .9, 1, .9, -.9, .9, 1}, 3), -0.8, 1e-12);
}

}  // namespace
}  // namespace balassa
