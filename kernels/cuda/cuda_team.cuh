// A team of one thread block (kernels/README.md, What a team is). Every verb is reached by all threads of the block.
// Block sizes are multiples of a warp from kLanes up, so that thread l < 256 is lane l of the canonical sums.
#pragma once

#include "kernels/cuda/choices.hpp"
#include "kernels/cuda/table_product.cuh"
#include "kernels/scenario/shared_order.hpp"

namespace balassa::inline BALASSA_ISA {

// What a 64-bit atomic takes.
using Atomic64 = unsigned long long;

// Counters that all blocks of a device add to: integers, so that the order does not matter.
struct SharedCounters {
  BALASSA_HD static void count(std::uint64_t* counter, std::uint64_t amount = 1) {
    if (amount != 0) atomicAdd(reinterpret_cast<Atomic64*>(counter), static_cast<Atomic64>(amount));
  }
  // Two's complement: the same addition.
  BALASSA_HD static void count(std::int64_t* counter, std::int64_t amount = 1) {
    if (amount != 0) atomicAdd(reinterpret_cast<Atomic64*>(counter), static_cast<Atomic64>(amount));
  }
  BALASSA_HD static void count(std::uint32_t* counter, std::uint32_t amount = 1) { atomicAdd(counter, amount); }

  // Each addition to the low word knows whether it carried, so the high word gets every carry once.
  BALASSA_HD static void add_wide(Sum128* sum, const Sum128& term) {
    const Atomic64 before = atomicAdd(reinterpret_cast<Atomic64*>(&sum->low), static_cast<Atomic64>(term.low));
    const Atomic64 carry = before + term.low < before ? 1 : 0;
    const Atomic64 high = static_cast<Atomic64>(term.high) + carry;
    if (high != 0) atomicAdd(reinterpret_cast<Atomic64*>(&sum->high), high);
  }

  BALASSA_HD static void widen(double* minimum, double* maximum, double x) {
    replace_while(minimum, x, [](double mine, double there) { return mine < there; });
    replace_while(maximum, x, [](double mine, double there) { return mine > there; });
  }

 private:
  // Puts x at `place` as long as it lies beyond what is there; a stale first look costs one exchange more.
  template <class Beyond>
  BALASSA_HD static void replace_while(double* place, double x, Beyond beyond) {
    Atomic64 seen = std::bit_cast<Atomic64>(*static_cast<const volatile double*>(place));
    while (beyond(x, std::bit_cast<double>(seen))) {
      const Atomic64 there = atomicCAS(reinterpret_cast<Atomic64*>(place), seen, std::bit_cast<Atomic64>(x));
      if (there == seen) break;
      seen = there;
    }
  }
};

// A thread's place in its block: asked for, or kept.
struct AskedPlace {
  BALASSA_HD int rank() const { return static_cast<int>(threadIdx.x); }
  BALASSA_HD int members() const { return static_cast<int>(blockDim.x); }
  BALASSA_HD int warp() const { return rank() / kWarp; }
  BALASSA_HD int lane() const { return rank() % kWarp; }
  BALASSA_HD int warps() const { return members() / kWarp; }
};
struct KeptPlace {
  BALASSA_HD int rank() const { return rank_; }
  BALASSA_HD int members() const { return members_; }
  BALASSA_HD int warp() const { return warp_; }
  BALASSA_HD int lane() const { return lane_; }
  BALASSA_HD int warps() const { return warps_; }
  int rank_ = static_cast<int>(threadIdx.x), members_ = static_cast<int>(blockDim.x), warp_ = rank_ / kWarp,
      lane_ = rank_ % kWarp, warps_ = members_ / kWarp;
};
using ThreadPlace = std::conditional_t<chosen(Choice::kThreadIndex), AskedPlace, KeptPlace>;

static_assert(kFewestWarps * kWarp == kLanes, "a warp has a tile of locations, a thread a lane of the sums");

// Its loops are not unrolled: a thread has one to three turns in them, and the kernel's code, which is larger than the
// instruction caches, is read anew by each scenario.
class CudaTeam : public SharedCounters, private ThreadPlace {
 public:
  using Product = WarpProduct;
  static constexpr bool kAlone = false;
  // lanes: two sets of kMaxSums * kLanes, of sums; scratch: of orders; table_words: as the workspace's, which a
  // scenario sets, null for a team without products; clocks: [kSteps] where kStepClocks.
  BALASSA_HD CudaTeam(double* lanes, std::int32_t* scratch, const int* table_words, Atomic64* clocks = nullptr)
      : lanes_(lanes), scratch_(scratch), table_words_(table_words), clocks_(clocks) {}

