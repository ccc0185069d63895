#include "host/cluster/range_dispenser.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace balassa {
namespace {

TEST(RangeDispenser, GivesEveryScenarioOnceInOrderBigOnesFirst) {
  RangeDispenser dispenser({1000, 101000}, 4);
  std::vector<std::uint64_t> sizes;
  std::uint64_t next = 1000;
  while (const auto range = dispenser.take(1e9)) {
    EXPECT_EQ(range->begin, next);
    EXPECT_GT(range->end, range->begin);
    next = range->end;
    EXPECT_EQ(dispenser.given(), next);
    sizes.push_back(range->end - range->begin);
  }
  EXPECT_EQ(next, 101000u);
  EXPECT_EQ(sizes.front(), 100000u / 8);  // half of a rank's share
  for (std::size_t i = 1; i < sizes.size(); ++i) EXPECT_LE(sizes[i], sizes[i - 1]);
  // Until what is left is shared in the least that is given: no rank waits longer for another than that takes.
  ASSERT_GT(sizes.size(), 8u);
  EXPECT_EQ(sizes[sizes.size() - 2], kLeastTaken);
  EXPECT_EQ(dispenser.end().done, 101000u);
  EXPECT_EQ(dispenser.end().stop, 0);
}

TEST(RangeDispenser, NoRangeTakesARankLongerThanItShould) {
  RangeDispenser dispenser({0, 1'000'000'000}, 2);
  EXPECT_EQ(dispenser.take(0)->end, kLeastTaken);  // nothing is known of this rank yet
  const auto range = dispenser.take(5000);
  EXPECT_EQ(range->end - range->begin, static_cast<std::uint64_t>(5000 * kTakenSeconds));
  EXPECT_EQ(dispenser.take(1e300)->end, range->end + (1'000'000'000 - range->end) / 4);
}

TEST(RangeDispenser, ClosedItGivesNoMoreAndKnowsTheFirstReason) {
  RangeDispenser dispenser({5, 5000}, 3);
  const auto range = dispenser.take(100);
  dispenser.close(15);
  dispenser.close(2);
  EXPECT_FALSE(dispenser.take(100));
  EXPECT_EQ(dispenser.end().done, range->end);
  EXPECT_EQ(dispenser.end().stop, 15);
}

}  // namespace
}  // namespace balassa
