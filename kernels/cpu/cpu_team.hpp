// A team of one: one core. Loops are plain and vectorised by the compiler; the table product is the instruction set's.
#pragma once

#include "kernels/bit_matrix.hpp"
#include "kernels/cpu/ascending_order.hpp"

namespace balassa::inline BALASSA_ISA {

template <class TableProduct>
class CpuTeam {
 public:
  using Product = TableProduct;
  explicit CpuTeam(const Workspace& work)
      : lanes_(work.lanes), lanes32_(work.lanes32), index_(work.select_index), scratch_(work.order_scratch) {}

  template <class F>
  void for_each(int n, F f) {
#pragma GCC ivdep
    for (int i = 0; i < n; ++i) f(i);
  }
  template <class F>
  void for_each_free(int n, F f) {
    for_each(n, f);
  }
  template <class F>
  void for_spans(int n, F f) {
    f(0, n);
  }
  template <class F>
  void once(F f) {
    f();
  }
  void barrier() {}
  void mark(Step) {}
  void add(std::int32_t* counter, std::int32_t amount) {
    *counter += amount;
  }

  template <int K, class T = double, class F>
  Sums<K, T> sums(int n, F term) {
    T* lanes = lanes_of(T{});
    for (int base = 0; base == 0 || base < n; base += kLanes) {
      const int count = n - base < kLanes ? n - base : kLanes;
#pragma GCC ivdep
      for (int l = 0; l < count; ++l) {
        Sums<K, T> sum;
        for (int k = 0; k < K; ++k) sum[k] = base == 0 ? T(0) : lanes[k * kLanes + l];
        term(base + l, sum);
        for (int k = 0; k < K; ++k) lanes[k * kLanes + l] = sum[k];
      }
      if (base == 0) {
        for (int k = 0; k < K; ++k) {
          for (int l = count > 0 ? count : 0; l < kLanes; ++l) lanes[k * kLanes + l] = T(0);
        }
      }
    }
    Sums<K, T> total;
    for (int k = 0; k < K; ++k) {
      T* lane = lanes + k * kLanes;
      for (int s = kLanes / 2; s >= 8; s /= 2) {
#pragma GCC ivdep
        for (int l = 0; l < s; ++l) lane[l] += lane[l + s];
      }
      for (int s = 4; s > 0; s /= 2) {
        for (int l = 0; l < s; ++l) lane[l] += lane[l + s];
      }
      total[k] = lane[0];
    }
    return total;
  }

  template <class T>
  void multiply(const BitMatrix& m, const T* in, T* out, T* table) {
    Product::build(in, 0, m.words * kGroupsPerWord, table);
    for (int t = 0; t < m.tiles; ++t) {
      Product::multiply_tile(m.bits + static_cast<std::ptrdiff_t>(t) * m.words * kTile, m.words, table,
                             out + t * kTile);
    }
  }

  void transpose(const BitMatrix& in, const BitMatrix& out) {
    for (int t = 0; t < in.tiles; ++t) {
      for (int w = 0; w < in.words; ++w) {
        Product::transpose(in.bits + (static_cast<std::ptrdiff_t>(t) * in.words + w) * kTile,
                           out.bits + (static_cast<std::ptrdiff_t>(w) * out.words + t) * kTile);
      }
    }
  }

  template <class F>
  double largest(int n, F f) {
    double lane[16] = {};
    int i = 0;
    for (; i + 16 <= n; i += 16) {
      for (int l = 0; l < 16; ++l) {
        const double x = f(i + l);
        lane[l] = x > lane[l] ? x : lane[l];
      }
    }
    for (; i < n; ++i) {
      const double x = f(i);
      lane[0] = x > lane[0] ? x : lane[0];
    }
    for (int l = 1; l < 16; ++l) lane[0] = lane[l] > lane[0] ? lane[l] : lane[0];
    return lane[0];
  }

  void select(const double* key, int n, int count, const int* position, double* value) {
    ascending_select(key, n, count, position, value, index_, scratch_);
  }

  void order(const double* key, int n, std::int32_t* index) {
    ascending_order(key, n, index, scratch_);
  }

 private:
  double* lanes_of(double) {
    return lanes_;
  }
  float* lanes_of(float) {
    return lanes32_;
  }

  double* lanes_;
  float* lanes32_;
  std::int32_t* index_;
  std::int32_t* scratch_;
};

// The same, counting the time-stamp ticks of each step.
template <class TableProduct>
class TimedCpuTeam : public CpuTeam<TableProduct> {
 public:
  TimedCpuTeam(const Workspace& work, std::uint64_t* ticks)
      : CpuTeam<TableProduct>(work), ticks_(ticks), last_(__builtin_ia32_rdtsc()) {}
  void mark(Step step) {
    const std::uint64_t now = __builtin_ia32_rdtsc();
    ticks_[static_cast<int>(step)] += now - last_;
    last_ = now;
  }

 private:
  std::uint64_t* ticks_;
  std::uint64_t last_;
};

}  // namespace balassa::inline BALASSA_ISA