  BALASSA_HD void barrier() { __syncthreads(); }
  // The clocks are the first thread's; the last barrier of a step holds it to the others.
  BALASSA_HD void start_clock() {
    if constexpr (kStepClocks) {
      if (rank() == 0) marked_ = clock64();
    }
  }
  BALASSA_HD void mark(Step step) {
    if constexpr (kStepClocks) {
      if (rank() != 0) return;
      const long long now = clock64();
      atomicAdd(clocks_ + static_cast<int>(step), static_cast<Atomic64>(now - marked_));
      marked_ = now;
    }
  }

  template <class F>
  BALASSA_HD void for_each_free(int n, F f) {
    BALASSA_NO_UNROLL
    for (int i = rank(); i < n; i += members()) f(i);
  }
  template <class F>
  BALASSA_HD void for_each(int n, F f) {
    for_each_free(n, f);
    barrier();
  }
  template <class F>
  BALASSA_HD void for_spans(int n, F f) {
    for_each(n, [=](int i) { f(i, i + 1); });
  }
  template <class F>
  BALASSA_HD void for_rows(int tiles, F f) {
    for_each(tiles * kTile, [=](int r) { f(r / kTile, r % kTile, r % kTile + 1); });
  }
  template <class F>
  BALASSA_HD void for_cells(int rows, int columns, F f) {
    for_each_warp(rows, [=, this](int i) {
      for (int j = lane(); j < columns; j += kWarp) f(i, j);
    });
    barrier();
  }
  template <class F>
  BALASSA_HD void once(F f) {
    if (rank() == 0) f();
    barrier();
  }

  BALASSA_HD std::int32_t add(std::int32_t* x, std::int32_t amount) { return atomicAdd(x, amount); }

  // A thread forms its lane's sum, then a warp the tree of one of the K sums, whose total all read: two barriers. Or
  // every warp forms every tree for itself, with the bits that addition in that order has: one barrier. Two sets of
  // lanes in turn, as in ThreadsState.
  template <int K, class T = double, class F>
  BALASSA_HD Sums<K, T> sums(int n, F term) {
    T* lanes = next_lanes<T>();
    if (rank() < kLanes) {
      Sums<K, T> sum;
      for (int k = 0; k < K; ++k) sum[k] = T(0);
      BALASSA_NO_UNROLL
      for (int i = rank(); i < n; i += kLanes) term(i, sum);
      BALASSA_UNROLL
      for (int k = 0; k < K; ++k) lanes[k * kLanes + rank()] = sum[k];
    }
    barrier();
    Sums<K, T> total;
    if constexpr (chosen(Choice::kSumsByWarp)) {
      trees(lanes, K);
      barrier();
      BALASSA_UNROLL
      for (int k = 0; k < K; ++k) total[k] = lanes[k * kLanes];
    } else {
      BALASSA_UNROLL
      for (int k = 0; k < K; ++k) total[k] = tree(lanes + k * kLanes + lane());
    }
    return total;
  }

  BALASSA_HD static double sum_alone(const double* x, std::ptrdiff_t stride, const std::int32_t* weight, int n) {
    return backward_lane_sum(x, stride, weight, n);
  }

