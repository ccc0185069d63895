// Sums of rows under weights, in registers, by a halving tree over kSumLanes lanes: 256 are the canonical order.
// Vectors of lanes are summed in the order of their numbers read backwards, in which the tree's levels combine like the
// digits of a counter (backward_lane_sum).
#pragma once

#include <bit>

#include "kernels/scenario/team.hpp"

namespace balassa::inline BALASSA_ISA {

// Lanes of fp32 totals, whose order no result rests on: few, so that their tree costs little.
inline constexpr int kLanes32 = 64;

// How far X_c / X of fp32 totals is from that of the sums themselves, relative to either. A sum of n terms >= 0 passes
// k = ceil(n / 64) + 6 + 2 roundings by at most u = 2^-24: in a lane, in the tree, of value and weight to fp32. So it
// is within gamma = k u / (1 - k u) (Higham 2002, lemma 3.1 and section 4.2: no cancellation), the grand total over
// these sums too, and their quotient within e = 2 gamma / (1 - gamma); e / (1 - e) serves both ways. Every rounding in
// fp64, of the canonical sums too, is far below 1e-12.
constexpr double total_error32(int n) {
  const double k = (n + kLanes32 - 1) / kLanes32 + 6 + 2, gamma = k * 0x1p-24 / (1.0 - k * 0x1p-24);
  return 2.0 * gamma / (1.0 - 3.0 * gamma) + 1e-12;
}

// The same of X_p = sum_c v_c X_cp summed down the rows in fp32, kRowsFolded at a time: the rows of a fold, the folds,
// and two roundings to fp32.
inline constexpr int kRowsFolded = 64;
constexpr double column_error32(int rows) {
  const double k = (rows < kRowsFolded ? rows : kRowsFolded) + (rows + kRowsFolded - 1) / kRowsFolded + 2;
  return k * 0x1p-24 / (1.0 - k * 0x1p-24);
}

// total[k][i] = sum_c weight[k][c] value[c, i], c < rows, i < kRegisters kWidth; rows of value are `stride` apart.
template <class Vector, int kRegisters, int kWeights>
void columns_in_registers(const float* value, int rows, int stride, const float* const* weight,
                          float (*total)[kRegisters * Vector::kWidth]) {
  using Register = typename Vector::Register;
  Register folded[kWeights][kRegisters];
#pragma GCC unroll 16
  for (int k = 0; k < kWeights * kRegisters; ++k) folded[k / kRegisters][k % kRegisters] = Vector::zero();
  for (int first = 0; first < rows; first += kRowsFolded) {
    const int last = first + kRowsFolded < rows ? first + kRowsFolded : rows;
    Register sum[kWeights][kRegisters];
#pragma GCC unroll 16
    for (int k = 0; k < kWeights * kRegisters; ++k) sum[k / kRegisters][k % kRegisters] = Vector::zero();
    for (int c = first; c < last; ++c) {
      Register x[kRegisters];
#pragma GCC unroll 4
      for (int i = 0; i < kRegisters; ++i)
        x[i] = Vector::load(value + static_cast<std::ptrdiff_t>(c) * stride + i * Vector::kWidth);
#pragma GCC unroll 4
      for (int k = 0; k < kWeights; ++k) {
        const Register w = Vector::spread(weight[k][c]);
#pragma GCC unroll 4
        for (int i = 0; i < kRegisters; ++i) sum[k][i] = Vector::fused(w, x[i], sum[k][i]);
      }
    }
#pragma GCC unroll 16
    for (int k = 0; k < kWeights * kRegisters; ++k)
      folded[k / kRegisters][k % kRegisters] =
          Vector::add(folded[k / kRegisters][k % kRegisters], sum[k / kRegisters][k % kRegisters]);
  }
#pragma GCC unroll 16
  for (int k = 0; k < kWeights * kRegisters; ++k)
    Vector::store(total[k / kRegisters] + k % kRegisters * Vector::kWidth, folded[k / kRegisters][k % kRegisters]);
}

// total[r][k] = sum_p weight[k][p] row[r][p], p < n (a multiple of 32). Vector: kWidth numbers in a register.
template <class Vector, int kSumLanes, int kRows, int kWeights>
void totals_in_registers(const typename Vector::Number* const* row, const typename Vector::Number* const* weight, int n,
                         typename Vector::Number (*total)[kWeights]) {
  using Register = typename Vector::Register;
  constexpr int kSums = kRows * kWeights;
  constexpr unsigned kTurns = kSumLanes / Vector::kWidth;
  constexpr int kLevels = std::countr_zero(kTurns), kLaneBits = std::countr_zero(unsigned{kSumLanes});
  Register partial[kLevels + 1][kSums];
  for (unsigned turn = 0; turn < kTurns; ++turn) {
    unsigned lane = 0;
    for (int b = 0; b < kLevels; ++b) lane |= ((turn >> b) & 1u) << (kLaneBits - 1 - b);
    Register sum[kSums];
#pragma GCC unroll 16
    for (int i = 0; i < kSums; ++i) sum[i] = Vector::zero();
    for (int p = static_cast<int>(lane); p < n; p += kSumLanes) {
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
