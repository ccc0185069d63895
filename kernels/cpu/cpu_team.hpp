// A team of one: one core. Loops are plain and vectorised by the compiler; the table product is the instruction set's.
#pragma once

#include "kernels/cpu/ascending_order.hpp"
#include "kernels/cpu/eigenvalue_eighths.hpp"
#include "kernels/scenario/bit_matrix.hpp"

namespace balassa::inline BALASSA_ISA {

template <class TableProduct>
class CpuTeam : public PlainCounters {
 public:
  using Product = TableProduct;
  static constexpr bool kAlone = true;
  explicit CpuTeam(const Workspace& work)
      : lanes_(work.lanes),
        lanes32_(work.lanes32),
        index_(work.select_index),
        scratch_(work.order_scratch),
        rows_(reinterpret_cast<std::uint32_t*>(work.table)) {}

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
  void for_rows(int tiles, F f) {
    for (int t = 0; t < tiles; ++t) f(t, 0, kTile);
  }
  template <class F>
  void for_cells(int rows, int columns, F f) {
    for (int i = 0; i < rows; ++i) {
      for (int j = 0; j < columns; ++j) f(i, j);
    }
  }
  template <class F>
  void once(F f) {
    f();
  }
  void barrier() {}
  void mark(Step) {}
  std::int32_t add(std::int32_t* x, std::int32_t amount) {
    *x += amount;
    return *x - amount;
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
    for (int k = 0; k < K; ++k) total[k] = halved(lanes + k * kLanes);
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

  static double sum_alone(const double* x, std::ptrdiff_t stride, const std::int32_t* weight, int n) {
    const std::size_t count = static_cast<std::size_t>(n);
    const auto value = [=](std::size_t i) { return x[static_cast<std::ptrdiff_t>(i) * stride]; };
    if (weight == nullptr) return canonical_sum(count, value);
    const auto weight_of = [=](std::size_t i) { return static_cast<double>(weight[i]); };
    // Neighbours apart, so that the compiler makes vectors of them.
    if (stride == 1) return canonical_sum(count, weight_of, [=](std::size_t i) { return x[i]; });
    return canonical_sum(count, weight_of, value);
  }

  void pack(const BitMatrix& out, int rows, const double* value, int stride, double total, const double* cut,
            const double* row_total, bool above) {
    for (int r = 0; r < out.tiles * kTile; ++r) {
      std::uint32_t* row = out.bits + static_cast<std::ptrdiff_t>(r / kTile) * out.words * kTile + r % kTile;
      for (int w = 0; w < out.words; ++w) {
        row[w * kTile] = r < rows ? Product::pack(value + static_cast<std::ptrdiff_t>(r) * stride + w * kTile, total,
                                                  cut + w * kTile, row_total[r], above)
                                  : 0;
      }
    }
  }

  // Whole rows first, then dealt to their tile: a tile's row has a word in every second cache line.
  template <class F>
  void write_rows(const BitMatrix& m, F f) {
    for (int t = 0; t < m.tiles; ++t) {
      for (int l = 0; l < kTile; ++l) f(t * kTile + l, RowWords<1>{rows_ + static_cast<std::ptrdiff_t>(l) * m.words});
      Product::deal(rows_, m.words, row_of(m, t * kTile).first);
    }
  }

  void partition_rows(const BitMatrix& from, const std::int32_t* had, const std::int32_t* weight,
                      const std::uint32_t* kept, const std::int32_t* list, int n, const BitMatrix& to) {
    Product::partition_rows(from, had, weight, kept, list, n, to, rows_);
  }

  template <class F>
  void count_rows(const BitMatrix& m, const std::uint32_t* mask, F f) {
    for (int t = 0; t < m.tiles; ++t) {
      std::int32_t count[kTile];
      Product::count_tile(m.bits + static_cast<std::ptrdiff_t>(t) * m.words * kTile, m.words, mask, count);
      for (int l = 0; l < kTile; ++l) f(t * kTile + l, count[l]);
    }
  }

  template <class F>
  int compact(int n, F keep, std::int32_t* list) {
    constexpr int kFlags = PlainProduct::kFlags;
    int count = 0, base = 0;
    for (; base + kFlags <= n; base += kFlags) {
      std::uint8_t flag[kFlags];
#pragma GCC ivdep
      for (int i = 0; i < kFlags; ++i) flag[i] = keep(base + i) ? 1 : 0;
      count += Product::append(flag, base, list + count);
    }
    for (int i = base; i < n; ++i) {
      list[count] = i;
      count += keep(i) ? 1 : 0;
    }
    return count;
  }

  void eigenvalue(const double* alpha, const double* beta, int n, int k, double low, double high, int halvings,
                  double* x) {
    *x = eigenvalue_by_eighths(alpha, beta, n, k, low, high, halvings);
  }

  void running_sums(int n, std::int32_t* x) {
    std::int32_t sum = 0;
    for (int i = 0; i < n; ++i) {
      const std::int32_t mine = x[i];
      x[i] = sum;
      sum += mine;
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
    ascending_select<Product>(key, n, count, position, value, index_, scratch_);
  }

  void order(const double* key, int n, std::int32_t* index) {
    ascending_order(key, n, index, scratch_);
  }

 private:
  // The halving tree over 256 lanes, its first three levels in one pass.
  template <class T>
  static T halved(const T* lane) {
    T sum[kTile];
#pragma GCC ivdep
    for (int l = 0; l < kTile; ++l) {
      const T* x = lane + l;
      sum[l] = ((x[0] + x[128]) + (x[64] + x[192])) + ((x[32] + x[160]) + (x[96] + x[224]));
    }
    for (int s = kTile / 2; s >= 8; s /= 2) {
#pragma GCC ivdep
      for (int l = 0; l < s; ++l) sum[l] += sum[l + s];
    }
    return ((sum[0] + sum[4]) + (sum[2] + sum[6])) + ((sum[1] + sum[5]) + (sum[3] + sum[7]));
  }

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
  std::uint32_t* rows_;  // no product is formed while rows are written: in the place of its tables, longest * 8 words
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
