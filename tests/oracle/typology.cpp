// Classes of the worked 6 regions (METHODS A2 step 3, C7, C9) and their probabilities under lognormal noise.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/device.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

// Eight P1 products and the rest of the basket.
Year typology_year() {
  Year year = year_of(6, 9, {40, 2, 1, 1, 1, 1, 1, 1, 20,  6, 6, 6, 5, 5, 4, 4, 4, 60, 3,  3, 3, 3, 3, 3, 3, 3, 90,
                             30, 0, 0, 0, 1, 0, 0, 0, 100, 2, 2, 1, 1, 1, 1, 0, 0, 60, 12, 1, 1, 0, 0, 0, 0, 0, 70});
  year.given_p1 = {1, 1, 1, 1, 1, 1, 1, 1, 0};
  return year;
}

CellStudy typology_study(const Year& year) {
  CellStudy study;
  study.year = &year;
  study.specification.rca_threshold = 1e-9;  // present where exported, so that every scenario is valid
  study.resampling.recompute_presence = false;
  study.classes = {{{3, 4}}, {{Split::Kind::kMedian, 0}}, {1200, 1500, 1800, 7000}, true};
  return study;
}

TEST(Typology, SharesHhiAndClassesOfTheBaseline) {
  const Year year = typology_year();
  const CellStudy study = typology_study(year);
  DeviceOptions options;
  options.threads = 1;
  const ScenarioRecord r = make_device("cpu", options)->make_resident(study)->baseline();
  const double share[] = {70.58823529411765, 40.0, 21.05263157894737, 23.66412213740458, 11.764705882352942,
                          16.666666666666668};
  const double hhi[] = {6987.847222222224, 1287.5, 1250.0, 9375.650364203955, 1875.0, 7448.979591836733};
  for (std::size_t c = 0; c < 6; ++c) {
    EXPECT_NEAR(r.share[c], share[c], 1e-13 * share[c]) << c;
    EXPECT_NEAR(r.hhi_p1[c], hhi[c], 1e-13 * hhi[c]) << c;
  }
  EXPECT_NEAR(r.split_value[0], 22.358376858175973, 3e-14 * 22);
  const auto classes = [&](std::size_t cut) {
    return std::vector<int>(r.location_class.begin() + static_cast<long>(cut * 6),
                            r.location_class.begin() + static_cast<long>(cut * 6 + 6));
  };
  constexpr int O = 0, FO = 1, L = 2;
  EXPECT_EQ(classes(2), (std::vector<int>{O, FO, L, O, L, L}));   // 1800
  EXPECT_EQ(classes(1), classes(2));                              // no class moves in (1287.5, 6987.8)
  EXPECT_EQ(classes(0), (std::vector<int>{O, O, L, O, L, L}));    // 1200
  EXPECT_EQ(classes(3), (std::vector<int>{FO, FO, L, O, L, L}));  // 7000
}

// Over the six shares 70.588, 40, 21.053, 23.664, 11.765, 16.667: mean 183.737 / 6, type 7 quantile at position
// 5 x 0.3 = 1.5; then over the first three alone, as where only these are regions.
TEST(Typology, SplitsAreOverTheClassUnits) {
  Year year = typology_year();
  CellStudy study = typology_study(year);
  study.classes.splits = {{Split::Kind::kMedian, 0},
                          {Split::Kind::kMean, 0},
                          {Split::Kind::kQuantile, 0.3},
                          {Split::Kind::kQuantile, 1.0},
                          {Split::Kind::kFixed, 33}};
  const auto splits = [&] { return make_device("cpu", {})->make_resident(study)->baseline().split_value; };
  const double all[] = {22.358376858175973, 30.622726926581535, 18.859649122807017, 70.588235294117652, 33};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(splits()[i], all[i], 1e-13 * all[i]) << i;
  year.class_unit = {1, 1, 1, 0, 0, 0};
  const double three[] = {40.0, 43.880288957688336, 32.421052631578945, 70.588235294117652, 33};
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(splits()[i], three[i], 1e-13 * three[i]) << i;
  // The tallies cut at the same places as the baseline: O and F-O are beyond the median of three, 40, strictly.
  study.classes.hhi_cuts = {1800};
  study.resampling.draws = Scheme::kNone;
  const auto resident = make_device("cpu", {})->make_resident(study);
  resident->run(1, 1, nullptr, nullptr);
  const Tallies t = resident->collect();
  const std::vector<std::uint64_t> at_median(t.class_count.begin(), t.class_count.begin() + 18);
  EXPECT_EQ(at_median, (std::vector<std::uint64_t>{1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1}));
}

