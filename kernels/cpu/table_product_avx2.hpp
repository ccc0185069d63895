// The table product in AVX2: a 16-entry table is two of four entries, looked up by the in-lane permutation vpermilps
// and added; in fp64 the low and high halves of the entries are looked up apart and joined. Same bits as the plain
// version. BALASSA_EMULATED_SIMD: a test compiles it with emulated intrinsics.
#pragma once

#if defined(BALASSA_EMULATED_SIMD)
#include <simde/x86/avx2.h>
#include <simde/x86/fma.h>
#else
#include <immintrin.h>
#endif

#include "kernels/cpu/weighted_totals.hpp"
#include "kernels/scenario/bit_matrix.hpp"

namespace balassa::inline BALASSA_ISA {

struct Double4 {
  using Number = double;
  using Register = __m256d;
  static constexpr int kWidth = 4;
  static Register zero() { return _mm256_setzero_pd(); }
  static Register load(const double* x) { return _mm256_loadu_pd(x); }
  static Register fused(Register a, Register b, Register c) { return _mm256_fmadd_pd(a, b, c); }
  static Register add(Register a, Register b) { return _mm256_add_pd(a, b); }
  static double sum(Register x) {
    const __m128d two = _mm_add_pd(_mm256_castpd256_pd128(x), _mm256_extractf128_pd(x, 1));
    return _mm_cvtsd_f64(_mm_add_sd(two, _mm_unpackhi_pd(two, two)));
  }
};

struct Float8 {
  using Number = float;
  using Register = __m256;
  static constexpr int kWidth = 8;
  static Register zero() { return _mm256_setzero_ps(); }
  static Register spread(float x) { return _mm256_set1_ps(x); }
  static void store(float* to, Register x) { _mm256_storeu_ps(to, x); }
  static Register load(const float* x) { return _mm256_loadu_ps(x); }
  static Register fused(Register a, Register b, Register c) { return _mm256_fmadd_ps(a, b, c); }
  static Register add(Register a, Register b) { return _mm256_add_ps(a, b); }
  static float sum(Register x) {
    const __m128 four = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
    return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
  }
};

struct Avx2Product {
  static constexpr const char* kName = "avx2";

  static __m256 spread(const float* p) { return _mm256_broadcast_ps(reinterpret_cast<const __m128*>(p)); }

  // Bits 2 and 3 of each lane to its lowest two, which is all that a look-up reads. By a multiplication: a shift would
  // compete with the look-ups for their unit.
  static __m256i second_pair(__m256i bits) { return _mm256_mulhi_epu16(bits, _mm256_set1_epi16(1 << 14)); }

  // Per group 8 floats: {0, h0, h1, h0 + h1}, {0, h2, h3, h2 + h3}.
  static void build(const float* in, int first, int last, float* table) {
    const __m256i even = _mm256_setr_epi32(0, 0, 0, 0, 2, 2, 2, 2), odd = _mm256_setr_epi32(1, 1, 1, 1, 3, 3, 3, 3);
    const __m256 even_mask = _mm256_castsi256_ps(_mm256_setr_epi32(0, -1, 0, -1, 0, -1, 0, -1));
    const __m256 odd_mask = _mm256_castsi256_ps(_mm256_setr_epi32(0, 0, -1, -1, 0, 0, -1, -1));
    for (int g = first; g < last; ++g) {
      const __m256 h = spread(in + 4 * g);
      const __m256 a = _mm256_and_ps(_mm256_permutevar_ps(h, even), even_mask);
      const __m256 b = _mm256_and_ps(_mm256_permutevar_ps(h, odd), odd_mask);
      _mm256_storeu_ps(table + 8 * g, _mm256_add_ps(a, b));
    }
  }

