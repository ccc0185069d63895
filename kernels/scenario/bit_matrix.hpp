// Products with a 0/1 matrix from tables of 16 partial sums (the four Russians' method; SOLVERS 3.2, 8), plain version:
// the one that every faster path is held to.
//
// Canonical order: columns in groups of 4; the entry of group (h0 h1 h2 h3) at nibble i is (i0 h0 + i1 h1) + (i2 h2 +
// i3 h3); a row adds its groups in 4 chains, word w to chain w mod 4, and ends with (chain 0 + chain 1) + (chain 2 +
// chain 3).
#pragma once

#include "kernels/base/canonical_sum.hpp"
#include "kernels/formulas/baskets.hpp"
#include "kernels/scenario/team.hpp"

namespace balassa::inline BALASSA_ISA {

inline constexpr int kGroupsPerWord = 8;

// 32 x 32 bits, row r's bit b to row b's bit r (Hacker's Delight 7-3).
BALASSA_HD inline void transpose_block(const std::uint32_t* in, std::uint32_t* out) {
  for (int r = 0; r < kTile; ++r) out[r] = in[r];
  std::uint32_t mask = 0x0000FFFFu;
  for (int j = 16; j != 0; j >>= 1, mask ^= mask << j) {
    for (int r = 0; r < kTile; ++r) {
      if ((r & j) != 0) continue;
      const std::uint32_t low = out[r], high = out[r + j];
      out[r] = (low & mask) | ((high & mask) << j);
      out[r + j] = ((low >> j) & mask) | (high & ~mask);
    }
  }
}

// The words of one row that is written, kStep apart.
template <int kStep>
struct RowWords {
  std::uint32_t* first;
  BALASSA_HD std::uint32_t& operator[](int w) const { return first[w * kStep]; }
};
BALASSA_HD inline RowWords<kTile> row_of(const BitMatrix& m, int row) {
  return {m.bits + static_cast<std::ptrdiff_t>(row / kTile) * m.words * kTile + row % kTile};
}

// Of 32 cells compared with a cut that is known within an error: surely present, and not sure either way.
struct Screened {
  std::uint32_t present, open;
};

// Row `row` of `to` = row list[row] of `from` where `kept` (null: everywhere); from n on, an empty row.
BALASSA_HD inline void copy_row(const BitMatrix& from, const std::int32_t* list, int n, const std::uint32_t* kept,
                                const BitMatrix& to, int row) {
  const RowWords<kTile> written = row_of(to, row), read = row_of(from, row < n ? list[row] : 0);
  for (int w = 0; w < to.words; ++w) written[w] = row < n ? read[w] & (kept == nullptr ? ~0u : kept[w]) : 0;
}

struct PlainProduct {
  static constexpr const char* kName = "plain";
  static constexpr int kEntries = 16;  // elements of T per group

  // Tables of groups [first, last) of `in`, which is padded to words.
  template <class T>
  BALASSA_HD static void build(const T* in, int first, int last, T* table) {
    for (int g = first; g < last; ++g) {
      const T* h = in + 4 * g;
      T low[4], high[4];
      for (int i = 0; i < 4; ++i) {
        low[i] = ((i & 1) ? h[0] : T(0)) + ((i & 2) ? h[1] : T(0));
        high[i] = ((i & 1) ? h[2] : T(0)) + ((i & 2) ? h[3] : T(0));
      }
      for (int i = 0; i < 16; ++i) table[kEntries * g + i] = low[i & 3] + high[i >> 2];
    }
  }

  // The 32 rows of one tile.
  template <class T>
  BALASSA_HD static void multiply_tile(const std::uint32_t* bits, int words, const T* table, T* out) {
    for (int l = 0; l < kTile; ++l) {
      T chain[4] = {T(0), T(0), T(0), T(0)};
      for (int w = 0; w < words; ++w) {
        std::uint32_t word = bits[w * kTile + l];
        const T* t = table + static_cast<std::ptrdiff_t>(kEntries) * kGroupsPerWord * w;
        for (int g = 0; g < kGroupsPerWord; ++g, word >>= 4, t += kEntries) chain[w & 3] += t[word & 15];
      }
      out[l] = (chain[0] + chain[1]) + (chain[2] + chain[3]);
    }
  }

  BALASSA_HD static void transpose(const std::uint32_t* in, std::uint32_t* out) { transpose_block(in, out); }

  // Presence of one product in 32 locations, x > -inf lanes.
  BALASSA_HD static std::uint32_t pack(const double* x, double total, const double* cut, double product_total,
                                       bool above) {
    std::uint32_t word = 0;
    for (int l = 0; l < kTile; ++l)
      word |= static_cast<std::uint32_t>(present(x[l], total, cut[l], product_total, above)) << l;
    return word;
  }

