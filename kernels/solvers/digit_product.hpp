// Products of a 0/1 matrix with a vector of fixed-point numbers, exact in integers: each number is 22 bits of the
// largest magnitude, unsigned by an offset; a group of 4 columns has 16 partial sums of 24 bits, kept as 4 tables of
// 6-bit digits. On AVX2 one byte shuffle looks up 32 rows at once where fp32 takes 8 shuffles and fp64 16
// (bench/results). Integer sums have no order, so every machine gets the same bits. Plain version.
#pragma once

#include "kernels/scenario/bit_matrix.hpp"
#include "kernels/solvers/spectral_engine.hpp"

namespace balassa::inline BALASSA_ISA {

inline constexpr int kLimbBits = 22;         // of a fixed-point number, or of each of its two limbs
inline constexpr int kDigitTableBytes = 64;  // of a group: 4 digits x 16 entries

// The bits by byte: byte b of word w of row 32 t + l is bytes[((t * words + w) * 4 + b) * 32 + l].
struct PlainDigits {
  // 32 bytes of 0 or 1 to as many bits: eight by one multiplication.
  BALASSA_HD static std::uint32_t pack(const std::uint8_t* cell) {
    std::uint32_t bits = 0;
    for (int b = 0; b < kTile; b += 8) {
      std::uint64_t eight;
      __builtin_memcpy(&eight, cell + b, 8);
      bits |= static_cast<std::uint32_t>((eight * 0x0102040810204080ull) >> 56) << b;
    }
    return bits;
  }

  BALASSA_HD static void rearrange(const std::uint32_t* rows, std::uint8_t* bytes) {
    for (int b = 0; b < 4; ++b) {
      for (int l = 0; l < kTile; ++l) bytes[b * kTile + l] = static_cast<std::uint8_t>(rows[l] >> (8 * b));
    }
  }

  // Tables of groups [first, last) of numbers below 2^22.
  BALASSA_HD static void build(const std::int32_t* in, int first, int last, std::uint8_t* table) {
    for (int g = first; g < last; ++g) {
      for (int i = 0; i < 16; ++i) {
        std::int32_t sum = 0;
        for (int j = 0; j < 4; ++j) sum += ((i >> j) & 1) != 0 ? in[4 * g + j] : 0;
        for (int k = 0; k < 4; ++k)
          table[kDigitTableBytes * g + 16 * k + i] = static_cast<std::uint8_t>((sum >> (6 * k)) & 63);
      }
    }
  }

  // out[l] = the sum of the numbers of row l, exact while it is below 2^53.
  BALASSA_HD static void multiply_tile(const std::uint8_t* bytes, int words, const std::uint8_t* table, double* out) {
    for (int l = 0; l < kTile; ++l) {
      std::int64_t sum = 0;
      for (int i = 0; i < 4 * words; ++i) {
        const int byte = bytes[i * kTile + l];
        const std::uint8_t* low = table + static_cast<std::ptrdiff_t>(2 * i) * kDigitTableBytes;
        for (int k = 0; k < 4; ++k) {
          const int digits = low[16 * k + (byte & 15)] + low[kDigitTableBytes + 16 * k + (byte >> 4)];
          sum += static_cast<std::int64_t>(digits) << (6 * k);
        }
      }
      out[l] = static_cast<double>(sum);
    }
  }
};

// A core whose products are of fixed-point numbers: 22 bits for fp32 vectors, 44 for fp64 ones. The rest is CpuTeam's,
// so that every step of spectrum.hpp runs on it.
template <class Core, class Digits>
class DigitTeam : public Core {
 public:
  DigitTeam(const Workspace& work, const DigitWorkspace& digits)
      : Core(work), digits_(digits), location_bits_(work.all.by_location) {}

  // Once the bits are there: other layouts of both orientations, and the links of each row.
  void load(const Workspace& work) {
    rearrange(work.by_location, digits_.by_location);
    rearrange(work.by_product, digits_.by_product);
    count(work.by_location, work.reached, digits_.location_links);
    count(work.by_product, work.reached, digits_.product_links);
  }

  template <class T>
  void multiply(const BitMatrix& m, const T* in, T* out, T*) {
    const bool of_location = m.bits == location_bits_;
    const std::uint8_t* bytes = of_location ? digits_.by_location : digits_.by_product;
    const double* links = of_location ? digits_.location_links : digits_.product_links;
    const int n = m.words * kTile;
    const T most = largest_magnitude(in, n);
    if (!(most > T(0))) {
      this->for_each(m.tiles * kTile, [=](int i) { out[i] = T(0); });
      return;
    }
    if constexpr (sizeof(T) == sizeof(float))
      multiply_short(bytes, links, m, in, most, out);
    else
      multiply_long(bytes, links, m, in, most, out);
  }

