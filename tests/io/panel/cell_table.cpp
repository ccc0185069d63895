// Dense or sparse, a table of cells holds what a map of sums holds.
#include "io/panel/cell_table.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <random>
#include <tuple>

#include "io/base/error.hpp"

namespace balassa {
namespace {

struct Sum {
  double value;
  std::uint64_t origin;
};
using Cells = std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>, Sum>;

// Whole numbers, so that sums are exact, and one value in ten missing; locations with 1 to 3,000 products.
void compare_with_map(CellTable& table) {
  std::mt19937_64 random(7);
  Cells expected;
  for (std::uint64_t row = 1; row <= 60000; ++row) {
    const auto year = static_cast<std::uint32_t>(random() % 3), location = static_cast<std::uint32_t>(random() % 70);
    const auto product = static_cast<std::uint32_t>(random() % (location % 7 == 0 ? 3000 : 1 + location * 3)) * 64;
    const double value =
        random() % 10 == 0 ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(random() % 1000);
    const CellTable::Added added = table.add(year, location, product, value, row);
    const auto [cell, fresh] = expected.try_emplace({year, location, product}, Sum{value, row});
    ASSERT_EQ(added.again, !fresh) << row;
    ASSERT_EQ(added.first_origin, cell->second.origin) << row;
    if (fresh || std::isnan(value)) continue;
    double& sum = cell->second.value;
    sum = std::isnan(sum) ? value : sum + value;
  }
  std::size_t visited = 0;
  for (std::uint32_t year = 0; year < 4; ++year) {
    table.take_year(year, [&](std::uint32_t location, std::uint32_t product, double value) {
      const auto cell = expected.find({year, location, product});
      ASSERT_NE(cell, expected.end()) << year << ' ' << location << ' ' << product;
      EXPECT_TRUE(value == cell->second.value || (std::isnan(value) && std::isnan(cell->second.value)));
      ++visited;
    });
  }
  EXPECT_EQ(visited, expected.size());
}

TEST(CellTable, DenseAndSparseHoldTheSameSums) {
  constexpr std::size_t kRoom = std::size_t{1} << 32;
  CellTable dense(kRoom, kRoom, true), sparse(1, kRoom, true), turning(std::size_t{1} << 25, kRoom, true);
  compare_with_map(dense);
  EXPECT_FALSE(dense.sparse());
  compare_with_map(sparse);
  EXPECT_TRUE(sparse.sparse());
  compare_with_map(turning);  // dense at first
  EXPECT_TRUE(turning.sparse());
}

// 3,000 locations with one product each, of 10^6: memory follows the rows.
TEST(CellTable, SparseMemoryFollowsTheRows) {
  CellTable table(1, std::size_t{1} << 30, false);
  for (std::uint32_t location = 0; location < 3000; ++location) table.add(0, location, location * 333, 1, 0);
  EXPECT_LT(table.bytes(), 3000U * 400);
  CellTable small(1, 100000, false);
  try {
    for (std::uint32_t product = 0; product < 10000; ++product) small.add(0, 0, product, 1, 0);
    ADD_FAILURE() << "10,000 cells in 100 kB";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kOutOfMemory);
  }
}

}  // namespace
}  // namespace balassa
