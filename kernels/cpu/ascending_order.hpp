// The ascending permutation of a few hundred to a few thousand doubles, ties by index: buckets of equal width, then
// insertion; a heap where a bucket is crowded. The result is unique, so any algorithm gives the same bytes.
#pragma once

#include "kernels/scenario/team.hpp"

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

// The least and the greatest key below 1e300 ("none").
struct KeyRange {
  double low, high;
};
BALASSA_HD inline KeyRange key_range(const double* key, int n) {
  constexpr int kWidth = 16;
  double lows[kWidth], highs[kWidth];
  for (int l = 0; l < kWidth; ++l) lows[l] = 1e300, highs[l] = -1e300;
  for (int first = 0; first < n; first += kWidth) {
    const int count = n - first < kWidth ? n - first : kWidth;
    for (int l = 0; l < count; ++l) {
      const double x = key[first + l];
      lows[l] = x < lows[l] ? x : lows[l];
      highs[l] = x < 1e300 && x > highs[l] ? x : highs[l];
    }
  }
  KeyRange range{1e300, -1e300};
  for (int l = 0; l < kWidth; ++l) {
    range.low = lows[l] < range.low ? lows[l] : range.low;
    range.high = highs[l] > range.high ? highs[l] : range.high;
  }
  return range;
}

// bucket[i] of key i: `buckets` of equal width, in order of the keys; keys of 1e300 and more in one more.
BALASSA_HD inline void put_into_buckets(const double* key, int n, int buckets, std::int32_t* bucket) {
  const KeyRange range = key_range(key, n);
  const double low = range.low, width = range.high > low ? (buckets - 1) / (range.high - low) : 0.0;
#pragma GCC ivdep
  for (int i = 0; i < n; ++i) bucket[i] = key[i] < 1e300 ? static_cast<std::int32_t>((key[i] - low) * width) : buckets;
}

// The same by the fourth root of the distance from the least key: shares and the like crowd there.
BALASSA_HD inline void put_into_root_buckets(const double* key, int n, int buckets, std::int32_t* bucket) {
  const KeyRange range = key_range(key, n);
  const double low = range.low, scale = range.high > low ? 1.0 / (range.high - low) : 0.0;
  const float width = static_cast<float>(buckets - 1);
#pragma GCC ivdep
  for (int i = 0; i < n; ++i) {
    const float distance = key[i] < 1e300 ? static_cast<float>((key[i] - low) * scale) : 0.0f;
    const std::int32_t place = static_cast<std::int32_t>(__builtin_sqrtf(__builtin_sqrtf(distance)) * width);
    bucket[i] = key[i] < 1e300 ? place : buckets;
  }
}

// scratch: 4 n + 64.
BALASSA_HD inline void ascending_order(const double* key, int n, std::int32_t* index, std::int32_t* scratch) {
  const int buckets = 2 * n + 1;
  std::int32_t *bucket = scratch, *end = scratch + n;  // [n], [buckets + 2]
  put_into_buckets(key, n, buckets, bucket);
  for (int b = 0; b < buckets + 2; ++b) end[b] = 0;
  for (int i = 0; i < n; ++i) ++end[bucket[i] + 1];
  for (int b = 0; b <= buckets; ++b) end[b + 1] += end[b];
  for (int i = 0; i < n; ++i) index[end[bucket[i]]++] = i;  // a bucket's start becomes its end
  for (int b = 0, begin = 0; b < buckets; begin = end[b++]) order_bucket(key, end[b] - begin, index + begin);
}

// value[i] = the key at position[i] of the ascending order. Buckets are counted; only those that hold a wanted position
// are collected and ordered, once where positions rise. index: scratch of n.
template <class Product>
BALASSA_HD void ascending_select(const double* key, int n, int count, const int* position, double* value,
                                 std::int32_t* index, std::int32_t* scratch) {
  const int buckets = n <= 512 ? 2 * n + 1 : n + 1;
  std::int32_t *bucket = scratch, *held = scratch + n;  // [n], [buckets + 1]
  put_into_root_buckets(key, n, buckets, bucket);
  for (int b = 0; b <= buckets; ++b) held[b] = 0;
  for (int i = 0; i < n; ++i) ++held[bucket[i]];
  for (int i = 0, b = -1, begin = 0, end = 0, collected = -1; i < count; ++i) {
    if (position[i] < begin) b = -1, begin = end = 0;  // P1 sets of one size: the last inside follows the first outside
    while (end <= position[i]) {
      begin = end;
      end += held[++b];
    }
    if (collected != b) {
      collected = b;
      Product::collect(bucket, n, b, index);
      order_bucket(key, end - begin, index);
    }
    value[i] = key[index[position[i] - begin]];
  }
}

}  // namespace balassa::inline BALASSA_ISA
