// Measures against numbers worked out by hand or by an independent implementation (METHODS A1.2, B4, G).
#include "kernels/cpu/measures.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <string>
#include <tuple>

#include "kernels/base/canonical_sum.hpp"
#include "kernels/measures/bipartite_graph.hpp"
#include "kernels/measures/dense_spectrum.hpp"
#include "tests/oracle/golden.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

using golden::kAnyPositive;

// Scores are a 4- to 8-point mean divided by a deviation, from an eigenvector with residual ~1e-16 over gaps >= 0.05:
// errors under 1e-14; the golden values themselves carry about the same.
constexpr double kTolerance = 1e-13;

MeasureRequest request_of(double threshold, TieRule tie = TieRule::kAtLeast,
                          Deviation deviation = Deviation::kPopulation, PciScale scale = PciScale::kEci,
                          int reflections = 0) {
  return {{threshold, tie, deviation, scale}, reflections};
}

void expect_near(const std::vector<double>& found, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << "element " << i;
}

void expect_near(const std::array<double, 4>& found, const std::vector<double>& expected, double tolerance) {
  expect_near(std::vector<double>(found.begin(), found.end()), expected, tolerance);
}

bool all_nan(const std::vector<double>& values) {
  for (const double x : values) {
    if (!std::isnan(x)) return false;
  }
  return true;
}

YearMeasures measure_presence(int locations, int products, std::vector<double> presence) {
  return measure_year(year_of(locations, products, std::move(presence)), request_of(kAnyPositive));
}

TEST(Table1, SpectrumScoresAndScales) {  // METHODS A1.2
  const Year year = year_of(4, 4, golden::kTable1);
  const YearMeasures found = measure_year(year, request_of(kAnyPositive));
  EXPECT_EQ(found.validity, Validity::kValid);
  EXPECT_EQ(found.components, 1);
  expect_near(found.diversity, {4, 1, 2, 1}, 0);
  expect_near(found.ubiquity, {1, 2, 2, 3}, 0);
  expect_near(found.lambda, golden::kTable1Eigenvalues, kTolerance);
  expect_near(found.eci, golden::kTable1Eci, kTolerance);
  expect_near(found.pci, golden::kTable1Pci, kTolerance);
  EXPECT_EQ(found.eci_rank, (std::vector<std::int32_t>{3, 4, 2, 1}));
  EXPECT_EQ(found.pci_rank, (std::vector<std::int32_t>{3, 4, 2, 1}));
  EXPECT_EQ(found.pci_quartile, (std::vector<std::uint8_t>{3, 4, 2, 1}));
  EXPECT_LE(found.residual, 1e-12);
  EXPECT_NEAR(found.gap, golden::kTable1Eigenvalues[1] - golden::kTable1Eigenvalues[2], kTolerance);

  const auto with = [&](Deviation deviation, PciScale scale) {
    return measure_year(year, request_of(kAnyPositive, TieRule::kAtLeast, deviation, scale));
  };
  expect_near(with(Deviation::kSample, PciScale::kEci).eci, golden::kTable1EciSample, kTolerance);
  expect_near(with(Deviation::kSample, PciScale::kEci).pci, golden::kTable1PciSample, kTolerance);
  expect_near(with(Deviation::kSample, PciScale::kOwn).pci, golden::kTable1PciOwnSample, kTolerance);
  expect_near(with(Deviation::kPopulation, PciScale::kOwn).pci, golden::kTable1PciOwn, kTolerance);
  // Stata's deviation over the long table of 4 x 4 rows: the sum of squares 4 * 4 * 1 over 15.
  const YearMeasures stata = with(Deviation::kLongTable, PciScale::kEci);
  for (std::size_t c = 0; c < 4; ++c)
    EXPECT_NEAR(stata.eci[c], golden::kTable1Eci[c] * std::sqrt(15.0 / 16.0), kTolerance);
}

