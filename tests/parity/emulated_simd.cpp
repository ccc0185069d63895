// The AVX2 and AVX-512 products compiled with emulated intrinsics, against the plain ones: bytes. So the AVX-512 path
// is held to the definition on machines that can't run it.
#define SIMDE_ENABLE_NATIVE_ALIASES
#define BALASSA_EMULATED_SIMD
#define BALASSA_ISA emulated
#include <gtest/gtest.h>
#include <simde/x86/avx512.h>

#include <cmath>
#include <cstring>
#include <vector>

// What this emulation lacks.
using __mmask16 = simde__mmask16;
static void _mm512_mask_storeu_epi32(void* to, simde__mmask16 mask, simde__m512i x) {
  std::int32_t lane[16];
  simde_mm512_storeu_si512(lane, x);
  for (int i = 0; i < 16; ++i) {
    if (((mask >> i) & 1) != 0) static_cast<std::int32_t*>(to)[i] = lane[i];
  }
}

#include "kernels/base/philox.hpp"
#include "kernels/cpu/table_product_avx512vbmi.hpp"

namespace balassa {
namespace {

std::uint32_t word(std::uint32_t i) {
  return philox4x32(i, 1, 2, 3, 4, 5).word[0];
}

template <class T>
std::vector<T> random_values(int n) {
  std::vector<T> v(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i)
    v[static_cast<std::size_t>(i)] =
        static_cast<T>(static_cast<double>(word(1000 + static_cast<std::uint32_t>(i))) * 0x1p-32 - 0.4);
  v[1] = T(-0.0);
  v[2] = T(0);
  return v;
}

template <class Product, class T, int kEntries>
void expect_plain_product(int words) {
  std::vector<std::uint32_t> bits(static_cast<std::size_t>(words * kTile));
  for (std::uint32_t i = 0; i < bits.size(); ++i) bits[i] = word(i);
  const std::vector<T> in = random_values<T>(words * kTile);
  const std::size_t groups = static_cast<std::size_t>(words * kGroupsPerWord);
  std::vector<T> plain_table(groups * 16), table(groups * static_cast<std::size_t>(kEntries));
  PlainProduct::build(in.data(), 0, static_cast<int>(groups), plain_table.data());
  Product::build(in.data(), 0, static_cast<int>(groups), table.data());
  std::vector<T> expected(kTile), found(kTile);
  PlainProduct::multiply_tile(bits.data(), words, plain_table.data(), expected.data());
  Product::multiply_tile(bits.data(), words, table.data(), found.data());
  EXPECT_EQ(std::memcmp(expected.data(), found.data(), kTile * sizeof(T)), 0)
      << Product::kName << " " << words << " words";
  // An independent sum, to rounding: 32 words' terms of at most 0.6.
  for (int l = 0; l < kTile; ++l) {
    long double sum = 0;
    for (int c = 0; c < words * kTile; ++c)
      sum += ((bits[static_cast<std::size_t>(c / kTile * kTile + l)] >> (c % kTile)) & 1) != 0
                 ? in[static_cast<std::size_t>(c)]
                 : T(0);
    EXPECT_NEAR(static_cast<double>(sum), static_cast<double>(expected[static_cast<std::size_t>(l)]),
                words * kTile * (sizeof(T) == 4 ? 1e-6 : 1e-15));
  }
}

TEST(EmulatedSimd, TableProducts) {
  for (int words = 1; words <= 41; words += words < 10 ? 1 : 7) {
    expect_plain_product<Avx2Product, float, 8>(words);
    expect_plain_product<Avx2Product, double, 8>(words);
    expect_plain_product<Avx512Product, float, 16>(words);
    expect_plain_product<Avx512Product, double, 16>(words);
  }
}

TEST(EmulatedSimd, Transpose) {
  std::uint32_t in[kTile], plain[kTile], fast[kTile], faster[kTile];
  for (std::uint32_t i = 0; i < kTile; ++i) in[i] = word(i);
  PlainProduct::transpose(in, plain);
  Avx2Product::transpose(in, fast);
  Avx512VbmiProduct::transpose(in, faster);
  for (int r = 0; r < kTile; ++r) {
    EXPECT_EQ(plain[r], fast[r]);
    EXPECT_EQ(plain[r], faster[r]);
    for (int b = 0; b < kTile; ++b) EXPECT_EQ((in[r] >> b) & 1, (plain[b] >> r) & 1);
  }
}

TEST(EmulatedSimd, TotalsCountsPresenceAndShares) {
  const int n = 1248, words = n / kTile;
  // Multiples of 1/64: products are exact, since emulated fma rounds twice. Order is held by parity on real hardware.
  std::vector<double> first = random_values<double>(n);
  for (double& x : first) x = static_cast<double>(static_cast<int>(64 * x)) / 64;
  std::vector<double> second(first.rbegin(), first.rend());
  second.resize(2 * static_cast<std::size_t>(n));  // the row behind is asked for in advance
  const double* weight[4] = {second.data(), first.data(), first.data(), second.data()};
  const double* row[4] = {first.data(), second.data(), second.data(), first.data()};
  double expected[2][4], found[4][4];
  PlainProduct::weighted_totals(row, weight, n, expected);
  Avx2Product::weighted_totals(row, weight, n, found);
  EXPECT_EQ(std::memcmp(expected, found, sizeof expected), 0);
  Avx512Product::weighted_totals(row, weight, n, found);
  EXPECT_EQ(std::memcmp(expected, found, sizeof expected), 0);
  for (int k = 0; k < 4; ++k) {
    EXPECT_EQ(found[2][k], found[1][k]);
    EXPECT_EQ(found[3][k], found[0][k]);
  }

  // In fp32 within the error that presence reckons with, of terms >= 0.
  std::vector<float> first32, second32;
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    first32.push_back(std::fabs(static_cast<float>(first[i])));
    second32.push_back(static_cast<float>(word(static_cast<std::uint32_t>(i)) % 9) / 3.0f);
  }
  const float* row32[4] = {first32.data(), second32.data(), second32.data(), first32.data()};
  const float* weight32[4] = {second32.data(), first32.data(), first32.data(), second32.data()};
  const auto expect_near = [&](auto totals, int rows) {
    float total[4][4];
    totals(row32, weight32, n, total);
    for (int r = 0; r < rows; ++r) {
      for (int k = 0; k < 4; ++k) {
        double sum = 0;
        for (int p = 0; p < n; ++p) sum += static_cast<double>(row32[r][p]) * static_cast<double>(weight32[k][p]);
        EXPECT_NEAR(static_cast<double>(total[r][k]) / sum, 1.0, total_error32(n) / 2) << r << " " << k;
      }
    }
  };
  const auto of = [](auto product) {
    return [=](const float* const* x, const float* const* w, int count, float(*total)[4]) {
      decltype(product)::weighted_totals(x, w, count, total);
    };
  };
  expect_near(of(PlainProduct{}), 2);
  expect_near(of(Avx2Product{}), 2);
  expect_near(of(Avx512Product{}), 4);