 private:
  static constexpr double kOffset = 1 << (kLimbBits - 1), kLimb = 1 << kLimbBits;
  static constexpr double kLongOffset = kOffset * kLimb;
  static constexpr double kRound = 6755399441055744.0;  // 1.5 * 2^52: adding it rounds to an integer

  // By the bits, which order like the numbers: integers are compared in vectors.
  static float largest_magnitude(const float* in, int n) {
    std::int32_t most = 0;
    for (int i = 0; i < n; ++i) {
      const std::int32_t bits = std::bit_cast<std::int32_t>(in[i]) & 0x7FFFFFFF;
      most = bits > most ? bits : most;
    }
    return std::bit_cast<float>(most);
  }
  static double largest_magnitude(const double* in, int n) {
    std::int64_t most = 0;
    for (int i = 0; i < n; ++i) {
      const std::int64_t bits = std::bit_cast<std::int64_t>(in[i]) & 0x7FFFFFFFFFFFFFFF;
      most = bits > most ? bits : most;
    }
    return std::bit_cast<double>(most);
  }

  template <class T>
  void multiply_short(const std::uint8_t* bytes, const double* links, const BitMatrix& m, const T* in, T most, T* out) {
    const T scale = static_cast<T>(kOffset - 2.0) / most;
    std::int32_t* number = digits_.low;
    this->for_each(m.words * kTile, [=](int i) {
      const T shifted = in[i] * scale + static_cast<T>(kOffset) + T(0.5);  // positive: truncation rounds
      number[i] = static_cast<std::int32_t>(shifted);
    });
    Digits::build(number, 0, m.words * kGroupsPerWord, digits_.table);
    const double unit = 1.0 / static_cast<double>(scale);
    double* sum = digits_.low_sum;
    for (int t = 0; t < m.tiles; ++t) {
      Digits::multiply_tile(bytes + static_cast<std::ptrdiff_t>(t) * m.words * 4 * kTile, m.words, digits_.table, sum);
      const double* of = links + t * kTile;
      T* to = out + t * kTile;
      this->for_each(kTile, [=](int l) { to[l] = static_cast<T>((sum[l] - kOffset * of[l]) * unit); });
    }
  }

  void multiply_long(const std::uint8_t* bytes, const double* links, const BitMatrix& m, const double* in, double most,
                     double* out) {
    const double scale = (kLongOffset - 2.0) / most;
    std::int32_t *low = digits_.low, *high = digits_.high;
    this->for_each(m.words * kTile, [=](int i) {
      const double whole = ((in[i] * scale + kRound) - kRound) + kLongOffset;
      const double upper = __builtin_floor(whole * (1.0 / kLimb));
      high[i] = static_cast<std::int32_t>(upper);
      low[i] = static_cast<std::int32_t>(whole - upper * kLimb);
    });
    Digits::build(high, 0, m.words * kGroupsPerWord, digits_.table);
    for (int t = 0; t < m.tiles; ++t)
      Digits::multiply_tile(bytes + static_cast<std::ptrdiff_t>(t) * m.words * 4 * kTile, m.words, digits_.table,
                            out + t * kTile);
    Digits::build(low, 0, m.words * kGroupsPerWord, digits_.table);
    const double unit = 1.0 / scale;
    double* sum = digits_.low_sum;
    for (int t = 0; t < m.tiles; ++t) {
      Digits::multiply_tile(bytes + static_cast<std::ptrdiff_t>(t) * m.words * 4 * kTile, m.words, digits_.table, sum);
      const double* of = links + t * kTile;
      double* to = out + t * kTile;
      // The high limbs lose their offset exactly; then one rounding.
      this->for_each(kTile, [=](int l) { to[l] = fused(to[l] - kOffset * of[l], kLimb, sum[l]) * unit; });
    }
  }

  void rearrange(const BitMatrix& m, std::uint8_t* bytes) {
    for (int i = 0; i < m.tiles * m.words; ++i)
      Digits::rearrange(m.bits + static_cast<std::ptrdiff_t>(i) * kTile,
                        bytes + static_cast<std::ptrdiff_t>(i) * 4 * kTile);
  }

  void count(const BitMatrix& m, std::uint32_t* every, double* links) {
    for (int w = 0; w < m.words; ++w) every[w] = ~0u;
    this->count_rows(m, every, [=](int i, int many) { links[i] = many; });
  }

  DigitWorkspace digits_;
  const std::uint32_t* location_bits_;
};

}  // namespace balassa::inline BALASSA_ISA
