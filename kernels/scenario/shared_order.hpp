// Orders and order statistics by a team of several members: buckets of equal width, then a count within the bucket.
// The results are unique, so any algorithm gives the same bytes (cpu/ascending_order.hpp is a team of one's).
#pragma once

#include "kernels/scenario/team.hpp"

namespace balassa::inline BALASSA_ISA {

// Keys of 1e300 and more ("none") go last, by index.
BALASSA_HD inline bool comes_first(double a, std::int32_t i, double b, std::int32_t j) {
  return a < b || (a == b && i < j);
}

// Calls f(position, i) once for each i < n with its position in the ascending order of key. scratch: 4 n + 64.
template <class Team, class F>
BALASSA_HD void shared_positions(Team& team, const double* key, int n, std::int32_t* scratch, F f) {
  // Twice as many buckets as keys, over [-reach, reach]; one more for "none".
  const double reach = team.largest(n, [=](int i) { return key[i] < 1e300 ? __builtin_fabs(key[i]) : 0.0; });
  const int buckets = 2 * n + 1;
  const double width = reach > 1e-290 ? (buckets - 1) / (2.0 * reach) : 0.0;
  std::int32_t *bucket = scratch, *end = scratch + n, *list = end + buckets + 2;  // [n], [buckets + 2], [n]
  team.for_each(buckets + 2, [=](int b) { end[b] = 0; });
  team.for_each(n, [=, &team](int i) {
    const std::int32_t b = key[i] < 1e300 ? static_cast<std::int32_t>((key[i] + reach) * width) : buckets;
    bucket[i] = b;
    team.add(&end[b], 1);
  });
  team.running_sums(buckets + 2, end);
  // A bucket's start becomes its end, which is where the next one started.
  team.for_each(n, [=, &team](int i) { list[team.add(&end[bucket[i]], 1)] = i; });
  team.for_each(n, [=](int i) {
    const std::int32_t b = bucket[i], from = b > 0 ? end[b - 1] : 0, to = end[b];
    std::int32_t position = from;
    for (std::int32_t k = from; k < to; ++k) position += comes_first(key[list[k]], list[k], key[i], i) ? 1 : 0;
    f(position, i);
  });
}

template <class Team>
BALASSA_HD void shared_order(Team& team, const double* key, int n, std::int32_t* index, std::int32_t* scratch) {
  shared_positions(team, key, n, scratch, [=](int position, int i) { index[position] = i; });
}

// wanted: count positions of the order; each member holds a copy of its own.
template <class Team>
BALASSA_HD void shared_select(Team& team, const double* key, int n, int count, const int* wanted, double* value,
                              std::int32_t* scratch) {
  shared_positions(team, key, n, scratch, [=](int position, int i) {
    for (int k = 0; k < count; ++k) {
      if (wanted[k] == position) value[k] = key[i];
    }
  });
}

}  // namespace balassa::inline BALASSA_ISA
