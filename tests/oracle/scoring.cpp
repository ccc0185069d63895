// The formulas that scenario and `compute` share (kernels/formulas/scoring.hpp, baskets.hpp), by numbers worked out by
// hand.
#include "kernels/formulas/scoring.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/base/layout.hpp"
#include "kernels/formulas/baskets.hpp"

namespace balassa {
namespace {

TEST(Scoring, SpectrumBeforeScores) {  // METHODS C0.6 iv, v: a tie first
  EXPECT_EQ(spectrum_validity(0.5, 0.4), Validity::kValid);
  EXPECT_EQ(spectrum_validity(0.5, 0.5 - 9e-11), Validity::kTiedAxis);
  EXPECT_EQ(spectrum_validity(0.5, 0.5 - 1.1e-10), Validity::kValid);
  EXPECT_EQ(spectrum_validity(0.5, 0.6), Validity::kValid);  // a contradiction, which certifies nothing
  EXPECT_EQ(spectrum_validity(0.0, 0.0), Validity::kTiedAxis);
  EXPECT_EQ(spectrum_validity(0.5e-12, -1.0), Validity::kNoSignal);
  EXPECT_EQ(score_validity(0.0, 10, 0), Validity::kNoSignal);
  EXPECT_EQ(score_validity(1.0, 2.9, 3.0), Validity::kLocalised);
  EXPECT_EQ(score_validity(1.0, 3.0, 3.0), Validity::kValid);
}

TEST(Scoring, CorrelationOfWeightedPairs) {  // (1, 1), (2, 3), (3, 2) with weights 1, 1, 2
  const PairSums sums{.n = 4, .a = 9, .b = 8, .aa = 23, .bb = 18, .ab = 19};
  EXPECT_NEAR(correlation(sums), 1 / std::sqrt(5.5), 1e-15);  // 4 times 1/4 over 4 times sqrt(11/16 1/2)
  EXPECT_EQ(correlation({.n = 3, .a = 6, .b = 5, .aa = 12, .bb = 9, .ab = 10}), 0.0);  // a = 2 throughout
  EXPECT_EQ(effective_number(6, 12), 3);
}

// By symmetry of the matrix two locations are as far out on either side: rounding may not choose.
TEST(Scoring, TheFirstOfTheLargestIsMadePositive) {
  const auto sign = [](const std::vector<double>& raw) {
    return sign_of_largest(static_cast<int>(raw.size()), [&](int i) { return raw[static_cast<std::size_t>(i)]; });
  };
  EXPECT_EQ(sign({0.1, -0.3, 0.2}), -1);
  EXPECT_EQ(sign({0.1, -0.3, 0.3 + 1e-15}), -1);
  EXPECT_EQ(sign({0.3 - 1e-15, 0.1, -0.3}), 1);
  EXPECT_EQ(sign({0.3 - 1e-9, 0.1, -0.3}), -1);  // that much is no rounding
  EXPECT_EQ(sign({0, 0}), 1);
}

TEST(Scoring, DeviationsByRule) {  // 1, 2, 3, 4: mean 2.5, squares 5
  EXPECT_DOUBLE_EQ(scale_of(4, 10, 5, Deviation::kPopulation, 9).deviation, std::sqrt(5 / 4.0));
  EXPECT_DOUBLE_EQ(scale_of(4, 10, 5, Deviation::kSample, 9).deviation, std::sqrt(5 / 3.0));
  EXPECT_DOUBLE_EQ(scale_of(4, 10, 5, Deviation::kLongTable, 9).deviation, std::sqrt(9 * 5 / 35.0));
  EXPECT_EQ(scale_of(4, 10, 5, Deviation::kSample, 9).mean, 2.5);
  EXPECT_EQ(standardised(4.5, {2.5, 4}, -1), -0.5);
}

TEST(Scoring, TiesShareTheSmallestRank) {
  const std::vector<double> falling{3, 2, 2 - 1e-11, 2 - 2e-11, 1, 1 - 1e-9};
  std::vector<int> rank;
  for (int i = 0; i < 6; ++i)
    rank.push_back(rank_in_falling(i, [&](int k) { return falling[static_cast<std::size_t>(k)]; }));
  EXPECT_EQ(rank, (std::vector<int>{1, 2, 2, 2, 5, 6}));
}

TEST(Scoring, P1SetsAreNested) {
  EXPECT_EQ(p1_size({3, 4}, 10), 3);  // 10 - floor(7.5)
  EXPECT_EQ(p1_size({1, 2}, 10), 5);
  EXPECT_EQ(p1_size({3, 4}, 0), 0);
  for (const int q : {0, 1, 2}) {
    EXPECT_FALSE(in_p1_set(0, q, 3));            // in none
    EXPECT_TRUE(in_p1_set(1, q, 3));             // in the smallest, so in all
    EXPECT_EQ(in_p1_set(2, q, 3), q < 2) << q;   // in all but the smallest
    EXPECT_EQ(in_p1_set(3, q, 3), q == 0) << q;  // in the largest alone
  }
  const std::vector<Split> splits{{Split::Kind::kMedian, 0}};
  EXPECT_EQ((ClassGrid{{{1, 2}, {3, 4}}, splits, {1000, 1800}, false}).rules(), 4u);
  EXPECT_EQ((ClassGrid{{{1, 2}, {3, 4}}, splits, {1000, 1800}, true}).rules(), 2u);  // one set, the given
  EXPECT_EQ((ClassGrid{{}, splits, {1000, 1800}, true}).rules(), 0u);
}

TEST(Scoring, ClassesByShareAndHhi) {  // METHODS A2 step 3
  EXPECT_EQ(class_of(60.0, 50.0, 2000.0, 1800.0), LocationClass::kO);
  EXPECT_EQ(class_of(60.0, 50.0, 1800.0, 1800.0), LocationClass::kFo);
  EXPECT_EQ(class_of(50.0, 50.0, 2000.0, 1800.0), LocationClass::kL);
  EXPECT_EQ(class_of(50.0 + 1e-12, 50.0, 2000.0, 1800.0), LocationClass::kL);  // rounding is no distance
}

TEST(Scoring, TheWorseIsKept) {
  const auto kept = [](Extreme of, double a, double b) {
    Worst worst{a, 7, true};
    keep_worse(of, worst, {b, 3, true});
    return worst.replicate;
  };
  EXPECT_EQ(kept(kWorstResidual, 1, 2), 3u);
  EXPECT_EQ(kept(kWorstResidual, 2, 1), 7u);
  EXPECT_EQ(kept(kWorstGap, 1, 2), 7u);
  EXPECT_EQ(kept(kWorstGap, 2, 1), 3u);
  EXPECT_EQ(kept(kWorstParticipation, 2, 1), 3u);
  EXPECT_EQ(kept(kWorstParticipation, 1, 1), 3u);  // of equal ones the smaller replicate
  Worst none;
  keep_worse(kWorstGap, none, {});
  EXPECT_FALSE(none.any);
  keep_worse(kWorstGap, none, {5, 9, true});
  EXPECT_EQ(none.replicate, 9u);
}

TEST(Baskets, RcaPresenceAndConcentration) {  // X_c = 10 of X = 100
  const Basket at_least(10, 100, 2.0, false), above(10, 100, 2.0, true);
  EXPECT_EQ(at_least.rca(4, 20), 2.0);
  EXPECT_TRUE(at_least.holds(4, 20));
  EXPECT_FALSE(above.holds(4, 20));
  EXPECT_TRUE(above.holds(5, 20));
  EXPECT_FALSE(at_least.holds(3, 20));
  EXPECT_FALSE(at_least.holds(0, 0));                     // a product that nobody trades
  EXPECT_FALSE(Basket(0, 100, 2.0, false).holds(0, 20));  // a location without trade
  EXPECT_DOUBLE_EQ(hhi_of(at_least.squared_share(4) + at_least.squared_share(6)), 5200);
}

}  // namespace
}  // namespace balassa
