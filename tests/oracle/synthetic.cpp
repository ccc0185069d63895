// The synthetic panel against the real trade that it was calibrated on, and against what its options promise.
#include "kernels/synthetic/synthetic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "host/panel/synthetic_panel.hpp"
#include "host/panel/year_selection.hpp"
#include "io/base/error.hpp"
#include "kernels/cpu/measures.hpp"

namespace balassa {
namespace {

SyntheticRequest world_of_2017(std::uint64_t seed) {
  return {.locations = 224, .products = 1222, .years = {2017}, .seed = seed, .density = 0.105, .regions = 0};
}

double share_above_zero(const std::vector<double>& value) {
  return static_cast<double>(std::count_if(value.begin(), value.end(), [](double x) { return x > 0; })) /
         static_cast<double>(value.size());
}

double correlation(const std::vector<double>& x, const std::vector<double>& y) {
  double mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    mean_x += x[i] / static_cast<double>(x.size());
    mean_y += y[i] / static_cast<double>(x.size());
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    xx += (x[i] - mean_x) * (x[i] - mean_x);
    yy += (y[i] - mean_y) * (y[i] - mean_y);
    xy += (x[i] - mean_x) * (y[i] - mean_y);
  }
  return xy / std::sqrt(xx * yy);
}

// Real world trade of 2017 has density .105, lambda_2 .269, lambda_3 .194, corr(ECI, diversity) .54, participation 71,
// diversity 4 .. 541 with median 85, totals over 7.1 orders of magnitude, .647 of the cells above zero. Bands: real
// years differ among themselves (1980: .323, .183, .77; 1998-2000: .179, .121, .37), so half the distance between
// years is allowed on each side of 2017.
class Calibration : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Calibration, LooksLikeWorldTradeOf2017) {
  const SyntheticPanel synthetic = synthetic_panel(world_of_2017(GetParam()));
  const Panel& panel = synthetic.panel;
  EXPECT_NEAR(synthetic.density, 0.105, 0.002);
  const SelectedYear selected = select_year(panel, 0);
  ASSERT_EQ(selected.year.locations, 224);
  ASSERT_EQ(selected.year.products, 1222);
  const YearMeasures found = measure_year(selected.year, {});
  ASSERT_EQ(found.validity, Validity::kValid);
  EXPECT_EQ(found.components, 1);
  EXPECT_GT(found.lambda[1], 0.21);
  EXPECT_LT(found.lambda[1], 0.33);
  EXPECT_GT(found.lambda[2] / found.lambda[1], 0.57);
  EXPECT_LT(found.lambda[2] / found.lambda[1], 0.80);
  EXPECT_GT(found.corr_eci_diversity, 0.35);
  EXPECT_LT(found.corr_eci_diversity, 0.77);
  EXPECT_GT(found.participation, 40);
  std::vector<double> total(224), diversity = found.diversity;
  for (int c = 0; c < 224; ++c) {
    for (int p = 0; p < 1222; ++p) total[c] += panel.value[panel.index(0, c, p)];
    total[c] = std::log10(total[c]);
  }
  const auto [least, most] = std::minmax_element(total.begin(), total.end());
  EXPECT_GT(*most - *least, 5);
  EXPECT_LT(*most - *least, 9);
  EXPECT_GT(correlation(total, diversity), 0.35);
  std::sort(diversity.begin(), diversity.end());
  EXPECT_GT(diversity[112], 60);
  EXPECT_LT(diversity[112], 120);
  EXPECT_LT(diversity.front(), 20);
  EXPECT_GT(diversity.back(), 400);
  EXPECT_GT(share_above_zero(panel.value), 0.4);
  EXPECT_LT(share_above_zero(panel.value), 0.75);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Calibration, testing::Values(42, 1, 2, 3));

// Nested: what few-product countries make is what many make. NODF-like: the mean ubiquity of the products of the 50
// least diversified countries exceeds that of the 50 most diversified; in the world panel of 2017 as well.
TEST(Synthetic, PresenceIsNested) {
  const Panel panel = synthetic_panel(world_of_2017(42)).panel;
  const Year year = select_year(panel, 0).year;
  const YearMeasures found = measure_year(year, {});
  std::vector<double> diversity, ubiquity;
  for (int c = 0; c < year.locations; ++c) {
    double sum = 0;
    for (int p = 0; p < year.products; ++p) sum += found.presence[c * year.products + p] * found.ubiquity[p];
    diversity.push_back(found.diversity[c]);
    ubiquity.push_back(sum / found.diversity[c]);
  }
  EXPECT_LT(correlation(diversity, ubiquity), -0.3);
}

// P(present | present a year before) was .89 in the trade of 22 EU countries 2010-2011, .82 from 2010 to 2015.
TEST(Synthetic, YearsAreCorrelated) {
  const SyntheticPanel synthetic = synthetic_panel({.years = {2010, 2011, 2015}});
  std::vector<std::vector<std::uint8_t>> presence;
  for (std::size_t t = 0; t < 3; ++t)
    presence.push_back(measure_year(select_year(synthetic.panel, t).year, {}).presence);
  const auto kept = [&](std::size_t t) {
    double both = 0, before = 0;
    for (std::size_t i = 0; i < presence[0].size(); ++i) {
      before += presence[0][i];
      both += presence[0][i] & presence[t][i];
    }
    return both / before;
  };
  EXPECT_NEAR(kept(1), 0.89, 0.04);
  EXPECT_NEAR(kept(2), 0.82, 0.06);
  EXPECT_GT(kept(1), kept(2));
}

