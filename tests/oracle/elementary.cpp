// Our log, exp, cos and sin against long double.
#include "kernels/base/elementary.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "kernels/base/philox.hpp"

namespace balassa {
namespace {

TEST(Elementary, WithinFourTenthsOfAnEpsilonOrSo) {
  double worst_log = 0, worst_exp = 0, worst_turn = 0;
  for (std::uint32_t i = 0; i < 1'000'000; ++i) {
    const Philox4 drawn = philox4x32(i, 0, 0, 0, 9, 9);
    const double u = uniform_open(drawn.word[0]), scale[] = {1.0, 1e-9, 1e9, 0.999999};
    const double x = i % 5 == 4 ? 1.0 - u * 1e-3 : u * scale[i % 4];  // near 1, small, large
    const long double log_x = std::log(static_cast<long double>(x));
    if (log_x != 0) worst_log = std::max(worst_log, static_cast<double>(std::abs((log_positive(x) - log_x) / log_x)));
    const double y = (uniform_open(drawn.word[1]) - 0.5) * 80.0;
    const long double exp_y = std::exp(static_cast<long double>(y));
    worst_exp = std::max(worst_exp, static_cast<double>(std::abs((exp_moderate(y) - exp_y) / exp_y)));
    const double v = uniform_open(drawn.word[2]);
    double cosine, sine;
    cos_sin_turn(v, cosine, sine);
    const long double angle = 2 * 3.14159265358979323846264338327950288L * static_cast<long double>(v);
    worst_turn = std::max({worst_turn, static_cast<double>(std::abs(cosine - std::cos(angle))),
                           static_cast<double>(std::abs(sine - std::sin(angle)))});
  }
  EXPECT_LT(worst_log, 4e-16);  // as promised in elementary.hpp
  EXPECT_LT(worst_exp, 4e-16);
  EXPECT_LT(worst_turn, 4e-16);  // absolute: near a zero of the cosine the angle's own rounding shows
}

TEST(Elementary, NormalsHaveTheRightMoments) {
  constexpr int kPairs = 1'000'000;
  long double sum = 0, square = 0, fourth = 0;
  for (std::uint32_t i = 0; i < kPairs; ++i) {
    const Philox4 drawn = philox4x32(i, 1, 0, 0, 9, 9);
    double a, b;
    normal_pair(drawn.word[0], drawn.word[1], a, b);
    for (const double z : {a, b}) sum += z, square += z * z, fourth += z * z * z * z;
  }
  const long double n = 2 * kPairs;  // 4 standard errors: 1, sqrt 2 and sqrt 96 over sqrt n
  EXPECT_NEAR(static_cast<double>(sum / n), 0.0, 4.0 / std::sqrt(2e6));
  EXPECT_NEAR(static_cast<double>(square / n), 1.0, 4.0 * std::sqrt(2.0 / 2e6));
  EXPECT_NEAR(static_cast<double>(fourth / n), 3.0, 4.0 * std::sqrt(96.0 / 2e6));
}

}  // namespace
}  // namespace balassa
