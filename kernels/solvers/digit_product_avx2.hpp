// The digit product in AVX2. Same bits as the plain version.
#pragma once

#include <immintrin.h>

#include "kernels/solvers/digit_product.hpp"

namespace balassa::inline BALASSA_ISA {

struct Avx2Digits {
  static std::uint32_t pack(const std::uint8_t* cell) {
    const __m256i x = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(cell));
    return static_cast<std::uint32_t>(_mm256_movemask_epi8(_mm256_slli_epi16(x, 7)));
  }

  static void rearrange(const std::uint32_t* rows, std::uint8_t* bytes) {
    const __m256i by_byte = _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, 0, 4, 8, 12, 1, 5, 9,
                                             13, 2, 6, 10, 14, 3, 7, 11, 15);
    const __m256i in_order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
    __m256i r[4];
    for (int k = 0; k < 4; ++k)
      r[k] = _mm256_shuffle_epi8(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(rows) + k), by_byte);
    const __m256i a = _mm256_unpacklo_epi32(r[0], r[1]), b = _mm256_unpackhi_epi32(r[0], r[1]);
    const __m256i c = _mm256_unpacklo_epi32(r[2], r[3]), d = _mm256_unpackhi_epi32(r[2], r[3]);
    const __m256i plane[4] = {_mm256_unpacklo_epi64(a, c), _mm256_unpackhi_epi64(a, c), _mm256_unpacklo_epi64(b, d),
                              _mm256_unpackhi_epi64(b, d)};
    for (int k = 0; k < 4; ++k)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(bytes) + k, _mm256_permutevar8x32_epi32(plane[k], in_order));
  }

  static void build(const std::int32_t* in, int first, int last, std::uint8_t* table) {
    const __m256i by_byte = _mm256_setr_epi8(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15, 0, 4, 8, 12, 1, 5, 9,
                                             13, 2, 6, 10, 14, 3, 7, 11, 15);
    // Lanes hold entries 0-3 and 8-11; with the third number added, 4-7 and 12-15.
    const __m256i with0 = _mm256_setr_epi32(0, -1, 0, -1, 0, -1, 0, -1),
                  with1 = _mm256_setr_epi32(0, 0, -1, -1, 0, 0, -1, -1);
    const __m256i with3 = _mm256_setr_epi32(0, 0, 0, 0, -1, -1, -1, -1);
    for (int g = first; g < last; ++g) {
      const __m256i x0 = _mm256_and_si256(_mm256_set1_epi32(in[4 * g]), with0);
      const __m256i x1 = _mm256_and_si256(_mm256_set1_epi32(in[4 * g + 1]), with1);
      const __m256i x3 = _mm256_and_si256(_mm256_set1_epi32(in[4 * g + 3]), with3);
      const __m256i a = _mm256_add_epi32(_mm256_add_epi32(x0, x1), x3);
      const __m256i b = _mm256_add_epi32(a, _mm256_set1_epi32(in[4 * g + 2]));
      const __m256i da = _mm256_shuffle_epi8(digits(a), by_byte), db = _mm256_shuffle_epi8(digits(b), by_byte);
      __m256i* to = reinterpret_cast<__m256i*>(table + static_cast<std::ptrdiff_t>(kDigitTableBytes) * g);
      _mm256_storeu_si256(to, _mm256_permute4x64_epi64(_mm256_unpacklo_epi32(da, db), 0xD8));
      _mm256_storeu_si256(to + 1, _mm256_permute4x64_epi64(_mm256_unpackhi_epi32(da, db), 0xD8));
    }
  }

  static void multiply_tile(const std::uint8_t* bytes, int words, const std::uint8_t* table, double* out) {
    // 4 digits of at most 63 fit a byte; 128 of these, two a word, a signed half-word.
    constexpr int kMostWords = 64;
    multiply_some(bytes, words < kMostWords ? words : kMostWords, table, out);
    for (int w = kMostWords; w < words; w += kMostWords) {
      double more[kTile];
      const int count = words - w < kMostWords ? words - w : kMostWords;
      multiply_some(bytes + w * 4 * kTile, count,
                    table + static_cast<std::ptrdiff_t>(w) * kGroupsPerWord * kDigitTableBytes, more);
      for (int l = 0; l < kTile; ++l) out[l] += more[l];
    }
  }

 private:
  // The four 6-bit digits of each number, a byte each.
  static __m256i digits(__m256i v) {
    const __m256i d0 = _mm256_and_si256(v, _mm256_set1_epi32(0x3F));
    const __m256i d1 = _mm256_and_si256(_mm256_slli_epi32(v, 2), _mm256_set1_epi32(0x3F00));
    const __m256i d2 = _mm256_and_si256(_mm256_slli_epi32(v, 4), _mm256_set1_epi32(0x3F0000));
    const __m256i d3 = _mm256_and_si256(_mm256_slli_epi32(v, 6), _mm256_set1_epi32(0x3F000000));
    return _mm256_or_si256(_mm256_or_si256(d0, d1), _mm256_or_si256(d2, d3));
  }

  static __m256i entries(const std::uint8_t* table) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(table)));
  }

  static void multiply_some(const std::uint8_t* bytes, int words, const std::uint8_t* table, double* out) {
    const __m256i nibble = _mm256_set1_epi8(15);
    __m256i all[4], odd[4];  // half-words: even row + 256 odd row, and the odd row
    for (int k = 0; k < 4; ++k) all[k] = odd[k] = _mm256_setzero_si256();
    const __m256i* row = reinterpret_cast<const __m256i*>(bytes);
    for (int pair = 0; pair < 2 * words; ++pair, row += 2, table += 4 * kDigitTableBytes) {
      __m256i sum[4];
      const __m256i x = _mm256_loadu_si256(row), y = _mm256_loadu_si256(row + 1);
      const __m256i x0 = _mm256_and_si256(x, nibble), x1 = _mm256_and_si256(_mm256_srli_epi16(x, 4), nibble);
      for (int k = 0; k < 4; ++k)
        sum[k] = _mm256_add_epi8(_mm256_shuffle_epi8(entries(table + 16 * k), x0),
                                 _mm256_shuffle_epi8(entries(table + kDigitTableBytes + 16 * k), x1));
      const __m256i y0 = _mm256_and_si256(y, nibble), y1 = _mm256_and_si256(_mm256_srli_epi16(y, 4), nibble);
      for (int k = 0; k < 4; ++k) {
        const __m256i more = _mm256_add_epi8(_mm256_shuffle_epi8(entries(table + 2 * kDigitTableBytes + 16 * k), y0),
                                             _mm256_shuffle_epi8(entries(table + 3 * kDigitTableBytes + 16 * k), y1));
        sum[k] = _mm256_add_epi8(sum[k], more);
        all[k] = _mm256_add_epi16(all[k], sum[k]);
        odd[k] = _mm256_add_epi16(odd[k], _mm256_srli_epi16(sum[k], 8));
      }
    }
    __m256i lower[4], upper[4];  // rows 0-7 and 16-23; rows 8-15 and 24-31
    for (int k = 0; k < 4; ++k) {
      const __m256i even = _mm256_sub_epi16(all[k], _mm256_slli_epi16(odd[k], 8));
      lower[k] = _mm256_unpacklo_epi16(even, odd[k]);
      upper[k] = _mm256_unpackhi_epi16(even, odd[k]);
    }
    store(lower, out);
    store(upper, out + 8);
  }

  // Rows 0-7 of each lane's sixteen: digit 0 + 64 digit 1 + 4096 (digit 2 + 64 digit 3).
  static void store(const __m256i (&digit)[4], double* out) {
    const __m256i weight = _mm256_set1_epi32((64 << 16) | 1);
    const __m256d high_weight = _mm256_set1_pd(4096.0);
    const __m256i low0 = _mm256_madd_epi16(_mm256_unpacklo_epi16(digit[0], digit[1]), weight);
    const __m256i low1 = _mm256_madd_epi16(_mm256_unpackhi_epi16(digit[0], digit[1]), weight);
    const __m256i high0 = _mm256_madd_epi16(_mm256_unpacklo_epi16(digit[2], digit[3]), weight);
    const __m256i high1 = _mm256_madd_epi16(_mm256_unpackhi_epi16(digit[2], digit[3]), weight);
    const auto put = [&](__m128i low, __m128i high, double* to) {
      _mm256_storeu_pd(to, _mm256_fmadd_pd(_mm256_cvtepi32_pd(high), high_weight, _mm256_cvtepi32_pd(low)));
    };
    put(_mm256_castsi256_si128(low0), _mm256_castsi256_si128(high0), out);
    put(_mm256_castsi256_si128(low1), _mm256_castsi256_si128(high1), out + 4);
    put(_mm256_extracti128_si256(low0, 1), _mm256_extracti128_si256(high0, 1), out + 16);
    put(_mm256_extracti128_si256(low1, 1), _mm256_extracti128_si256(high1, 1), out + 20);
  }
};

}  // namespace balassa::inline BALASSA_ISA
