// Proximity, density and outlook against numbers worked out by an independent implementation (METHODS B5).
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/cpu/measures.hpp"
#include "kernels/measures/registry.hpp"
#include "tests/oracle/golden_measures.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

using golden::kAnyPositive;

// A few dozen terms of size 1 and a division: some 1e-15.
constexpr double kTolerance = 1e-14;

void expect_near(const std::vector<double>& found, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << "element " << i;
}

YearMeasures measured(const Year& year, std::vector<std::string> names, const MeasureParameters& parameters = {},
                      double threshold = 1.0) {
  MeasureRequest request;
  request.specification.rca_threshold = threshold;
  request.measures = std::move(names);
  request.parameters = parameters;
  return measure_year(year, request);
}

MeasureParameters of_kind(ProximityKind kind) {
  MeasureParameters parameters;
  parameters.proximity = kind;
  return parameters;
}

TEST(Proximity, DiscreteIsTheSmallerConditional) {
  const Year table1 = year_of(4, 4, golden::kTable1), toy = year_of(5, 6, golden::kToy);
  expect_near(measured(table1, {"proximity"}, {}, kAnyPositive).further.at("proximity"), golden::kTable1Proximity, 0);
  expect_near(measured(toy, {"proximity"}).further.at("proximity"), golden::kToyProximity, kTolerance);
  MeasureParameters zero;
  zero.zero_diagonal = true;
  EXPECT_EQ(measured(toy, {"proximity"}, zero).further.at("proximity")[7], 0.0);
}

// L18's table 1: products 1 (held by c1) and 4 (by c1, c3, c4) share c1; 3 (c1, c3) and 4 share two of four locations.
TEST(Proximity, KindsByHand) {
  const Year table1 = year_of(4, 4, golden::kTable1);
  const auto near = [&](ProximityKind kind, int a, int b) {
    return measured(table1, {"proximity"}, of_kind(kind), kAnyPositive).further.at("proximity")[4 * a + b];
  };
  EXPECT_EQ(near(ProximityKind::kAsymmetric, 0, 3), 1.0);
  EXPECT_EQ(near(ProximityKind::kAsymmetric, 3, 0), 1.0 / 3);
  EXPECT_EQ(near(ProximityKind::kAssociation, 2, 3), 2.0 * 4 / (2 * 3));
  EXPECT_EQ(near(ProximityKind::kCosine, 2, 3), 2 / std::sqrt(6.0));
  EXPECT_EQ(near(ProximityKind::kJaccard, 2, 3), 2.0 / 3);
  // Locations 1 (all four products) and 3 (two) share two.
  const std::vector<double> by_location =
      measured(table1, {"location_proximity"}, {}, kAnyPositive).further.at("location_proximity");
  EXPECT_EQ(by_location[2], 0.5);
  EXPECT_EQ(by_location[2 * 4 + 2], 1.0);
}

TEST(Proximity, ContinuousIsTheCorrelationOfRca) {  // (1 + r) / 2, r in two passes over the golden RCA
  const std::vector<double> found =
      measured(year_of(5, 6, golden::kToy), {"proximity"}, of_kind(ProximityKind::kContinuous)).further.at("proximity");
  for (std::size_t p = 0; p < 6; ++p) {
    for (std::size_t q = 0; q < 6; ++q) {
      double a = 0, b = 0, aa = 0, bb = 0, ab = 0;
      for (std::size_t c = 0; c < 5; ++c) a += golden::kToyRca[6 * c + p] / 5, b += golden::kToyRca[6 * c + q] / 5;
      for (std::size_t c = 0; c < 5; ++c) {
        const double x = golden::kToyRca[6 * c + p] - a, y = golden::kToyRca[6 * c + q] - b;
        aa += x * x, bb += y * y, ab += x * y;
      }
      EXPECT_NEAR(found[6 * p + q], (1 + ab / std::sqrt(aa * bb)) / 2, kTolerance);
    }
  }
}

