// Tests only: threads stand in for the threads of a block. ThreadSanitizer finds a missing barrier here, and comparing
// with CpuTeam finds code that only works with one member (kernels/README.md).
#pragma once

#include <atomic>
#include <barrier>
#include <vector>

#include "kernels/scenario/bit_matrix.hpp"
#include "kernels/scenario/shared_order.hpp"

namespace balassa::inline BALASSA_ISA {

// What the members share. Two sets of lanes, used in turn: a member may still read one sum while another starts the
// next.
struct ThreadsState {
  explicit ThreadsState(int members)
      : gate(members),
        lanes{std::vector<double>(kMaxSums * kLanes), std::vector<double>(kMaxSums * kLanes)},
        lanes32{std::vector<float>(kMaxSums * kLanes), std::vector<float>(kMaxSums * kLanes)},
        parts{std::vector<std::int32_t>(static_cast<std::size_t>(members)),
              std::vector<std::int32_t>(static_cast<std::size_t>(members))} {}
  std::barrier<> gate;
  std::vector<double> lanes[2];
  std::vector<float> lanes32[2];
  std::vector<std::int32_t> parts[2];  // a number of each member's
};

template <class TableProduct>
class ThreadsTeam : public PlainCounters {
 public:
  using Product = TableProduct;
  static constexpr bool kAlone = false;
  ThreadsTeam(ThreadsState& state, int rank, int members, const Workspace& work)
      : state_(&state), rank_(rank), members_(members), scratch_(work.order_scratch) {}

  template <class F>
  void for_each_free(int n, F f) {
    for (int i = rank_; i < n; i += members_) f(i);
  }
  template <class F>
  void for_each(int n, F f) {
    for_each_free(n, f);
    barrier();
  }
  template <class F>
  void for_spans(int n, F f) {
    for_each((n + kTile - 1) / kTile, [=](int t) { f(t * kTile, (t + 1) * kTile < n ? (t + 1) * kTile : n); });
  }
  template <class F>
  void for_rows(int tiles, F f) {  // a row at a time, as a thread of a block does
    for_each(tiles * kTile, [=](int r) { f(r / kTile, r % kTile, r % kTile + 1); });
  }
  template <class F>
  void for_cells(int rows, int columns, F f) {
    for_each(rows * columns, [=](int k) { f(k / columns, k % columns); });
  }
  template <class F>
  void once(F f) {
    if (rank_ == 0) f();
    barrier();
  }
  void barrier() { state_->gate.arrive_and_wait(); }
  void mark(Step) {}
  std::int32_t add(std::int32_t* x, std::int32_t amount) { return std::atomic_ref<std::int32_t>(*x).fetch_add(amount); }

  template <int K, class T = double, class F>
  Sums<K, T> sums(int n, F term) {
    T* lanes = lanes_of(T{});
    turn_ ^= 1;
    for (int l = rank_; l < kLanes; l += members_) {
      Sums<K, T> sum{};
      for (int i = l; i < n; i += kLanes) term(i, sum);
      for (int k = 0; k < K; ++k) lanes[k * kLanes + l] = sum[k];
    }
    barrier();
    // By one member: a barrier for each level of the tree was most of a test's time.
    once([=] {
      halving_tree<K>(lanes, [](int s, auto body) {
        for (int l = 0; l < s; ++l) body(l);
      });
    });
    Sums<K, T> total;
    for (int k = 0; k < K; ++k) total[k] = lanes[k * kLanes];
    return total;
  }

  template <class T>
  void multiply(const BitMatrix& m, const T* in, T* out, T* table) {
    for_each(m.words * kGroupsPerWord, [=](int g) { Product::build(in, g, g + 1, table); });
    for_each(m.tiles, [=](int t) {
      Product::multiply_tile(m.bits + static_cast<std::ptrdiff_t>(t) * m.words * kTile, m.words, table,
                             out + t * kTile);
    });
  }

  void transpose(const BitMatrix& in, const BitMatrix& out) {
    for_each(in.tiles * in.words, [=](int block) {
      const int t = block / in.words, w = block % in.words;
      Product::transpose(in.bits + static_cast<std::ptrdiff_t>(block) * kTile,
                         out.bits + (static_cast<std::ptrdiff_t>(w) * out.words + t) * kTile);
    });
  }

