// Two devices agree where their bytes do.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/tally.hpp"

namespace balassa {

inline std::string text_of(double x) {
  char text[64];
  std::snprintf(text, sizeof text, "%.17g (%016llx)", x,
                static_cast<unsigned long long>(std::bit_cast<std::uint64_t>(x)));
  return text;
}
inline std::string text_of(float x) {
  char text[64];
  std::snprintf(text, sizeof text, "%.9g (%08x)", static_cast<double>(x), std::bit_cast<std::uint32_t>(x));
  return text;
}
template <class T>
requires std::is_integral_v<T> std::string text_of(T x) {
  return std::to_string(x);
}
inline std::string text_of(const Moments& m) {
  return std::to_string(m.count) + " scores, sum " + std::to_string(m.sum.high) + ":" + std::to_string(m.sum.low) +
         ", squares " + std::to_string(m.square.high) + ":" + std::to_string(m.square.low) + ", from " +
         text_of(m.minimum) + " to " + text_of(m.maximum);
}

// One message an array: the first place that differs, both values there, and how many places do.
template <class T, class Same>
void expect_same_items(const std::vector<T>& a, const std::vector<T>& b, const std::string& what, Same same) {
  ASSERT_EQ(a.size(), b.size()) << what;
  std::size_t differing = 0, first = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (same(a[i], b[i])) continue;
    if (differing++ == 0) first = i;
  }
  if (differing == 0) return;
  ADD_FAILURE() << what << ": first differs at " << first << ": " << text_of(a[first]) << " and " << text_of(b[first])
                << "; " << differing << " of " << a.size() << " differ";
}

template <class T>
void expect_same_bytes(const std::vector<T>& a, const std::vector<T>& b, const std::string& what) {
  expect_same_items(a, b, what, [](const T& x, const T& y) { return std::memcmp(&x, &y, sizeof(T)) == 0; });
}

inline void expect_same(const std::vector<Moments>& a, const std::vector<Moments>& b, const std::string& what) {
  expect_same_items(a, b, what, [](const Moments& x, const Moments& y) {
    return x.count == y.count && x.sum.low == y.sum.low && x.sum.high == y.sum.high && x.square.low == y.square.low &&
           x.square.high == y.square.high && x.minimum == y.minimum && x.maximum == y.maximum;
  });
}

inline void expect_same(const SparseHistograms& a, const SparseHistograms& b, const std::string& what) {
  expect_same_bytes(a.start, b.start, what + " rows");
  expect_same_bytes(a.column, b.column, what + " columns");
  expect_same_bytes(a.count, b.count, what + " counts");
}

inline void expect_same(const Worst& a, const Worst& b, const std::string& what) {
  EXPECT_TRUE(a.any == b.any && a.value == b.value && a.replicate == b.replicate) << what;
}

inline void expect_same(std::uint64_t a, std::uint64_t b, const std::string& what) {
  EXPECT_EQ(a, b) << what;
}

inline void expect_same(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b,
                        const std::string& what) {
  expect_same_bytes(a, b, what);
}

// Every family of counters.
inline void expect_same_tallies(const Tallies& a, const Tallies& b, const std::string& what) {
  each_tally([&](const auto& family) { expect_same(a.*family.member, b.*family.member, what + " " + family.name); });
}

}  // namespace balassa
