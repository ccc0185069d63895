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

struct Avx512Product : Avx2Product {
  static constexpr const char* kName = "avx512";

  static void build(const float* in, int first, int last, float* table) {
    const __m512i low = _mm512_setr_epi32(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3);
    const __m512i high = _mm512_setr_epi32(4, 4, 4, 4, 5, 5, 5, 5, 6, 6, 6, 6, 7, 7, 7, 7);
    for (int g = first; g < last; ++g) {
      float pair[16] = {};
      Avx2Product::build(in + 4 * g, 0, 1, pair);
      const __m512 entries = _mm512_loadu_ps(pair);
      _mm512_storeu_ps(table + 16 * g,
                       _mm512_add_ps(_mm512_permutexvar_ps(low, entries), _mm512_permutexvar_ps(high, entries)));
    }
  }

  static void multiply_tile(const std::uint32_t* bits, int words, const float* table, float* out) {
    __m512 chain[4][2];
    for (int j = 0; j < 4; ++j) chain[j][0] = chain[j][1] = _mm512_setzero_ps();
    for (int base = 0; base < words; base += 4) {  // the four chains advance together
      __m512i b[4][2];
      const int count = words - base < 4 ? words - base : 4;
      for (int j = 0; j < 4; ++j) {
        const std::uint32_t* rows = bits + (base + (j < count ? j : 0)) * kTile;
        b[j][0] = _mm512_loadu_si512(rows);
        b[j][1] = _mm512_loadu_si512(rows + 16);
      }
      const float* t = table + 16 * kGroupsPerWord * base;
      for (int g = 0; g < kGroupsPerWord; ++g, t += 16) {
        for (int j = 0; j < count; ++j) {
          const __m512 entries = _mm512_loadu_ps(t + 16 * kGroupsPerWord * j);
          for (int r = 0; r < 2; ++r) {
            chain[j][r] = _mm512_add_ps(chain[j][r], _mm512_permutexvar_ps(b[j][r], entries));
            b[j][r] = _mm512_srli_epi32(b[j][r], 4);
          }
        }
      }
    }
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

  static void multiply_tile(const std::uint32_t* bits, int words, const double* table, double* out) {
    __m512d chain[4][4];
    for (int j = 0; j < 4; ++j) {
      __m512d sum[4];
      for (int r = 0; r < 4; ++r) sum[r] = _mm512_setzero_pd();
      for (int w = j; w < words; w += 4) {
        __m512i b[4];
        for (int r = 0; r < 4; ++r) {
          const __m128i* rows = reinterpret_cast<const __m128i*>(bits + w * kTile + 8 * r);
          b[r] = _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_cvtepu32_epi64(_mm_loadu_si128(rows))),
                                    _mm256_cvtepu32_epi64(_mm_loadu_si128(rows + 1)), 1);
        }
        const double* t = table + 16 * kGroupsPerWord * w;
        for (int g = 0; g < kGroupsPerWord; ++g, t += 16) {
          const __m512d first = _mm512_loadu_pd(t), second = _mm512_loadu_pd(t + 8);
          for (int r = 0; r < 4; ++r) {
            sum[r] = _mm512_add_pd(sum[r], _mm512_permutex2var_pd(first, b[r], second));
            b[r] = _mm512_srli_epi64(b[r], 4);
          }
        }
      }
      for (int r = 0; r < 4; ++r) chain[j][r] = sum[r];
    }
    for (int r = 0; r < 4; ++r) {
      _mm512_storeu_pd(out + 8 * r,
                       _mm512_add_pd(_mm512_add_pd(chain[0][r], chain[1][r]), _mm512_add_pd(chain[2][r], chain[3][r])));
    }
  }
};

}  // namespace balassa::inline BALASSA_ISA
