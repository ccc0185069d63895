// Canonical sums of rows under weights with the sums in registers. Vectors of lanes are summed in the order of their
// numbers read backwards, in which the halving tree's levels combine like the digits of a counter (backward_lane_sum).
#pragma once

#include <bit>

#include "kernels/team.hpp"

namespace balassa::inline BALASSA_ISA {

// total[r][k] = sum_p weight[k][p] row[r][p], p < n (a multiple of 32). Vector: kWidth numbers in a register.
template <class Vector, int kRows, int kWeights>
void totals_in_registers(const typename Vector::Number* const* row, const typename Vector::Number* const* weight, int n,
                         typename Vector::Number (*total)[kWeights]) {
  using Register = typename Vector::Register;
  constexpr int kSums = kRows * kWeights;
  constexpr unsigned kTurns = kLanes / Vector::kWidth;
  constexpr int kLevels = std::countr_zero(kTurns), kLaneBits = std::countr_zero(unsigned{kLanes});
  Register partial[kLevels + 1][kSums];
  for (unsigned turn = 0; turn < kTurns; ++turn) {
    unsigned lane = 0;
    for (int b = 0; b < kLevels; ++b) lane |= ((turn >> b) & 1u) << (kLaneBits - 1 - b);
    Register sum[kSums];
#pragma GCC unroll 16
    for (int i = 0; i < kSums; ++i) sum[i] = Vector::zero();
    for (int p = static_cast<int>(lane); p < n; p += kLanes) {
      Register w[kWeights];
#pragma GCC unroll 4
      for (int k = 0; k < kWeights; ++k) w[k] = Vector::load(weight[k] + p);
#pragma GCC unroll 4
      for (int r = 0; r < kRows; ++r) {
        const Register x = Vector::load(row[r] + p);
#pragma GCC unroll 4
        for (int k = 0; k < kWeights; ++k) sum[kWeights * r + k] = Vector::fused(w[k], x, sum[kWeights * r + k]);
      }
    }
    int level = 0;
    for (unsigned digits = turn; (digits & 1u) != 0; digits >>= 1, ++level) {
#pragma GCC unroll 16
      for (int i = 0; i < kSums; ++i) sum[i] = Vector::add(partial[level][i], sum[i]);
    }
#pragma GCC unroll 16
    for (int i = 0; i < kSums; ++i) partial[level][i] = sum[i];
  }
  for (int i = 0; i < kSums; ++i) total[i / kWeights][i % kWeights] = Vector::sum(partial[kLevels][i]);
}

}  // namespace balassa::inline BALASSA_ISA
