// Verbs of a team of many members against the standard library's answers: 32 and 256 threads, as a warp and a block
// have, and numbers that share nothing evenly.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <thread>

#include "kernels/base/canonical_sum.hpp"
#include "kernels/base/philox.hpp"
#include "kernels/cpu/ascending_order.hpp"
#include "kernels/cpu/eigenvalue_eighths.hpp"
#include "kernels/cpu/threads_team.hpp"

namespace balassa {
namespace {

using Team = ThreadsTeam<PlainProduct>;

// body(team) by `members` threads, with scratch for orders of up to n keys.
template <class Body>
void with_team(int members, int n, Body body) {
  std::vector<std::int32_t> scratch(4 * static_cast<std::size_t>(n) + 64);
  Workspace work{};
  work.order_scratch = scratch.data();
  ThreadsState state(members);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < members; ++rank) {
    threads.emplace_back([&, rank] {
      Team team(state, rank, members, work);
      body(team);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

std::uint32_t word(std::size_t i) {
  return philox4x32(static_cast<std::uint32_t>(i), 1, 2, 3, 4, 6).word[0];
}

class Verbs : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Members, Verbs, testing::Values(1, 3, 32, 256), testing::PrintToStringParamName());

constexpr int kSizes[] = {1, 31, 33, 255, 257, 1000};

TEST_P(Verbs, CompactKeepsAscending) {
  for (const int n : kSizes) {
    std::vector<std::int32_t> list(static_cast<std::size_t>(n) + 1, -1), expected;
    const auto keep = [](int i) { return word(static_cast<std::size_t>(i)) % 3 == 0; };
    for (int i = 0; i < n; ++i) {
      if (keep(i)) expected.push_back(i);
    }
    std::atomic<int> wrong = 0;
    with_team(GetParam(), n, [&](Team& team) {
      for (int repeat = 0; repeat < 3; ++repeat)
        wrong += team.compact(n, keep, list.data()) != static_cast<int>(expected.size()) ? 1 : 0;
    });
    EXPECT_EQ(wrong, 0) << n;
    list.resize(expected.size());
    EXPECT_EQ(list, expected) << n;
  }
}

TEST_P(Verbs, RunningSums) {
  for (const int n : kSizes) {
    std::vector<std::int32_t> x(static_cast<std::size_t>(n)), expected(x.size());
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<std::int32_t>(word(i) % 7);
    std::exclusive_scan(x.begin(), x.end(), expected.begin(), 0);
    with_team(GetParam(), n, [&](Team& team) { team.running_sums(n, x.data()); });
    EXPECT_EQ(x, expected) << n;
  }
}

// Keys of both signs, ties, "none" (1e300), outliers, and all equal.
std::vector<double> keys(int n, int kind) {
  std::vector<double> key(static_cast<std::size_t>(n));
  for (std::size_t i = 0; i < key.size(); ++i) {
    const double u = static_cast<double>(word(i)) * 0x1p-32 - 0.5;
    key[i] = kind == 0 ? u : kind == 1 ? std::floor(8 * u) : kind == 2 ? 0.0 : u * u * u * 1e6;
    if (kind == 1 && i % 5 == 0) key[i] = 1e300;
  }
  return key;
}

TEST_P(Verbs, OrderAndSelect) {
  for (const int n : kSizes) {
    for (int kind = 0; kind < 4; ++kind) {
      const std::vector<double> key = keys(n, kind);
      std::vector<std::int32_t> expected(key.size()), index(key.size(), -1);
      std::iota(expected.begin(), expected.end(), 0);
      std::stable_sort(expected.begin(), expected.end(), [&](std::int32_t a, std::int32_t b) {
        return key[static_cast<std::size_t>(a)] < key[static_cast<std::size_t>(b)];
      });
      // P1 sets of one size ask for a place again after the next one.
      const int third = n / 3, next = std::min(third + 1, n - 1), position[6] = {0, third, next, third, n - 1, 0};
      double value[6] = {}, alone[6] = {};
      with_team(GetParam(), n, [&](Team& team) {
        team.order(key.data(), n, index.data());
        int mine[6];  // each member has its own
        std::copy(position, position + 6, mine);
        team.select(key.data(), n, 6, mine, value);
      });
      std::vector<std::int32_t> list(key.size()), scratch(4 * key.size() + 64);
      ascending_select<PlainProduct>(key.data(), n, 6, position, alone, list.data(), scratch.data());
      EXPECT_EQ(index, expected) << n << " kind " << kind;
      for (int k = 0; k < 6; ++k) {
        const double wanted = key[static_cast<std::size_t>(expected[static_cast<std::size_t>(position[k])])];
        EXPECT_EQ(value[k], wanted) << n;
        EXPECT_EQ(alone[k], wanted) << n << ", a team of one";
      }
    }
  }
}

// The path of n vertices has the eigenvalues 2 cos(k pi / (n + 1)): each within 4 / 2^halvings, the same number on
// every team; an interval of neighbours is closed at once.
TEST_P(Verbs, Eigenvalue) {
  constexpr int kN = 9;
  const std::vector<double> alpha(kN, 0.0), beta(kN, 1.0);
  std::vector<double> x(5);
  with_team(GetParam(), 1, [&](Team& team) {
    for (int k = 1; k <= 4; ++k)
      team.eigenvalue(alpha.data(), beta.data(), kN, k, -2.0, 2.0, 31, &x[static_cast<std::size_t>(k - 1)]);
    team.eigenvalue(alpha.data(), beta.data(), kN, 1, 1.0, 1.0 + 0x1p-52, 30, &x[4]);
  });
  for (int k = 1; k <= 4; ++k) {
    const double found = x[static_cast<std::size_t>(k - 1)];
    EXPECT_NEAR(found, 2.0 * std::cos(k * std::numbers::pi / (kN + 1)), 0x1p-29) << k;
    EXPECT_EQ(found, eigenvalue_by_halving(alpha.data(), beta.data(), kN, k, -2.0, 2.0, 31)) << k;
    EXPECT_EQ(found, eigenvalue_by_eighths(alpha.data(), beta.data(), kN, k, -2.0, 2.0, 31)) << k;
  }
  EXPECT_EQ(x[4], 1.0);
}

// Rows that are written, then parted: those that are had, the weighted first, masked; empty rows to the end of the
// tile.
TEST_P(Verbs, WriteAndPartitionRows) {
  const int tiles = 3, words = 2, products = tiles * kTile;
  std::vector<std::uint32_t> full(static_cast<std::size_t>(products * words), ~0u), parted(full.size(), ~0u);
  const BitMatrix m{full.data(), tiles, words}, to{parted.data(), tiles, words};
  std::vector<std::int32_t> had(static_cast<std::size_t>(products)), weight(had.size()), list;
  for (std::size_t p = 0; p < had.size(); ++p) {
    had[p] = static_cast<std::int32_t>(word(p) % 2);
    weight[p] = static_cast<std::int32_t>(word(p + 300) % 2);
  }
  for (const int weighted : {1, 0}) {
    for (std::size_t p = 0; p < had.size(); ++p) {
      if (had[p] != 0 && weight[p] == weighted) list.push_back(static_cast<std::int32_t>(p));
    }
  }
  const std::uint32_t kept[] = {0x0FFFFFFFu, 0x3u};
  const int n = static_cast<int>(list.size());
  with_team(GetParam(), products, [&](Team& team) {
    team.write_rows(m, [](int row, auto bits) {
      for (int w = 0; w < 2; ++w) bits[w] = word(static_cast<std::size_t>(2 * row + w));
    });
    team.partition_rows(m, had.data(), weight.data(), kept, list.data(), n, to);
  });
  for (int row = 0; row < products; ++row) {
    for (int w = 0; w < words; ++w) {
      const std::size_t p = row < n ? static_cast<std::size_t>(list[static_cast<std::size_t>(row)]) : 0;
      EXPECT_EQ(parted[static_cast<std::size_t>((row / kTile * words + w) * kTile + row % kTile)],
                row < n ? word(2 * p + static_cast<std::size_t>(w)) & kept[w] : 0u)
          << row << " " << w;
    }
  }
}

// The order of additions is the canonical one, column or row.
TEST_P(Verbs, SumAlone) {
  for (const int n : {1, 127, 256, 300, 1240}) {
    const std::size_t stride = 3, count = static_cast<std::size_t>(n);
    std::vector<double> x(count * stride);
    std::vector<std::int32_t> weight(count);
    for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(word(i)) * 0x1p-32 * (1 << (i % 20));
    for (std::size_t i = 0; i < count; ++i) weight[i] = static_cast<std::int32_t>(word(i + 7) % 5);
    EXPECT_EQ(Team::sum_alone(x.data(), 3, weight.data(), n),
              canonical_sum(
                  count, [&](std::size_t i) { return static_cast<double>(weight[i]); },
                  [&](std::size_t i) { return x[i * stride]; }));
    EXPECT_EQ(Team::sum_alone(x.data(), 1, nullptr, n), canonical_sum(count, [&](std::size_t i) { return x[i]; }));
  }
}

TEST_P(Verbs, CountRowsAndPack) {
  const int rows = 40, tiles = 2, words = 3;
  std::vector<double> value(static_cast<std::size_t>(rows * words * 32)),
      cut(static_cast<std::size_t>(words * 32), 2.0), row_total(static_cast<std::size_t>(rows), 0.25);
  for (std::size_t i = 0; i < value.size(); ++i) value[i] = static_cast<double>(word(i)) * 0x1p-32;
  std::vector<std::uint32_t> bits(static_cast<std::size_t>(tiles * words * 32), 0xFFFFFFFFu),
      mask = {~0u, 0xFFFFu, ~0u};
  std::vector<int> count(static_cast<std::size_t>(tiles * 32), -1);
  const BitMatrix m{bits.data(), tiles, words};
  with_team(GetParam(), rows, [&](Team& team) {
    team.pack(m, rows, value.data(), words * 32, 1.0, cut.data(), row_total.data(), false);
    team.count_rows(m, mask.data(), [&](int r, int n) { count[static_cast<std::size_t>(r)] = n; });
  });
  for (int r = 0; r < tiles * 32; ++r) {
    int expected = 0;  // cells of at least one half; the upper half of the second word is masked
    for (int c = 0; c < words * 32 && r < rows; ++c) {
      if (c < 48 || c >= 64) expected += value[static_cast<std::size_t>(r * words * 32 + c)] >= 0.5 ? 1 : 0;
    }
    EXPECT_EQ(count[static_cast<std::size_t>(r)], expected) << r;
  }
}

}  // namespace
}  // namespace balassa