TEST(Typology, ProbabilitiesUnderNoise) {
  const Year year = typology_year();
  CellStudy study = typology_study(year);
  study.resampling.draws = Scheme::kNoise;
  study.resampling.sigma = 0.3;
  DeviceOptions options;
  const auto resident = make_device("cpu", options)->make_resident(study);
  constexpr std::uint64_t kReplicates = 400'000;
  resident->run(1, kReplicates, nullptr, nullptr);
  const Tallies t = resident->collect();
  ASSERT_EQ(t.validity[0], kReplicates);
  // Monte-Carlo answers of 200,000 draws by another program; 4 standard errors of the difference of the two.
  const double probability[6][3] = {{1, 0, 0},
                                    {0.001395, 0.98981, 0.008795},
                                    {0.000105, 0.35002, 0.649875},
                                    {0.524195, 0, 0.475805},
                                    {0.010365, 0.000705, 0.98893},
                                    {0.123405, 0, 0.876595}};
  for (std::size_t c = 0; c < 6; ++c) {
    for (std::size_t k = 0; k < 3; ++k) {
      const double p = probability[c][k], share = static_cast<double>(t.class_count[(2 * 6 + c) * 3 + k]) / kReplicates;
      const double bound = 4.0 * std::sqrt(std::max(p * (1 - p), 1e-5) * (1.0 / kReplicates + 1.0 / 200000.0));
      EXPECT_NEAR(share, p, bound) << c << " " << k;
    }
  }
}

// A basket wholly in P1 has a share of 100 and does not pass a split of 100 or a median of 100; a basket of one product
// has an HHI of 10,000 and does not pass that cut: whatever noise does to the sums' last bits.
TEST(Typology, WhatIsEqualByDefinitionPassesNoCut) {
  Year year = year_of(4, 9, {1.1, 2.3, 3.7, 0.9,  0.3, 7.1, 1.7, 0,    0,     //
                             5.3, 0,   1.9, 0.77, 2.9, 0.1, 0,   3.3,  0,     //
                             0.7, 1.3, 0,   2.1,  0,   0.9, 0.5, 0.37, 11.3,  //
                             0,   0,   0,   0,    0,   0,   0,   8.7,  3.1});
  year.given_p1 = {1, 1, 1, 1, 1, 1, 1, 1, 0};
  CellStudy study = typology_study(year);
  study.classes = {{{3, 4}}, {{Split::Kind::kMedian, 0}, {Split::Kind::kFixed, 100}}, {10000}, true};
  year.class_unit = {1, 1, 0, 0};
  study.resampling.draws = Scheme::kNoise;
  study.resampling.sigma = 0.7;
  const auto resident = make_device("cpu", {})->make_resident(study);
  constexpr std::uint64_t kReplicates = 3000;
  resident->run(1, kReplicates, nullptr, nullptr);
  const Tallies t = resident->collect();
  ASSERT_EQ(t.validity[0], kReplicates);
  for (std::size_t split = 0; split < 2; ++split) {
    for (std::size_t c = 0; c < 4; ++c) {
      const std::uint64_t* count = t.class_count.data() + (split * 4 + c) * 3;
      EXPECT_EQ(count[2], kReplicates) << split << " " << c;  // L
    }
  }
  for (std::uint64_t k = 1; k <= 300; ++k) {
    const ScenarioRecord r = resident->replay(k);
    for (std::size_t c = 0; c < 3; ++c) EXPECT_LE(r.share[c], 100.0) << k;
    for (std::size_t c = 0; c < 2; ++c) EXPECT_NEAR(r.share[c], 100.0, 1e-12) << k;
  }
}

// Quantiles of the products: n - floor(q n) products, ties at the cut going up together.
TEST(Typology, P1SetsAreNestedAndOfTheRightSize) {
  const Year year = random_year(20, 37, 5);
  CellStudy study;
  study.year = &year;
  study.classes = {{{1, 2}, {3, 4}, {9, 10}}, {{Split::Kind::kMean, 0}}, {1800}, false};
  DeviceOptions options;
  options.threads = 1;
  const ScenarioRecord r = make_device("cpu", options)->make_resident(study)->baseline();
  ASSERT_EQ(r.validity, Validity::kValid);
  int n = 0;
  for (double x : r.pci) n += x == x ? 1 : 0;
  const int floor_of[] = {n / 2, 3 * n / 4, 9 * n / 10};
  for (std::size_t q = 0; q < 3; ++q) {
    double lowest = 1e9, highest = -1e9;
    int size = 0;
    for (std::size_t p = 0; p < 37; ++p) {
      if (r.in_p1[q * 37 + p] != 0) {
        ++size;
        lowest = std::min(lowest, r.pci[p]);
      } else if (r.pci[p] == r.pci[p]) {
        highest = std::max(highest, r.pci[p]);
      }
      if (q == 0) continue;
      EXPECT_LE(r.in_p1[q * 37 + p], r.in_p1[(q - 1) * 37 + p]);
    }
    EXPECT_GE(size, n - floor_of[q]);
    EXPECT_GT(lowest, highest);
  }
}

}  // namespace
}  // namespace balassa