  std::vector<std::uint32_t> bits(static_cast<std::size_t>(n)), mask(static_cast<std::size_t>(words));
  for (std::uint32_t i = 0; i < bits.size(); ++i) bits[i] = word(i);
  for (std::uint32_t i = 0; i < mask.size(); ++i) mask[i] = word(i + 77);
  std::int32_t plain_count[kTile], count[kTile];
  PlainProduct::count_tile(bits.data(), words, mask.data(), plain_count);
  Avx2Product::count_tile(bits.data(), words, mask.data(), count);
  EXPECT_EQ(std::memcmp(plain_count, count, sizeof count), 0);
  Avx512VbmiProduct::count_tile(bits.data(), words, mask.data(), count);
  EXPECT_EQ(std::memcmp(plain_count, count, sizeof count), 0);

  const std::vector<double> cut(32, 0.25);
  for (const bool above : {false, true}) {
    EXPECT_EQ(PlainProduct::pack(first.data(), 2.0, cut.data(), 1.5, above),
              Avx512Product::pack(first.data(), 2.0, cut.data(), 1.5, above));
    const std::vector<double> same(32, 0.375 / 2);  // exactly at the threshold
    EXPECT_EQ(Avx512Product::pack(same.data(), 2.0, cut.data(), 1.5, above), above ? 0u : ~0u);
  }