TEST(Table1, OrientationIsAmbiguous) {  // METHODS A1.2, finding 1: corr(ECI, diversity) says the opposite of the others
  const YearMeasures found = measure_presence(4, 4, golden::kTable1);
  EXPECT_NEAR(found.corr_eci_diversity, golden::kTable1CorrEciDiversity, kTolerance);
  EXPECT_NEAR(found.corr_pci_ubiquity, golden::kTable1CorrPciUbiquity, kTolerance);
  EXPECT_LT(found.corr_reflection, 0);
  EXPECT_TRUE(found.sign_ambiguous);
  EXPECT_FALSE(found.sign_undefined);
}

TEST(Table1, Reflections) {  // METHODS A1.2
  const Year year = year_of(4, 4, golden::kTable1);
  const auto reflected = [&](int n) {
    return measure_year(year, request_of(kAnyPositive, TieRule::kAtLeast, Deviation::kPopulation, PciScale::kEci, n));
  };
  expect_near(reflected(1).reflection_location, {2, 2, 5.0 / 2, 3}, 1e-15);
  expect_near(reflected(1).reflection_product, {4, 5.0 / 2, 3, 7.0 / 3}, 1e-15);
  expect_near(reflected(2).reflection_location, {71.0 / 24, 5.0 / 2, 8.0 / 3, 7.0 / 3}, 1e-15);
  expect_near(reflected(2).reflection_product, {2, 2, 9.0 / 4, 5.0 / 2}, 1e-15);
  expect_near(reflected(3).reflection_location, {35.0 / 16, 2, 19.0 / 8, 5.0 / 2}, 1e-15);
  expect_near(reflected(3).reflection_product, {71.0 / 24, 131.0 / 48, 45.0 / 16, 191.0 / 72}, 1e-15);
  expect_near(reflected(4).reflection_location, {803.0 / 288, 131.0 / 48, 787.0 / 288, 191.0 / 72}, 1e-15);
  EXPECT_FALSE(reflected(4).reflection_lost);
  // The even reflections converge to the sign opposite to the rule's: z(k_{c,20}) = (0.076, 1.603, -0.747, -0.931).
  const std::vector<double> k = reflected(20).reflection_location;
  const double mean = (k[0] + k[1] + k[2] + k[3]) / 4;
  double square = 0;
  for (const double x : k) square += (x - mean) * (x - mean) / 4;
  const std::vector<double> printed{0.076, 1.603, -0.747, -0.931};
  for (std::size_t c = 0; c < 4; ++c) EXPECT_NEAR((k[c] - mean) / std::sqrt(square), printed[c], 6e-4);
  // The spread of the locations, in exact fractions: 2.3e-9 of their mean at N = 56, 6.9e-10 at N = 60; the line is at
  // 1e-9.
  EXPECT_FALSE(reflected(56).reflection_lost);
  EXPECT_TRUE(reflected(60).reflection_lost);
}

TEST(Toy, RcaPresenceAndScores) {  // METHODS B4
  const YearMeasures found = measure_year(year_of(5, 6, golden::kToy), request_of(1.0));
  // Four roundings of numbers near 1.
  expect_near(found.rca, golden::kToyRca, 1e-15);
  expect_near(std::vector<double>(found.presence.begin(), found.presence.end()), golden::kToyPresence, 0);
  expect_near(found.lambda, golden::kToyEigenvalues, kTolerance);
  expect_near(found.eci, golden::kToyEci, kTolerance);
  expect_near(found.pci, golden::kToyPci, kTolerance);
  EXPECT_EQ(found.eci[3], found.eci[4]) << "identical baskets tie exactly";
  EXPECT_EQ(found.eci_rank, (std::vector<std::int32_t>{1, 2, 3, 4, 4}));
  const YearMeasures own = measure_year(year_of(5, 6, golden::kToy),
                                        request_of(1.0, TieRule::kAtLeast, Deviation::kPopulation, PciScale::kOwn));
  expect_near(own.pci, golden::kToyPciOwn, kTolerance);
}

