// Values in units far from 1 are read in units a power of two away: no ratio changes, and none passes its range.
#include "host/panel/year_selection.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace balassa {
namespace {

Panel panel_of(const std::vector<double>& value) {
  Panel panel;
  panel.years = {2000};
  panel.locations = {"A", "B"};
  panel.products = {"p", "q"};
  panel.value = value;
  return panel;
}

TEST(YearSelection, ReadsExtremeUnitsInOthers) {
  const std::vector<double> plain = {3, 5, 7, 11};
  for (const double unit : {1e153, 1e-170, 1e300, 1e-300, 1e37}) {
    for (const bool as_float32 : {false, true}) {
      YearOptions options;
      options.read_as_float32 = as_float32;
      std::vector<double> value;
      for (const double x : plain) value.push_back(x * unit);
      const Year year = select_year(panel_of(value), 0, options).year;
      ASSERT_EQ(year.value.size(), 4u);
      for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_NEAR(year.value[i] / year.value[0] * 3, plain[i], as_float32 ? 1e-6 : 1e-15 * plain[i]) << unit;
        // Two such values and their product with two totals are normal numbers.
        EXPECT_TRUE(std::isnormal(year.value[i] * year.value[i])) << unit;
        if (!as_float32) {
          int exponent = 0;
          EXPECT_EQ(std::frexp(year.value[i] / value[i], &exponent), 0.5) << "not a power of two";
        }
      }
    }
  }
}

TEST(YearSelection, ReadsUsualUnitsAsTheyAre) {
  for (const double unit : {1.0, 1e-9, 1e12, 1e-15, 1e25}) {
    const std::vector<double> value = {3 * unit, 0, NAN, 11 * unit};
    const Year year = select_year(panel_of(value), 0, {}).year;
    EXPECT_EQ(year.value, (std::vector<double>{value[0], 0, 0, value[3]}));
  }
}

}  // namespace
}  // namespace balassa
