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

// Keys of 1e300 and more ("none") go last. scratch: 4 n + 64.
BALASSA_HD inline void ascending_order(const double* key, int n, std::int32_t* index, std::int32_t* scratch) {
  double low = 1e300, high = -1e300;
  for (int i = 0; i < n; ++i) {
    const double x = key[i];
    low = x < low ? x : low;
    high = x < 1e300 && x > high ? x : high;
  }
  const int buckets = 2 * n + 1;
  std::int32_t *bucket = scratch, *start = scratch + n;  // [n], [buckets + 2]
  for (int b = 0; b < buckets + 2; ++b) start[b] = 0;
  const double width = high > low ? (buckets - 1) / (high - low) : 0.0;
  for (int i = 0; i < n; ++i) {
    const int b = key[i] < 1e300 ? static_cast<int>((key[i] - low) * width) : buckets;
    bucket[i] = b;
    ++start[b + 1];
  }
  for (int b = 0; b <= buckets; ++b) start[b + 1] += start[b];
  for (int i = 0; i < n; ++i) index[start[bucket[i]]++] = i;  // start[b] ends as the first of bucket b + 1
  int begin = 0;
  for (int b = 0; b < buckets; ++b) {
    const int end = start[b];
    if (end - begin > 32)
      heap_order(key, end - begin, index + begin);
    else {
      for (int i = begin + 1; i < end; ++i) {
        const std::int32_t moved = index[i];
        int j = i;
        for (; j > begin && comes_before(key, moved, index[j - 1]); --j) index[j] = index[j - 1];
        index[j] = moved;
      }
    }
    begin = end;
  }
}

// value[i] = the key at position[i] of the ascending order, positions ascending; keys of 1e300 and more last. Only the
// buckets that hold a wanted position are sorted. scratch: 4 n + 64.
BALASSA_HD inline void ascending_select(const double* key, int n, int count, const int* position, double* value,
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
  std::int32_t *bucket = scratch, *held = scratch + n;  // [n], [buckets + 1]
  for (int b = 0; b <= buckets; ++b) held[b] = 0;
  const double width = high > low ? (buckets - 1) / (high - low) : 0.0;
  for (int i = 0; i < n; ++i) bucket[i] = key[i] < 1e300 ? static_cast<std::int32_t>((key[i] - low) * width) : buckets;
  for (int i = 0; i < n; ++i) ++held[bucket[i]];
  std::int32_t* found = scratch + 3 * n + 8;  // [n]
  for (int i = 0, b = 0, below = 0; i < count;) {
    while (below + held[b] <= position[i]) below += held[b++];
    int members = 0;
    for (int k = 0; k < n; ++k) {
      found[members] = k;
      members += bucket[k] == b ? 1 : 0;
      if (members == held[b]) break;
    }
    heap_order(key, members, found);
    for (; i < count && position[i] < below + held[b]; ++i) value[i] = key[found[position[i] - below]];
  }
}

}  // namespace balassa::inline BALASSA_ISA
