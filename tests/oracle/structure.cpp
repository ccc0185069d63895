// Concentration, income, entries and nestedness against numbers worked out by hand or by numpy (METHODS B5, B5a).
#include <gtest/gtest.h>

#include <cmath>
#include <memory>

#include "kernels/cpu/measures.hpp"
#include "tests/oracle/golden_measures.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

using golden::kAnyPositive;

// Sums of 6 terms of size 1.
constexpr double kTolerance = 1e-14;

void expect_near(const std::vector<double>& found, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << "element " << i;
}

MeasureRequest asked(std::vector<std::string> names, double threshold = 1.0) {
  MeasureRequest request;
  request.specification.rca_threshold = threshold;
  request.measures = std::move(names);
  return request;
}

std::map<std::string, std::vector<double>> measured(const Year& year, std::vector<std::string> names,
                                                    double threshold = 1.0) {
  return measure_year(year, asked(std::move(names), threshold)).further;
}

TEST(Concentration, OfTheBaskets) {  // e1 by hand: shares 6, 5, 4, 3, 2, 1 of 21, so squares 91 / 441 and Gini 5 / 18
  const auto found = measured(year_of(5, 6, golden::kToy),
                              {"hhi_share", "hhi_normalised", "n_eff", "entropy", "theil", "gini", "krugman"});
  EXPECT_NEAR(found.at("hhi_share")[0], 91.0 / 441, kTolerance);
  EXPECT_NEAR(found.at("hhi_normalised")[0], 1.0 / 21, kTolerance);
  EXPECT_NEAR(found.at("n_eff")[0], 441.0 / 91, kTolerance);
  EXPECT_NEAR(found.at("gini")[0], 5.0 / 18, kTolerance);
  // numpy
  expect_near(found.at("n_eff"),
              {4.846153846153847, 3.9672131147540983, 3.6446280991735542, 1.7066666666666668, 1.3312034078807242},
              kTolerance);
  expect_near(found.at("hhi_normalised"),
              {0.047619047619047616, 0.1024793388429752, 0.12925170068027206, 0.503125, 0.70144}, kTolerance);
  expect_near(found.at("entropy"),
              {1.6623769591928221, 1.5311533190671125, 1.410352868465972, 0.8222653373287878, 0.48872122746587454},
              kTolerance);
  expect_near(found.at("theil"),
              {0.12938251003523282, 0.26060615016094246, 0.3814066007620829, 0.9694941318992671, 1.3030382417621804},
              kTolerance);
  expect_near(found.at("gini"),
              {0.2777777777777778, 0.3939393939393939, 0.4523809523809524, 0.6875, 0.7733333333333333}, kTolerance);
  expect_near(found.at("krugman"),
              {0.8364389233954451, 0.7734422880490297, 0.638095238095238, 1.0873684210526315, 1.2645544554455443},
              kTolerance);
}

// e5 exports 5, 2 and 43: Gini (-2 x 2 + 0 x 5 + 2 x 43) / (3 x 50), and N = 3.
TEST(Concentration, OverTheExportedProductsAlone) {
  MeasureRequest request = asked({"hhi_normalised", "theil", "gini"});
  request.parameters.basket_of_exported = true;
  const auto found = measure_year(year_of(5, 6, golden::kToy), request).further;
  EXPECT_NEAR(found.at("gini")[4], 82.0 / 150, kTolerance);
  EXPECT_NEAR(found.at("theil")[4], std::log(3.0) - 0.48872122746587454, kTolerance);
  EXPECT_NEAR(found.at("hhi_normalised")[4], (0.7512 - 1.0 / 3) / (2.0 / 3), kTolerance);
}

TEST(Income, ProdyAndExpy) {  // METHODS B5a, with incomes 40, 35, 25, 15, 12
  MeasureRequest request = asked({"prody", "expy"});
  request.tables["gdp"] = {400, 350, 250, 150, 120};
  request.tables["population"] = {10, 10, 10, 10, 10};
  const auto found = measure_year(year_of(5, 6, golden::kToy), request).further;
  const double typed = 1e-9;  // digits of the typed numbers
  expect_near(found.at("prody"), {37.244897959, 33.418877236, 31.924820552, 27.825726489, 29.215775159, 16.597432542},
              typed);
  expect_near(found.at("expy"), {32.227105641, 31.386629581, 24.909978559, 19.747577449, 18.728708769}, typed);
  // e5's income is not known: the others' products are as if e5 were not asked, and e5 has an EXPY all the same.
  request.tables["gdp"][4] = std::nan("");
  const auto without = measure_year(year_of(5, 6, golden::kToy), request).further;
  const std::vector<double>& rca = golden::kToyRca;
  EXPECT_NEAR(without.at("prody")[5],
              (40 * rca[5] + 35 * rca[11] + 25 * rca[17] + 15 * rca[23]) / (rca[5] + rca[11] + rca[17] + rca[23]),
              1e-12);
  EXPECT_GT(without.at("expy")[4], 0);
}