TEST(Toy, ThresholdGrid) {  // METHODS C7: ranks of e1, e2 by threshold
  const Year year = year_of(5, 6, golden::kToy);
  const std::vector<std::tuple<double, int, int>> expected{
      {0.25, 1, 1}, {0.5, 1, 1}, {0.75, 2, 1}, {1.0, 1, 2}, {1.25, 2, 1}};
  for (const auto& [threshold, first, second] : expected) {
    const YearMeasures found = measure_year(year, request_of(threshold));
    EXPECT_EQ(found.eci_rank[0], first) << threshold;
    EXPECT_EQ(found.eci_rank[1], second) << threshold;
  }
  for (const double threshold : {1.5, 2.0}) {
    EXPECT_EQ(measure_year(year, request_of(threshold)).validity, Validity::kDisconnected) << threshold;
  }
}

TEST(Nested, ClosedForm) {  // METHODS B4: eigenvalues 1 / k^2, ECI of rank r = sqrt(12 / (n^2 - 1)) ((n + 1) / 2 - r)
  for (const int n : {4, 5, 8, 40, 300}) {
    std::vector<double> presence(static_cast<std::size_t>(n) * n, 0.0);
    for (int c = 0; c < n; ++c) {
      for (int p = c; p < n; ++p) presence[static_cast<std::size_t>(c) * n + p] = 1;
    }
    const YearMeasures found = measure_presence(n, n, presence);
    expect_near(found.lambda, {1.0, 1.0 / 4, 1.0 / 9, 1.0 / 16}, kTolerance);
    EXPECT_LE(found.residual, 1e-12);
    // The more diverse is the more complex by every rule, but of 5 values no correlation is beyond twice its noise.
    EXPECT_EQ(found.sign_ambiguous, n <= 5) << n;
    for (int c = 0; c < n; ++c) {
      const double expected = std::sqrt(12.0 / (double(n) * n - 1)) * ((n + 1) / 2.0 - (c + 1));
      // Backward error of the dense solver ~ n eps over the gap 1/4 - 1/9, spread over n^1/2 by D^-1/2.
      EXPECT_NEAR(found.eci[c], expected, n * std::sqrt(n) * 1e-15 + 1e-14) << n << " row " << c;
      EXPECT_EQ(found.eci_rank[c], c + 1);
    }
  }
}

TEST(Typology, HhiOfTheBasket) {  // METHODS A2 step 3: the P1 part by reading A, plus the rest of the basket
  std::vector<double> value;
  std::vector<double> expected;
  for (std::size_t r = 0; r < 6; ++r) {
    double total = golden::kTypologyRest[r];
    for (std::size_t p = 0; p < 8; ++p) {
      value.push_back(golden::kTypologyP1[r * 8 + p]);
      total += golden::kTypologyP1[r * 8 + p];
    }
    value.push_back(golden::kTypologyRest[r]);
    const double rest = golden::kTypologyRest[r] / total;
    expected.push_back(golden::kTypologyHhiBasket[r] + 1e4 * rest * rest);
  }
  const YearMeasures found = measure_year(year_of(6, 9, value), request_of(1.0));
  expect_near(found.hhi, expected, 1e-11);  // 9 squares, each with 3 roundings of <= 1e4
}

TEST(Edge, E1TwoBlocksAreNamedNotScored) {
  const YearMeasures found = measure_presence(4, 4, {1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1});
  EXPECT_EQ(found.validity, Validity::kDisconnected);
  EXPECT_EQ(found.components, 2);
  EXPECT_EQ(found.location_component, (std::vector<std::int32_t>{0, 0, 1, 1}));
  EXPECT_TRUE(all_nan(found.eci));
  EXPECT_TRUE(all_nan(found.pci));
  EXPECT_EQ(found.lambda[1], 1.0);
  EXPECT_TRUE(std::isnan(found.lambda[2]));
  EXPECT_EQ(found.location_status, std::vector<Status>(4, Status::kYearUndefined));
  EXPECT_EQ(found.eci_rank, std::vector<std::int32_t>(4, 0));
  EXPECT_EQ(found.pci_quartile, std::vector<std::uint8_t>(4, 0));
}

