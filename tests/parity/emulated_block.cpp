// The CUDA device's block-level code on an emulated thread block (tests/emulated_block.hpp) against the CPU's plain
// path: bytes. Its memory starts full of NaN, as a GPU's may.
#define BALASSA_ISA emulated
#include "tests/emulated_block.hpp"

#include <gtest/gtest.h>

#include "kernels/cuda/scenario_block.cuh"
#include "kernels/resident/study_frame.hpp"
#include "kernels/resident/tally_layout.hpp"
#include "tests/device_trial.hpp"

namespace balassa {
namespace {

// Bytes that nobody has written yet: NaN as doubles, floats and large as integers.
class Block {
 public:
  explicit Block(std::size_t bytes) : words_(bytes / sizeof(Line) + 2) {
    std::memset(words_.data()->bytes, 0xFF, sizeof(Line) * words_.size());
  }
  std::byte* get() { return words_.data()->bytes; }

 private:
  struct alignas(kTableAlignment) Line {
    std::byte bytes[kTableAlignment];
  };
  std::vector<Line> words_;
};

// What GpuStudy does, with the kernels on emulated blocks.
class EmulatedGpu {
 public:
  EmulatedGpu(const CellStudy& study, int threads, std::size_t fast_limit, int columns)
      : frame_(study),
        threads_(threads),
        placement_(plan_placement(frame_.view.locations, frame_.view.products, frame_.view.quantiles, fast_limit,
                                  study.precision, columns)) {
    Arena measure;
    carve_tallies(measure, frame_.view, study.product_tallies);
    tally_block_ = std::make_unique<Block>(measure.used());
    std::memset(tally_block_->get(), 0, measure.used());
    Arena place(tally_block_->get());
    tallies_ = carve_tallies(place, frame_.view, study.product_tallies);
    open_ranges(frame_.view.locations, frame_.view.products, tallies_);
    run(frame_.cold_view(), 0, 1, {0, 2}, nullptr, nullptr);
    frame_.take_baseline(frame_.record(state_.work, weight_.data(), nullptr, 0), state_.work);
  }

  const ScenarioRecord& baseline() const { return frame_.baseline; }

  void run(std::uint64_t first, unsigned count, float* raw_eci, float* raw_pci) {
    run(frame_.view, first, count, placement_, raw_eci, raw_pci);
  }

  Tallies collect() {
    Tallies sum = shaped_tallies(shape_of(frame_.view, frame_.study.product_tallies));
    add_tallies(frame_.view, tallies_, sum);
    for (int block = 0; block < kBlocks; ++block) add_worst(worst_ + 3 * block, sum);
    return sum;
  }

 private:
  static constexpr int kBlocks = 2;

  void run(const StudyView& view, std::uint64_t first, unsigned count, const Placement& placement, float* raw_eci,
           float* raw_pci) {
    const std::size_t c = static_cast<std::size_t>(view.padded_locations),
                      p = static_cast<std::size_t>(view.padded_products);
    const Draws draws = draws_of(view, first);
    Arena fast, slow;
    carve_workspace(fast, slow, placement, view.locations, view.products, view.quantiles);
    if (view.resampling.draws.cell_noise) carve_noise(slow, view);
    fast_ = std::make_unique<Block>(fast.used());
    slow_ = std::make_unique<Block>(kBlocks * (slow.used() + 64));
    weight_.assign(count * p, -1);
    std::vector<double> total(count * c, std::bit_cast<double>(~0ull)), product_total(count * p, total[0]);
    std::vector<std::int32_t> location_weight(count * c, -1);
    ScenarioBatch batch{};
    batch.words =
        c + p + static_cast<std::size_t>(padded(frame_.year.panel_products + frame_.year.panel_locations)) + 32;
    std::vector<std::uint32_t> word(kBlocks * batch.words);
    unsigned next = 0;
    batch.first = first;
    batch.count = count;
    batch.next = &next;
    batch.weight = weight_.data();
    batch.location_weight = location_weight.data();
    batch.location_total = total.data();
    batch.product_total = product_total.data();
    batch.word = word.data();
    batch.raw_eci = raw_eci;
    batch.raw_pci = raw_pci;
    batch.worst = worst_;
    batch.panel_locations = frame_.year.panel_locations;
    batch.panel_products = frame_.year.panel_products;
    batch.tallied = first != 0;
    batch.placement = placement;
    batch.slow = slow_->get();
    batch.slow_bytes = slow.used() / 64 * 64 + 64;
    EmulatedBlock threads(threads_, static_cast<unsigned>(first) + 1), draw_threads(kDrawThreads, 3);
    for (int block = 0; block < kBlocks; ++block)
      draw_threads.run([&] { draw_batch_weights(view, batch, block, kBlocks); });
    if (!draws.cell_noise) sum_rows(draw_threads, rows_of_locations(view, batch));
    if (!draws.cell_noise && draws.location_weights) sum_rows(draw_threads, rows_of_products(view, batch));
    for (int block = 0; block < kBlocks; ++block)
      threads.run([&] { run_batch_scenarios(view, batch, tallies_, block, fast_->get(), state_); });
    // The second block finds none left; the first one's workspace is looked at.
    Arena fast_place(fast_->get()), slow_place(slow_->get());
    state_.work = carve_workspace(fast_place, slow_place, placement, view.locations, view.products, view.quantiles);
  }

