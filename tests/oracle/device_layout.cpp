// Where a workspace's pieces go and what fits on a device: plans made on the host, for shared memories from compute
// capability 7.5 (64 KB a block) to 9.0 (227 KB).
#include <gtest/gtest.h>

#include <set>

#include "kernels/cuda/batch_plan.hpp"

namespace balassa {
namespace {

constexpr std::size_t kStatic = 1024;  // of a block, beside its workspace
constexpr std::size_t kTuring = 65'536 - kStatic, kAda = 101'376 - kStatic, kAmpere = 166'912 - kStatic,
                      kHopper = 232'448 - kStatic;
constexpr std::size_t kLimits[] = {0, kTuring, kAda, kAmpere, kHopper};
constexpr int kShapes[][2] = {{4, 4}, {60, 100}, {240, 1240}, {5570, 1240}, {240, 5200}, {2169, 650}};

// The sizes by hand: padded to 256 x 1248, 8 words a row, one orientation is 8 * 1248 * 4 = 39,936 bytes.
TEST(DeviceLayout, WorldPanelOnHopperKeepsItsBitsInSharedMemory) {
  const Placement placement = plan_placement(240, 1240, 3, kHopper);
  for (const Piece piece : {Piece::kScalars, Piece::kSumLanes, Piece::kLocationFp32, Piece::kProductFp32,
                            Piece::kBitsByProduct, Piece::kBitsByLocation, Piece::kBasisFp32, Piece::kTable})
    EXPECT_TRUE(placement.has(piece)) << static_cast<int>(piece);
  EXPECT_FALSE(placement.has(Piece::kBitsFull));
  EXPECT_FALSE(placement.has(Piece::kBasisFp64));  // 161 vectors of 2 KB
  EXPECT_EQ(placement.lane_sets, 2);
  Placement bits_only{1u << static_cast<int>(Piece::kBitsByProduct), 2};
  EXPECT_EQ(workspace_bytes(bits_only, 240, 1240, 3).fast, 39'936u + 64u);
}

// 5570 x 1240: 175 words x 1248 x 4 = 874 KB; 240 x 5200: 8 x 5216 x 4 = 167 KB twice; 2169 x 650: 68 x 672 x 4 =
// 183 KB twice.
TEST(DeviceLayout, LargePanelsKeepTheirBitsInGlobalMemory) {
  for (const auto& [locations, products] : {std::pair{5570, 1240}, std::pair{240, 5200}, std::pair{2169, 650}}) {
    for (const std::size_t limit : kLimits) {
      const Placement placement = plan_placement(locations, products, 3, limit);
      EXPECT_FALSE(placement.has(Piece::kBitsByProduct) && placement.has(Piece::kBitsByLocation));
      EXPECT_EQ(placement.has(Piece::kSumLanes), limit > 0);
    }
  }
}

TEST(DeviceLayout, SmallSharedMemoryKeepsTheFp32Tables) {
  EXPECT_TRUE(plan_placement(240, 1240, 3, kTuring).has(Piece::kTableFp32));
  EXPECT_TRUE(plan_placement(240, 1240, 3, kAmpere).has(Piece::kBitsByLocation));
  EXPECT_TRUE(plan_placement(128, 800, 3, kAda).has(Piece::kBitsByLocation));
}

// Every piece lies in its block, apart from every other; nothing exceeds the limit.
TEST(DeviceLayout, PiecesLieInTheirBlocksAndApart) {
  for (const auto& [locations, products] : kShapes) {
    for (const std::size_t limit : kLimits) {
      for (const int columns : {0, 32}) {
        const Placement placement = plan_placement(locations, products, 3, limit, Precision::kCertified, columns);
        const WorkspaceBytes bytes = workspace_bytes(placement, locations, products, 3);
        EXPECT_LE(bytes.fast, limit);
        std::vector<std::byte> fast_block(bytes.fast + 64), slow_block(bytes.slow + 64);
        Arena fast(fast_block.data()), slow(slow_block.data());
        const Workspace w = carve_workspace(fast, slow, placement, locations, products, 3);
        std::set<const void*> starts = {w.outcome,
                                        w.lanes,
                                        w.block_location_full,
                                        w.block_product_full,
                                        w.all.by_location,
                                        w.block_product,
                                        w.column,
                                        w.scratch_index,
                                        w.order_scratch,
                                        w.diversity,
                                        w.ubiquity,
                                        w.inv_sqrt_d,
                                        w.sqrt_d,
                                        w.trivial,
                                        w.column_scale,
                                        w.inv_sqrt_d32,
                                        w.trivial32,
                                        w.all.column_scale32,
                                        w.table,
                                        w.half,
                                        w.x,
                                        w.y,
                                        w.z,
                                        w.r,
                                        w.all.half32,
                                        w.p32,
                                        w.y32,
                                        w.r32,
                                        w.t32,
                                        w.x32,
                                        w.basis32,
                                        w.basis64,
                                        w.alpha,
                                        w.beta,
                                        w.ritz,
                                        w.shared,
                                        w.raw,
                                        w.raw_product,
                                        w.eci,
                                        w.pci,
                                        w.order,
                                        w.select_index,
                                        w.rank,
                                        w.key,
                                        w.share,
                                        w.hhi,
                                        w.class_scratch,
                                        w.split_value,
                                        w.p1_cut,
                                        w.p1_group,
                                        w.component_label,
                                        w.reached,
                                        w.giant};
        if (columns > 0)
          starts.insert({w.few.by_location, w.few.by_product, w.few.table32, w.few.half32, w.few.column_scale32});
        const std::size_t shared = columns > 0 && !placement.has(Piece::kTableFp32) ? 1 : 0;  // the slow tables' place
        EXPECT_EQ(starts.size(), columns > 0 ? 58u - shared : 53u) << locations << " x " << products;
        for (const void* start : starts) {
          const auto inside = [&](const std::vector<std::byte>& block) {
            return start >= block.data() && start < block.data() + block.size();
          };
          EXPECT_TRUE(inside(fast_block) || inside(slow_block));
        }
        for (const void* table : {static_cast<const void*>(w.table), static_cast<const void*>(w.few.table32)}) {
          const std::ptrdiff_t at = static_cast<const std::byte*>(table) - fast_block.data();
          if (at >= 0 && at < static_cast<std::ptrdiff_t>(fast_block.size())) {
            EXPECT_EQ(at % 128, 0) << "a group of fp64 is joined to its entry";
          }
        }
        EXPECT_TRUE(!placement.has(Piece::kTable) || static_cast<void*>(w.table) == static_cast<void*>(w.table32));
      }
    }
  }
}

// Tables are read out of order, vectors in order: of a panel of many rows the tables are placed first, and in double
// precision those of fp64.
TEST(DeviceLayout, TablesBeforeVectors) {
  EXPECT_TRUE(plan_placement(5570, 1240, 3, kHopper).has(Piece::kTable));  // which the fp32 ones share
  EXPECT_FALSE(plan_placement(240, 5200, 3, kHopper).has(Piece::kTable));
  EXPECT_TRUE(plan_placement(240, 5200, 3, kHopper).has(Piece::kTableFp32));
  const Placement in_double = plan_placement(240, 5200, 3, kHopper, Precision::kDouble);
  EXPECT_TRUE(in_double.has(Piece::kTable));
  EXPECT_FALSE(in_double.has(Piece::kTableFp32));
}

StudyView sizes(int locations, int products, Weights weights = Weights::kBayesian) {
  StudyView view{};
  view.resampling.weights = weights;
  view.locations = locations;
  view.products = products;
  view.padded_locations = padded(locations);
  view.padded_products = padded(products);
  view.quantiles = 1;
  view.splits = 1;
  view.cuts = 1;
  return view;
}

// Two blocks a multiprocessor where their bits fit: 128 x 800 on 228 KB; 240 x 1240 only where products are left out.
TEST(DeviceLayout, SmallPanelsShareAMultiprocessor) {
  const std::size_t shared = 233'472, beside = 2 * kStatic;
  const BlockShape small = plan_block(sizes(128, 800), kHopper, shared, beside);
  EXPECT_EQ(small.threads, 256);
  EXPECT_LE(2 * (small.fast_bytes + beside), shared);
  const BlockShape large = plan_block(sizes(240, 1240), kHopper, shared, beside);
  EXPECT_EQ(large.threads, 512);
  EXPECT_LE(large.fast_bytes, kHopper);
  EXPECT_EQ(plan_block(sizes(5570, 1240), kTuring, 65'536, beside).threads, 512);
}

// 1240 multinomial draws leave 1240 / e products out: 784 are drawn, and 1240 (1 - 1/e) / e = 288 is the variance where
// they are independent: 784 + 6 * 17 = 886, padded 896. By hand then, in bytes: lanes 20,480, tables 896 / 4 * 16 * 4 =
// 14,336, five vectors of locations 7 * 1,024, two of products 2 * 3,584, bits 2 * 28,672; and the scalars.
TEST(DeviceLayout, TwoBlocksWhereFewProductsAreDrawn) {
  const std::size_t shared = 233'472, beside = 2 * kStatic;
  for (const Weights weights : {Weights::kMultinomial, Weights::kPoisson}) {
    const StudyView view = sizes(240, 1240, weights);
    EXPECT_EQ(likely_columns(view), 896);
    const BlockShape block = plan_block(view, kHopper, shared, beside);
    EXPECT_EQ(block.threads, 256);
    EXPECT_EQ(block.placement.columns, 896);
    EXPECT_LE(2 * (block.fast_bytes + beside), shared);
    const std::size_t known = 20'480 + 14'336 + 7 * 1'024 + 2 * 3'584 + 2 * 28'672;
    EXPECT_GT(block.fast_bytes, known);
    EXPECT_LT(block.fast_bytes, known + 6'000);
  }
  EXPECT_EQ(likely_columns(sizes(240, 1240)), 1248);
  StudyView in_double = sizes(240, 1240, Weights::kPoisson);
  in_double.precision = Precision::kDouble;
  EXPECT_EQ(plan_block(in_double, kHopper, shared, beside).threads, 512);
}

TEST(DeviceLayout, BatchShrinksBeforeBlocksDo) {
  const BatchNeed need = {1'000'000, 10'000, 1'000, 0, 0};
  const BatchPlan whole = fit_batch(need, 100, 16, std::size_t{1} << 30);
  EXPECT_EQ(whole.blocks, 100);
  EXPECT_EQ(whole.replicates, 1600u);
  EXPECT_EQ(whole.total(), 1'000'000u + 100u * 10'000u + 1600u * 1'000u);
  const BatchPlan fewer_replicates = fit_batch(need, 100, 16, 2'500'000);
  EXPECT_EQ(fewer_replicates.blocks, 100);
  EXPECT_EQ(fewer_replicates.replicates, 500u);
  const BatchPlan fewer_blocks = fit_batch(need, 100, 16, 1'110'000);
  EXPECT_EQ(fewer_blocks.blocks, 10);
  EXPECT_EQ(fewer_blocks.replicates, 10u);
  EXPECT_EQ(fit_batch(need, 100, 16, 1'005'000).blocks, 0);
  EXPECT_EQ(fit_batch(need, 100, 16, 500'000).blocks, 0);
}

// Noise needs the noisy values of each block: 1248 x 256 doubles.
TEST(DeviceLayout, NeedsCountWhatGrows) {
  StudyView view = sizes(240, 1240);
  const Placement placement = plan_placement(240, 1240, 1, kHopper);
  const BatchNeed weights = batch_need(view, placement, 1240, true);
  view.resampling.scheme = Scheme::kNoise;
  const BatchNeed noise = batch_need(view, placement, 1240, true);
  EXPECT_NEAR(static_cast<double>(noise.per_block - weights.per_block), 1248.0 * 256 * 8, 40'000);
  // Two batches: int32 weights, fp64 totals, fp32 raw scores.
  EXPECT_GE(weights.per_replicate, 2u * (1240 * 4 + 240 * 8 + (240 + 1240) * 4));
  const BatchNeed lean = batch_need(view, placement, 1240, false);
  EXPECT_NEAR(static_cast<double>(noise.resident - lean.resident), 1240.0 * 5776 * 4 + 1240 * (5 * 8 + 2 * 16), 1000);
}

TEST(DeviceLayout, MessageSaysWhatIsMissing) {
  const std::string message = memory_message("cuda:1", {2'000'000'000, 90'000'000, 10'000'000, 0, 0}, 1'500'000'000);
  EXPECT_NE(message.find("cuda:1: the study takes 2.0 GB and 0.1 GB for one block"), std::string::npos) << message;
  EXPECT_NE(message.find("1.5 GB of its memory can be had"), std::string::npos) << message;
  EXPECT_NE(message.find("--device cpu"), std::string::npos) << message;
}

}  // namespace
}  // namespace balassa