// Three nested locations in front of two blocks of one: scores and spectrum are those of the three alone (METHODS
// C0.6).
TEST(Edge, GiantComponentIsScoredAsIfAlone) {
  MeasureRequest request = request_of(kAnyPositive);
  request.specification.disconnected = Disconnected::kGiant;
  const std::vector<double> blocks{0, 1, 1, 1, 0,  //
                                   1, 0, 0, 0, 0,  //
                                   0, 0, 1, 1, 0,  //
                                   0, 0, 0, 0, 1,  //
                                   0, 0, 0, 1, 0};
  const YearMeasures found = measure_year(year_of(5, 5, blocks), request),
                     alone = measure_presence(3, 3, {1, 1, 1, 0, 1, 1, 0, 0, 1});
  ASSERT_EQ(found.validity, Validity::kValid);
  EXPECT_EQ(found.components, 3);
  EXPECT_EQ(found.location_component, (std::vector<std::int32_t>{0, 1, 0, 2, 0}));
  const std::size_t row[] = {0, 2, 4};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(found.eci[row[i]], alone.eci[i]);
    EXPECT_EQ(found.pci[1 + i], alone.pci[i]);
    EXPECT_NEAR(found.eci[row[i]], std::sqrt(1.5) * (1.0 - static_cast<double>(i)), kTolerance);  // METHODS B4
    EXPECT_EQ(found.lambda[i], alone.lambda[i]);
  }
  EXPECT_EQ(found.eci_rank, (std::vector<std::int32_t>{1, 0, 2, 0, 3}));
  EXPECT_EQ(found.diversity, (std::vector<double>{3, 1, 2, 1, 1}));
  EXPECT_EQ(found.location_status, (std::vector<Status>{Status::kOk, Status::kOtherComponent, Status::kOk,
                                                        Status::kOtherComponent, Status::kOk}));
  EXPECT_EQ(found.product_status, (std::vector<Status>{Status::kOtherComponent, Status::kOk, Status::kOk, Status::kOk,
                                                       Status::kOtherComponent}));

  // Two halves have no giant; neither has a matrix whose largest component holds less than half.
  EXPECT_EQ(measure_year(year_of(4, 4, {1, 1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1}), request).validity,
            Validity::kDisconnected);
  std::vector<double> seven(7 * 7, 0.0);
  for (std::size_t c = 0; c < 7; ++c) seven[c * 7 + (c < 3 ? 0 : c)] = 1;
  seven[1] = 1;
  EXPECT_EQ(measure_year(year_of(7, 7, seven), request).validity, Validity::kDisconnected);
  // Two locations of three are too few for scores.
  EXPECT_EQ(measure_year(year_of(3, 3, {1, 1, 0, 0, 1, 0, 0, 0, 1}), request).validity, Validity::kTooSmall);
}

TEST(Edge, E2EmptyRowsAndColumnsLeaveTheRestAlone) {
  // Table 1 with an empty row between and an empty column in front.
  std::vector<double> presence(25, 0.0);
  const std::vector<int> row{0, 1, 3, 4};
  for (int c = 0; c < 4; ++c) {
    for (int p = 0; p < 4; ++p) presence[static_cast<std::size_t>(row[c]) * 5 + p + 1] = golden::kTable1[c * 4 + p];
  }
  const YearMeasures found = measure_presence(5, 5, presence);
  ASSERT_EQ(found.validity, Validity::kValid);
  EXPECT_EQ(found.location_status[2], Status::kNoDiversity);
  EXPECT_EQ(found.product_status[0], Status::kNoUbiquity);
  EXPECT_EQ(found.eci_rank[2], 0);
  EXPECT_EQ(found.pci_rank[0], 0);
  EXPECT_TRUE(std::isnan(found.eci[2]));
  EXPECT_TRUE(std::isnan(found.pci[0]));
  for (int c = 0; c < 4; ++c) EXPECT_NEAR(found.eci[row[c]], golden::kTable1Eci[c], kTolerance);
  for (int p = 0; p < 4; ++p) EXPECT_NEAR(found.pci[p + 1], golden::kTable1Pci[p], kTolerance);
}

TEST(Edge, E3IdenticalRowsHaveNoSecondAxis) {
  const YearMeasures found = measure_presence(4, 3, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1});
  EXPECT_NE(found.validity, Validity::kValid);
  EXPECT_NEAR(found.lambda[1], 0.0, 1e-14);
  EXPECT_TRUE(all_nan(found.eci));
  EXPECT_TRUE(all_nan(found.pci));
}

