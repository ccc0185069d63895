// What a thread or a warp of a block does with bits and tables; the same bits as PlainProduct (bit_matrix.hpp).
#pragma once

#include <bit>
#include <cstddef>

#include "kernels/cuda/choices.hpp"
#include "kernels/scenario/bit_matrix.hpp"

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

  // Adds row `lane` of the tile at `bits`, words [0, words), to its four chains.
  template <class T>
  BALASSA_HD static void add_row(const std::uint32_t* bits, int words, const T* table, int lane, T* chains) {
    in_table(table, [=](auto entries) {
      T chain[4] = {chains[0], chains[1], chains[2], chains[3]};
      int w = 0;
      for (; w + 4 <= words; w += 4) {
        std::uint32_t word[4];
        BALASSA_UNROLL
        for (int j = 0; j < 4; ++j) word[j] = bits[(w + j) * kTile + lane];
        BALASSA_UNROLL
        for (int g = 0; g < kGroupsPerWord; ++g) {
          BALASSA_UNROLL
          for (int j = 0; j < 4; ++j) chain[j] += entries.at(word[j], j, g);
        }
        entries.advance(4);
      }
      BALASSA_UNROLL
      for (int j = 0; j < 3; ++j) {  // the words that are left, each to its chain
        if (w + j >= words) break;
        const std::uint32_t word = bits[(w + j) * kTile + lane];
        BALASSA_UNROLL
        for (int g = 0; g < kGroupsPerWord; ++g) chain[j] += entries.at(word, j, g);
      }
      BALASSA_UNROLL
      for (int j = 0; j < 4; ++j) chains[j] = chain[j];
      return T(0);
    });
  }
  template <class T>
  BALASSA_HD static T joined(const T* chain) {
    return (chain[0] + chain[1]) + (chain[2] + chain[3]);
  }

  // One chain of the same: words first, first + 4, ...
  template <class T>
  BALASSA_HD static T multiply_chain(const std::uint32_t* bits, int words, const T* table, int first, int lane) {
    return in_table(table, [=](auto entries) {
      T chain = T(0);
      entries.advance(first);
      BALASSA_NO_UNROLL
      for (int w = first; w < words; w += 4) {
        const std::uint32_t word = bits[w * kTile + lane];
        BALASSA_UNROLL
        for (int g = 0; g < kGroupsPerWord; ++g) chain += entries.at(word, 0, g);
        entries.advance(4);
      }
      return chain;
    });
  }

  // Tiles warp, warp + warps, ... below `tiles` to out[tile * kTile + lane]. All lanes of a warp read the same 16
  // entries at a time, which lie in 16 banks (fp64: in all 32), and 32 words side by side; the four chains are
  // independent, so that their look-ups overlap.
  template <class T>
  BALASSA_NOINLINE BALASSA_HD static void multiply_tiles(const std::uint32_t* bits, int tiles, int words,
                                                         const T* table, T* out, int warp, int warps, int lane) {
    BALASSA_NO_UNROLL
    for (int t = warp; t < tiles; t += warps) {
      T chain[4] = {T(0), T(0), T(0), T(0)};
      add_row(bits + static_cast<std::ptrdiff_t>(t) * words * kTile, words, table, lane, chain);
      out[t * kTile + lane] = joined(chain);
    }
  }

  // Tiles [from, tiles) that are fewer than the warps, `parts` (2 or 4) warps a tile: warp w forms two chains or one of
  // tile from + w / parts, in partial[w * kTile + lane]. What is left: join_chains.
  template <class T>
  BALASSA_NOINLINE BALASSA_HD static void multiply_chains(const std::uint32_t* bits, int from, int tiles, int words,
                                                          int parts, const T* table, T* partial, int warp, int lane) {
    const int t = from + warp / parts, part = warp % parts;
    if (t >= tiles) return;
    const std::uint32_t* tile = bits + static_cast<std::ptrdiff_t>(t) * words * kTile;
    T sum = multiply_chain(tile, words, table, parts == 4 ? part : 2 * part, lane);
    if (parts == 2) sum += multiply_chain(tile, words, table, 2 * part + 1, lane);
    partial[warp * kTile + lane] = sum;
  }
  // (chain 0 + chain 1) + (chain 2 + chain 3) of row `row` of those tiles.
  template <class T>
  BALASSA_HD static T join_chains(const T* partial, int parts, int row) {
    const T* of_row = partial + row / kTile * parts * kTile + row % kTile;
    return parts == 4 ? (of_row[0] + of_row[kTile]) + (of_row[2 * kTile] + of_row[3 * kTile])
                      : of_row[0] + of_row[kTile];
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
  template <class T>
  static constexpr int kGroupBytes = 16 * sizeof(T);
  // What nibble g of a word names, as its place in bytes within a group: one shift and one mask.
  template <class T>
  BALASSA_HD static std::uint32_t entry_of(std::uint32_t word, int g) {
    constexpr int kShift = std::countr_zero(sizeof(T));
    return (4 * g < kShift ? word << kShift : word >> (4 * g - kShift)) & (15u << kShift);
  }

  // The table from some word on: entry g of the word `ahead` of it.
  template <class T>
  struct PlainEntries {
    const std::byte* word_table;
    BALASSA_HD T at(std::uint32_t word, int ahead, int g) const {
      return *reinterpret_cast<const T*>(word_table + (ahead * kGroupsPerWord + g) * kGroupBytes<T> +
                                         entry_of<T>(word, g));
    }
    BALASSA_HD void advance(int words) { word_table += words * kGroupsPerWord * kGroupBytes<T>; }
  };
  // The same in shared memory by 32-bit places. A group begins at a multiple of its size, so that the bits of an entry
  // are joined to it in the instruction that masks them.
  template <class T>
  struct JoinedEntries {
    std::size_t word_table;
    BALASSA_HD T at(std::uint32_t word, int ahead, int g) const {
      const void* place = __cvta_shared_to_generic(word_table | entry_of<T>(word, g));
      return *reinterpret_cast<const T*>(static_cast<const std::byte*>(place) +
                                         (ahead * kGroupsPerWord + g) * kGroupBytes<T>);
    }
    BALASSA_HD void advance(int words) {
      word_table += static_cast<std::size_t>(words * kGroupsPerWord * kGroupBytes<T>);
    }
  };

  // f(entries of the table), by the memory that it lies in.
  template <class T, class F>
  BALASSA_HD static T in_table(const T* table, F f) {
    const PlainEntries<T> plain{reinterpret_cast<const std::byte*>(table)};
    if (!__isShared(table)) return f(plain);
    BALASSA_ASSUME(__isShared(table));  // look-ups with addresses of 32 bits: half the instructions
    if constexpr (chosen(Choice::kJoinedAddress))
      return f(JoinedEntries<T>{__cvta_generic_to_shared(table)});
    else
      return f(plain);
  }
};

}  // namespace balassa::inline BALASSA_ISA
