// The table product in AVX-512: a 16-entry table is one register (fp32, vpermps) or two (fp64, vpermt2pd), indexed by
// the low four bits of each lane (SOLVERS 3.2). Same bits as the plain version. The rest is Avx2Product's.
#pragma once

#if defined(BALASSA_EMULATED_SIMD)
#include <simde/x86/avx512.h>
#else
#include <immintrin.h>
#endif

#include "kernels/cpu/table_product_avx2.hpp"

namespace balassa::inline BALASSA_ISA {

// Halves by way of memory: g++ 12 warns of its own extraction.
struct Double8 {
  using Number = double;
  using Register = __m512d;
  static constexpr int kWidth = 8;
  static Register zero() { return _mm512_setzero_pd(); }
  static Register load(const double* x) { return _mm512_loadu_pd(x); }
  static Register fused(Register a, Register b, Register c) { return _mm512_fmadd_pd(a, b, c); }
  static Register add(Register a, Register b) { return _mm512_add_pd(a, b); }
  static double sum(const Register& x) {
    const double* lane = reinterpret_cast<const double*>(&x);
    return Double4::sum(Double4::add(Double4::load(lane), Double4::load(lane + 4)));
  }
};

struct Float16 {
  using Number = float;
  using Register = __m512;
  static constexpr int kWidth = 16;
  static Register zero() { return _mm512_setzero_ps(); }
  static Register spread(float x) { return _mm512_set1_ps(x); }
  static void store(float* to, const Register& x) { _mm512_storeu_ps(to, x); }
  static Register load(const float* x) { return _mm512_loadu_ps(x); }
  static Register fused(Register a, Register b, Register c) { return _mm512_fmadd_ps(a, b, c); }
  static Register add(Register a, Register b) { return _mm512_add_ps(a, b); }
  static float sum(const Register& x) {
    const float* lane = reinterpret_cast<const float*>(&x);
    return Float8::sum(Float8::add(Float8::load(lane), Float8::load(lane + 8)));
  }
};

struct Avx512Product : Avx2Product {
  static constexpr const char* kName = "avx512";

