// Two devices agree where their bytes do.
#pragma once

#include <gtest/gtest.h>

#include <cstring>
#include <string>
#include <vector>

#include "kernels/tally.hpp"

namespace balassa {

template <class T>
void expect_same_bytes(const std::vector<T>& a, const std::vector<T>& b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  if (a.empty()) return;
  EXPECT_EQ(std::memcmp(a.data(), b.data(), a.size() * sizeof(T)), 0) << what;
}

inline void expect_same_moments(const std::vector<Moments>& a, const std::vector<Moments>& b, const std::string& what) {
  ASSERT_EQ(a.size(), b.size()) << what;
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_TRUE(a[i].count == b[i].count && a[i].sum.low == b[i].sum.low && a[i].sum.high == b[i].sum.high &&
                a[i].square.low == b[i].square.low && a[i].square.high == b[i].square.high &&
                a[i].minimum == b[i].minimum && a[i].maximum == b[i].maximum)
        << what << " " << i;
  }
}

inline void expect_same_histograms(const SparseHistograms& a, const SparseHistograms& b, const std::string& what) {
  expect_same_bytes(a.start, b.start, what + " rows");
  expect_same_bytes(a.column, b.column, what + " columns");
  expect_same_bytes(a.count, b.count, what + " counts");
}

inline void expect_same_worst(const Worst& a, const Worst& b, const std::string& what) {
  EXPECT_TRUE(a.any == b.any && a.value == b.value && a.replicate == b.replicate) << what;
}

inline void expect_same_tallies(const Tallies& a, const Tallies& b, const std::string& what) {
  EXPECT_EQ(a.scenarios, b.scenarios) << what;
  EXPECT_EQ(a.sign_disagree, b.sign_disagree) << what;
  EXPECT_EQ(a.sign_undefined, b.sign_undefined) << what;
  EXPECT_EQ(a.axis_swap, b.axis_swap) << what;
  EXPECT_EQ(a.giant_component, b.giant_component) << what;
  expect_same_bytes(a.validity, b.validity, what + " validity");
  expect_same_bytes(a.certification, b.certification, what + " certification");
  expect_same_bytes(a.rank, b.rank, what + " rank");
  expect_same_histograms(a.score, b.score, what + " score");
  expect_same_moments(a.score_moments, b.score_moments, what + " score moments");
  expect_same_histograms(a.product_score, b.product_score, what + " product score");
  expect_same_moments(a.product_moments, b.product_moments, what + " product moments");
  expect_same_bytes(a.in_p1, b.in_p1, what + " p1");
  expect_same_bytes(a.class_count, b.class_count, what + " class");
  expect_same_bytes(a.log_residual, b.log_residual, what + " residual");
  expect_same_bytes(a.log_gap, b.log_gap, what + " gap");
  expect_same_bytes(a.participation, b.participation, what + " participation");
  expect_same_worst(a.worst_residual, b.worst_residual, what + " worst residual");
  expect_same_worst(a.worst_gap, b.worst_gap, what + " worst gap");
  expect_same_worst(a.worst_participation, b.worst_participation, what + " worst participation");
}

}  // namespace balassa