  // The last tiles, fewer than the warps, have several warps each where there are enough: they share its chains.
  template <class T>
  BALASSA_HD void multiply(const BitMatrix& m, const T* in, T* out, T* table) {
    if constexpr (std::is_same_v<T, double>) {
      if (*table_words_ > 0 && m.words > *table_words_) return multiply_by_parts(m, in, out, table);
    }
    for_each(m.words * kGroupsPerWord * 16, [=](int entry) { Product::build_entry(in, entry, table); });
    const int last = m.tiles % warps(), from = m.tiles - last,
              parts = !chosen(Choice::kSplitTiles) || last == 0 ? 1
                      : 4 * last <= warps()                     ? 4
                      : 2 * last <= warps()                     ? 2
                                                                : 1;
    Product::multiply_tiles(m.bits, parts == 1 ? m.tiles : from, m.words, static_cast<const T*>(table), out, warp(),
                            warps(), lane());
    if (parts > 1) {
      T* partial = next_lanes<T>();
      Product::multiply_chains(m.bits, from, m.tiles, m.words, parts, static_cast<const T*>(table), partial, warp(),
                               lane());
      barrier();
      for_each_free(last * kTile,
                    [=](int row) { out[from * kTile + row] = Product::join_chains(partial, parts, row); });
    }
    barrier();
  }

  BALASSA_HD void transpose(const BitMatrix& in, const BitMatrix& out) {
    for_each_warp(in.tiles * in.words, [=, this](int block) {
      const int t = block / in.words, w = block % in.words;
      const std::uint32_t row = in.bits[static_cast<std::ptrdiff_t>(block) * kTile + lane()];
      out.bits[(static_cast<std::ptrdiff_t>(w) * out.words + t) * kTile + lane()] = Product::transpose_row(row, lane());
    });
    barrier();
  }

  // A warp takes a row; lane = column.
  BALASSA_HD void pack(const BitMatrix& out, int rows, const double* value, int stride, double total, const double* cut,
                       const double* row_total, bool above) {
    for_each_warp(out.tiles * kTile, [=, this](int r) {
      std::uint32_t* row = out.bits + static_cast<std::ptrdiff_t>(r / kTile) * out.words * kTile + r % kTile;
      for (int w = 0; w < out.words; ++w) {
        const bool there = r < rows && present(value[static_cast<std::ptrdiff_t>(r) * stride + w * kTile + lane()],
                                               total, cut[w * kTile + lane()], row_total[r], above);
        const std::uint32_t word = __ballot_sync(kWholeWarp, there);
        if (lane() == 0) row[w * kTile] = word;
      }
    });
    barrier();
  }

  template <class F>
  BALASSA_HD void write_rows(const BitMatrix& m, F f) {
    for_each(m.tiles * kTile, [=](int row) { f(row, row_of(m, row)); });
  }

  BALASSA_HD void partition_rows(const BitMatrix& from, const std::int32_t*, const std::int32_t*,
                                 const std::uint32_t* kept, const std::int32_t* list, int n, const BitMatrix& to) {
    for_each(to.tiles * kTile, [=](int row) { copy_row(from, list, n, kept, to, row); });
  }

  template <class F>
  BALASSA_HD void count_rows(const BitMatrix& m, const std::uint32_t* mask, F f) {
    for_each(m.tiles * kTile, [=](int r) {
      const std::uint32_t* row = m.bits + static_cast<std::ptrdiff_t>(r / kTile) * m.words * kTile + r % kTile;
      int count = 0;
      for (int w = 0; w < m.words; ++w) count += __builtin_popcount(row[w * kTile] & mask[w]);
      f(r, count);
    });
  }