  static void multiply_tile(const std::uint32_t* bits, int words, const float* table, float* out) {
    __m256 chain[4][4];
    for (int j = 0; j < 4; ++j) {
      __m256 sum0 = _mm256_setzero_ps(), sum1 = sum0, sum2 = sum0, sum3 = sum0;
      for (int w = j; w < words; w += 4) {
        const __m256i* rows = reinterpret_cast<const __m256i*>(bits + w * kTile);
        __m256i b0 = _mm256_loadu_si256(rows), b1 = _mm256_loadu_si256(rows + 1);
        __m256i b2 = _mm256_loadu_si256(rows + 2), b3 = _mm256_loadu_si256(rows + 3);
        const float* t = table + 8 * kGroupsPerWord * w;
        for (int g = 0; g < kGroupsPerWord; ++g, t += 8) {
          const __m256 low = spread(t), high = spread(t + 4);
          sum0 = _mm256_add_ps(
              sum0, _mm256_add_ps(_mm256_permutevar_ps(low, b0), _mm256_permutevar_ps(high, second_pair(b0))));
          sum1 = _mm256_add_ps(
              sum1, _mm256_add_ps(_mm256_permutevar_ps(low, b1), _mm256_permutevar_ps(high, second_pair(b1))));
          sum2 = _mm256_add_ps(
              sum2, _mm256_add_ps(_mm256_permutevar_ps(low, b2), _mm256_permutevar_ps(high, second_pair(b2))));
          sum3 = _mm256_add_ps(
              sum3, _mm256_add_ps(_mm256_permutevar_ps(low, b3), _mm256_permutevar_ps(high, second_pair(b3))));
          b0 = _mm256_srli_epi32(b0, 4);
          b1 = _mm256_srli_epi32(b1, 4);
          b2 = _mm256_srli_epi32(b2, 4);
          b3 = _mm256_srli_epi32(b3, 4);
        }
      }
      chain[j][0] = sum0;
      chain[j][1] = sum1;
      chain[j][2] = sum2;
      chain[j][3] = sum3;
    }
    for (int r = 0; r < 4; ++r) {
      _mm256_storeu_ps(out + 8 * r,
                       _mm256_add_ps(_mm256_add_ps(chain[0][r], chain[1][r]), _mm256_add_ps(chain[2][r], chain[3][r])));
    }
  }

  // Per group 16 floats: low halves of {0, h0, h1, h0 + h1}, high halves, then of the second pair.
  static void build(const double* in, int first, int last, double* table) {
    const __m256d zero = _mm256_setzero_pd();
    for (int g = first; g < last; ++g) {
      float* t = reinterpret_cast<float*>(table) + 16 * g;
      for (int pair = 0; pair < 2; ++pair) {
        const __m256d a = _mm256_blend_pd(zero, _mm256_broadcast_sd(in + 4 * g + 2 * pair), 0b1010);
        const __m256d b = _mm256_blend_pd(zero, _mm256_broadcast_sd(in + 4 * g + 2 * pair + 1), 0b1100);
        const __m256 entries = _mm256_castpd_ps(_mm256_add_pd(a, b));
        const __m128 first_two = _mm256_castps256_ps128(entries), last_two = _mm256_extractf128_ps(entries, 1);
        _mm_storeu_ps(t + 8 * pair, _mm_shuffle_ps(first_two, last_two, 0x88));
        _mm_storeu_ps(t + 8 * pair + 4, _mm_shuffle_ps(first_two, last_two, 0xDD));
      }
    }
  }

