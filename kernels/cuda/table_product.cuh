// What a thread or a warp of a block does with bits and tables; the same bits as PlainProduct (bit_matrix.hpp).
#pragma once

#include <bit>
#include <cstddef>

#include "kernels/bit_matrix.hpp"

namespace balassa::inline BALASSA_ISA {

inline constexpr unsigned kWholeWarp = 0xFFFFFFFFu;
inline constexpr int kWarp = 32;

struct WarpProduct {
  // Entry `entry` of the table of its group: one thread an entry.
  template <class T>
  BALASSA_HD static void build_entry(const T* in, int entry, T* table) {
    const T* h = in + (entry >> 4) * 4;
    const T low = ((entry & 1) != 0 ? h[0] : T(0)) + ((entry & 2) != 0 ? h[1] : T(0));
    const T high = ((entry & 4) != 0 ? h[2] : T(0)) + ((entry & 8) != 0 ? h[3] : T(0));
    table[entry] = low + high;
  }

  // Row `lane` of tiles warp, warp + warps, ... to out[tile * kTile + lane]. Not inlined: a scenario has a dozen
  // products.
  template <class T>
  BALASSA_NOINLINE BALASSA_HD static void multiply_tiles(const std::uint32_t* bits, int tiles, int words,
                                                         const T* table, T* out, int warp, int warps, int lane) {
    if (__isShared(table)) {
      BALASSA_ASSUME(__isShared(table));  // look-ups with addresses of 32 bits: half the instructions
      for (int t = warp; t < tiles; t += warps)
        out[t * kTile + lane] = multiply_row(bits + static_cast<std::ptrdiff_t>(t) * words * kTile, words, table, lane);
    } else {
      for (int t = warp; t < tiles; t += warps)
        out[t * kTile + lane] = multiply_row(bits + static_cast<std::ptrdiff_t>(t) * words * kTile, words, table, lane);
    }
  }

  // All lanes of the warp read the same 16 entries at a time, which lie in 16 banks (fp64: in all 32), and 32 words
  // side by side. The four chains are independent, so that their look-ups overlap.
  template <class T>
  BALASSA_HD static T multiply_row(const std::uint32_t* bits, int words, const T* table, int lane) {
    constexpr int kGroupBytes = 16 * sizeof(T), kWordBytes = kGroupsPerWord * kGroupBytes;
    T chain[4] = {T(0), T(0), T(0), T(0)};
    const std::byte* t = reinterpret_cast<const std::byte*>(table);
    int w = 0;
    for (; w + 4 <= words; w += 4, t += 4 * kWordBytes) {
      std::uint32_t word[4];
      BALASSA_UNROLL
      for (int j = 0; j < 4; ++j) word[j] = bits[(w + j) * kTile + lane];
      BALASSA_UNROLL
      for (int g = 0; g < kGroupsPerWord; ++g) {
        BALASSA_UNROLL
        for (int j = 0; j < 4; ++j) chain[j] += entry_at<T>(t + j * kWordBytes + g * kGroupBytes, word[j], g);
      }
    }
    BALASSA_UNROLL
    for (int j = 0; j < 3; ++j) {  // the words that are left, each to its chain
      if (w + j >= words) break;
      const std::uint32_t word = bits[(w + j) * kTile + lane];
      BALASSA_UNROLL
      for (int g = 0; g < kGroupsPerWord; ++g) chain[j] += entry_at<T>(t + j * kWordBytes + g * kGroupBytes, word, g);
    }
    return (chain[0] + chain[1]) + (chain[2] + chain[3]);
  }

  // Row `lane` of the transpose of 32 x 32 bits: as transpose_block, a row a lane. A rotation serves for both shifts:
  // what it wraps around falls to the bits that are kept.
  BALASSA_HD static std::uint32_t transpose_row(std::uint32_t row, int lane) {
    std::uint32_t mask = 0x0000FFFFu;
    BALASSA_UNROLL
    for (int j = 16; j != 0; j >>= 1, mask ^= mask << j) {
      const std::uint32_t other = __shfl_xor_sync(kWholeWarp, row, j);
      const bool upper = (lane & j) != 0;
      const std::uint32_t kept = upper ? ~mask : mask;
      row = (row & kept) | (std::rotl(other, upper ? 32 - j : j) & ~kept);
    }
    return row;
  }

  // As PlainProduct's; the loads of several members of the list go out together, the additions stay in turn.
  BALASSA_HD static void accumulate(const double* value, int stride, const std::int32_t* member, int begin, int end,
                                    int from, int to, double* sum, double* square) {
    constexpr int kTogether = 8;
    for (int c = from; c < to; ++c) {
      double s = sum[c], q = square[c];
      int i = begin;
      for (; i + kTogether <= end; i += kTogether) {
        double x[kTogether];
        BALASSA_UNROLL
        for (int k = 0; k < kTogether; ++k) x[k] = value[static_cast<std::ptrdiff_t>(member[i + k]) * stride + c];
        BALASSA_UNROLL
        for (int k = 0; k < kTogether; ++k) {
          s += x[k];
          q = fused(x[k], x[k], q);
        }
      }
      for (; i < end; ++i) {
        const double x = value[static_cast<std::ptrdiff_t>(member[i]) * stride + c];
        s += x;
        q = fused(x, x, q);
      }
      sum[c] = s;
      square[c] = q;
    }
  }

  BALASSA_HD static int count_not_below(const double* x, int n, double bound) {
    return PlainProduct::count_not_below(x, n, bound);
  }
  BALASSA_HD static void prefetch(const void*) {}

 private:
  // The entry of a group's table that nibble g of a word names: one shift and one mask give its place in bytes.
  template <class T>
  BALASSA_HD static T entry_at(const std::byte* group, std::uint32_t word, int g) {
    constexpr int kShift = std::countr_zero(sizeof(T));
    const std::uint32_t moved = 4 * g < kShift ? word << kShift : word >> (4 * g - kShift);
    return *reinterpret_cast<const T*>(group + (moved & (15u << kShift)));
  }
};

}  // namespace balassa::inline BALASSA_ISA