  template <class F>
  BALASSA_HD double largest(int n, F f) {
    double mine = 0.0;
    BALASSA_NO_UNROLL
    for (int i = rank(); i < n; i += members()) {
      const double x = f(i);
      mine = x > mine ? x : mine;
    }
    BALASSA_UNROLL
    for (int s = kWarp / 2; s > 0; s /= 2) {
      const double other = __shfl_xor_sync(kWholeWarp, mine, s);
      mine = other > mine ? other : mine;
    }
    double* of_warp = next_lanes<double>();
    if (lane() == 0) of_warp[warp()] = mine;
    barrier();
    double all = 0.0;
    BALASSA_NO_UNROLL
    for (int k = 0; k < warps(); ++k) all = of_warp[k] > all ? of_warp[k] : all;
    return all;
  }

  // A round takes one item a thread: its place is what the rounds, warps and lanes before have kept.
  template <class F>
  BALASSA_HD int compact(int n, F keep, std::int32_t* list) {
    std::int32_t kept = 0;
    for (int base = 0; base < n; base += members()) {
      const int i = base + rank();
      const bool mine = i < n && keep(i);
      const std::uint32_t votes = __ballot_sync(kWholeWarp, mine);
      std::int32_t round = 0;
      const std::int32_t before = warps_before(__builtin_popcount(votes), round);
      if (mine) list[kept + before + __builtin_popcount(votes & ((1u << lane()) - 1u))] = i;
      kept += round;
    }
    barrier();
    return kept;
  }

  // One warp: its lanes ask at the 31 points that the next five halvings could come to, a heap whose root is lane 1.
  BALASSA_HD void eigenvalue(const double* alpha, const double* beta, int n, int k, double low, double high,
                             int halvings, double* x) {
    if (warp() == 0) {
      const double found = eigenvalue_by_warp(alpha, beta, n, k, low, high, halvings);
      if (lane() == 0) *x = found;
    }
    barrier();
  }

  BALASSA_HD void running_sums(int n, std::int32_t* x) {
    // A consecutive share each; an odd length meets no bank twice.
    const int share = ((n + members() - 1) / members()) | 1, from = rank() * share < n ? rank() * share : n,
              to = from + share < n ? from + share : n;
    std::int32_t mine = 0;
    for (int i = from; i < to; ++i) mine += x[i];
    std::int32_t up_to = mine;
    BALASSA_UNROLL
    for (int s = 1; s < kWarp; s *= 2) {
      const std::int32_t other = __shfl_up_sync(kWholeWarp, up_to, s);
      up_to += lane() >= s ? other : 0;
    }
    std::int32_t all = 0, sum = warps_before(__shfl_sync(kWholeWarp, up_to, kWarp - 1), all) + up_to - mine;
    for (int i = from; i < to; ++i) {
      const std::int32_t here = x[i];
      x[i] = sum;
      sum += here;
    }
    barrier();
  }

  BALASSA_ONE_COPY BALASSA_HD void select(const double* key, int n, int count, const int* position, double* value) {
    shared_select(*this, key, n, count, position, value, scratch_);
  }
  BALASSA_ONE_COPY BALASSA_HD void order(const double* key, int n, std::int32_t* index) {
    shared_order(*this, key, n, index, scratch_);
  }

 private:
  // Levels 128, 64 and 32 are sums of eight lanes, the levels below are exchanges in the warp; addition commutes, so
  // each lane ends with lane 0's bits.
  template <class T>
  BALASSA_HD static T tree(const T* l) {
    const T even = (l[0] + l[128]) + (l[64] + l[192]), odd = (l[32] + l[160]) + (l[96] + l[224]);
    T sum = even + odd;
    BALASSA_UNROLL
    for (int s = kWarp / 2; s > 0; s /= 2) sum += __shfl_xor_sync(kWholeWarp, sum, s);
    return sum;
  }

  // lanes[k * kLanes] = the sum of set k, a warp a set.
  template <class T>
  BALASSA_NOINLINE BALASSA_HD static void trees(T* lanes, int sets) {
    const ThreadPlace place;
    BALASSA_NO_UNROLL
    for (int k = place.warp(); k < sets; k += place.warps()) {
      const T sum = tree(lanes + k * kLanes + place.lane());
      if (place.lane() == 0) lanes[k * kLanes] = sum;
    }
  }

