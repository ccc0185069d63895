// A team runs one scenario: one core on a CPU, one thread block on a GPU, some threads in a test. Steps are written
// once against these verbs; what a verb yields as a scalar, every member gets.
//
//   for_each(n, f)         f(i) for 0 <= i < n, shared out; a barrier behind
//   for_each_free(n, f)    the same without a barrier
//   for_spans(n, f)        f(first, last) on consecutive spans of whole tiles that cover n; a barrier behind
//   once(f)                one member runs f; a barrier behind
//   sums<K>(n, f)          K sums in the canonical order: f(i, acc) adds term i to acc[0..K); the same bits on any team
//   multiply(m, in, out)   out = M in by tables of 16 partial sums (bit_matrix.hpp), fp32 or fp64
//   transpose(m, out)      the other orientation of a bit matrix
//   pack(...)              presence bits of 32 locations (presence.hpp)
//   largest(n, f)          the largest f(i); 0 where none is larger
//   order(key, n, index)   index = ascending permutation of key, ties by index
//   select(key, n, k, positions, values)   the keys at k ascending positions of the sorted order
//   mark(step)             the step just done, for benchmarks; nothing elsewhere
//
// The canonical order of a sum: 256 virtual lanes; lane l takes terms l, l + 256, ... in turn; then a halving tree
// lane[l] += lane[l + s], s = 128, 64, ..., 1.
#pragma once

#include "kernels/elementary.hpp"
#include "kernels/hd.hpp"
#include "kernels/layout.hpp"

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

}  // namespace balassa::inline BALASSA_ISA