  // Four groups at a time, first and last multiples of 4: the four sums of each one's first pair, and of its second,
  // then every first with every second. Whole registers from load to store: two halves that are stored and read back as
  // one wait for the cache.
  static void build(const float* in, int first, int last, float* table) {
    const __m512i even = _mm512_setr_epi32(0, 0, 0, 0, 4, 4, 4, 4, 8, 8, 8, 8, 12, 12, 12, 12);
    const __m512i one = _mm512_set1_epi32(1), two = _mm512_set1_epi32(2);
    const __m512i odd = _mm512_add_epi32(even, one), third = _mm512_add_epi32(even, two),
                  fourth = _mm512_add_epi32(odd, two);
    const __m512i low_of = _mm512_setr_epi32(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
    const __m512i high_of = _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
    for (int g = first; g < last; g += 4) {
      const __m512 h = _mm512_loadu_ps(in + 4 * g);
      const __m512 low =
          _mm512_add_ps(_mm512_maskz_permutexvar_ps(0xAAAA, even, h), _mm512_maskz_permutexvar_ps(0xCCCC, odd, h));
      const __m512 high =
          _mm512_add_ps(_mm512_maskz_permutexvar_ps(0xAAAA, third, h), _mm512_maskz_permutexvar_ps(0xCCCC, fourth, h));
      for (int k = 0; k < 4; ++k) {
        const __m512i at = _mm512_set1_epi32(4 * k);
        _mm512_storeu_ps(table + 16 * (g + k),
                         _mm512_add_ps(_mm512_permutexvar_ps(_mm512_add_epi32(low_of, at), low),
                                       _mm512_permutexvar_ps(_mm512_add_epi32(high_of, at), high)));
      }
    }
  }

  // kCount words, each to its chain. Rotations, not shifts: those share their units with the additions (Zen 4: 1.6
  // clocks a look-up instead of 2.3).
  template <int kCount>
  static void advance(const std::uint32_t* bits, const float* table, __m512 (&chain)[4][2]) {
    __m512i b[kCount][2];
    for (int j = 0; j < kCount; ++j) {
      b[j][0] = _mm512_loadu_si512(bits + j * kTile);
      b[j][1] = _mm512_loadu_si512(bits + j * kTile + 16);
    }
#pragma GCC unroll 1
    for (int g = 0; g < kGroupsPerWord; ++g) {
#pragma GCC unroll 4
      for (int j = 0; j < kCount; ++j) {
        const __m512 entries = _mm512_loadu_ps(table + 16 * (kGroupsPerWord * j + g));
#pragma GCC unroll 2
        for (int r = 0; r < 2; ++r) {
          chain[j][r] = _mm512_add_ps(chain[j][r], _mm512_permutexvar_ps(b[j][r], entries));
          b[j][r] = _mm512_ror_epi32(b[j][r], 4);
        }
      }
    }
  }

  static void multiply_tile(const std::uint32_t* bits, int words, const float* table, float* out) {
    __m512 chain[4][2];
    for (int j = 0; j < 4; ++j) chain[j][0] = chain[j][1] = _mm512_setzero_ps();
    int w = 0;
    for (; w + 4 <= words; w += 4) advance<4>(bits + w * kTile, table + 16 * kGroupsPerWord * w, chain);
    bits += w * kTile;
    table += 16 * kGroupsPerWord * w;
    if (words - w == 3) advance<3>(bits, table, chain);
    if (words - w == 2) advance<2>(bits, table, chain);
    if (words - w == 1) advance<1>(bits, table, chain);
    for (int r = 0; r < 2; ++r) {
      _mm512_storeu_ps(out + 16 * r,
                       _mm512_add_ps(_mm512_add_ps(chain[0][r], chain[1][r]), _mm512_add_ps(chain[2][r], chain[3][r])));
    }
  }

  static void build(const double* in, int first, int last, double* table) {
    const __m512d zero = _mm512_setzero_pd();
    for (int g = first; g < last; ++g) {
      const double* h = in + 4 * g;
      const __m512d low = _mm512_add_pd(_mm512_mask_mov_pd(zero, 0xAA, _mm512_set1_pd(h[0])),
                                        _mm512_mask_mov_pd(zero, 0xCC, _mm512_set1_pd(h[1])));
      const __m512d third = _mm512_mask_mov_pd(zero, 0xF0, _mm512_set1_pd(h[2]));
      _mm512_storeu_pd(table + 16 * g, _mm512_add_pd(low, _mm512_add_pd(third, zero)));
      _mm512_storeu_pd(table + 16 * g + 8, _mm512_add_pd(low, _mm512_add_pd(third, _mm512_set1_pd(h[3]))));
    }
  }

  // A lane of 64 bits holds the words of two rows: of even rows in its low half, and once turned by 32, of odd ones.
  static void multiply_tile(const std::uint32_t* bits, int words, const double* table, double* out) {
    __m512d chain[4][4];
    for (int j = 0; j < 4; ++j) {
      __m512d sum[4];
      for (int r = 0; r < 4; ++r) sum[r] = _mm512_setzero_pd();
      for (int w = j; w < words; w += 4) {
        __m512i b[4];
        b[0] = _mm512_loadu_si512(bits + w * kTile);
        b[2] = _mm512_loadu_si512(bits + w * kTile + 16);
        b[1] = _mm512_ror_epi64(b[0], 32);
        b[3] = _mm512_ror_epi64(b[2], 32);
        const double* t = table + 16 * kGroupsPerWord * w;
#pragma GCC unroll 1
        for (int g = 0; g < kGroupsPerWord; ++g, t += 16) {
          const __m512d first = _mm512_loadu_pd(t), second = _mm512_loadu_pd(t + 8);
#pragma GCC unroll 4
          for (int r = 0; r < 4; ++r) {
            sum[r] = _mm512_add_pd(sum[r], _mm512_permutex2var_pd(first, b[r], second));
            b[r] = _mm512_ror_epi64(b[r], 4);
          }
        }
      }
      for (int r = 0; r < 4; ++r) chain[j][r] = sum[r];
    }
    const __m512i low = _mm512_setr_epi64(0, 8, 1, 9, 2, 10, 3, 11),
                  high = _mm512_setr_epi64(4, 12, 5, 13, 6, 14, 7, 15);
    for (int h = 0; h < 4; h += 2) {
      const __m512d even =
          _mm512_add_pd(_mm512_add_pd(chain[0][h], chain[1][h]), _mm512_add_pd(chain[2][h], chain[3][h]));
      const __m512d odd = _mm512_add_pd(_mm512_add_pd(chain[0][h + 1], chain[1][h + 1]),
                                        _mm512_add_pd(chain[2][h + 1], chain[3][h + 1]));
      _mm512_storeu_pd(out + 8 * h, _mm512_permutex2var_pd(even, low, odd));
      _mm512_storeu_pd(out + 8 * h + 8, _mm512_permutex2var_pd(even, high, odd));
    }
  }

  static Screened screen(const float* x, const float* cut, float high, float low) {
    const __m512 above = _mm512_set1_ps(high), below = _mm512_set1_ps(low);
    std::uint32_t surely = 0, perhaps = 0;
    for (int l = 0; l < kTile; l += 16) {
      const __m512 value = _mm512_loadu_ps(x + l), reach = _mm512_loadu_ps(cut + l);
      const std::uint32_t sure = _mm512_cmp_ps_mask(value, _mm512_mul_ps(above, reach), _CMP_GE_OQ),
                          may_be = _mm512_cmp_ps_mask(value, _mm512_mul_ps(below, reach), _CMP_GE_OQ);
      surely |= sure << l;
      perhaps |= may_be << l;
    }
    return {surely, perhaps & ~surely};
  }

  // Rows are found by their flags, 16 a compression, word by word.
  static void partition_rows(const BitMatrix& from, const std::int32_t* had, const std::int32_t* weight,
                             const std::uint32_t* kept, const std::int32_t*, int, const BitMatrix& to,
                             std::uint32_t* line) {
    const __m512i zero = _mm512_setzero_si512();
    for (int w = 0; w < to.words; ++w) {
      const __m512i mask = _mm512_set1_epi32(kept == nullptr ? -1 : static_cast<int>(kept[w]));
      int at = 0;
      for (const bool weighted : {true, false}) {
        for (int i = 0; i < from.tiles * kTile; i += 16) {
          const __m512i there = _mm512_loadu_si512(had + i), own = _mm512_loadu_si512(weight + i);
          const __mmask16 is = _mm512_test_epi32_mask(there, there);
          const __mmask16 taken =
              weighted ? _mm512_mask_cmpgt_epi32_mask(is, own, zero) : _mm512_mask_cmpeq_epi32_mask(is, own, zero);
          const __m512i rows = _mm512_loadu_si512(row_of(from, i).first + w * kTile);
          _mm512_storeu_si512(line + at, _mm512_maskz_compress_epi32(taken, _mm512_and_si512(rows, mask)));
          at += __builtin_popcount(taken);
        }
      }
      _mm512_storeu_si512(line + at, zero);
      _mm512_storeu_si512(line + at + 16, zero);
      for (int i = 0; i < to.tiles * kTile; i += 16)
        _mm512_storeu_si512(row_of(to, i).first + w * kTile, _mm512_loadu_si512(line + i));
    }
  }

  static void collect(const std::int32_t* x, int n, std::int32_t wanted, std::int32_t* list) {
    const __m512i w = _mm512_set1_epi32(wanted);
    int i = 0;
    for (; i + 16 <= n; i += 16) {
      const __mmask16 set = _mm512_cmpeq_epi32_mask(_mm512_loadu_si512(x + i), w);
      if (set != 0) list += append_of_16(set, i, list);
    }
    for (; i < n; ++i) {
      if (x[i] == wanted) *list++ = i;
    }
  }

  static int append(const std::uint8_t* flag, int first, std::int32_t* list) {
    const std::uint64_t set = _mm512_test_epi8_mask(_mm512_loadu_si512(flag), _mm512_set1_epi8(-1));
    int count = 0;
    for (int i = 0; i < PlainProduct::kFlags; i += 16)
      count += append_of_16(static_cast<__mmask16>(set >> i), first + i, list + count);
    return count;
  }

  // The sums of 8 V locations stay in registers while all products pass; rows to come are asked for.
  template <int V>
  static void accumulate_block(const double* value, int stride, const std::int32_t* member, int begin, int end,
                               double* sum, double* square) {
    constexpr int kProductsAhead = 8;
    __m512d s[V], q[V];
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) s[v] = _mm512_loadu_pd(sum + 8 * v), q[v] = _mm512_loadu_pd(square + 8 * v);
    for (int i = begin; i < end; ++i) {
      const double* row = value + static_cast<std::ptrdiff_t>(member[i]) * stride;
      const int later = i + kProductsAhead < end ? i + kProductsAhead : i;
      const double* ahead = value + static_cast<std::ptrdiff_t>(member[later]) * stride;
#pragma GCC unroll 8
      for (int v = 0; v < V; ++v) {
        const __m512d x = _mm512_loadu_pd(row + 8 * v);
        prefetch(ahead + 8 * v);
        s[v] = _mm512_add_pd(s[v], x);
        q[v] = _mm512_fmadd_pd(x, x, q[v]);
      }
    }
#pragma GCC unroll 8
    for (int v = 0; v < V; ++v) _mm512_storeu_pd(sum + 8 * v, s[v]), _mm512_storeu_pd(square + 8 * v, q[v]);
  }
  static void accumulate(const double* value, int stride, const std::int32_t* member, int begin, int end, int from,
                         int to, double* sum, double* square) {
    int c = from;
    for (; c + 64 <= to; c += 64) accumulate_block<8>(value + c, stride, member, begin, end, sum + c, square + c);
    for (; c < to; c += 8) accumulate_block<1>(value + c, stride, member, begin, end, sum + c, square + c);
  }