TEST(Edge, E4DuplicateBasketsTieExactly) {  // (1, -.333, -.333; ranks 1, 2, 2, 4): two baskets alike among four
  const YearMeasures found = measure_presence(4, 4, {1, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1});
  ASSERT_EQ(found.validity, Validity::kValid);
  EXPECT_EQ(found.eci[1], found.eci[2]);
  EXPECT_EQ(found.eci_rank[1], found.eci_rank[2]);
  EXPECT_EQ(found.eci_rank[1], 2);
}

TEST(Edge, SymmetryTiesWithoutIdenticalRows) {
  // Swapping the first two rows with columns 2 and 3 leaves the matrix as it is, and the axis runs along the tail.
  const YearMeasures found =
      measure_presence(5, 5, {1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1});
  ASSERT_EQ(found.validity, Validity::kValid);
  EXPECT_NEAR(found.eci[0], found.eci[1], kTolerance);
  EXPECT_EQ(found.eci_rank[0], found.eci_rank[1]);
  EXPECT_EQ(found.pci_rank[1], found.pci_rank[2]);
  EXPECT_NE(found.eci_rank[0], found.eci_rank[2]);
}

TEST(Edge, E5CyclicHasATiedAxis) {
  const YearMeasures found = measure_presence(4, 4, {1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1});
  EXPECT_EQ(found.validity, Validity::kTiedAxis);
  EXPECT_NEAR(found.lambda[1], 0.5, 1e-14);
  EXPECT_NEAR(found.lambda[2], 0.5, 1e-14);
  EXPECT_TRUE(all_nan(found.eci));
}

TEST(Edge, E8ProportionalRowsSitExactlyOnTheThreshold) {
  // Row r is 3^r (7, 11, 13): every RCA is exactly 1, though no quotient of doubles has to be.
  std::vector<double> value;
  for (const double scale : {1.0, 3.0, 9.0, 27.0}) {
    for (const double x : {7.0, 11.0, 13.0}) value.push_back(scale * x);
  }
  const YearMeasures at_least = measure_year(year_of(4, 3, value), request_of(1.0, TieRule::kAtLeast));
  EXPECT_EQ(at_least.presence, std::vector<std::uint8_t>(12, 1));
  const YearMeasures above = measure_year(year_of(4, 3, value), request_of(1.0, TieRule::kAbove));
  EXPECT_EQ(above.presence, std::vector<std::uint8_t>(12, 0));
  EXPECT_EQ(above.validity, Validity::kTooSmall);
  EXPECT_EQ(above.location_status, std::vector<Status>(4, Status::kNoDiversity));
}

TEST(Edge, TooSmall) {  // METHODS C0.6 (ii)
  EXPECT_EQ(measure_presence(2, 3, {1, 1, 0, 0, 1, 1}).validity, Validity::kTooSmall);
  EXPECT_EQ(measure_presence(3, 1, {1, 1, 1}).validity, Validity::kTooSmall);
}

TEST(Edge, UndefinedSignMakesTheLargestScorePositive) {  // FORMATS 5
  // Every location has two products: diversity is constant and no correlation exists. Columns of a path, so that the
  // axis is simple.
  const YearMeasures found = measure_presence(4, 5, {1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1, 1});
  ASSERT_EQ(found.validity, Validity::kValid);
  EXPECT_TRUE(found.sign_undefined);
  EXPECT_TRUE(found.sign_ambiguous);
  // Turned round, the path is itself: first and last location are as far out, and the first is made positive.
  EXPECT_NEAR(found.eci[0], -found.eci[3], kTolerance);
  EXPECT_GT(found.eci[0], std::fabs(found.eci[1]));
  EXPECT_EQ(found.eci_rank, (std::vector<std::int32_t>{1, 2, 3, 4}));
}

