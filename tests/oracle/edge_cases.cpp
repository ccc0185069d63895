// The edge-case catalogue (METHODS G) as seen by a scenario, and its worked spectra (A1.2, B4).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include "kernels/device.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

// Present where positive: the matrix itself is M.
ScenarioRecord baseline_of(int locations, int products, const std::vector<double>& m, double threshold = 1e-9,
                           TieRule tie = TieRule::kAtLeast) {
  const Year year = year_of(locations, products, m);
  CellStudy study;
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
  EXPECT_LT(r.sign * r.corr_reflection, 0.0);  // finding 1: the reflections point the other way
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

// The scores of the giant component are those of its block alone: it stands in front, so that lanes, words and draws
// are the same, and every positive value is present, so that totals don't matter.
class GiantComponent : public testing::TestWithParam<int> {
 protected:
  static CellStudy study_on(const Year& year, Weights weights) {
    CellStudy study;
    study.year = &year;
    study.specification.rca_threshold = 1e-9;
    study.specification.disconnected = Disconnected::kGiant;
    study.resampling.weights = weights;
    study.classes = {{{1, 2}, {3, 4}}, {{Split::Kind::kMedian, 0}, {Split::Kind::kMean, 0}}, {500, 1800}, false};
    return study;
  }
  static std::unique_ptr<ResidentStudy> resident(const CellStudy& study) {
    DeviceOptions options;
    options.threads = 1;
    return make_device("cpu", options)->make_resident(study);
  }
};
INSTANTIATE_TEST_SUITE_P(Locations, GiantComponent, testing::Values(40, 80),  // fp64 throughout; fp32 and correction
                         testing::PrintToStringParamName());

TEST_P(GiantComponent, HasTheBitsOfItsBlockAlone) {
  const int locations = GetParam(), products = 90;
  const Year block = random_year(locations, products, 21), whole = blocks_of(block, random_year(30, 25, 22));
  for (const Weights weights : {Weights::kBayesian, Weights::kPoisson}) {
    const CellStudy study_alone = study_on(block, weights), study_whole = study_on(whole, weights);
    const auto alone = resident(study_alone), both = resident(study_whole);
    for (std::uint64_t replicate = 0; replicate <= 5; ++replicate) {
      const ScenarioRecord a = replicate == 0 ? alone->baseline() : alone->replay(replicate),
                           b = replicate == 0 ? both->baseline() : both->replay(replicate);
      ASSERT_EQ(a.validity, Validity::kValid);
      ASSERT_EQ(b.validity, Validity::kValid);
      EXPECT_EQ(a.components, 1);
      EXPECT_GE(b.components, 2);
      EXPECT_EQ(a.lambda2, b.lambda2);
      EXPECT_EQ(a.residual, b.residual);
      EXPECT_EQ(a.split_value, b.split_value);
      const std::size_t all = b.eci.size();
      for (std::size_t c = 0; c < all; ++c) {
        if (c >= a.eci.size()) {
          EXPECT_TRUE(std::isnan(b.eci[c]) && b.rank[c] == 0 && b.location_class[c] == 255) << c;
          continue;
        }
        EXPECT_EQ(a.eci[c], b.eci[c]) << c;
        EXPECT_EQ(a.rank[c], b.rank[c]) << c;
        EXPECT_EQ(a.diversity[c], b.diversity[c]) << c;
        for (std::size_t q = 0; q < 2; ++q) {
          EXPECT_EQ(a.share[q * a.eci.size() + c], b.share[q * all + c]) << c;
          EXPECT_EQ(a.hhi_p1[q * a.eci.size() + c], b.hhi_p1[q * all + c]) << c;
        }
      }
      for (std::size_t p = 0; p < b.pci.size(); ++p) {
        if (p >= a.pci.size() || std::isnan(a.pci[p]))
          EXPECT_TRUE(std::isnan(b.pci[p])) << p;
        else
          EXPECT_EQ(a.pci[p], b.pci[p]) << p;
      }
    }
    both->run(1, 20, nullptr, nullptr);
    const Tallies tallies = both->collect();
    EXPECT_EQ(tallies.validity[0], 20u);
    EXPECT_EQ(tallies.giant_component, 20u);
    EXPECT_EQ(tallies.rank[static_cast<std::size_t>(locations) * (whole.locations + 1)], 20u);  // NA, not ranked
  }
}

// Its margins are those of the whole matrix, also where a location or product has no score.
TEST_P(GiantComponent, DiversityIsThatOfTheWholeMatrix) {
  const Year block = random_year(GetParam(), 90, 21), other = random_year(30, 25, 22), whole = blocks_of(block, other);
  const CellStudy study = study_on(whole, Weights::kBayesian);
  const ScenarioRecord r = resident(study)->baseline();
  for (int c = 0; c < other.locations; ++c) {
    const auto row = other.value.begin() + static_cast<std::ptrdiff_t>(c) * other.products;
    EXPECT_EQ(r.diversity[static_cast<std::size_t>(block.locations + c)],
              std::count_if(row, row + other.products, [](double x) { return x > 0; }));
  }
  for (int p = 0; p < other.products; ++p) {
    std::int64_t ubiquity = 0;
    for (int c = 0; c < other.locations; ++c)
      ubiquity += other.value[static_cast<std::size_t>(c * other.products + p)] > 0;
    EXPECT_EQ(r.ubiquity[static_cast<std::size_t>(block.products + p)], ubiquity);
  }
}

// Behind the other block its lanes and words are others, so only the numbers agree.
TEST_P(GiantComponent, MayStandAnywhere) {
  const Year block = random_year(GetParam(), 90, 21), whole = blocks_of(random_year(30, 25, 22), block);
  const CellStudy study_alone = study_on(block, Weights::kBayesian), study_whole = study_on(whole, Weights::kBayesian);
  const ScenarioRecord a = resident(study_alone)->baseline(), b = resident(study_whole)->baseline();
  ASSERT_EQ(b.validity, Validity::kValid);
  // Residuals of 1e-12 over the small gap of a random matrix, and raw scores whose deviation is some hundredths.
  const double tolerance = 100 * 1e-12 / a.gap;
  for (std::size_t c = 0; c < a.eci.size(); ++c) EXPECT_NEAR(a.eci[c], b.eci[c + 30], tolerance);
  for (std::size_t p = 0; p < a.pci.size(); ++p) EXPECT_NEAR(a.pci[p], b.pci[p + 25], tolerance);
}

// METHODS C0.6 iii: no scores where it holds less than half of the locations; of two halves neither is the giant.
TEST(EdgeCases, GiantComponentHoldsHalfOfTheLocations) {
  const auto giant_of = [](int locations, int products, const std::vector<double>& m) {
    const Year year = year_of(locations, products, m);
    CellStudy study;
    study.year = &year;
    study.specification.rca_threshold = 1e-9;
    study.specification.disconnected = Disconnected::kGiant;
    return make_device("cpu", {})->make_resident(study)->baseline();
  };
  EXPECT_EQ(giant_of(6, 6, {1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0,
                            0, 0, 0, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1})
                .validity,
            Validity::kDisconnected);
  // 3 of 6: the nested block has ECI (1.2247, 0, -1.2247); 3 of 7 are too few.
  const std::vector<double> half = {1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0,
                                    0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1};
  const ScenarioRecord r = giant_of(6, 6, half);
  ASSERT_EQ(r.validity, Validity::kValid);
  EXPECT_EQ(r.components, 4);
  EXPECT_NEAR(r.eci[0], std::sqrt(1.5), kScoreTolerance);
  EXPECT_NEAR(r.eci[2], -std::sqrt(1.5), kScoreTolerance);
  EXPECT_EQ(r.rank, (std::vector<std::int32_t>{1, 2, 3, 0, 0, 0}));
  std::vector<double> less = half;
  less.insert(less.end(), {0, 0, 0, 0, 0, 1});
  EXPECT_EQ(giant_of(7, 6, less).validity, Validity::kDisconnected);
  // What is left may be too small: 2 of 3.
  EXPECT_EQ(giant_of(3, 3, {1, 1, 0, 0, 1, 0, 0, 0, 1}).validity, Validity::kTooSmall);
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
