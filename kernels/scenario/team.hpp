// A team runs one scenario: one core on a CPU, one thread block on a GPU, some threads in a test. Steps are written
// once against these verbs; what a verb yields as a scalar, every member gets.
//
//   kAlone                 whether the team has one member
//   for_each(n, f)         f(i) for 0 <= i < n, shared out; a barrier behind. The same i of the same n always falls to
//                          the same member
//   for_each_free(n, f)    the same without a barrier
//   for_spans(n, f)        f(first, last) on consecutive spans that cover n; a barrier behind
//   for_rows(tiles, f)     f(tile, first, last): rows [first, last) of each tile of 32; a barrier behind
//   for_cells(m, n, f)     f(i, j) for 0 <= i < m, 0 <= j < n; a barrier behind
//   once(f)                one member runs f; a barrier behind
//   barrier()              nobody passes before all have come
//   sums<K>(n, f)          K sums in the canonical order: f(i, acc) adds term i to acc[0..K); the same bits on any team
//   sum_alone(x, stride, weight, n)   a canonical sum by one member alone
//   multiply(m, in, out)   out = M in by tables of 16 partial sums (bit_matrix.hpp), fp32 or fp64
//   transpose(m, out)      the other orientation of a bit matrix
//   pack(out, rows, ...)   presence bits by comparison (presence.hpp)
//   write_rows(m, f)       f(row, words): words[w] of row `row` are f's to write, all of them; a barrier behind
//   partition_rows(from, had, weight, kept, list, n, to)   the rows p of `from` with had[p] != 0, the weighted ones
//                          first (weight[p] > 0), where `kept` (null: everywhere), then empty rows; list: these n rows
//                          in that order; a barrier behind
//   count_rows(m, mask, f) f(row, bits of the row that meet the mask); a barrier behind
//   largest(n, f)          the largest f(i); 0 where none is larger
//   compact(n, keep, list) list = the i that are kept, ascending; how many. Room for one more than are kept
//   running_sums(n, x)     x[i] = x[0] + ... + x[i - 1], integers
//   eigenvalue(alpha, beta, n, k, low, high, halvings, x)   *x = the k-th largest eigenvalue of a tridiagonal matrix by
//                          halving [low, high]; a barrier behind
//   order(key, n, index)   index = ascending permutation of key, ties by index
//   select(key, n, k, positions, values)   the keys at k positions of the sorted order
//   add(x, amount)         an integer that members share; its value before
//   count, add_wide, widen counters and ranges that every team of a device may share (tallying.hpp)
//   mark(step)             the step just done, for benchmarks; nothing elsewhere
//
// The canonical order of a sum: 256 virtual lanes; lane l takes terms l, l + 256, ... in turn; then a halving tree
// lane[l] += lane[l + s], s = 128, 64, ..., 1.
#pragma once

#include "kernels/base/elementary.hpp"
#include "kernels/base/hd.hpp"
#include "kernels/base/layout.hpp"
#include "kernels/scenario/eigenvalue_count.hpp"

namespace balassa::inline BALASSA_ISA {

// K running sums of one lane.
template <int K, class T = double>
struct Sums {
  T value[K];
  BALASSA_HD T& operator[](int k) { return value[k]; }
  BALASSA_HD T operator[](int k) const { return value[k]; }
};

// Halves lanes [K, 256] to lane 0, members sharing the pairs of each level by `loop(s, body)`, which ends in a barrier.
template <int K, class T, class Loop>
BALASSA_HD void halving_tree(T* lanes, Loop loop) {
  for (int s = kLanes / 2; s > 0; s /= 2) {
    loop(s, [=](int l) {
      for (int k = 0; k < K; ++k) lanes[k * kLanes + l] += lanes[k * kLanes + l + s];
    });
  }
}

// Canonical sum of weight[i] x[i stride] (weight null: of ones) by one member, with nine partial sums in place of 256
// lanes: the tree adds lanes whose numbers, read backwards in binary, are neighbours, so that in that order they
// combine like the digits of a counter.
BALASSA_HD inline double backward_lane_sum(const double* x, std::ptrdiff_t stride, const std::int32_t* weight, int n) {
  double partial[9];
  for (unsigned turn = 0; turn < kLanes; ++turn) {
    unsigned lane = 0;
    for (int b = 0; b < 8; ++b) lane |= ((turn >> b) & 1u) << (7 - b);
    double sum = 0.0;
    for (int i = static_cast<int>(lane); i < n; i += kLanes) {
      const double w = weight == nullptr ? 1.0 : static_cast<double>(weight[i]);
      sum = fused(w, x[i * stride], sum);
    }
    int level = 0;
    for (unsigned digits = turn; (digits & 1u) != 0; digits >>= 1) sum = partial[level++] + sum;
    partial[level] = sum;
  }
  return partial[8];
}

// Counters that only one team at a time adds to, each member to its own.
struct PlainCounters {
  template <class Integer>
  BALASSA_HD static void count(Integer* counter, Integer amount = 1) {
    *counter += amount;
  }
  static void add_wide(Sum128* sum, const Sum128& term) { sum->add(term); }
  BALASSA_HD static void widen(double* minimum, double* maximum, double x) {
    *minimum = x < *minimum ? x : *minimum;
    *maximum = x > *maximum ? x : *maximum;
  }
};

}  // namespace balassa::inline BALASSA_ISA