  static int count_not_below(const double* x, int n, double bound) {
    const __m512d b = _mm512_set1_pd(bound);
    int count = 0;
    for (int i = 0; i < n; i += 8)
      count += __builtin_popcount(_mm512_cmp_pd_mask(_mm512_loadu_pd(x + i), b, _CMP_GE_OQ));
    return count;
  }

  static constexpr int kTotalRows = 4;
  static void weighted_totals(const double* const* row, const double* const* weight, int n, double (*total)[4]) {
    totals_in_registers<Double8, kLanes, kTotalRows, 4>(row, weight, n, total);
  }
  static void weighted_totals(const float* const* row, const float* const* weight, int n, float (*total)[4]) {
    totals_in_registers<Float16, kLanes32, kTotalRows, 4>(row, weight, n, total);
  }

  static void column_totals(const float* value, int rows, int stride, const float* const* weight,
                            float (*total)[kTile]) {
    columns_in_registers<Float16, 2, 4>(value, rows, stride, weight, total);
  }

 private:
  // list += first + the set bits, 16 numbers, no room for more than those needed; returns how many.
  static int append_of_16(__mmask16 set, int first, std::int32_t* list) {
    const __m512i step = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
    const int count = __builtin_popcount(set);
    _mm512_mask_storeu_epi32(list, static_cast<__mmask16>((1u << count) - 1),
                             _mm512_maskz_compress_epi32(set, _mm512_add_epi32(step, _mm512_set1_epi32(first))));
    return count;
  }
};

}  // namespace balassa::inline BALASSA_ISA