// From table 1 to the same where c2 has come to product 4, and c1 has left product 1, which nobody has any more.
TEST(Entry, CountsWhatCameAndWhatWent) {
  MeasureRequest request = asked({"entry", "entries", "exits"}, kAnyPositive);
  const Year before = year_of(4, 4, golden::kTable1);
  std::vector<double> value = golden::kTable1;
  value[1 * 4 + 3] = 1;
  value[0] = 0;
  const Year now = year_of(4, 4, value);
  EXPECT_TRUE(std::isnan(measure_year(now, request).further.at("entries")[0])) << "there is no year before";
  request.before = std::make_shared<const Year>(before);
  const YearMeasures found = measure_year(now, request);
  EXPECT_EQ(found.further.at("entries"), (std::vector<double>{0, 1, 0, 0}));
  EXPECT_EQ(found.further.at("exits"), (std::vector<double>{1, 0, 0, 0}));
  EXPECT_EQ(found.further.at("entry")[1 * 4 + 3], 1.0);
  EXPECT_EQ(found.further.at("entry")[0], -1.0);
  EXPECT_EQ(found.further.at("entry")[1], 0.0);
  EXPECT_EQ(found.rca.size(), 16u);
}

// By exports per head nothing is known of a location without a population, in either year.
TEST(Entry, IsNotKnownWithoutAPopulation) {
  Year before = year_of(4, 4, golden::kTable1), now = before;
  before.population = {1, 0, 1, 1};
  now.population = {1, 1, 0, 1};
  MeasureRequest request = asked({"entries", "exits", "diversity"}, kAnyPositive);
  request.specification.presence = Presence::kRpop;
  request.specification.rpop_threshold = kAnyPositive;
  request.before = std::make_shared<const Year>(before);
  const YearMeasures found = measure_year(now, request);
  for (const char* name : {"entries", "exits"}) {
    const std::vector<double>& numbers = found.further.at(name);
    EXPECT_EQ(numbers[0], 0) << name;
    EXPECT_TRUE(std::isnan(numbers[1])) << name;
    EXPECT_TRUE(std::isnan(numbers[2])) << name;
  }
  EXPECT_TRUE(std::isnan(found.diversity[2]));
  EXPECT_EQ(found.diversity[0], 4);
}

TEST(Nestedness, ThreeVariants) {  // METHODS B5
  const auto table1 = measured(year_of(4, 4, golden::kTable1),
                               {"nodf", "nodf_locations", "nodf_products", "nodf_mean", "nodf_stable"}, kAnyPositive);
  EXPECT_NEAR(table1.at("nodf")[0], golden::kTable1Nodf[0], 1e-12);
  EXPECT_NEAR(table1.at("nodf_locations")[0], golden::kTable1Nodf[1], 1e-12);
  EXPECT_NEAR(table1.at("nodf_products")[0], golden::kTable1Nodf[2], 1e-12);
  // By hand: of equal degree are c2, c4, which share nothing, and products 2, 3, which share half: (4 + 5) / 12.
  EXPECT_NEAR(table1.at("nodf_stable")[0], 75.0, 1e-12);
  const auto toy = measured(year_of(5, 6, golden::kToy), {"nodf", "nodf_mean"});
  EXPECT_NEAR(toy.at("nodf")[0], golden::kToyNodf[0], 1e-12);
  EXPECT_NEAR(toy.at("nodf_mean")[0], (golden::kToyNodf[1] + golden::kToyNodf[2]) / 2, 1e-12);
}

// Against the definition, every four cells one by one.
TEST(Supermodularity, IsTheShareOfItsDefinition) {
  // The toy's e4 and e5 are alike; of the others the last location and the last product are the first once more.
  Year twice = random_year(12, 17, 5);
  for (int p = 0; p < 17; ++p)
    twice.value[static_cast<std::size_t>(11 * 17 + p)] = twice.value[static_cast<std::size_t>(p)];
  for (int c = 0; c < 12; ++c)
    twice.value[static_cast<std::size_t>(c * 17 + 16)] = twice.value[static_cast<std::size_t>(c * 17)];
  for (const Year& year : {year_of(5, 6, golden::kToy), random_year(12, 17, 5), twice}) {
    const YearMeasures found =
        measure_year(year, asked({"log_supermodularity", "log_supermodularity_strict", "eci", "pci"}));
    double up = 0, down = 0, level = 0;
    for (int a = 0; a < year.locations; ++a) {
      for (int b = 0; b < year.locations; ++b) {
        if (!(found.eci[b] - found.eci[a] > 1e-9)) continue;
        for (int p = 0; p < year.products; ++p) {
          for (int q = 0; q < year.products; ++q) {
            if (!(found.pci[q] - found.pci[p] > 1e-9)) continue;
            // Of whole numbers below 2^26, whose products are exact; RCA differs by factors that both sides have.
            const auto at = [&](int c, int k) { return year.value[static_cast<std::size_t>(c * year.products + k)]; };
            const double left = at(b, q) * at(a, p), right = at(b, p) * at(a, q);
            const bool same = left == right;
            (same ? level : left > right ? up : down) += 1;
          }
        }
      }
    }
    ASSERT_GT(down, 0);
    EXPECT_NEAR(found.further.at("log_supermodularity")[0], (up + level) / (up + level + down), 1e-12);
    EXPECT_NEAR(found.further.at("log_supermodularity_strict")[0], up / (up + down), 1e-12);
  }
}

}  // namespace
}  // namespace balassa