// Counts in blocks of 64 products and words of 64 locations against a plain count, around the edges of both.
TEST(Proximity, CountsLikeAPlainLoop) {
  for (const auto& [locations, products] : {std::pair{63, 65}, {64, 128}, {130, 63}, {5, 200}}) {
    const Year year = random_year(locations, products, 3);
    const YearMeasures found = measured(year, {"proximity", "mcp"});
    const auto has = [&](int c, int p) { return found.presence[static_cast<std::size_t>(c * products + p)] != 0; };
    const std::vector<double>& near = found.further.at("proximity");
    for (int p = 0; p < products; ++p) {
      for (int q = 0; q < products; ++q) {
        int both = 0, first = 0, second = 0;
        for (int c = 0; c < locations; ++c) both += has(c, p) && has(c, q), first += has(c, p), second += has(c, q);
        const double value = near[static_cast<std::size_t>(p * products + q)];
        if (first == 0 || second == 0)
          EXPECT_TRUE(std::isnan(value));
        else
          ASSERT_EQ(value, static_cast<double>(both) / std::max(first, second)) << p << " " << q;
      }
    }
  }
}

TEST(Density, WithAndWithoutTheProductItself) {  // METHODS B5: e1, p2: .8421 against .7692
  const Year toy = year_of(5, 6, golden::kToy);
  const YearMeasures own = measured(toy, {"density", "distance"});
  expect_near(own.further.at("density"), golden::kToyDensity, kTolerance);
  EXPECT_NEAR(own.further.at("density")[1], 16.0 / 19, kTolerance);
  EXPECT_NEAR(own.further.at("distance")[1], 3.0 / 19, kTolerance);
  MeasureParameters zero;
  zero.zero_diagonal = true;
  expect_near(measured(toy, {"density"}, zero).further.at("density"), golden::kToyDensityOfOthers, kTolerance);
  EXPECT_NEAR(measured(toy, {"density"}, zero).further.at("density")[1], 10.0 / 13, kTolerance);
}

// L18's table 1, by hand. P(q | p) of product 4 (c1, c3, c4): to 1, 2, 3, 4: 1/3, 1/3, 2/3, 1. c3 has 3 and 4.
TEST(Density, AsymmetricIsByTheProductsOwnLocations) {
  const std::vector<double> density =
      measured(year_of(4, 4, golden::kTable1), {"density"}, of_kind(ProximityKind::kAsymmetric), kAnyPositive)
          .further.at("density");
  EXPECT_NEAR(density[2 * 4 + 3], (2.0 / 3 + 1) / (1.0 / 3 + 1.0 / 3 + 2.0 / 3 + 1), kTolerance);
  EXPECT_NEAR(density[3 * 4 + 0], 1.0 / 4, kTolerance);  // product 1, held by c1 alone, which has all four
}

// Nearest with ties, by hand (METHODS B5): product 1 of table 1 has proximities 1/2, 1/2, 1/3 to 2, 3, 4. Its nearest
// one is a tie of two, of which c2 has one and c3 the other; with three nearest all count.
TEST(Density, NearestCountTiesAndWeighByProximity) {
  const auto density = [&](int k, std::size_t c) {
    MeasureParameters nearest;
    nearest.nearest = k;
    return measured(year_of(4, 4, golden::kTable1), {"density"}, nearest, kAnyPositive).further.at("density")[4 * c];
  };
  EXPECT_NEAR(density(1, 1), 0.5, kTolerance);
  EXPECT_NEAR(density(1, 2), 0.5, kTolerance);
  EXPECT_NEAR(density(1, 3), 0.0, kTolerance);
  EXPECT_NEAR(density(3, 3), (1.0 / 3) / (1.0 / 2 + 1.0 / 2 + 1.0 / 3), kTolerance);
  EXPECT_NEAR(density(9, 3), density(3, 3), kTolerance);  // no more than there are
}

// Without c3 (3, 4) table 1 has c1 1111, c2 0100, c4 0001: ubiquity 1, 2, 1, 2, and product 4 shares c1 with each
// other: proximities 1/2, 1/2, 1/2 and itself 1. c3 has 3 and itself.
TEST(Density, WithoutTheLocationsOwnProducts) {
  MeasureParameters others;
  others.leave_own_out = true;
  const std::vector<double> density =
      measured(year_of(4, 4, golden::kTable1), {"density"}, others, kAnyPositive).further.at("density");
  EXPECT_NEAR(density[2 * 4 + 3], (1.0 / 2 + 1) / (3 * 1.0 / 2 + 1), kTolerance);
  // Product 1 is c1's alone: without c1 nothing is known of it.
  EXPECT_TRUE(std::isnan(density[0]));
}

