// Named conventions (FORMATS 5), and the way from a panel's year to the kernels.
#include "host/plan/knobs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "host/panel/year_selection.hpp"
#include "io/base/error.hpp"
#include "kernels/cpu/measures.hpp"
#include "tests/host/of_convention.hpp"
#include "tests/oracle/golden.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Conventions, AsTabulated) {
  const auto [py, py_reading] = of_convention("py");
  const auto [stata, stata_reading] = of_convention("stata");
  const auto [lyubimov, lyubimov_reading] = of_convention("lyubimov");
  EXPECT_EQ(py.tie, TieRule::kAtLeast);
  EXPECT_FALSE(py_reading.read_as_float32);
  EXPECT_EQ(py.deviation, Deviation::kPopulation);
  EXPECT_EQ(py.pci_scale, PciScale::kEci);
  EXPECT_EQ(stata.tie, TieRule::kAbove);
  EXPECT_TRUE(stata_reading.read_as_float32);
  EXPECT_EQ(stata.deviation, Deviation::kLongTable);
  EXPECT_EQ(stata.pci_scale, PciScale::kEci);
  EXPECT_EQ(lyubimov.tie, TieRule::kAbove);
  EXPECT_FALSE(lyubimov_reading.read_as_float32);
  EXPECT_EQ(lyubimov.deviation, Deviation::kPopulation);
  EXPECT_EQ(lyubimov.pci_scale, PciScale::kOwn);
}

TEST(Conventions,
     LyubimovOnTable1) {  // METHODS A1.2: own z of the PCI. Every RCA of the toy matrix is off the threshold
  const Specification specification = of_convention("lyubimov", golden::kAnyPositive).first;
  const YearMeasures found = measure_year(year_of(4, 4, golden::kTable1), {specification, 0});
  for (std::size_t c = 0; c < 4; ++c) {
    EXPECT_NEAR(found.eci[c], golden::kTable1Eci[c], 1e-13);
    EXPECT_NEAR(found.pci[c], golden::kTable1PciOwn[c], 1e-13);
  }
}

// Two years of 4 locations x 3 products: in 2001 location 1 is missing, 2 trades nothing, product 0 is not traded.
Panel small_panel() {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Panel panel;
  panel.years = {2000, 2001};
  panel.locations = {"AAA", "BBB", "CCC", "DDD"};
  panel.products = {"0101", "0102", "0103"};
  panel.value = {1, 2,        3,   4, 5, 6, 7, 8,   9, 1, 1, 1,  //
                 0, 16777217, nan, 0, 0, 0, 0, nan, 0, 0, 2, 3};
  panel.missing = {0, 0, 0, 0, 0, 1, 0, 0};
  return panel;
}

TEST(YearSelection, CompactsAndReports) {
  const SelectedYear selected = select_year(small_panel(), 1);
  EXPECT_EQ(selected.year.label, 2001);
  EXPECT_THAT(selected.year.location_item, ElementsAre(0, 3));
  EXPECT_THAT(selected.year.product_item, ElementsAre(1, 2));
  EXPECT_THAT(selected.year.value, ElementsAre(16777217, 0, 2, 3));
  EXPECT_THAT(selected.year.class_unit, ElementsAre(1, 1));
  EXPECT_EQ(selected.year.panel_locations, 4);
  EXPECT_EQ(selected.year.panel_products, 3);
  EXPECT_EQ(selected.unobserved_cells, 2u);
  ASSERT_EQ(selected.dropped.size(), 3u);
  EXPECT_TRUE(selected.dropped[0].location);
  EXPECT_EQ(selected.dropped[0].item, 1);
  EXPECT_EQ(selected.dropped[0].reason, DroppedItem::Reason::kMissing);
  EXPECT_EQ(selected.dropped[1].item, 2);
  EXPECT_EQ(selected.dropped[1].reason, DroppedItem::Reason::kNoTrade);
  EXPECT_FALSE(selected.dropped[2].location);
  EXPECT_EQ(selected.dropped[2].item, 0);
}

TEST(YearSelection, ReadsAsFloat32) {  // 2^24 + 1 is not a float
  YearOptions options;
  options.read_as_float32 = true;
  EXPECT_THAT(select_year(small_panel(), 1, options).year.value, ElementsAre(16777216, 0, 2, 3));
}

TEST(YearSelection, RegionsAreTheSampleWhereThereAreAny) {
  Panel panel = small_panel();
  panel.location_kind = {"country", "region", "region", "country"};
  EXPECT_THAT(select_year(panel, 0).year.class_unit, ElementsAre(0, 1, 1, 0));
  YearOptions everyone;
  everyone.regions_only = false;
  EXPECT_THAT(select_year(panel, 0, everyone).year.class_unit, ElementsAre(1, 1, 1, 1));
  panel.location_kind.assign(4, "country");
  EXPECT_THAT(select_year(panel, 0).year.class_unit, ElementsAre(1, 1, 1, 1));
}

TEST(YearSelection, GivenP1) {
  Panel panel = small_panel();
  panel.product_class["p1"] = {"1", "", "1"};
  YearOptions options;
  options.given_p1 = "p1";
  EXPECT_THAT(select_year(panel, 0, options).year.given_p1, ElementsAre(1, 0, 1));
  EXPECT_THAT(select_year(panel, 1, options).year.given_p1, ElementsAre(0, 1));
  options.given_p1 = "other";
  EXPECT_THROW(select_year(panel, 0, options), Error);
}

TEST(YearSelection, AYearWithoutTradeIsRefused) {
  Panel panel = small_panel();
  std::fill(panel.value.begin() + 12, panel.value.end(), 0.0);
  try {
    select_year(panel, 1);
    FAIL() << "a year without trade was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadData);
    EXPECT_THAT(error.what(), HasSubstr("2001"));
  }
}

TEST(YearSelection, Years) {
  const std::vector<std::int32_t> years{1962, 1980, 2017};
  EXPECT_THAT(parse_years("all", years), ElementsAre(0, 1, 2));
  EXPECT_THAT(parse_years("2017", years), ElementsAre(2));
  EXPECT_THAT(parse_years("2017,1962", years), ElementsAre(0, 2));
  EXPECT_THAT(parse_years("1970-2020", years), ElementsAre(1, 2));
  EXPECT_THAT(parse_years("1962-1980,1980", years), ElementsAre(0, 1));
  for (const char* bad : {"", "1963", "1963-1970", "2017-1962", "twenty", "1962,", "1962-"}) {
    EXPECT_THROW(parse_years(bad, years), Error) << "'" << bad << "'";
  }
}

}  // namespace
}  // namespace balassa
