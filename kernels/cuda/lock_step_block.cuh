// What a block of threads does in a lock-step solve (lock_step.hpp).
#pragma once

#include "kernels/cuda/table_product.cuh"
#include "kernels/scenario/lock_step.hpp"

namespace balassa::inline BALASSA_ISA {

inline constexpr int kLockStepThreads = kRowSlices * kWarp;

// step(row, column) for the cells of one of `blocks` blocks; neighbouring threads have neighbouring columns.
template <class Step>
BALASSA_HD void cells_of_block(const Step& step, int rows, unsigned block, unsigned blocks) {
  const std::ptrdiff_t columns = step.s.columns, cells = rows * columns,
                       stride = static_cast<std::ptrdiff_t>(blocks) * kLockStepThreads;
  for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(block) * kLockStepThreads + threadIdx.x; i < cells; i += stride)
    step(static_cast<int>(i / columns), static_cast<int>(i % columns));
}

// The sums of a warp of columns: warp s takes rows s, s + kRowSlices, ..., the first one adds what they found.
// part: shared, [kSums, kRowSlices, kWarp].
template <class Step>
BALASSA_HD void sums_of_block(const Step& step, int rows, unsigned block, double* part) {
  constexpr int kSums = Step::kSums;
  const int slice = static_cast<int>(threadIdx.x) / kWarp, lane = static_cast<int>(threadIdx.x) % kWarp,
            column = static_cast<int>(block) * kWarp + lane;
  double sum[kSums];
  for (int k = 0; k < kSums; ++k) sum[k] = 0.0;
  for (int row = slice; row < rows; row += kRowSlices) step(row, column, sum);
  for (int k = 0; k < kSums; ++k) part[(k * kRowSlices + slice) * kWarp + lane] = sum[k];
  __syncthreads();
  if (slice != 0) return;
  for (int k = 0; k < kSums; ++k) {
    double all = 0.0;
    for (int j = 0; j < kRowSlices; ++j) all += part[(k * kRowSlices + j) * kWarp + lane];
    step.s.total[static_cast<std::ptrdiff_t>(k) * step.s.columns + column] = all;
  }
}

// step(column) for the columns of a block.
template <class Step>
BALASSA_HD void columns_of_block(const Step& step, unsigned block) {
  const int column = static_cast<int>(block * kLockStepThreads + threadIdx.x);
  if (column < step.s.columns) step(column);
}

}  // namespace balassa::inline BALASSA_ISA