TEST(Synthetic, DensityIsWhatWasAsked) {
  for (const double density : {0.05, 0.10, 0.15, 0.20, 0.25}) {
    const SyntheticTrade trade = draw_synthetic({.years = {2017}, .density = density});
    EXPECT_NEAR(trade.density, density, 0.003) << density;  // 0.007 in dispersion moves it by < 0.002
  }
}

TEST(Synthetic, ValuesAreWholeAndNoRowOrColumnIsEmpty) {
  const SyntheticTrade trade = draw_synthetic({.locations = 9, .products = 31, .years = {2000, 2001}, .density = 0.1});
  for (int t = 0; t < 2; ++t) {
    std::vector<double> column(31);
    for (int c = 0; c < 9; ++c) {
      double row = 0;
      for (int p = 0; p < 31; ++p) {
        const double x = trade.value[(t * 9 + c) * 31 + p];
        EXPECT_EQ(x, std::floor(x));
        EXPECT_TRUE(x == 0 || x >= 100) << x;
        row += x;
        column[p] += x;
      }
      EXPECT_GT(row, 0);
    }
    EXPECT_GT(*std::min_element(column.begin(), column.end()), 0);
  }
}

TEST(Synthetic, RegionsAddUpToTheirCountry) {
  const SyntheticRequest request{.locations = 40, .products = 120, .years = {2015, 2016}, .regions = 21};
  const Panel panel = synthetic_panel(request).panel;
  ASSERT_EQ(panel.locations.size(), 61u);
  ASSERT_EQ(panel.location_parent.size(), 61u);
  std::set<int> split;
  for (int r = 0; r < 61; ++r) {
    EXPECT_EQ(panel.location_kind[r], r < 40 ? "country" : "region");
    EXPECT_EQ(panel.location_parent[r] >= 0, r >= 40);
    if (r >= 40) split.insert(panel.location_parent[r]);
  }
  EXPECT_EQ(split.size(), 2u);
  for (std::size_t t = 0; t < 2; ++t) {
    for (const int parent : split) {
      double people = 0;
      for (int p = 0; p < 120; ++p) {
        double sum = 0;
        for (int r = 40; r < 61; ++r) {
          if (panel.location_parent[r] == parent) sum += panel.value[panel.index(t, r, p)];
        }
        EXPECT_EQ(sum, panel.value[panel.index(t, parent, p)]);  // whole numbers below 2^53: exact
      }
      for (int r = 40; r < 61; ++r) {
        if (panel.location_parent[r] == parent) people += panel.population[t * 61 + r];
      }
      EXPECT_EQ(people, panel.population[t * 61 + parent]);
    }
  }
}

TEST(Synthetic, CountriesDoNotDependOnRegions) {
  const SyntheticTrade whole = draw_synthetic({.locations = 30, .products = 50, .years = {2017}});
  const SyntheticTrade split = draw_synthetic({.locations = 30, .products = 50, .years = {2017}, .regions = 5});
  EXPECT_TRUE(std::equal(whole.value.begin(), whole.value.end(), split.value.begin()));
}

TEST(Synthetic, SeedDecidesEverything) {
  const SyntheticRequest request{.locations = 30, .products = 50, .years = {2017}};
  SyntheticRequest other = request;
  other.seed = 43;
  EXPECT_EQ(draw_synthetic(request).value, draw_synthetic(request).value);
  EXPECT_NE(draw_synthetic(request).value, draw_synthetic(other).value);
}

TEST(Synthetic, CodesAreUniqueAndKeepLeadingZeros) {
  for (const auto& [locations, products, digits] : {std::tuple{240, 1240, 4}, {9000, 96, 4}, {3, 20000, 6}}) {
    SyntheticRequest request{.locations = locations, .products = products, .years = {2017}};
    const Panel panel = synthetic_panel(request).panel;
    EXPECT_EQ(std::set(panel.locations.begin(), panel.locations.end()).size(), static_cast<std::size_t>(locations));
    EXPECT_EQ(std::set(panel.products.begin(), panel.products.end()).size(), static_cast<std::size_t>(products));
    EXPECT_EQ(panel.products.front().substr(0, 2), "01");
    EXPECT_EQ(panel.products.front().size(), static_cast<std::size_t>(digits));
    EXPECT_EQ(panel.product_class.at("section").front(), "I Live animals");
    EXPECT_EQ(panel.product_class.at("section").back(), "XXI Works of art");
  }
}

TEST(Synthetic, ImpossibleRequestsAreRefused) {
  EXPECT_THROW(draw_synthetic({.locations = 1}), std::invalid_argument);
  EXPECT_THROW(draw_synthetic({.years = {}}), std::invalid_argument);
  EXPECT_THROW(draw_synthetic({.years = {2017, 2017}}), std::invalid_argument);
  EXPECT_THROW(draw_synthetic({.density = 0.5}), std::invalid_argument);
  EXPECT_THROW(draw_synthetic({.density = std::nan("")}), std::invalid_argument);
  EXPECT_THROW(draw_synthetic({.regions = 1}), std::invalid_argument);
  EXPECT_THROW(synthetic_panel({.regions = 1}), Error);
}

}  // namespace
}  // namespace balassa