  static void multiply_tile(const std::uint32_t* bits, int words, const double* table, double* out) {
    for (int r = 0; r < 4; ++r) {
      __m256d chain[4][2];  // rows 0, 1, 4, 5 and rows 2, 3, 6, 7 of the eight
      for (int j = 0; j < 4; ++j) {
        __m256d sum0 = _mm256_setzero_pd(), sum1 = sum0;
        for (int w = j; w < words; w += 4) {
          __m256i b = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bits + w * kTile + 8 * r));
          const float* t = reinterpret_cast<const float*>(table) + 16 * kGroupsPerWord * w;
          for (int g = 0; g < kGroupsPerWord; ++g, t += 16) {
            const __m256i c = second_pair(b);
            const __m256 low0 = _mm256_permutevar_ps(spread(t), b), high0 = _mm256_permutevar_ps(spread(t + 4), b);
            const __m256 low1 = _mm256_permutevar_ps(spread(t + 8), c), high1 = _mm256_permutevar_ps(spread(t + 12), c);
            sum0 = _mm256_add_pd(sum0, _mm256_add_pd(_mm256_castps_pd(_mm256_unpacklo_ps(low0, high0)),
                                                     _mm256_castps_pd(_mm256_unpacklo_ps(low1, high1))));
            sum1 = _mm256_add_pd(sum1, _mm256_add_pd(_mm256_castps_pd(_mm256_unpackhi_ps(low0, high0)),
                                                     _mm256_castps_pd(_mm256_unpackhi_ps(low1, high1))));
            b = _mm256_srli_epi32(b, 4);
          }
        }
        chain[j][0] = sum0;
        chain[j][1] = sum1;
      }
      const __m256d a = _mm256_add_pd(_mm256_add_pd(chain[0][0], chain[1][0]), _mm256_add_pd(chain[2][0], chain[3][0]));
      const __m256d b = _mm256_add_pd(_mm256_add_pd(chain[0][1], chain[1][1]), _mm256_add_pd(chain[2][1], chain[3][1]));
      _mm256_storeu_pd(out + 8 * r, _mm256_permute2f128_pd(a, b, 0x20));
      _mm256_storeu_pd(out + 8 * r + 4, _mm256_permute2f128_pd(a, b, 0x31));
    }
  }

  // Three swaps between registers, three within: each bit of the row number trades places with a bit of the column
  // number.
  static void transpose(const std::uint32_t* in, std::uint32_t* out) {
    const __m256i* from = reinterpret_cast<const __m256i*>(in);
    __m256i x[4];
    for (int r = 0; r < 4; ++r) x[r] = _mm256_loadu_si256(from + r);
    swap<16>(x[0], x[2], 0x0000FFFF);
    swap<16>(x[1], x[3], 0x0000FFFF);
    swap<8>(x[0], x[1], 0x00FF00FF);
    swap<8>(x[2], x[3], 0x00FF00FF);
    for (int r = 0; r < 4; ++r) {
      x[r] = swap_within<4>(x[r], _mm256_permute2x128_si256(x[r], x[r], 1), 0x0F0F0F0F);
      x[r] = swap_within<2>(x[r], _mm256_shuffle_epi32(x[r], 0x4E), 0x33333333);
      x[r] = swap_within<1>(x[r], _mm256_shuffle_epi32(x[r], 0xB1), 0x55555555);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out) + r, x[r]);
    }
  }

  static std::uint32_t pack(const double* x, double total, const double* cut, double product_total, bool above) {
    const __m256d t = _mm256_set1_pd(total), p = _mm256_set1_pd(product_total);
    std::uint32_t word = 0;
    for (int l = 0; l < kTile; l += 4) {
      const __m256d left = _mm256_mul_pd(_mm256_loadu_pd(x + l), t), right = _mm256_mul_pd(_mm256_loadu_pd(cut + l), p);
      const __m256d is = above ? _mm256_cmp_pd(left, right, _CMP_GT_OQ) : _mm256_cmp_pd(left, right, _CMP_GE_OQ);
      word |= static_cast<std::uint32_t>(_mm256_movemask_pd(is)) << l;
    }
    return word;
  }

  static Screened screen(const float* x, const float* cut, float high, float low) {
    const __m256 above = _mm256_set1_ps(high), below = _mm256_set1_ps(low);
    std::uint32_t surely = 0, perhaps = 0;
    for (int l = 0; l < kTile; l += 8) {
      const __m256 value = _mm256_loadu_ps(x + l), reach = _mm256_loadu_ps(cut + l);
      const __m256 sure = _mm256_cmp_ps(value, _mm256_mul_ps(above, reach), _CMP_GE_OQ),
                   may_be = _mm256_cmp_ps(value, _mm256_mul_ps(below, reach), _CMP_GE_OQ);
      surely |= static_cast<std::uint32_t>(_mm256_movemask_ps(sure)) << l;
      perhaps |= static_cast<std::uint32_t>(_mm256_movemask_ps(may_be)) << l;
    }
    return {surely, perhaps & ~surely};
  }

  static void count_tile(const std::uint32_t* bits, int words, const std::uint32_t* mask, std::int32_t* count) {
    const __m256i nibble = _mm256_set1_epi8(15), ones = _mm256_set1_epi8(1), pairs = _mm256_set1_epi16(1);
    const __m256i of = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2,
                                        3, 2, 3, 3, 4);
    for (int r = 0; r < 4; ++r) {
      __m256i sum = _mm256_setzero_si256();
      for (int w = 0; w < words; ++w) {
        const __m256i rows = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bits + w * kTile + 8 * r));
        const __m256i met = _mm256_and_si256(rows, _mm256_set1_epi32(static_cast<int>(mask[w])));
        const __m256i bytes =
            _mm256_add_epi8(_mm256_shuffle_epi8(of, _mm256_and_si256(met, nibble)),
                            _mm256_shuffle_epi8(of, _mm256_and_si256(_mm256_srli_epi16(met, 4), nibble)));
        sum = _mm256_add_epi32(sum, _mm256_madd_epi16(_mm256_maddubs_epi16(bytes, ones), pairs));
      }
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(count + 8 * r), sum);
    }
  }

  static constexpr int kTotalRows = 2;
  static void weighted_totals(const double* const* row, const double* const* weight, int n, double (*total)[4]) {
    totals_in_registers<Double4, kLanes, kTotalRows, 4>(row, weight, n, total);
  }
  static void weighted_totals(const float* const* row, const float* const* weight, int n, float (*total)[4]) {
    totals_in_registers<Float8, kLanes32, kTotalRows, 4>(row, weight, n, total);
  }

  // Four products per pass over the running sums, so that rows are read in whole lines, the next four asked for.
  static void column_totals(const float* value, int rows, int stride, const float* const* weight,
                            float (*total)[kTile]) {
    float half[4][kTile / 2];
    for (int side = 0; side < 2; ++side) {  // 8 sums and 2 values fit the 16 registers
      columns_in_registers<Float8, 2, 4>(value + side * kTile / 2, rows, stride, weight, half);
      for (int k = 0; k < 4; ++k) {
        for (int i = 0; i < kTile / 2; ++i) total[k][side * kTile / 2 + i] = half[k][i];
      }
    }
  }
  static void accumulate(const double* value, int stride, const std::int32_t* member, int begin, int end, int from,
                         int to, double* sum, double* square) {
    int i = begin;
    for (; i + 4 <= end; i += 4) {
      const double* row[4];
      const double* ahead[4];
      for (int k = 0; k < 4; ++k) {
        row[k] = value + static_cast<std::ptrdiff_t>(member[i + k]) * stride;
        ahead[k] = value + static_cast<std::ptrdiff_t>(member[i + 4 + k < end ? i + 4 + k : i + k]) * stride;
      }
      for (int c = from; c < to; c += 8) {
        for (int k = 0; k < 4; ++k) prefetch(ahead[k] + c);
        for (int half = c; half < c + 8; half += 4) {
          __m256d s = _mm256_loadu_pd(sum + half), q = _mm256_loadu_pd(square + half);
          for (int k = 0; k < 4; ++k) {
            const __m256d x = _mm256_loadu_pd(row[k] + half);
            s = _mm256_add_pd(s, x);
            q = _mm256_fmadd_pd(x, x, q);
          }
          _mm256_storeu_pd(sum + half, s);
          _mm256_storeu_pd(square + half, q);
        }
      }
    }
    for (; i < end; ++i) {
      const double* row = value + static_cast<std::ptrdiff_t>(member[i]) * stride;
      for (int c = from; c < to; c += 4) {
        const __m256d x = _mm256_loadu_pd(row + c);
        _mm256_storeu_pd(sum + c, _mm256_add_pd(_mm256_loadu_pd(sum + c), x));
        _mm256_storeu_pd(square + c, _mm256_fmadd_pd(x, x, _mm256_loadu_pd(square + c)));
      }
    }
  }

  static int count_not_below(const double* x, int n, double bound) {
    const __m256d b = _mm256_set1_pd(bound);
    __m256i count = _mm256_setzero_si256();
    for (int i = 0; i < n; i += 4)
      count = _mm256_sub_epi64(count, _mm256_castpd_si256(_mm256_cmp_pd(_mm256_loadu_pd(x + i), b, _CMP_GE_OQ)));
    const __m128i two = _mm_add_epi64(_mm256_castsi256_si128(count), _mm256_extracti128_si256(count, 1));
    return static_cast<int>(_mm_cvtsi128_si64(_mm_add_epi64(two, _mm_unpackhi_epi64(two, two))));
  }

  // Blocks of 8 x 8 words, turned by exchanges of neighbours, of pairs and of halves.
  static void deal(const std::uint32_t* rows, int words, std::uint32_t* to) {
    for (int w = 0; w < words; w += 8) {
      for (int first = 0; first < kTile; first += 8) {
        __m256i x[8], y[8];
        for (int l = 0; l < 8; ++l)
          x[l] = _mm256_loadu_si256(
              reinterpret_cast<const __m256i*>(rows + static_cast<std::ptrdiff_t>(first + l) * words + w));
        for (int l = 0; l < 8; l += 2) {
          y[l] = _mm256_unpacklo_epi32(x[l], x[l + 1]);
          y[l + 1] = _mm256_unpackhi_epi32(x[l], x[l + 1]);
        }
        for (int l = 0; l < 8; l += 4) {  // x[l + k]: words k and k + 4 of rows l .. l + 3
          x[l] = _mm256_unpacklo_epi64(y[l], y[l + 2]);
          x[l + 1] = _mm256_unpackhi_epi64(y[l], y[l + 2]);
          x[l + 2] = _mm256_unpacklo_epi64(y[l + 1], y[l + 3]);
          x[l + 3] = _mm256_unpackhi_epi64(y[l + 1], y[l + 3]);
        }
        for (int k = 0; k < 4; ++k) {
          y[k] = _mm256_permute2x128_si256(x[k], x[k + 4], 0x20);
          y[k + 4] = _mm256_permute2x128_si256(x[k], x[k + 4], 0x31);
        }
        const int count = words - w < 8 ? words - w : 8;
        for (int k = 0; k < count; ++k)
          _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + (w + k) * kTile + first), y[k]);
      }
    }
  }

  static void partition_rows(const BitMatrix& from, const std::int32_t* had, const std::int32_t* weight,
                             const std::uint32_t* kept, const std::int32_t* list, int n, const BitMatrix& to,
                             std::uint32_t* line) {
    PlainProduct::partition_rows(from, had, weight, kept, list, n, to, line);
  }

  static void collect(const std::int32_t* x, int n, std::int32_t wanted, std::int32_t* list) {
    const __m256i w = _mm256_set1_epi32(wanted);
    int i = 0;
    for (; i + 8 <= n; i += 8) {
      const __m256i is = _mm256_cmpeq_epi32(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(x + i)), w);
      for (int set = _mm256_movemask_ps(_mm256_castsi256_ps(is)); set != 0; set &= set - 1)
        *list++ = i + __builtin_ctz(static_cast<unsigned>(set));
    }
    for (; i < n; ++i) {
      if (x[i] == wanted) *list++ = i;
    }
  }

  static int append(const std::uint8_t* flag, int first, std::int32_t* list) {
    return PlainProduct::append(flag, first, list);
  }

  // Not the intrinsic: g++ 12 takes a function that only asks for lines for one without effect, and drops its calls.
  static void prefetch(const void* p) {
#if !defined(BALASSA_EMULATED_SIMD)
    asm volatile("prefetcht0 %0" : : "m"(*static_cast<const char*>(p)));
#else
    (void)p;
#endif
  }

 private:
  template <int J>
  static void swap(__m256i& low, __m256i& high, int mask) {
    const __m256i m = _mm256_set1_epi32(mask);
    const __m256i kept = _mm256_or_si256(_mm256_and_si256(low, m), _mm256_slli_epi32(_mm256_and_si256(high, m), J));
    high = _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi32(low, J), m), _mm256_andnot_si256(m, high));
    low = kept;
  }
  // x and its partner rows at distance J in the same register.
  template <int J>
  static __m256i swap_within(__m256i x, __m256i partner, int mask) {
    alignas(32) static constexpr struct Counts {
      int left[8], right[8], keep[8];
      constexpr explicit Counts(int m) : left{}, right{}, keep{} {
        for (int l = 0; l < 8; ++l) {
          const bool is_low = (l & J) == 0;
          left[l] = is_low ? J : 32;
          right[l] = is_low ? 32 : J;
          keep[l] = is_low ? m : ~m;
        }
      }
    } kCounts(J == 4 ? 0x0F0F0F0F : J == 2 ? 0x33333333 : 0x55555555);
    (void)mask;
    const __m256i left = _mm256_load_si256(reinterpret_cast<const __m256i*>(kCounts.left));
    const __m256i right = _mm256_load_si256(reinterpret_cast<const __m256i*>(kCounts.right));
    const __m256i keep = _mm256_load_si256(reinterpret_cast<const __m256i*>(kCounts.keep));
    const __m256i moved = _mm256_or_si256(_mm256_sllv_epi32(partner, left), _mm256_srlv_epi32(partner, right));
    return _mm256_or_si256(_mm256_and_si256(x, keep), _mm256_andnot_si256(keep, moved));
  }
};

}  // namespace balassa::inline BALASSA_ISA
