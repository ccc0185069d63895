// The one order in which fp64 totals are summed, so that any machine gets the same bits (DESIGN, "One answer, to the
// bit").
#pragma once

#include <array>
#include <cmath>
#include <cstddef>

namespace balassa {

inline constexpr int kCanonicalLanes = 256;

// Sum of weight(i) * value(i), 0 <= i < n: lane l of 256 takes items l, l + 256, ... in turn with
// fma(weight, value, lane), then lane[l] += lane[l + s] for s = 128, 64, ..., 1.
template <class Weight, class Value>
double canonical_sum(std::size_t n, Weight weight, Value value) {
  std::array<double, kCanonicalLanes> lane{};
  for (std::size_t first = 0; first < n; first += kCanonicalLanes) {
    const std::size_t count = n - first < kCanonicalLanes ? n - first : kCanonicalLanes;
    for (std::size_t l = 0; l < count; ++l) lane[l] = std::fma(weight(first + l), value(first + l), lane[l]);
  }
  for (std::size_t s = kCanonicalLanes / 2; s > 0; s /= 2) {
    for (std::size_t l = 0; l < s; ++l) lane[l] += lane[l + s];
  }
  return lane[0];
}

// The same with every weight 1: fma(1, x, lane) is lane + x.
template <class Value>
double canonical_sum(std::size_t n, Value value) {
  std::array<double, kCanonicalLanes> lane{};
  for (std::size_t first = 0; first < n; first += kCanonicalLanes) {
    const std::size_t count = n - first < kCanonicalLanes ? n - first : kCanonicalLanes;
    for (std::size_t l = 0; l < count; ++l) lane[l] += value(first + l);
  }
  for (std::size_t s = kCanonicalLanes / 2; s > 0; s /= 2) {
    for (std::size_t l = 0; l < s; ++l) lane[l] += lane[l + s];
  }
  return lane[0];
}

}  // namespace balassa