  template <class F>
  double largest(int n, F f) {
    double* lanes = lanes_of(double{});
    turn_ ^= 1;
    double mine = 0.0;
    for (int i = rank_; i < n; i += members_) mine = f(i) > mine ? f(i) : mine;
    for (int l = rank_; l < kLanes; l += members_) lanes[l] = mine;
    barrier();
    double all = 0.0;
    for (int l = 0; l < kLanes && l < members_; ++l) all = lanes[l] > all ? lanes[l] : all;
    return all;
  }

  static double sum_alone(const double* x, std::ptrdiff_t stride, const std::int32_t* weight, int n) {
    return backward_lane_sum(x, stride, weight, n);
  }

  void pack(const BitMatrix& out, int rows, const double* value, int stride, double total, const double* cut,
            const double* row_total, bool above) {
    for_each(out.tiles * kTile, [=](int r) {
      std::uint32_t* row = out.bits + static_cast<std::ptrdiff_t>(r / kTile) * out.words * kTile + r % kTile;
      for (int w = 0; w < out.words; ++w) {
        row[w * kTile] = r < rows ? Product::pack(value + static_cast<std::ptrdiff_t>(r) * stride + w * kTile, total,
                                                  cut + w * kTile, row_total[r], above)
                                  : 0;
      }
    });
  }

  template <class F>
  void write_rows(const BitMatrix& m, F f) {
    for_each(m.tiles * kTile, [=](int row) { f(row, row_of(m, row)); });
  }

  void partition_rows(const BitMatrix& from, const std::int32_t*, const std::int32_t*, const std::uint32_t* kept,
                      const std::int32_t* list, int n, const BitMatrix& to) {
    for_each(to.tiles * kTile, [=](int row) { copy_row(from, list, n, kept, to, row); });
  }

  template <class F>
  void count_rows(const BitMatrix& m, const std::uint32_t* mask, F f) {
    for_each(m.tiles * kTile, [=](int r) {
      const std::uint32_t* row = m.bits + static_cast<std::ptrdiff_t>(r / kTile) * m.words * kTile + r % kTile;
      int count = 0;
      for (int w = 0; w < m.words; ++w) count += __builtin_popcount(row[w * kTile] & mask[w]);
      f(r, count);
    });
  }

  template <class F>
  int compact(int n, F keep, std::int32_t* list) {
    const int from = begin_of(n, rank_), to = begin_of(n, rank_ + 1);
    std::int32_t mine = 0;
    for (int i = from; i < to; ++i) mine += keep(i) ? 1 : 0;
    std::int32_t all = 0, place = parts_before(mine, all);
    for (int i = from; i < to; ++i) {
      if (keep(i)) list[place++] = i;
    }
    barrier();
    return all;
  }

  void eigenvalue(const double* alpha, const double* beta, int n, int k, double low, double high, int halvings,
                  double* x) {
    once([=] { *x = eigenvalue_by_halving(alpha, beta, n, k, low, high, halvings); });
  }

  void running_sums(int n, std::int32_t* x) {
    const int from = begin_of(n, rank_), to = begin_of(n, rank_ + 1);
    std::int32_t mine = 0;
    for (int i = from; i < to; ++i) mine += x[i];
    std::int32_t all = 0, sum = parts_before(mine, all);
    for (int i = from; i < to; ++i) {
      const std::int32_t here = x[i];
      x[i] = sum;
      sum += here;
    }
    barrier();
  }

  void select(const double* key, int n, int count, const int* position, double* value) {
    shared_select(*this, key, n, count, position, value, scratch_);
  }

  void order(const double* key, int n, std::int32_t* index) { shared_order(*this, key, n, index, scratch_); }

 private:
  double* lanes_of(double) { return state_->lanes[turn_].data(); }
  float* lanes_of(float) { return state_->lanes32[turn_].data(); }

  // Where member `rank`'s consecutive share of n begins.
  int begin_of(int n, int rank) const {
    const int share = (n + members_ - 1) / members_;
    return rank * share < n ? rank * share : n;
  }
  // Sum of what the members before give, and of all.
  std::int32_t parts_before(std::int32_t mine, std::int32_t& all) {
    std::vector<std::int32_t>& part = state_->parts[turn_ ^= 1];
    part[static_cast<std::size_t>(rank_)] = mine;
    barrier();
    std::int32_t before = 0;
    for (int k = 0; k < members_; ++k) {
      const std::int32_t other = part[static_cast<std::size_t>(k)];
      before += k < rank_ ? other : 0;
      all += other;
    }
    return before;
  }

  ThreadsState* state_;
  int rank_, members_, turn_ = 0;
  std::int32_t* scratch_;
};

}  // namespace balassa::inline BALASSA_ISA
