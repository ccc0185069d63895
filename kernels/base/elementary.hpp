// Elementary functions in explicit fp64 operations, so that CPU paths and GPU give the same bits (libm's differ).
// Relative error < 4e-16 over the ranges named; held to long double in tests/oracle/elementary.cpp.
#pragma once

#include <bit>
#include <cstdint>

#include "kernels/base/hd.hpp"

namespace balassa::inline BALASSA_ISA {

BALASSA_HD inline double fused(double a, double b, double c) {
  return __builtin_fma(a, b, c);
}
BALASSA_HD inline float fused(float a, float b, float c) {
  return __builtin_fmaf(a, b, c);
}

// Natural logarithm of a normal positive number: x = 2^e m, m in [sqrt(1/2), sqrt(2)), atanh series in (m-1)/(m+1).
BALASSA_HD inline double log_positive(double x) {
  constexpr std::uint64_t kSqrtHalf = 0x3FE6A09E667F3BCDull;
  constexpr std::uint64_t kTwo52 = 0x4330000000000000ull;
  const std::uint64_t bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t shifted = bits - kSqrtHalf + 0x3FF0000000000000ull;  // biased exponent of x / sqrt(1/2)
  const std::uint64_t biased = shifted >> 52;
  const double exponent = std::bit_cast<double>(kTwo52 | biased) - (4503599627370496.0 + 1023.0);
  const double m = std::bit_cast<double>(bits - ((biased - 1023) << 52));
  const double f = (m - 1.0) / (m + 1.0);
  const double z = f * f;
  double s = 1.0 / 23.0;
  s = fused(s, z, 1.0 / 21.0);
  s = fused(s, z, 1.0 / 19.0);
  s = fused(s, z, 1.0 / 17.0);
  s = fused(s, z, 1.0 / 15.0);
  s = fused(s, z, 1.0 / 13.0);
  s = fused(s, z, 1.0 / 11.0);
  s = fused(s, z, 1.0 / 9.0);
  s = fused(s, z, 1.0 / 7.0);
  s = fused(s, z, 1.0 / 5.0);
  s = fused(s, z, 1.0 / 3.0);
  const double log_m = fused(2.0 * f * z, s, 2.0 * f);
  constexpr double kLn2High = 6.93147180369123816490e-01, kLn2Low = 1.90821492927058770002e-10;
  return fused(exponent, kLn2High, fused(exponent, kLn2Low, log_m));
}

// e^x for |x| < 700: x = k ln 2 + r, Taylor to r^13.
BALASSA_HD inline double exp_moderate(double x) {
  constexpr double kLog2E = 1.44269504088896340736, kRound = 6755399441055744.0;  // 1.5 * 2^52
  const double shifted = fused(x, kLog2E, kRound);
  const double k = shifted - kRound;
  double r = fused(k, -6.93147180369123816490e-01, x);
  r = fused(k, -1.90821492927058770002e-10, r);
  double s = 1.0 / 6227020800.0;
  s = fused(s, r, 1.0 / 479001600.0);
  s = fused(s, r, 1.0 / 39916800.0);
  s = fused(s, r, 1.0 / 3628800.0);
  s = fused(s, r, 1.0 / 362880.0);
  s = fused(s, r, 1.0 / 40320.0);
  s = fused(s, r, 1.0 / 5040.0);
  s = fused(s, r, 1.0 / 720.0);
  s = fused(s, r, 1.0 / 120.0);
  s = fused(s, r, 1.0 / 24.0);
  s = fused(s, r, 1.0 / 6.0);
  s = fused(s, r, 0.5);
  s = fused(s, r, 1.0);
  s = fused(s, r, 1.0);
  const std::uint64_t power = (std::bit_cast<std::uint64_t>(shifted) + 1023) << 52;  // low bits of shifted hold k
  return s * std::bit_cast<double>(power);
}

// cos(2 pi u) and sin(2 pi u) for u in [0, 1]: quadrant by rounding 4u, Taylor on [-pi/4, pi/4].
BALASSA_HD inline void cos_sin_turn(double u, double& cosine, double& sine) {
  constexpr double kRound = 6755399441055744.0;
  const double shifted = fused(u, 4.0, kRound);
  const std::uint64_t quadrant = std::bit_cast<std::uint64_t>(shifted) & 3;
  const double x = fused(u, 4.0, -(shifted - kRound)) * 1.57079632679489661923;
  const double z = x * x;
  double s = 1.0 / 355687428096000.0;
  s = fused(s, z, -1.0 / 1307674368000.0);
  s = fused(s, z, 1.0 / 6227020800.0);
  s = fused(s, z, -1.0 / 39916800.0);
  s = fused(s, z, 1.0 / 362880.0);
  s = fused(s, z, -1.0 / 5040.0);
  s = fused(s, z, 1.0 / 120.0);
  s = fused(s, z, -1.0 / 6.0);
  const double sin_x = fused(x * z, s, x);
  double c = 1.0 / 20922789888000.0;
  c = fused(c, z, -1.0 / 87178291200.0);
  c = fused(c, z, 1.0 / 479001600.0);
  c = fused(c, z, -1.0 / 3628800.0);
  c = fused(c, z, 1.0 / 40320.0);
  c = fused(c, z, -1.0 / 720.0);
  c = fused(c, z, 1.0 / 24.0);
  c = fused(c, z, -0.5);
  const double cos_x = fused(c, z, 1.0);
  const double a = (quadrant & 1) ? sin_x : cos_x;
  const double b = (quadrant & 1) ? cos_x : sin_x;
  cosine = (quadrant == 1 || quadrant == 2) ? -a : a;
  sine = (quadrant >= 2) ? -b : b;
}

// A uniform in (0, 1) from a random word: (w + 1/2) 2^-32.
BALASSA_HD inline double uniform_open(std::uint32_t word) {
  const double whole = std::bit_cast<double>(0x4330000000000000ull | word) - 4503599627370496.0;  // exact; vectorises
  return (whole + 0.5) * 0x1p-32;
}

// Two standard normals from two words (Box and Muller 1958); |z| < 6.7.
BALASSA_HD inline void normal_pair(std::uint32_t a, std::uint32_t b, double& first, double& second) {
  const double radius = __builtin_sqrt(-2.0 * log_positive(uniform_open(a)));
  double cosine, sine;
  cos_sin_turn(uniform_open(b), cosine, sine);
  first = radius * cosine;
  second = radius * sine;
}

}  // namespace balassa::inline BALASSA_ISA