  static void sum_rows(EmulatedBlock& threads, const WeightedRows& rows) {
    for (int first = 0; first < rows.rows; first += kTotalRows)
      threads.run([&] { total_batch_rows(rows, first, static_cast<int>(threadIdx.x) / kWarp, kDrawThreads / kWarp); });
  }

  StudyFrame frame_;
  int threads_;
  Placement placement_;
  std::unique_ptr<Block> tally_block_, fast_, slow_;
  std::vector<std::int32_t> weight_;
  TallyView tallies_{};
  Worst worst_[3 * kBlocks] = {};
  BlockState state_{};
};

// columns: drawn products that fast memory has room for; 0: all.
void expect_cpu(const CellStudy& study, unsigned replicates, int threads, std::size_t fast_limit,
                const std::string& what, int columns = 0) {
  DeviceOptions plain;
  plain.threads = 1;
  plain.simd = "plain";
  const auto cpu = make_device("cpu", plain)->make_resident(study);
  const std::size_t c = static_cast<std::size_t>(study.year->locations),
                    p = static_cast<std::size_t>(study.year->products);
  std::vector<float> eci(replicates * c), pci(replicates * p), found_eci(eci), found_pci(pci);
  cpu->run(1, replicates, eci.data(), pci.data());
  EmulatedGpu gpu(study, threads, fast_limit, columns);
  gpu.run(1, replicates, found_eci.data(), found_pci.data());
  expect_same_record(cpu->baseline(), gpu.baseline(), what + " baseline");
  expect_same_bytes(eci, found_eci, what + " eci");
  expect_same_bytes(pci, found_pci, what + " pci");
  const Tallies tallies = cpu->collect();
  EXPECT_GT(tallies.validity[0], 0u) << what;
  expect_same_tallies(tallies, gpu.collect(), what);
}

constexpr std::size_t kHopper = 232'448 - 2'048, kTuring = 65'536 - 2'048;

TEST(EmulatedBlock, SmallShapes) {  // every solve fp64
  for (const auto& [locations, products] : {std::pair{4, 4}, std::pair{31, 33}, std::pair{33, 31}}) {
    const Year year = random_year(locations, products, 3);
    for (const Weights weights : {Weights::kMultinomial, Weights::kBayesian, Weights::kPoisson})
      expect_cpu(study_of(year, Scheme::kProducts, weights, Precision::kCertified), 3, 256, kHopper,
                 std::to_string(locations) + "x" + std::to_string(products));
  }
}

TEST(EmulatedBlock, EveryPrecision) {  // fp32 Lanczos, correction, certificate
  Year year = random_year(80, 257, 3);
  for (double& value : year.value) value *= 0.1;  // totals depend on the order of their terms
  for (const Precision precision : {Precision::kCertified, Precision::kDouble, Precision::kFast})
    expect_cpu(study_of(year, Scheme::kProducts, Weights::kMultinomial, precision), 3, 256, kHopper,
               "precision " + std::to_string(static_cast<int>(precision)));
}

TEST(EmulatedBlock, NoiseAndFixedPresence) {
  const Year year = random_year(70, 100, 4);
  expect_cpu(study_of(year, Scheme::kNoise, Weights::kPoisson, Precision::kCertified), 2, 256, kHopper, "noise");
  CellStudy fixed = study_of(year, Scheme::kProducts, Weights::kMultinomial, Precision::kCertified);
  fixed.resampling.recompute_presence = false;
  expect_cpu(fixed, 3, 256, kHopper, "fixed presence");
}

// Every combination of what a replicate can draw.
TEST(EmulatedBlock, DrawsTogether) {
  Year year = random_year(70, 100, 4);
  for (double& value : year.value) value *= 0.1;  // totals depend on the order of their terms
  for (const auto& [draws, law] :
       {std::pair{Draws(Scheme::kLocations), Weights::kMultinomial},
        std::pair{Draws(Scheme::kLocations), Weights::kBayesian},
        std::pair{Scheme::kProducts | Scheme::kLocations, Weights::kPoisson},
        std::pair{Scheme::kProducts | Scheme::kNoise, Weights::kBayesian},
        std::pair{Scheme::kLocations | Scheme::kNoise, Weights::kMultinomial},
        std::pair{Scheme::kProducts | Scheme::kLocations | Scheme::kNoise, Weights::kPoisson}}) {
    expect_cpu(study_of(year, draws, law, Precision::kCertified), 3, 256, kHopper, "draws together");
  }
}

// Little shared memory or none, more threads than lanes, more rows than threads.
TEST(EmulatedBlock, LayoutsAndBlockSizes) {
  const Year year = random_year(100, 600, 5);
  const CellStudy study = study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kCertified);
  expect_cpu(study, 2, 512, kTuring, "64 KB");
  expect_cpu(study, 2, 320, 0, "no shared memory");
  const CellStudy in_double = study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kDouble);
  expect_cpu(in_double, 1, 512, kTuring, "64 KB, double");
}

