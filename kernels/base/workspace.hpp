// A team's scratch, carved from a fast block (shared memory on a GPU) and a slow one (global memory); a CPU gives the
// same block twice. What goes where is planned on the host from the size of the problem and of the fast block.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/base/layout.hpp"

namespace balassa {

// Parts of a workspace that move together, in the order in which they are placed in fast memory while it lasts.
enum class Piece : std::uint8_t {
  kScalars,         // outcome, tridiagonal matrix, cuts
  kSumLanes,        // of the canonical sums
  kTableFp32,       // tables of the fp32 product, where kTable is slow: read out of order, eight times a word of bits
  kLocationFp32,    // vectors [Cp] of the fp32 solver
  kProductFp32,     // its vectors [Pp]
  kLocationFp64,    // vectors [Cp] of the fp64 solver
  kBitsByProduct,   // drawn products, every one of them read twice a step
  kBitsByLocation,  //
  kBasisFp32,       // Lanczos vectors, read once each by the Ritz vector
  kTable,           // tables of the fp64 product; the fp32 ones share its place
  kProductFp64,     // vectors [Pp] of the fp64 solver
  kColumns,         // partition of the products
  kScores,          // scores, keys, orders, classes
  kOrderScratch,    //
  kBitsFull,        // presence over all products: written once, read by two steps
  kBasisFp64,
  kDense,  // a matrix that is solved whole
};
inline constexpr int kPieces = 17;

// Which pieces are in fast memory, and how many sets of lanes a team uses in turn.
struct Placement {
  std::uint32_t fast = 0;
  int lane_sets = 1;
  int columns =
      0;  // drawn products that fast memory has room for, a multiple of 32; more work in the slow block; 0: all
  BALASSA_HOST_HD bool has(Piece piece) const { return ((fast >> static_cast<int>(piece)) & 1u) != 0; }
};

// Hands out aligned pieces of one block; with a null block it only measures.
class Arena {
 public:
  BALASSA_HOST_HD explicit Arena(std::byte* block = nullptr) : block_(block) {}
  // alignment: a power of 2; beyond 64 only where the block has it.
  template <class T>
  BALASSA_HOST_HD T* take(std::size_t count, std::size_t alignment = 64) {
    used_ = (used_ + alignment - 1) / alignment * alignment;
    T* piece = block_ == nullptr ? nullptr : reinterpret_cast<T*>(block_ + used_);
    used_ += count * sizeof(T);
    return piece;
  }
  BALASSA_HOST_HD std::size_t used() const { return used_ + 64; }