  // Falling numbers, of which the bound is one.
  std::vector<double> falling(48);
  for (std::size_t i = 0; i < falling.size(); ++i) falling[i] = 7.0 - static_cast<double>(i / 3);
  for (const double bound : {8.0, 7.0, 6.5, 1.0, -100.0}) {
    const int least = PlainProduct::count_not_below(falling.data(), 48, bound);
    EXPECT_EQ(Avx2Product::count_not_below(falling.data(), 48, bound), least) << bound;
    EXPECT_EQ(Avx512Product::count_not_below(falling.data(), 48, bound), least) << bound;
  }

  const std::vector<std::int32_t> member = {0, 3, 4, 7, 8, 12, 13, 17, 18, 22, 37};
  const int locations = 96;  // a block of 64, and a rest
  const std::vector<double> value = random_values<double>(38 * locations);
  std::vector<double> plain_sum(locations, 0.5), plain_square(locations, 0.25);
  PlainProduct::accumulate(value.data(), locations, member.data(), 1, 11, 0, locations, plain_sum.data(),
                           plain_square.data());
  const auto expect_plain_sums = [&](auto accumulate) {
    std::vector<double> sum(locations, 0.5), square(locations, 0.25);
    accumulate(value.data(), locations, member.data(), 1, 11, 0, locations, sum.data(), square.data());
    for (std::size_t c = 0; c < sum.size(); ++c) {
      EXPECT_EQ(sum[c], plain_sum[c]) << c;
      EXPECT_NEAR(square[c], plain_square[c], 1e-14) << c;  // emulated fma rounds twice
    }
  };
  expect_plain_sums(Avx2Product::accumulate);
  expect_plain_sums(Avx512Product::accumulate);
}

// Rows, lists and order statistics are unique: against their definitions.
template <class Product>
void expect_defined_lists() {
  const int tiles = 5, words = 3;
  std::vector<std::uint32_t> full(static_cast<std::size_t>(tiles * words * kTile));
  for (std::uint32_t i = 0; i < full.size(); ++i) full[i] = word(i);
  const BitMatrix from{full.data(), tiles, words};
  std::vector<std::int32_t> had(static_cast<std::size_t>(tiles * kTile)), weight(had.size()), list;
  for (std::uint32_t p = 0; p < had.size(); ++p) {
    had[p] = word(p + 500) % 4 != 0 ? 1 : 0;
    weight[p] = static_cast<std::int32_t>(word(p + 900) % 3);
  }
  for (const bool weighted : {true, false}) {
    for (std::size_t p = 0; p < had.size(); ++p) {
      if (had[p] != 0 && (weight[p] > 0) == weighted) list.push_back(static_cast<std::int32_t>(p));
    }
  }
  const int n = static_cast<int>(list.size());
  const std::vector<std::uint32_t> kept = {0xFFFF00FFu, 0u, 0x12345678u};
  for (const std::uint32_t* mask : {static_cast<const std::uint32_t*>(nullptr), kept.data()}) {
    std::vector<std::uint32_t> bits(static_cast<std::size_t>(padded(n) * words), 0xABABABABu),
        line(static_cast<std::size_t>(tiles * kTile + 32));
    const BitMatrix to{bits.data(), padded(n) / kTile, words};
    Product::partition_rows(from, had.data(), weight.data(), mask, list.data(), n, to, line.data());
    for (int row = 0; row < padded(n); ++row) {
      for (int w = 0; w < words; ++w) {
        const std::uint32_t whole = row < n ? row_of(from, list[static_cast<std::size_t>(row)])[w] : 0;
        EXPECT_EQ(row_of(to, row)[w], mask == nullptr ? whole : whole & mask[w]) << row << " " << w;
      }
    }
  }

  for (int wide = 1; wide <= 18; ++wide) {
    std::vector<std::uint32_t> rows(static_cast<std::size_t>(kTile * wide + 7)),
        tile(static_cast<std::size_t>(kTile * wide));
    for (std::uint32_t i = 0; i < rows.size(); ++i) rows[i] = i;
    Product::deal(rows.data(), wide, tile.data());
    for (int l = 0; l < kTile; ++l) {
      for (int w = 0; w < wide; ++w)
        EXPECT_EQ(tile[static_cast<std::size_t>(w * kTile + l)], static_cast<std::uint32_t>(l * wide + w));
    }
  }

  std::uint8_t flag[PlainProduct::kFlags];
  std::vector<std::int32_t> flagged;
  for (int i = 0; i < PlainProduct::kFlags; ++i) {
    flag[i] = word(static_cast<std::uint32_t>(i) + 70) % 3 == 0 ? 1 : 0;
    if (flag[i] != 0) flagged.push_back(40 + i);
  }
  std::vector<std::int32_t> found(flagged.size() + 1, -1);
  EXPECT_EQ(Product::append(flag, 40, found.data()), static_cast<int>(flagged.size()));
  found.resize(flagged.size());
  EXPECT_EQ(found, flagged);

  std::vector<std::int32_t> bucket(77), wanted;
  for (std::uint32_t i = 0; i < bucket.size(); ++i) {
    bucket[i] = static_cast<std::int32_t>(word(i) % 4);
    if (bucket[i] == 2) wanted.push_back(static_cast<std::int32_t>(i));
  }
  std::vector<std::int32_t> collected(wanted.size() + 1, -1);
  Product::collect(bucket.data(), static_cast<int>(bucket.size()), 2, collected.data());
  EXPECT_EQ(collected.back(), -1);  // room for those alone
  collected.resize(wanted.size());
  EXPECT_EQ(collected, wanted);
}

// The screen of compared cells to the bit; totals of columns in fp32 within their bound (three folds of rows).
template <class Product>
void expect_screen_and_columns() {
  constexpr int kRows = 150, kStride = 64;
  std::vector<float> x(kRows * kStride), cut(kStride), weight(4 * kRows);
  for (std::uint32_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(word(i) % 1000 + 1);
  for (std::uint32_t i = 0; i < cut.size(); ++i) cut[i] = static_cast<float>(word(9000 + i) % 1000 + 1);
  for (std::uint32_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<float>(word(7000 + i) % 7);
  cut[3] = INFINITY;
  int open = 0;
  for (int row = 0; row < kRows; ++row) {
    const Screened expected = PlainProduct::screen(x.data() + row * kStride, cut.data(), 1.2f, 0.8f),
                   found = Product::screen(x.data() + row * kStride, cut.data(), 1.2f, 0.8f);
    EXPECT_EQ(found.present, expected.present);
    EXPECT_EQ(found.open, expected.open);
    open += __builtin_popcount(expected.open);
  }
  EXPECT_GT(open, 100);
  const float* weights[4];
  for (int k = 0; k < 4; ++k) weights[k] = weight.data() + k * kRows;
  float total[4][kTile];
  Product::column_totals(x.data() + kTile, kRows, kStride, weights, total);
  for (int k = 0; k < 4; ++k) {
    for (int i = 0; i < kTile; ++i) {
      double sum = 0;
      for (int c = 0; c < kRows; ++c)
        sum += static_cast<double>(weights[k][c]) *
               static_cast<double>(x[static_cast<std::size_t>(c * kStride + kTile + i)]);
      EXPECT_NEAR(static_cast<double>(total[k][i]), sum, column_error32(kRows) * sum);
    }
  }
}

TEST(EmulatedSimd, ScreenAndColumns) {
  expect_screen_and_columns<PlainProduct>();
  expect_screen_and_columns<Avx2Product>();
  expect_screen_and_columns<Avx512Product>();
}

TEST(EmulatedSimd, RowsAndLists) {
  expect_defined_lists<PlainProduct>();
  expect_defined_lists<Avx2Product>();
  expect_defined_lists<Avx512Product>();
}

}  // namespace
}  // namespace balassa