TEST(CanonicalSum, FollowsItsDefinition) {  // SOLVERS 8.6, written out here a second time, naively
  std::mt19937_64 engine(7);
  for (const std::size_t n :
       {std::size_t{1}, std::size_t{255}, std::size_t{256}, std::size_t{257}, std::size_t{1000}}) {
    std::vector<double> value(n), weight(n);
    for (std::size_t i = 0; i < n; ++i) {
      value[i] = std::ldexp(static_cast<double>(engine() >> 11), -static_cast<int>(engine() % 90));
      weight[i] = static_cast<double>(engine() % 5);
    }
    double lane[256] = {}, plain[256] = {};
    for (std::size_t i = 0; i < n; ++i) {
      lane[i % 256] = std::fma(weight[i], value[i], lane[i % 256]);
      plain[i % 256] += value[i];
    }
    for (int s = 128; s >= 1; s /= 2) {
      for (int l = 0; l < s; ++l) {
        lane[l] += lane[l + s];
        plain[l] += plain[l + s];
      }
    }
    EXPECT_EQ(canonical_sum(
                  n, [&](std::size_t i) { return weight[i]; }, [&](std::size_t i) { return value[i]; }),
              lane[0]);
    EXPECT_EQ(canonical_sum(n, [&](std::size_t i) { return value[i]; }), plain[0]);
  }
}

// Nested, lognormal: X_cp = exp(a_c + b_p + noise) where capability exceeds difficulty.
Year random_year(int locations, int products, std::uint64_t seed) {
  std::mt19937_64 engine(seed);
  const auto uniform = [&] { return static_cast<double>(engine() >> 11) * 0x1p-53; };
  std::vector<double> value;
  for (int c = 0; c < locations; ++c) {
    for (int p = 0; p < products; ++p) {
      const double reach = (c + 0.5) / locations - (p + 0.5) / products + 0.9 * (uniform() - 0.4);
      value.push_back(reach > 0 ? std::floor(std::exp(4 + 6 * uniform() + 3 * (c + 0.5) / locations)) : 0.0);
    }
  }
  for (int c = 0; c < locations; ++c) value[static_cast<std::size_t>(c) * products] += 5;  // no empty row
  for (int p = 0; p < products; ++p) value[static_cast<std::size_t>(locations - 1) * products + p] += 3;
  return year_of(locations, products, value);
}

class Property : public ::testing::TestWithParam<std::pair<int, int>> {};

TEST_P(Property, ResidualIsSmallAndEciIsMeanPci) {  // METHODS A1.1.2
  const auto [locations, products] = GetParam();
  const YearMeasures found = measure_year(random_year(locations, products, 1), request_of(1.0));
  ASSERT_EQ(found.validity, Validity::kValid);
  EXPECT_LE(found.residual, 1e-12);
  EXPECT_GT(found.residual, 0);
  for (int c = 0; c < locations; ++c) {
    if (std::isnan(found.eci[c])) continue;
    double sum = 0;
    for (int p = 0; p < products; ++p) {
      if (found.presence[static_cast<std::size_t>(c) * products + p] != 0) sum += found.pci[p];
    }
    // A mean of <= 300 products of size <= 10: 300 eps 10 / 2.
    EXPECT_NEAR(found.eci[c], sum / found.diversity[c], 4e-13);
  }
}

TEST_P(Property, PermutationPermutes) {
  const auto [locations, products] = GetParam();
  const Year year = random_year(locations, products, 2);
  Year permuted = year;
  std::vector<int> row(locations), column(products);
  for (int c = 0; c < locations; ++c) row[c] = c;
  for (int p = 0; p < products; ++p) column[p] = p;
  std::mt19937 engine(3);
  std::shuffle(row.begin(), row.end(), engine);
  std::shuffle(column.begin(), column.end(), engine);
  for (int c = 0; c < locations; ++c) {
    for (int p = 0; p < products; ++p) {
      permuted.value[static_cast<std::size_t>(c) * products + p] =
          year.value[static_cast<std::size_t>(row[c]) * products + column[p]];
    }
  }
  const YearMeasures straight = measure_year(year, request_of(1.0)), mixed = measure_year(permuted, request_of(1.0));
  ASSERT_EQ(straight.validity, Validity::kValid);
  // Integer values below 2^53: totals are exact in any order, so presence and HHI agree but for the rounding of the
  // sum; scores to residual / gap (1e-15 / 0.05) times the few units of the largest score.
  for (int c = 0; c < locations; ++c) {
    EXPECT_EQ(mixed.diversity[c], straight.diversity[row[c]]);
    EXPECT_NEAR(mixed.hhi[c], straight.hhi[row[c]], 1e-8);
    if (!std::isnan(straight.eci[row[c]])) {
      EXPECT_NEAR(mixed.eci[c], straight.eci[row[c]], 1e-11);
    }
  }
  for (int p = 0; p < products; ++p) {
    EXPECT_EQ(mixed.ubiquity[p], straight.ubiquity[column[p]]);
    if (!std::isnan(straight.pci[column[p]])) {
      EXPECT_NEAR(mixed.pci[p], straight.pci[column[p]], 1e-11);
    }
  }
}

