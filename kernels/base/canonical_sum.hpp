// The one order in which fp64 totals are summed, so that any machine gets the same bits (SOLVERS 8.6): lane l of 256
// takes items l, l + 256, ... in turn, then lane[l] += lane[l + s] for s = 128, 64, ..., 1. A team sums in the same
// order (team.hpp); here one member, or a plain program, does it alone.
#pragma once

#include <cstddef>

#include "kernels/base/elementary.hpp"

namespace balassa {
inline constexpr int kLanes = 256;
}

namespace balassa::inline BALASSA_ISA {

// add(i, sum): the lane's sum with item i, 0 <= i < n.
template <class Add>
BALASSA_HD double canonical_total(std::size_t n, Add add) {
  double lane[kLanes] = {};
  for (std::size_t first = 0; first < n; first += kLanes) {
    const std::size_t count = n - first < kLanes ? n - first : kLanes;
    for (std::size_t l = 0; l < count; ++l) lane[l] = add(first + l, lane[l]);
  }
  for (std::size_t s = kLanes / 2; s > 0; s /= 2) {
    for (std::size_t l = 0; l < s; ++l) lane[l] += lane[l + s];
  }
  return lane[0];
}

// Sum of weight(i) * value(i) by fma(weight, value, lane).
template <class Weight, class Value>
BALASSA_HD double canonical_sum(std::size_t n, Weight weight, Value value) {
  return canonical_total(n, [&](std::size_t i, double sum) { return fused(weight(i), value(i), sum); });
}

// The same with every weight 1: fma(1, x, lane) is lane + x.
template <class Value>
BALASSA_HD double canonical_sum(std::size_t n, Value value) {
  return canonical_total(n, [&](std::size_t i, double sum) { return sum + value(i); });
}

}  // namespace balassa::inline BALASSA_ISA
