// What AVX-512 gains where the core also permutes bytes, multiplies bits by matrices and counts bits (VBMI, GFNI,
// VPOPCNTDQ: Ice Lake, Zen 4 and later; Skylake and Cascade Lake have none of them). The rest is Avx512Product's.
#pragma once

#if defined(BALASSA_EMULATED_SIMD)
#include <simde/x86/gfni.h>
#endif

#include "kernels/cpu/table_product_avx512.hpp"

namespace balassa::inline BALASSA_ISA {

// Where bytes of a 32 x 32 block of bits come from and go to when it is transposed.
struct alignas(64) ByteTurn {
  std::uint8_t from[2][64], to[64];
  constexpr ByteTurn() : from{}, to{} {
    for (int half = 0; half < 2; ++half) {
      for (int k = 0; k < 2; ++k) {
        for (int r = 0; r < 4; ++r) {
          for (int i = 0; i < 8; ++i) {
            from[half][8 * (4 * k + r) + i] = static_cast<std::uint8_t>(4 * (8 * r + 7 - i) + 2 * half + k);
            to[4 * (8 * k + i) + r] = static_cast<std::uint8_t>(8 * (4 * k + r) + i);
          }
        }
      }
    }
  }
};

struct Avx512VbmiProduct : Avx512Product {
  static constexpr const char* kName = "avx512vbmi";

  // Blocks of 8 x 8 bits: their bytes, last row first, meet in a word of 64 bits, a multiplication by that matrix over
  // GF(2) turns it, and the bytes go to their rows.
  static void transpose(const std::uint32_t* in, std::uint32_t* out) {
    static constexpr ByteTurn kTurn;
    const __m512i rows = _mm512_loadu_si512(in), more = _mm512_loadu_si512(in + 16);
    const __m512i to = _mm512_load_si512(kTurn.to),
                  unit = _mm512_set1_epi64(static_cast<long long>(0x8040201008040201ull));
    const __m512i left = _mm512_permutex2var_epi8(rows, _mm512_load_si512(kTurn.from[0]), more);
    const __m512i right = _mm512_permutex2var_epi8(rows, _mm512_load_si512(kTurn.from[1]), more);
    _mm512_storeu_si512(out, _mm512_permutexvar_epi8(to, _mm512_gf2p8affine_epi64_epi8(unit, left, 0)));
    _mm512_storeu_si512(out + 16, _mm512_permutexvar_epi8(to, _mm512_gf2p8affine_epi64_epi8(unit, right, 0)));
  }

  static void count_tile(const std::uint32_t* bits, int words, const std::uint32_t* mask, std::int32_t* count) {
    __m512i sum0 = _mm512_setzero_si512(), sum1 = sum0;
    for (int w = 0; w < words; ++w) {
      const __m512i m = _mm512_set1_epi32(static_cast<int>(mask[w]));
      sum0 = _mm512_add_epi32(sum0, _mm512_popcnt_epi32(_mm512_and_si512(m, _mm512_loadu_si512(bits + w * kTile))));
      sum1 =
          _mm512_add_epi32(sum1, _mm512_popcnt_epi32(_mm512_and_si512(m, _mm512_loadu_si512(bits + w * kTile + 16))));
    }
    _mm512_storeu_si512(count, sum0);
    _mm512_storeu_si512(count + 16, sum1);
  }
};

}  // namespace balassa::inline BALASSA_ISA
