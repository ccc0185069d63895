// The layouts of a year: where they lie, what they take, and what fills them up.
#include "kernels/resident/resident_year.hpp"

#include <gtest/gtest.h>

#include <cstdint>

#include "tests/small_year.hpp"

namespace balassa {
namespace {

template <class Array>
std::size_t lies_beyond(const Array& array, std::size_t boundary) {
  return reinterpret_cast<std::uintptr_t>(array.data()) % boundary;
}

TEST(ResidentYear, ArraysLieOnCacheLinesAndLargeOnesOnHugePages) {
  const ResidentYear small(random_year(33, 65, 1)), large(random_year(240, 1240, 2));
  for (const ResidentYear* year : {&small, &large}) {
    EXPECT_EQ(lies_beyond(year->location_total, 64), 0u);
    EXPECT_EQ(lies_beyond(year->value, 64), 0u);
    EXPECT_EQ(lies_beyond(year->value32, 64), 0u);
    EXPECT_EQ(lies_beyond(year->prefix_step, 64), 0u);
  }
  EXPECT_EQ(lies_beyond(large.value, std::size_t{1} << 21), 0u);
  EXPECT_EQ(lies_beyond(large.prefix_order, std::size_t{1} << 21), 0u);
}

// Half a megabyte and more take whole pages of two; sizes are padded, so that what is said is up to twice what is
// taken.
TEST(ResidentYear, BytesAreThoseOfTheArrays) {
  for (const auto& [locations, products] : {std::pair{33, 65}, {240, 1240}, {100, 1000}}) {
    const ResidentYear year(random_year(locations, products, 3));
    std::size_t taken = 0;
    const auto count = [&](const auto& array) {
      const std::size_t bytes = array.size() * sizeof array[0], page = std::size_t{1} << 21;
      taken += bytes < page / 4 ? bytes : (bytes + page - 1) / page * page;
    };
    count(year.value), count(year.value_by_product), count(year.location_total), count(year.product_total);
    count(year.value32), count(year.prefix_ratio), count(year.prefix_step), count(year.prefix_order);
    count(year.prefix_count), count(year.snapshot), count(year.location_item), count(year.product_item);
    count(year.class_unit);
    const std::size_t said = ResidentYear::bytes(locations, products);
    EXPECT_GE(said, taken) << locations << " x " << products;
    EXPECT_LE(static_cast<double>(said), 2.0 * static_cast<double>(taken)) << locations << " x " << products;
  }
}

// Nothing reaches a ratio of -1, so that a search may read whole blocks.
TEST(ResidentYear, PrefixesFallAndEndInRatiosThatNothingReaches) {
  const ResidentYear year(random_year(40, 300, 4));
  const std::size_t stride = 320, steps = static_cast<std::size_t>(prefix_steps(year.snapshots));
  for (std::size_t c = 0; c < 40; ++c) {
    const std::size_t count = static_cast<std::size_t>(year.prefix_count[c]);
    for (std::size_t i = 0; i < stride; ++i) {
      const double ratio = year.prefix_ratio[c * stride + i];
      EXPECT_TRUE(i < count ? ratio > 0 && (i == 0 || ratio <= year.prefix_ratio[c * stride + i - 1]) : ratio == -1.0);
    }
    for (std::size_t k = 0; k < steps; ++k)
      EXPECT_EQ(year.prefix_step[c * steps + k], 32 * k < count ? year.prefix_ratio[c * stride + 32 * k] : -1.0);
  }
}

// Values whose totals under weights of up to 2^31 would leave fp32, at either end, have no fp32 copy.
TEST(ResidentYear, Fp32OnlyWhereItSpansTheValues) {
  EXPECT_FALSE(ResidentYear(year_of(2, 2, {1e-30, 1, 0, 1e27})).value32.empty());
  EXPECT_TRUE(ResidentYear(year_of(2, 2, {1e-31, 1, 0, 1})).value32.empty());
  EXPECT_TRUE(ResidentYear(year_of(2, 2, {1, 1, 9e27, 2e27})).value32.empty());
}

}  // namespace
}  // namespace balassa
