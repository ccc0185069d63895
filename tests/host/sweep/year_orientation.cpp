// Years that turn round, and one orientation for all: against numbers worked by hand.
#include "host/sweep/year_orientation.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace balassa {
namespace {

const double kNan = std::nan("");

YearScores scores(std::int32_t year, std::vector<double> eci, double corr = 0.5) {
  return {year, std::move(eci), corr};
}

TEST(YearBefore, IsACorrelationOnCommonLocations) {
  // Common: (1, 2), (2, 4), (3, 3): centred (-1, 0, 1) and (-1, 1, 0); 1 / sqrt(2 * 2).
  const YearBefore found = compare_years(scores(2001, {1, 2, 3, kNan, 9}), scores(2002, {2, 4, 3, 7, kNan}));
  EXPECT_EQ(found.year, 2001);
  EXPECT_EQ(found.common, 3u);
  EXPECT_DOUBLE_EQ(found.correlation, 0.5);
  EXPECT_FALSE(found.turned_round());
  // Two locations always correlate perfectly: that says nothing.
  EXPECT_TRUE(std::isnan(compare_years(scores(1, {1, 2, kNan}), scores(2, {2, 1, 5})).correlation));
  EXPECT_TRUE(std::isnan(compare_years(scores(1, {}), scores(2, {2, 1, 5})).correlation));
}

TEST(YearBefore, TurnsRoundBeyondItsNoiseAlone) {
  // -1 of 5 common locations is no more than twice the noise, 1 / sqrt(4); of 6 it is.
  EXPECT_FALSE(compare_years(scores(1, {1, 2, 3, 4, 5}), scores(2, {5, 4, 3, 2, 1})).turned_round());
  EXPECT_TRUE(compare_years(scores(1, {1, 2, 3, 4, 5, 6}), scores(2, {6, 5, 4, 3, 2, 1})).turned_round());
  EXPECT_FALSE(compare_years(scores(1, {}), scores(2, {1, 2, 3})).turned_round());
}

TEST(YearBefore, ChainSkipsYearsWithoutScores) {
  YearChain chain;
  EXPECT_TRUE(std::isnan(chain.add(scores(1, {1, 2, 3, 4, 5, 6})).correlation));
  EXPECT_TRUE(std::isnan(chain.add(scores(2, {})).correlation));
  const YearBefore found = chain.add(scores(3, {6, 5, 4, 3, 2, 1}));
  EXPECT_EQ(found.year, 1);
  EXPECT_DOUBLE_EQ(found.correlation, -1.0);
}

const std::vector<double> kUp = {1, 2, 3, 4, 5, 6, 7}, kDown = {7, 6, 5, 4, 3, 2, 1};
// Uncorrelated with both: centred (3, -2, -1, 0, -1, -2, 3) is even about the middle.
const std::vector<double> kAcross = {3, -2, -1, 0, -1, -2, 3};

TEST(TurnedYears, FollowTheBestDeterminedBothWays) {
  using Years = std::vector<YearScores>;
  // The third is the surest: the first and the fourth go against it.
  EXPECT_EQ(turned_years(Years{scores(1, kDown, .1), scores(2, kUp, .2), scores(3, kUp, .9), scores(4, kDown, .3),
                               scores(5, kUp, .1)}),
            (std::vector<bool>{true, false, false, true, false}));
  // The sure one is never turned, though all the others stand against it.
  EXPECT_EQ(turned_years(Years{scores(1, kUp, .1), scores(2, kDown, .9), scores(3, kUp, .8)}),
            (std::vector<bool>{true, false, true}));
  // Years without scores are passed over.
  EXPECT_EQ(turned_years(Years{scores(1, kUp, .9), scores(2, {}), scores(3, kDown, .1)}),
            (std::vector<bool>{false, false, true}));
  // A correlation within its noise turns nothing, and what follows goes with the year as it stands.
  EXPECT_EQ(turned_years(Years{scores(1, kUp, .9), scores(2, kAcross, .1), scores(3, kDown, .1)}),
            (std::vector<bool>{false, false, false}));
  // More locations make the same correlation surer.
  std::vector<double> wide = kDown;
  for (double x = 0; x > -30; --x) wide.push_back(x);
  std::vector<double> narrow = kUp;
  narrow.resize(wide.size(), kNan);
  EXPECT_EQ(turned_years(Years{scores(1, narrow, .5), scores(2, wide, .4)}), (std::vector<bool>{true, false}));
  EXPECT_TRUE(turned_years({}).empty());
}

}  // namespace
}  // namespace balassa
