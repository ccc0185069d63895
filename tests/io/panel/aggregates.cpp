// Totals and groups among rows, found by their amounts on panels whose groups are known.
#include "io/panel/aggregates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace balassa {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Countries c0.. x products p0.., trade of many sizes, a third of it absent.
Panel random_panel(std::size_t countries, std::size_t products, std::size_t years, unsigned seed) {
  Panel panel;
  for (std::size_t y = 0; y < years; ++y) panel.years.push_back(static_cast<std::int32_t>(2000 + y));
  for (std::size_t c = 0; c < countries; ++c) panel.locations.push_back("c" + std::to_string(c));
  for (std::size_t p = 0; p < products; ++p) panel.products.push_back("p" + std::to_string(p));
  std::mt19937_64 random(seed);
  std::lognormal_distribution<double> size(8, 2);
  panel.value.resize(years * countries * products);
  for (double& value : panel.value) value = random() % 3 == 0 ? 0 : std::round(size(random));
  panel.missing.assign(years * countries, 0);
  return panel;
}

// With a location more, the sum of `members` times `factor`, from year `first` on.
Panel with_location(const Panel& panel, const std::string& name, const std::vector<std::size_t>& members,
                    double factor = 1, std::size_t first = 0) {
  Panel more = panel;
  more.locations.push_back(name);
  more.value.assign(panel.years.size() * more.locations.size() * more.products.size(), 0);
  for (std::size_t y = 0; y < panel.years.size(); ++y) {
    for (std::size_t p = 0; p < panel.products.size(); ++p) {
      double sum = 0;
      for (std::size_t c = 0; c < panel.locations.size(); ++c) {
        more.value[more.index(y, c, p)] = panel.value[panel.index(y, c, p)];
      }
      for (const std::size_t member : members) sum += panel.value[panel.index(y, member, p)];
      more.value[more.index(y, panel.locations.size(), p)] = y < first ? 0 : factor * sum;
    }
  }
  return more;
}

std::vector<std::size_t> first_ones(std::size_t count) {
  std::vector<std::size_t> all(count);
  for (std::size_t i = 0; i < count; ++i) all[i] = i;
  return all;
}

TEST(AggregatesTest, NoneInPanelsWithoutGroups) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    const Aggregates found = find_aggregates(random_panel(40, 90, 3, seed));
    EXPECT_THAT(found.locations, IsEmpty()) << seed;
    EXPECT_THAT(found.products, IsEmpty()) << seed;
  }
}

TEST(AggregatesTest, ATotalUnderAnyNameAndNearly) {
  for (const double factor : {1.0, 0.997, 1.004}) {
    const Panel panel = with_location(random_panel(30, 50, 4, 1), "zz-monde", first_ones(30), factor);
    const Aggregates found = find_aggregates(panel);
    ASSERT_EQ(found.locations.size(), 1U) << factor;
    EXPECT_EQ(found.locations[0].code, "zz-monde");
    EXPECT_THAT(found.locations[0].members, IsEmpty());
    EXPECT_NEAR(found.locations[0].share, 0.5, 0.002);
    EXPECT_THAT(remarks_of(found), ElementsAre(HasSubstr("location zz-monde equals the sum of all others: ")));
  }
  EXPECT_THAT(find_aggregates(with_location(random_panel(30, 50, 4, 1), "w", first_ones(30), 0.9)).locations,
              IsEmpty());
  // In one of the years only.
  EXPECT_THAT(find_aggregates(with_location(random_panel(30, 50, 4, 1), "w", first_ones(30), 1, 2)).locations[0].years,
              ElementsAre(2002, 2003));
}

TEST(AggregatesTest, AGroupBesideItsMembersAndATotalOfBoth) {
  Panel panel = with_location(random_panel(40, 90, 3, 5), "union", {3, 8, 21, 30});
  panel = with_location(panel, "all", first_ones(40));
  const Aggregates found = find_aggregates(panel);
  ASSERT_EQ(found.locations.size(), 2U);
  EXPECT_EQ(found.locations[0].code, "union");
  EXPECT_THAT(found.locations[0].members, testing::UnorderedElementsAre("c3", "c8", "c21", "c30"));
  EXPECT_EQ(found.locations[1].code, "all");
  // A country whose regions are known to be its parts is as it should be.
  panel = with_location(random_panel(40, 90, 3, 5), "land", {3, 8, 21, 30});
  panel.location_parent.assign(41, -1);
  for (const std::size_t part : {3, 8, 21, 30}) panel.location_parent[part] = 40;
  EXPECT_THAT(find_aggregates(panel).locations, IsEmpty());
}

TEST(AggregatesTest, LevelsOfProductsMixed) {
  // Two digits beside four: each chapter holds three headings.
  Panel panel = random_panel(40, 60, 2, 9);
  Panel mixed = panel;
  for (std::size_t chapter = 0; chapter < 20; ++chapter) mixed.products.push_back("chapter" + std::to_string(chapter));
  mixed.value.assign(2 * 40 * 80, 0);
  for (std::size_t y = 0; y < 2; ++y) {
    for (std::size_t c = 0; c < 40; ++c) {
      for (std::size_t p = 0; p < 60; ++p) {
        mixed.value[mixed.index(y, c, p)] = panel.value[panel.index(y, c, p)];
        mixed.value[mixed.index(y, c, 60 + p / 3)] += panel.value[panel.index(y, c, p)];
      }
    }
  }
  const Aggregates found = find_aggregates(mixed);
  EXPECT_GE(found.products.size(), 15U);
  for (const Aggregate& aggregate : found.products) EXPECT_THAT(aggregate.code, HasSubstr("chapter"));
  EXPECT_THAT(remarks_of(found), ElementsAre(HasSubstr("--product-length")));
}

// Of very many small codes some add up to one large cell: that is no group.
TEST(Aggregates, SparsePanelsHaveNone) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    Panel panel = random_panel(25, 1500, 1, seed);
    std::mt19937_64 random(seed + 1000);
    for (double& value : panel.value) value = random() % 5 == 0 ? value : 0;
    EXPECT_THAT(find_aggregates(panel).products, IsEmpty()) << seed;
  }
}

}  // namespace
}  // namespace balassa