  // 32 cells against fl(high cut) and fl(low cut), high > low.
  BALASSA_HD static Screened screen(const float* x, const float* cut, float high, float low) {
    Screened tile{0, 0};
    for (int l = 0; l < kTile; ++l) {
      const bool surely = x[l] >= high * cut[l], perhaps = x[l] >= low * cut[l];
      tile.present |= static_cast<std::uint32_t>(surely) << l;
      tile.open |= static_cast<std::uint32_t>(perhaps && !surely) << l;
    }
    return tile;
  }

  // count[l] = bits of row l that meet `mask` [words], 32 rows.
  BALASSA_HD static void count_tile(const std::uint32_t* bits, int words, const std::uint32_t* mask,
                                    std::int32_t* count) {
    for (int l = 0; l < kTile; ++l) {
      std::int32_t sum = 0;
      for (int w = 0; w < words; ++w) sum += __builtin_popcount(bits[w * kTile + l] & mask[w]);
      count[l] = sum;
    }
  }

  static constexpr int kTotalRows = 2;  // rows that weighted_totals takes together

  // total[row][k]: canonical sums of weight[k][p] row[p], p < n (a multiple of 32), kTotalRows rows and four weight
  // vectors at once. In fp32 each within total_error32(n) of the sum.
  template <class T>
  BALASSA_HD static void weighted_totals(const T* const* row, const T* const* weight, int n, T (*total)[4]) {
    for (int k = 0; k < 4 * kTotalRows; ++k) {
      const T *x = row[k / 4], *w = weight[k % 4];
      total[k / 4][k % 4] = static_cast<T>(canonical_sum(
          static_cast<std::size_t>(n), [=](std::size_t p) { return static_cast<double>(w[p]); },
          [=](std::size_t p) { return static_cast<double>(x[p]); }));
    }
  }

  // total[k][i] = sum_c weight[k][c] value[c, i], c < rows, of 32 columns under four weight vectors, in fp32, each
  // within column_error32(rows) of the sum.
  BALASSA_HD static void column_totals(const float* value, int rows, int stride, const float* const* weight,
                                       float (*total)[kTile]) {
    for (int k = 0; k < 4; ++k) {
      for (int i = 0; i < kTile; ++i) {
        double sum = 0.0;
        for (int c = 0; c < rows; ++c)
          sum = fused(static_cast<double>(weight[k][c]),
                      static_cast<double>(value[static_cast<std::ptrdiff_t>(c) * stride + i]), sum);
        total[k][i] = static_cast<float>(sum);
      }
    }
  }

  // sum[c] += x, square[c] += x^2 over products member[begin..end) in turn, c in [from, to); x = value[product stride +
  // c].
  BALASSA_HD static void accumulate(const double* value, int stride, const std::int32_t* member, int begin, int end,
                                    int from, int to, double* sum, double* square) {
    for (int c = from; c < to; ++c) {
      double s = sum[c], q = square[c];
      for (int i = begin; i < end; ++i) {
        const double x = value[static_cast<std::ptrdiff_t>(member[i]) * stride + c];
        s += x;
        q = fused(x, x, q);
      }
      sum[c] = s;
      square[c] = q;
    }
  }

  // to[32 w + l] = rows[l words + w], w < words: 32 rows to a tile; 7 words behind the last one may be read.
  BALASSA_HD static void deal(const std::uint32_t* rows, int words, std::uint32_t* to) {
    for (int w = 0; w < words; ++w) {
      for (int l = 0; l < kTile; ++l) to[w * kTile + l] = rows[l * words + w];
    }
  }

  // As the verb; line: scratch for a row of `to` turned on its side, and 32 more.
  BALASSA_HD static void partition_rows(const BitMatrix& from, const std::int32_t*, const std::int32_t*,
                                        const std::uint32_t* kept, const std::int32_t* list, int n, const BitMatrix& to,
                                        std::uint32_t*) {
    for (int row = 0; row < to.tiles * kTile; ++row) copy_row(from, list, n, kept, to, row);
  }

  // How many of n falling numbers are not below `bound`; n a multiple of 8.
  BALASSA_HD static int count_not_below(const double* x, int n, double bound) {
    int low = 0;
    for (int high = n; low < high;) {
      const int middle = (low + high) / 2;
      if (x[middle] >= bound)
        low = middle + 1;
      else
        high = middle;
    }
    return low;
  }

  // list += first + i where flag[i] != 0, of kFlags flags; returns how many. Room for one more.
  static constexpr int kFlags = 64;
  BALASSA_HD static int append(const std::uint8_t* flag, int first, std::int32_t* list) {
    int count = 0;
    for (int i = 0; i < kFlags; ++i) {
      list[count] = first + i;
      count += flag[i] != 0 ? 1 : 0;
    }
    return count;
  }

  // The i < n where x[i] == wanted, ascending.
  BALASSA_HD static void collect(const std::int32_t* x, int n, std::int32_t wanted, std::int32_t* list) {
    for (int i = 0; i < n; ++i) {
      if (x[i] == wanted) *list++ = i;
    }
  }

  // Asks for the line at p.
  BALASSA_HD static void prefetch(const void*) {}
};

}  // namespace balassa::inline BALASSA_ISA