TEST(Outlook, RawIsByThePublishedPci) {  // METHODS B5
  MeasureParameters raw;
  raw.raw_outlook = true;
  const YearMeasures found = measured(year_of(5, 6, golden::kToy), {"coi", "cog", "density", "pci"}, raw);
  expect_near(found.further.at("coi"), golden::kToyCoi, 1e-13);
  expect_near(found.further.at("cog"), golden::kToyCog, 1e-13);
  MeasureParameters book = raw;
  book.second_term = true;
  const YearMeasures second = measured(year_of(5, 6, golden::kToy), {"cog"}, book);
  // e1 lacks products 4 and 6: each loses its density times its PCI.
  for (const std::size_t p : {std::size_t{3}, std::size_t{5}})
    EXPECT_NEAR(second.further.at("cog")[p], golden::kToyCog[p] - golden::kToyDensity[p] * golden::kToyPci[p], 1e-13);
  EXPECT_EQ(second.further.at("cog")[0], 0.0);
}

// py-ecomplexity 0.5.3 on the same economy: COI standardised, and both from the eigenvector before it is standardised.
TEST(Outlook, StandardisedIsAsPyEcomplexity) {
  const YearMeasures found = measured(year_of(5, 6, golden::kToy), {"coi", "cog"});
  expect_near(found.further.at("coi"), golden::kToyCoiOfPy, 1e-12);
  expect_near(found.further.at("cog"), golden::kToyCogOfPy, 1e-12);
}

// Two blocks have no ECI, so no outlook; densities there are, within each block.
TEST(Outlook, NoneWithoutScores) {
  const Year toy = year_of(5, 6, golden::kToy), again = toy;
  const YearMeasures found = measured(blocks_of(toy, again), {"coi", "cog", "density"}, {}, 2.0);
  EXPECT_TRUE(std::isnan(found.further.at("coi")[0]));
  EXPECT_TRUE(std::isnan(found.further.at("cog")[3]));
  EXPECT_NEAR(found.further.at("density")[1], golden::kToyDensity[1], kTolerance);
}

// D1 of py-ecomplexity: a location without any presence leaves the others as they are.
TEST(Outlook, AnEmptyLocationLeavesTheOthersAlone) {
  std::vector<double> value = golden::kToy;
  value.insert(value.end(), 6, 0.0);
  const YearMeasures found = measured(year_of(6, 6, value), {"coi", "density"});
  expect_near(std::vector<double>(found.further.at("coi").begin(), found.further.at("coi").end() - 1),
              golden::kToyCoiOfPy, 1e-12);
  EXPECT_TRUE(std::isnan(found.further.at("coi")[5]));
  EXPECT_EQ(found.further.at("density")[5 * 6], 0.0);
}

// Only what is asked for is there; what it needs is computed and forgotten.
TEST(Registry, NamesDecide) {
  const Year toy = year_of(5, 6, golden::kToy);
  const YearMeasures plain = measured(toy, {});
  EXPECT_TRUE(plain.scored);
  EXPECT_TRUE(plain.further.empty());
  const YearMeasures alone = measured(toy, {"rca"});
  EXPECT_FALSE(alone.scored);
  EXPECT_TRUE(alone.eci.empty());
  EXPECT_EQ(alone.location_status[0], Status::kOk);
  for (const MeasureInfo& measure : measure_registry()) {
    EXPECT_NE(std::string(measure.unit), "") << measure.name;
    EXPECT_NE(std::string(measure.source), "") << measure.name;
    for (const char* need : measure.needs) {
      if (need == nullptr) continue;
      EXPECT_EQ(measure_by_name(need).name, std::string(need)) << measure.name;
    }
    // Each by itself, with the numbers that its shape says.
    if (measure.asked == Asked::kByReflections || measure.tables[0] != nullptr || measure.against_before) continue;
    const YearMeasures found = measured(toy, {measure.name});
    visit_numbers(measure, found, [&](const auto& numbers) {
      EXPECT_EQ(numbers.size(), numbers_of(measure.on, 5, 6)) << measure.name;
    });
  }
}

}  // namespace
}  // namespace balassa
