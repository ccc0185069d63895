// Tests only: threads stand in for the threads of a block. ThreadSanitizer finds a missing barrier here, and comparing
// with CpuTeam finds code that only works with one member (DESIGN, The one idea).
#pragma once

#include <atomic>
#include <barrier>
#include <vector>

#include "kernels/bit_matrix.hpp"
#include "kernels/cpu/ascending_order.hpp"

namespace balassa::inline BALASSA_ISA {

// What the members share. Two sets of lanes, used in turn: a member may still read one sum while another starts the
// next.
struct ThreadsState {
  explicit ThreadsState(int members)
      : gate(members),
        lanes{std::vector<double>(kMaxSums * kLanes), std::vector<double>(kMaxSums * kLanes)},
        lanes32{std::vector<float>(kMaxSums * kLanes), std::vector<float>(kMaxSums * kLanes)} {}
  std::barrier<> gate;
  std::vector<double> lanes[2];
  std::vector<float> lanes32[2];
};

template <class TableProduct>
class ThreadsTeam {
 public:
  using Product = TableProduct;
  ThreadsTeam(ThreadsState& state, int rank, int members, const Workspace& work)
      : state_(&state), rank_(rank), members_(members), index_(work.select_index), scratch_(work.order_scratch) {}

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
    for_each(n / kTile, [=](int t) { f(t * kTile, (t + 1) * kTile); });
  }
  template <class F>
  void once(F f) {
    if (rank_ == 0) f();
    barrier();
  }
  void barrier() { state_->gate.arrive_and_wait(); }
  void mark(Step) {}
  void add(std::int32_t* counter, std::int32_t amount) { std::atomic_ref<std::int32_t>(*counter).fetch_add(amount); }

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
    halving_tree<K>(lanes, [this](int s, auto body) { for_each(s, body); });
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

  void select(const double* key, int n, int count, const int* position, double* value) {
    once([=, this] { ascending_select(key, n, count, position, value, index_, scratch_); });
  }

  void order(const double* key, int n, std::int32_t* index) {
    once([=, this] { ascending_order(key, n, index, scratch_); });
  }

 private:
  double* lanes_of(double) { return state_->lanes[turn_].data(); }
  float* lanes_of(float) { return state_->lanes32[turn_].data(); }

  ThreadsState* state_;
  int rank_, members_, turn_ = 0;
  std::int32_t* index_;
  std::int32_t* scratch_;
};

}  // namespace balassa::inline BALASSA_ISA
