// The edge-case catalogue (METHODS G) as seen by a scenario, and its worked spectra (A1.2, B4).
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/device.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

// Present where positive: the matrix itself is M.
ScenarioRecord baseline_of(int locations, int products, const std::vector<double>& m, double threshold = 1e-9,
                           TieRule tie = TieRule::kAtLeast) {
  const Year year = year_of(locations, products, m);
  Study study;
  study.year = &year;
  study.specification.rca_threshold = threshold;
  study.specification.tie = tie;
  DeviceOptions options;
  options.threads = 1;
  return make_device("cpu", options)->make_resident(study)->baseline();
}

// fp64 to a residual of 1e-12 over gaps of 0.1 and more: scores to 1e-10.
constexpr double kScoreTolerance = 1e-10;

TEST(EdgeCases, Table1) {
  const ScenarioRecord r = baseline_of(4, 4, {1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1});
  EXPECT_NEAR(r.lambda2, 0.5421337131789163, 1e-12);
  EXPECT_NEAR(r.lambda3, 0.19015430156561006, 1e-9);
  const double eci[] = {-0.07535308897542724, -1.6029160656860542, 0.747788201914631, 0.9304809527468503};
  const double pci[] = {-0.19407269404491695, -1.6029160656860542, 0.5650954510824118, 0.9304809527468503};
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(r.eci[i], eci[i], kScoreTolerance);
    EXPECT_NEAR(r.pci[i], pci[i], kScoreTolerance);
  }
  EXPECT_EQ(r.rank, (std::vector<std::int32_t>{3, 4, 2, 1}));
  EXPECT_NEAR(r.sign * r.corr_eci_diversity, 0.10649747289726275, 1e-10);
  EXPECT_NEAR(r.sign * r.corr_pci_ubiquity, 0.40956981992445457, 1e-10);
  EXPECT_LT(r.sign * r.reflection, 0.0);  // finding 1: the reflections point the other way
}

TEST(EdgeCases, NestedClosedForm) {
  for (const int n : {4, 5, 8, 33, 100}) {
    std::vector<double> m(static_cast<std::size_t>(n * n), 0.0);
    for (int c = 0; c < n; ++c) {
      for (int p = c; p < n; ++p) m[static_cast<std::size_t>(c * n + p)] = 1.0;
    }
    const ScenarioRecord r = baseline_of(n, n, m);
    ASSERT_EQ(r.validity, Validity::kValid);
    EXPECT_NEAR(r.lambda2, 0.25, 1e-12) << n;
    EXPECT_NEAR(r.lambda3, 1.0 / 9.0, 1e-9) << n;
    for (int c = 0; c < n; ++c) {
      const double exact = std::sqrt(12.0 / (static_cast<double>(n) * n - 1.0)) * ((n + 1) / 2.0 - (c + 1));
      EXPECT_NEAR(r.eci[static_cast<std::size_t>(c)], exact, 1e-9) << n;
      EXPECT_EQ(r.rank[static_cast<std::size_t>(c)], c + 1) << n;
    }
  }
}

TEST(EdgeCases, E1TwoBlocksAreNotAnAxis) {
  const ScenarioRecord r = baseline_of(4, 4, {1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 0});
  EXPECT_EQ(r.validity, Validity::kDisconnected);
  EXPECT_EQ(r.components, 2);
  for (double x : r.eci) EXPECT_TRUE(std::isnan(x));
}

TEST(EdgeCases, E2ALocationWithoutPresenceIsNotRanked) {
  // The last location trades, but under the threshold everywhere.
  const std::vector<double> toy = {60, 50, 40, 30, 20, 10, 10, 40, 30, 20, 5, 5, 5, 0, 20,
                                   30, 10, 40, 0,  0,  5,  10, 5,  60, 0,  5, 0, 2, 0, 43};
  const ScenarioRecord full = baseline_of(5, 6, toy, 1.0);
  ASSERT_EQ(full.validity, Validity::kValid);
  const double eci[] = {1.0830629377967087, 0.9674210860158663, 0.3130246694014574, -1.1817543466070164,
                        -1.1817543466070164};
  for (std::size_t c = 0; c < 5; ++c) EXPECT_NEAR(full.eci[c], eci[c], kScoreTolerance);
  EXPECT_EQ(full.eci[3], full.eci[4]);  // identical rows: equal to the bit (C0.7)
  EXPECT_EQ(full.rank, (std::vector<std::int32_t>{1, 2, 3, 4, 4}));
  // Proportional to the world total, scaled so that every RCA is 1 < 1.05.
  std::vector<double> with = toy;
  for (std::size_t p = 0; p < 6; ++p) with.push_back(0.0);
  for (std::size_t p = 0; p < 6; ++p) {
    for (std::size_t c = 0; c < 5; ++c) with[30 + p] += toy[c * 6 + p];
  }
  const ScenarioRecord r = baseline_of(6, 6, with, 1.05);
  ASSERT_EQ(r.validity, Validity::kValid);
  EXPECT_EQ(r.diversity[5], 0);
  EXPECT_EQ(r.rank[5], 0);
  EXPECT_TRUE(std::isnan(r.eci[5]));
  for (std::size_t c = 0; c < 5; ++c) EXPECT_GT(r.rank[c], 0);
}

// lambda_2 = lambda_3 = 0: METHODS C0.6 asks for a tied axis first.
TEST(EdgeCases, E3IdenticalRowsCarryNoSignal) {
  EXPECT_EQ(baseline_of(4, 3, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}).validity, Validity::kTiedAxis);
}

TEST(EdgeCases, E4DuplicateBasketsTie) {
  const ScenarioRecord r = baseline_of(4, 4, {1, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1});
  ASSERT_EQ(r.validity, Validity::kValid);
  EXPECT_EQ(r.eci[1], r.eci[2]);
  EXPECT_EQ(r.rank[1], r.rank[2]);
}

TEST(EdgeCases, E5CyclicMatrixHasATiedAxis) {
  const ScenarioRecord r = baseline_of(4, 4, {1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1});
  EXPECT_EQ(r.validity, Validity::kTiedAxis);
  EXPECT_NEAR(r.lambda2, 0.5, 1e-12);
  EXPECT_NEAR(r.lambda3, 0.5, 1e-10);
}

TEST(EdgeCases, E8ProportionalRowsAreAllAtTheThreshold) {
  const std::vector<double> proportional = {1, 2, 3, 2, 4, 6, 3, 6, 9};
  const ScenarioRecord at_least = baseline_of(3, 3, proportional, 1.0, TieRule::kAtLeast);
  EXPECT_EQ(at_least.diversity, (std::vector<std::int64_t>{3, 3, 3}));
  EXPECT_EQ(at_least.validity, Validity::kTiedAxis);
  const ScenarioRecord above = baseline_of(3, 3, proportional, 1.0, TieRule::kAbove);
  EXPECT_EQ(above.diversity, (std::vector<std::int64_t>{0, 0, 0}));
  EXPECT_EQ(above.validity, Validity::kTooSmall);
}

TEST(EdgeCases, TooFewRowsOrColumns) {
  EXPECT_EQ(baseline_of(2, 4, {1, 1, 0, 1, 0, 1, 1, 1}).validity, Validity::kTooSmall);
  EXPECT_EQ(baseline_of(4, 1, {1, 1, 1, 1}).validity, Validity::kTooSmall);
}

}  // namespace
}  // namespace balassa