 private:
  std::byte* block_;
  std::size_t used_ = 0;
};

inline constexpr std::size_t kTableAlignment = 128;  // of a group of fp64 (kernels/cuda/table_product.cuh)
inline constexpr std::size_t kTableBytes64 = 8 * 16 * sizeof(double);  // tables of a word in fp64
inline constexpr int kFewestWarps = 8;                                 // of a team of threads

// Carves a workspace for C x P and q quantiles; the same calls measure and place.
BALASSA_HOST_HD inline Workspace carve_workspace(Arena& fast, Arena& slow, const Placement& placement, int locations,
                                                 int products, int quantiles) {
  const auto in = [&](Piece piece) -> Arena& { return placement.has(piece) ? fast : slow; };
  const std::size_t c = static_cast<std::size_t>((locations + kTile - 1) / kTile * kTile),
                    p = static_cast<std::size_t>((products + kTile - 1) / kTile * kTile);
  const std::size_t words = c / 32 * p, longest = c > p ? c : p,
                    q = static_cast<std::size_t>(quantiles > 0 ? quantiles : 1),
                    sets = static_cast<std::size_t>(placement.lane_sets);
  Workspace w{};
  w.outcome = in(Piece::kScalars).take<Outcome>(1);
  w.lanes = in(Piece::kSumLanes).take<double>(sets * kMaxSums * kLanes);
  w.lanes32 = in(Piece::kSumLanes).take<float>(sets == 1 ? kMaxSums * kLanes : 0);  // several sets: fp64's serve fp32
  w.block_location_full = in(Piece::kBitsFull).take<std::uint32_t>(words);
  w.block_product_full = in(Piece::kBitsFull).take<std::uint32_t>(words);
  // With room for few drawn products in fast memory there is room for all in the slow one.
  const bool narrow = placement.columns > 0;
  const auto with_all = [&](Piece piece) -> Arena& { return narrow ? slow : in(piece); };
  w.all.columns = static_cast<int>(p);
  w.all.by_location = with_all(Piece::kBitsByLocation).take<std::uint32_t>(words);
  w.block_product = w.all.by_product = with_all(Piece::kBitsByProduct).take<std::uint32_t>(words);
  w.column = in(Piece::kColumns).take<std::int32_t>(p + 1);
  w.scratch_index = in(Piece::kColumns).take<std::int32_t>(2 * longest);
  w.order_scratch = in(Piece::kOrderScratch).take<std::int32_t>(4 * longest + 64);
  w.diversity = in(Piece::kLocationFp64).take<double>(c);
  w.ubiquity = in(Piece::kProductFp64).take<double>(p);
  w.inv_sqrt_d = in(Piece::kLocationFp64).take<double>(c);
  w.sqrt_d = in(Piece::kLocationFp64).take<double>(c);
  w.trivial = in(Piece::kLocationFp64).take<double>(c);
  w.column_scale = in(Piece::kProductFp64).take<double>(p);
  w.inv_sqrt_d32 = in(Piece::kLocationFp32).take<float>(c);
  w.trivial32 = in(Piece::kLocationFp32).take<float>(c);
  w.all.column_scale32 = with_all(Piece::kProductFp32).take<float>(p);
  w.all.table = with_all(Piece::kTable).take<double>(longest / 4 * 16, kTableAlignment);
  w.all.table32 = placement.has(Piece::kTableFp32) && !narrow ? fast.take<float>(longest / 4 * 16, kTableAlignment)
                                                              : reinterpret_cast<float*>(w.all.table);
  w.half = in(Piece::kProductFp64).take<double>(p);
  w.x = in(Piece::kLocationFp64).take<double>(c);
  w.y = in(Piece::kLocationFp64).take<double>(c);
  w.z = in(Piece::kLocationFp64).take<double>(c);
  w.r = in(Piece::kLocationFp64).take<double>(c);
  w.all.half32 = with_all(Piece::kProductFp32).take<float>(p);
  if (narrow) {
    const std::size_t room = static_cast<std::size_t>(placement.columns), most = room > c ? room : c;
    w.few.columns = placement.columns;
    w.few.by_location = in(Piece::kBitsByLocation).take<std::uint32_t>(c / 32 * room);
    w.few.by_product = in(Piece::kBitsByProduct).take<std::uint32_t>(c / 32 * room);
    w.few.table32 = placement.has(Piece::kTableFp32) ? fast.take<float>(most / 4 * 16, kTableAlignment) : w.all.table32;
    // Its place serves fp64 too where that holds the tables over locations, and each warp of the smallest block has one
    // tile of locations: those over products come in parts.
    const int held = static_cast<int>(most * 16 * sizeof(float) / 4 / kTableBytes64) / 4 * 4;
    const bool shares = placement.has(Piece::kTableFp32) && c / 32 <= kFewestWarps && static_cast<int>(c / 32) <= held;
    w.few.table = shares ? reinterpret_cast<double*>(w.few.table32) : w.all.table;
    w.few.table_words = shares ? held : 0;
    w.few.half32 = in(Piece::kProductFp32).take<float>(room);
    w.few.column_scale32 = in(Piece::kProductFp32).take<float>(room);
  }
  w.p32 = in(Piece::kLocationFp32).take<float>(c);
  w.y32 = in(Piece::kLocationFp32).take<float>(c);
  w.r32 = in(Piece::kLocationFp32).take<float>(c);
  w.t32 = in(Piece::kLocationFp32).take<float>(c);
  w.x32 = in(Piece::kLocationFp32).take<float>(c);
  w.basis32 = in(Piece::kBasisFp32).take<float>((kMaxSteps + 1) * c);
  w.basis64 = in(Piece::kBasisFp64).take<double>((kMaxSteps64 + 1) * c);
  const std::size_t side = static_cast<std::size_t>(dense_side(locations, products));
  w.dense = in(Piece::kDense).take<double>(side * side);
  w.dense_vector = in(Piece::kDense).take<double>(8 * side);
  w.alpha = in(Piece::kScalars).take<double>(kMaxSteps64 + 1);
  w.beta = in(Piece::kScalars).take<double>(kMaxSteps64 + 1);
  w.ritz = in(Piece::kScalars).take<double>(kMaxSteps64 + 1);
  w.shared = in(Piece::kScalars).take<double>(16);
  w.raw = in(Piece::kLocationFp64).take<double>(c);
  w.raw_product = in(Piece::kScores).take<double>(p);
  w.eci = in(Piece::kScores).take<double>(c);
  w.pci = in(Piece::kScores).take<double>(p);
  w.order = in(Piece::kScores).take<std::int32_t>(c);
  w.select_index = in(Piece::kOrderScratch).take<std::int32_t>(longest);
  w.rank = in(Piece::kScores).take<std::int32_t>(c);
  w.key = in(Piece::kScores).take<double>(longest);
  w.share = in(Piece::kScores).take<double>(q * c);
  w.hhi = in(Piece::kScores).take<double>(q * c);
  w.class_scratch = in(Piece::kScores).take<double>(2 * c);
  w.split_value = in(Piece::kScalars).take<double>(q * kMaxSplits);
  w.p1_cut = in(Piece::kScalars).take<double>(2 * kMaxQuantiles);
  w.p1_group = in(Piece::kScores).take<std::uint8_t>(p);
  w.component_label = in(Piece::kScores).take<std::uint8_t>(longest);
  w.reached = in(Piece::kScalars).take<std::uint32_t>(p / 32 + c / 32 + 2);
  w.giant = in(Piece::kScalars).take<std::uint32_t>(c / 32);
  const int tiles_c = static_cast<int>(c / 32), tiles_p = static_cast<int>(p / 32);
  w.by_location_full = {w.block_location_full, tiles_c, tiles_p};
  w.by_product_full = {w.block_product_full, tiles_p, tiles_c};
  w.by_location = {w.all.by_location, tiles_c, tiles_p};
  w.by_product = w.by_product_drawn = {w.block_product, tiles_p, tiles_c};
  w.table = w.all.table;
  w.table_words = w.all.table_words;
  w.table32 = w.all.table32;
  w.half32 = w.all.half32;
  w.column_scale32 = w.all.column_scale32;
  return w;
}

// Bytes that a placement takes of each block.
struct WorkspaceBytes {
  std::size_t fast, slow;
};
WorkspaceBytes workspace_bytes(const Placement& placement, int locations, int products, int quantiles);

// Places pieces in fast memory in their order while they fit in `fast_bytes`; one that does not fit is passed over. In
// double precision what the fp64 solver reads comes first; with room for `columns` drawn products alone (0: for all),
// what the fp32 solver reads. Two sets of lanes, for a team of several members.
Placement plan_placement(int locations, int products, int quantiles, std::size_t fast_bytes,
                         Precision precision = Precision::kCertified, int columns = 0);

}  // namespace balassa