TEST_P(Property, PowersOfTwoChangeNothing) {
  const auto [locations, products] = GetParam();
  const Year year = random_year(locations, products, 4);
  Year scaled = year;
  for (double& x : scaled.value) x *= 0x1p-37;
  const YearMeasures a = measure_year(year, request_of(1.0)), b = measure_year(scaled, request_of(1.0));
  ASSERT_EQ(a.validity, Validity::kValid);
  EXPECT_EQ(a.rca, b.rca);
  EXPECT_EQ(a.presence, b.presence);
  EXPECT_EQ(a.eci_rank, b.eci_rank);
  for (int c = 0; c < locations; ++c) {
    if (!std::isnan(a.eci[c])) {
      EXPECT_EQ(a.eci[c], b.eci[c]);
    }
  }
}

TEST_P(Property, DuplicatedLocationTiesToTheBit) {  // METHODS C0.7
  const auto [locations, products] = GetParam();
  // The copy's weight can cut a small graph in two; the first seed whose graph stays whole is taken.
  const int copy = locations / 3;
  YearMeasures found;
  found.validity = Validity::kDisconnected;
  for (std::uint64_t seed = 5; seed < 50 && found.validity != Validity::kValid; ++seed) {
    Year year = random_year(locations, products, seed);
    const std::vector<double> row(year.value.begin() + static_cast<std::ptrdiff_t>(copy) * products,
                                  year.value.begin() + static_cast<std::ptrdiff_t>(copy + 1) * products);
    year.value.insert(year.value.end(), row.begin(), row.end());
    found = measure_year(year_of(locations + 1, products, year.value), request_of(1.0));
  }
  ASSERT_EQ(found.validity, Validity::kValid);
  ASSERT_FALSE(std::isnan(found.eci[copy]));
  EXPECT_EQ(found.eci[copy], found.eci[locations]);
  EXPECT_EQ(found.eci_rank[copy], found.eci_rank[locations]);
}

TEST_P(Property, ResidualCheckSeesABadVector) {
  const auto [locations, products] = GetParam();
  const YearMeasures found = measure_year(random_year(locations, products, 6), request_of(1.0));
  const BipartiteGraph graph = make_bipartite_graph(found.presence, locations, products);
  DenseSpectrum spectrum = solve_dense_spectrum(graph);
  EXPECT_LE(check_residual(graph, spectrum.raw_location).residual, 1e-13);
  EXPECT_NEAR(check_residual(graph, spectrum.raw_location).theta, spectrum.lambda[1], 1e-13);
  spectrum.raw_location[0] *= 1 + 1e-6;
  EXPECT_GT(check_residual(graph, spectrum.raw_location).residual, 1e-10);
}

// Both sides of the smaller-side choice, square, and beyond one lane block of the canonical sum.
INSTANTIATE_TEST_SUITE_P(Shapes, Property,
                         ::testing::Values(std::pair{5, 9}, std::pair{31, 64}, std::pair{65, 33}, std::pair{120, 120},
                                           std::pair{257, 300}, std::pair{300, 90}),
                         [](const auto& shape) {
                           return std::to_string(shape.param.first) + "x" + std::to_string(shape.param.second);
                         });

}  // namespace
}  // namespace balassa