  // With tables of *table_words_ words at a time: a warp keeps the chains of its one tile.
  BALASSA_NOINLINE BALASSA_HD void multiply_by_parts(const BitMatrix& m, const double* in, double* out, double* table) {
    double chain[4] = {0.0, 0.0, 0.0, 0.0};
    BALASSA_NO_UNROLL
    for (int from = 0; from < m.words; from += *table_words_) {
      const int words = m.words - from < *table_words_ ? m.words - from : *table_words_;
      const double* part = in + from * kTile;
      for_each(words * kGroupsPerWord * 16, [=](int entry) { Product::build_entry(part, entry, table); });
      if (warp() < m.tiles) {
        const std::uint32_t* bits = m.bits + (static_cast<std::ptrdiff_t>(warp()) * m.words + from) * kTile;
        Product::add_row(bits, words, static_cast<const double*>(table), lane(), chain);
      }
      barrier();
    }
    if (warp() < m.tiles) out[warp() * kTile + lane()] = Product::joined(chain);
    barrier();
  }

  // f(i) by a whole warp for each i < n; no barrier.
  template <class F>
  BALASSA_HD void for_each_warp(int n, F f) {
    BALASSA_NO_UNROLL
    for (int i = warp(); i < n; i += warps()) f(i);
  }

  BALASSA_HD double eigenvalue_by_warp(const double* alpha, const double* beta, int n, int least, double low,
                                       double high, int halvings) {
    constexpr int kLevels = 5;
    int depth = 0;
    while ((lane() >> (depth + 1)) != 0) ++depth;
    for (int done = 0; done < halvings; done += kLevels) {
      double my_low = low, my_high = high;
      for (int d = depth - 1; d >= 0; --d) {
        const double middle = 0.5 * (my_low + my_high);
        if (((lane() >> d) & 1) != 0)
          my_low = middle;
        else
          my_high = middle;
      }
      const double mine = 0.5 * (my_low + my_high);
      const bool open = mine > my_low && mine < my_high;
      const std::uint32_t still_open = __ballot_sync(kWholeWarp, open),
                          is_above = __ballot_sync(kWholeWarp, open && count_above(alpha, beta, n, mine) >= least);
      const int levels = halvings - done < kLevels ? halvings - done : kLevels;
      for (int k = 0, node = 1; k < levels; ++k) {
        const double middle = 0.5 * (low + high);
        if (((still_open >> node) & 1u) == 0) return middle;
        const bool up = ((is_above >> node) & 1u) != 0;
        low = up ? middle : low;
        high = up ? high : middle;
        node = 2 * node + (up ? 1 : 0);
      }
    }
    return 0.5 * (low + high);
  }

  template <class T>
  BALASSA_HD T* next_lanes() {
    turn_ ^= 1;
    return reinterpret_cast<T*>(lanes_ + turn_ * kMaxSums * kLanes);
  }

  // Sum of what the warps before give, and of all; one barrier.
  BALASSA_HD std::int32_t warps_before(std::int32_t of_mine, std::int32_t& all) {
    std::int32_t* of_warp = next_lanes<std::int32_t>();
    if (lane() == 0) of_warp[warp()] = of_mine;
    barrier();
    std::int32_t before = 0;
    BALASSA_NO_UNROLL
    for (int k = 0; k < warps(); ++k) {
      before += k < warp() ? of_warp[k] : 0;
      all += of_warp[k];
    }
    return before;
  }

  double* lanes_;  // [2, kMaxSums * kLanes]
  std::int32_t* scratch_;
  const int* table_words_;
  Atomic64* clocks_;
  long long marked_ = 0;
  int turn_ = 0;
};

}  // namespace balassa::inline BALASSA_ISA
