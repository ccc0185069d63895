// The ascending permutation of a few hundred to a few thousand doubles, ties by index: buckets of equal width, then
// insertion; a heap where a bucket is crowded. The result is unique, so any algorithm gives the same bytes.
#pragma once

#include "kernels/team.hpp"

namespace balassa::inline BALASSA_ISA {

BALASSA_HD inline bool comes_before(const double* key, std::int32_t a, std::int32_t b) {
  return key[a] < key[b] || (key[a] == key[b] && a < b);
}

// Heap sort of index[0..n).
BALASSA_HD inline void heap_order(const double* key, int n, std::int32_t* index) {
  const auto sink = [=](int root, int end) {
    for (int child = 2 * root + 1; child < end; child = 2 * root + 1) {
      if (child + 1 < end && comes_before(key, index[child], index[child + 1])) ++child;
      if (!comes_before(key, index[root], index[child])) return;
      const std::int32_t moved = index[root];
      index[root] = index[child];
      index[child] = moved;
      root = child;
    }
  };
  for (int root = n / 2 - 1; root >= 0; --root) sink(root, n);
  for (int end = n - 1; end > 0; --end) {
    const std::int32_t moved = index[0];
    index[0] = index[end];
    index[end] = moved;
    sink(0, end);
  }
}

// Orders a bucket of `count` entries.
BALASSA_HD inline void order_bucket(const double* key, int count, std::int32_t* index) {
  if (count > 32) {
    heap_order(key, count, index);
    return;
  }
  for (int i = 1; i < count; ++i) {
    const std::int32_t moved = index[i];
    int j = i;
    for (; j > 0 && comes_before(key, moved, index[j - 1]); --j) index[j] = index[j - 1];
    index[j] = moved;
  }
}

// Spreads 0 .. n - 1 over 2 n + 1 buckets of equal width by key, in order of bucket; keys of 1e300 and more ("none") go
// last, in one more. Returns end[bucket], in scratch (4 n + 64).
BALASSA_HD inline std::int32_t* spread_over_buckets(const double* key, int n, std::int32_t* index,
                                                    std::int32_t* scratch) {
  constexpr int kWidth = 16;
  double lows[kWidth], highs[kWidth];
  for (int l = 0; l < kWidth; ++l) lows[l] = 1e300, highs[l] = -1e300;
  for (int i = 0; i < n; ++i) {
    const double x = key[i], &low = lows[i % kWidth], &high = highs[i % kWidth];
    lows[i % kWidth] = x < low ? x : low;
    highs[i % kWidth] = x < 1e300 && x > high ? x : high;
  }
  double low = 1e300, high = -1e300;
  for (int l = 0; l < kWidth; ++l) {
    low = lows[l] < low ? lows[l] : low;
    high = highs[l] > high ? highs[l] : high;
  }
  const int buckets = 2 * n + 1;
  std::int32_t *bucket = scratch, *end = scratch + n;  // [n], [buckets + 2]
  for (int b = 0; b < buckets + 2; ++b) end[b] = 0;
  const double width = high > low ? (buckets - 1) / (high - low) : 0.0;
  for (int i = 0; i < n; ++i) bucket[i] = key[i] < 1e300 ? static_cast<std::int32_t>((key[i] - low) * width) : buckets;
  for (int i = 0; i < n; ++i) ++end[bucket[i] + 1];
  for (int b = 0; b <= buckets; ++b) end[b + 1] += end[b];
  for (int i = 0; i < n; ++i) index[end[bucket[i]]++] = i;  // a bucket's start becomes its end
  return end;
}

BALASSA_HD inline void ascending_order(const double* key, int n, std::int32_t* index, std::int32_t* scratch) {
  const std::int32_t* end = spread_over_buckets(key, n, index, scratch);
  for (int b = 0, begin = 0; b < 2 * n + 1; begin = end[b++]) order_bucket(key, end[b] - begin, index + begin);
}

// value[i] = the key at position[i] of the ascending order, positions not falling; only the buckets that hold one are
// ordered. index: scratch of n.
BALASSA_HD inline void ascending_select(const double* key, int n, int count, const int* position, double* value,
                                        std::int32_t* index, std::int32_t* scratch) {
  const std::int32_t* end = spread_over_buckets(key, n, index, scratch);
  for (int i = 0, b = 0; i < count;) {
    while (end[b] <= position[i]) ++b;
    const int begin = b > 0 ? end[b - 1] : 0;
    order_bucket(key, end[b] - begin, index + begin);
    for (; i < count && position[i] < end[b]; ++i) value[i] = key[index[position[i]]];
  }
}

}  // namespace balassa::inline BALASSA_ISA