// Room for as many drawn products as are likely; for fewer than any replicate draws; for some replicates' but not for
// others' (of 600 products 379 are drawn on average).
TEST(EmulatedBlock, DrawnProductsInRoomForFew) {
  const Year year = random_year(100, 600, 5);
  for (const auto& [precision, columns] :
       {std::pair{Precision::kCertified, 480}, std::pair{Precision::kFast, 480}, std::pair{Precision::kDouble, 480},
        std::pair{Precision::kCertified, 32}, std::pair{Precision::kCertified, 384}})
    expect_cpu(study_of(year, Scheme::kProducts, Weights::kPoisson, precision), 6, 256, kHopper,
               "room for " + std::to_string(columns), columns);
  const Year world = random_year(240, 1240, 6);
  expect_cpu(study_of(world, Scheme::kProducts, Weights::kMultinomial, Precision::kCertified), 2, 256, 114'688,
             "half a multiprocessor", 896);
}

// 8 and 4 tiles of locations on 16 warps, 3 on 12, a rest of 2 on 8: two warps a tile, four, and whole tiles before.
TEST(EmulatedBlock, WarpsShareATile) {
  for (const auto& [locations, threads] :
       {std::pair{240, 512}, std::pair{100, 512}, std::pair{90, 384}, std::pair{300, 256}}) {
    const Year year = random_year(locations, 130, 7);
    expect_cpu(study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kCertified), 2, threads, kHopper,
               std::to_string(threads) + " threads");
  }
}

TEST(EmulatedBlock, GiantComponent) {
  const Year year = blocks_of(random_year(40, 60, 11), random_year(3, 5, 12));
  CellStudy study = study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kCertified);
  study.specification.rca_threshold = 1e-9;
  study.specification.disconnected = Disconnected::kGiant;
  expect_cpu(study, 3, 256, kHopper, "giant component");
}

TEST(EmulatedBlock, ExportsPerHead) {
  Year year = random_year(40, 60, 11);
  for (int c = 0; c < year.locations; ++c) year.population.push_back(1 + c * c % 17);
  for (const Presence presence : {Presence::kRpop, Presence::kBoth, Presence::kEither}) {
    CellStudy study = study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kCertified);
    study.specification.presence = presence;
    study.specification.rpop_threshold = 0.5;
    expect_cpu(study, 3, 256, kHopper, "presence " + std::to_string(static_cast<int>(presence)));
  }
}

// Totals decide presence only, so their last bits are held here: against the canonical sum, row by row.
TEST(EmulatedBlock, TotalsInTheCanonicalOrder) {
  Year year = random_year(7, 600, 5);
  for (double& value : year.value) value *= 0.1;
  const StudyFrame frame(study_of(year, Scheme::kProducts, Weights::kPoisson, Precision::kCertified));
  const StudyView& view = frame.view;
  const std::size_t c = static_cast<std::size_t>(view.padded_locations),
                    p = static_cast<std::size_t>(view.padded_products);
  constexpr unsigned kReplicates = 11;
  std::vector<std::int32_t> weight(kReplicates * p);
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<std::int32_t>(i * i % 5);
  std::vector<double> total(kReplicates * c, -1.0);
  ScenarioBatch batch{};
  batch.count = kReplicates;
  batch.weight = weight.data();
  batch.location_total = total.data();
  EmulatedBlock threads(kDrawThreads, 1);
  const WeightedRows rows = rows_of_locations(view, batch);
  for (int from = 0; from < view.locations; from += kTotalRows)
    threads.run([&] { total_batch_rows(rows, from, static_cast<int>(threadIdx.x) / kWarp, kDrawThreads / kWarp); });
  for (std::size_t k = 0; k < kReplicates; ++k) {
    for (std::size_t row = 0; row < 7; ++row) {
      const double expected = canonical_sum(
          600, [&](std::size_t i) { return static_cast<double>(weight[k * p + i]); },
          [&](std::size_t i) { return view.value[row * p + i]; });
      EXPECT_EQ(total[k * c + row], expected) << "replicate " << k << " row " << row;
    }
  }
}

// Replicates that fall apart or shrink take the early exits together.
TEST(EmulatedBlock, DegenerateScenarios) {
  const Year year = year_of(5, 6, {60, 50, 40, 30, 20, 10, 10, 40, 30, 20, 5, 5, 5, 0, 20,
                                   30, 10, 40, 0,  0,  5,  10, 5,  60, 0,  5, 0, 2, 0, 43});
  expect_cpu(study_of(year, Scheme::kProducts, Weights::kMultinomial, Precision::kCertified), 12, 256, kHopper,
             "degenerate");
}

}  // namespace
}  // namespace balassa
