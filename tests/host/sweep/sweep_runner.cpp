// The runner against a machine whose scores are known: alignment, ranges, raw scores, signals.
#include "host/sweep/sweep_runner.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <optional>

#include "host/results/sweep_report.hpp"
#include "tests/host/known_device.hpp"

namespace balassa {
namespace {

TEST(Alignment, OwnBaselineHoweverWeakThenNearestThenConvention) {
  const ScenarioRecord good = baseline_with(Validity::kValid, 0.5), weak = baseline_with(Validity::kValid, 0.01);
  const ScenarioRecord broken = baseline_with(Validity::kDisconnected);
  Plan plan = parse_plan("[specification]\nrca_threshold = [0.5, 1, 1.5]\nrca_tie = [\">=\", \">\"]\n", "p.toml");
  resolve_plan(plan);
  const SpecificationGrid grid(plan, 1);
  auto found = choose_alignments(std::vector<ScenarioRecord>{good, good, broken, broken, good, good}, grid);
  EXPECT_EQ(found[0].kind, Alignment::kOwnBaseline);
  EXPECT_EQ(found[3].kind, Alignment::kNeighbour);
  EXPECT_EQ(found[2].specification, 0);  // of the same tie rule, and the lower of two that are as near
  EXPECT_EQ(found[3].specification, 1);
  found = choose_alignments(std::vector<ScenarioRecord>{good, weak, broken, broken, broken, broken}, grid);
  EXPECT_EQ(found[1].kind, Alignment::kOwnBaseline);
  EXPECT_EQ(found[1].specification, 1);
  EXPECT_EQ(found[3].specification, 1);  // a weak one will do
  EXPECT_EQ(found[4].specification, 0);
  found = choose_alignments(std::vector<ScenarioRecord>(6, broken), grid);
  for (const CellAlignment& alignment : found) {
    EXPECT_EQ(alignment.kind, Alignment::kConvention);
    EXPECT_EQ(alignment.specification, -1);
  }
}

struct Recorder final : WorkSink {
  void raw(std::uint64_t, std::uint64_t first, std::uint64_t count, std::span<const float> eci,
           std::span<const float> pci) override {
    EXPECT_LE(count, kRawRows);
    ASSERT_EQ(eci.size(), count * kLocations);
    for (std::uint64_t r = 0; r < count; ++r) {
      for (std::size_t c = 0; c < kLocations; ++c)
        EXPECT_EQ(eci[r * kLocations + c], static_cast<float>(known_score(first + r, c)));
    }
    ASSERT_EQ(pci.size(), count * kProducts);
    for (std::uint64_t r = 0; r < count; ++r) {
      for (std::size_t p = 0; p < kProducts; ++p)
        EXPECT_EQ(pci[r * kProducts + p], static_cast<float>(known_score(first + r, kFirstProduct + p)));
    }
    raw_rows += count;
  }
  void finish(const PartOfCell& part) override {
    EXPECT_EQ(part.baseline.has_value(), part.part.first == 0);
    parts.push_back(part);
  }
  void checkpoint(const PartOfCell* begun) override {
    saved = begun == nullptr ? std::nullopt : std::optional<PartOfCell>(*begun);
    ++checkpoints;
  }
  static constexpr std::size_t kLocations = 4, kProducts = 3;  // of small_year
  std::uint64_t raw_rows = 0;
  std::vector<PartOfCell> parts;
  std::optional<PartOfCell> saved;
  int checkpoints = 0;
};

// Replicates 1..last in which location 0 leads, counted one by one.
std::uint64_t leads_up_to(std::uint64_t last) {
  std::uint64_t count = 0;
  for (std::uint64_t r = 1; r <= last; ++r) {
    bool leads = true;
    for (std::size_t c = 1; c < 4; ++c) leads = leads && known_score(r, 0) >= known_score(r, c);
    count += leads ? 1 : 0;
  }
  return count;
}

TEST(SweepRunner, RunsEveryReplicateOfEveryCellOnceInOrder) {
  Plan plan = small_plan(5000);
  plan.keep_eci = plan.keep_pci = true;
  const SpecificationGrid grid(plan, 2);
  KnownDevice device;
  Recorder recorder;
  std::uint64_t last = 0;
  SweepHooks hooks;
  hooks.progress = [&](std::uint64_t done) {
    EXPECT_GE(done, last);
    last = done;
  };
  EXPECT_EQ(run_range(plan, grid, small_year, device, {0, grid.scenarios()}, {}, recorder, hooks), 0);
  EXPECT_EQ(last, grid.scenarios());
  ASSERT_EQ(recorder.parts.size(), 4u);
  EXPECT_EQ(recorder.raw_rows, 4u * 5000u);
  for (std::uint64_t cell = 0; cell < 4; ++cell) {
    EXPECT_EQ(recorder.parts[cell].part, (CellPart{cell, 0, 5001}));
    EXPECT_EQ(recorder.parts[cell].tallies.scenarios, 5000u);
    EXPECT_EQ(recorder.parts[cell].tallies.rank[1], leads_up_to(5000));
  }
  EXPECT_FALSE(recorder.saved);
  // The second specification's baseline is disconnected: aligned with the first's.
  EXPECT_EQ(recorder.parts[0].alignment.kind, Alignment::kOwnBaseline);
  EXPECT_EQ(recorder.parts[1].alignment.kind, Alignment::kNeighbour);
  ASSERT_EQ(device.references.size(), 8u);  // two years of two searches and two runs
  EXPECT_TRUE(device.references[2].empty());
  ASSERT_EQ(device.references[3].size(), 4u);
  EXPECT_EQ(device.references[3][0], known_score(0, 0) + 1.0);
}

// Each table of a year is made once and serves all its specifications; a neighbour is one of the same table.
TEST(SweepRunner, LoadsEachPreparedYearOnce) {
  Plan plan = small_plan(40);
  plan.choices["read_as"] = {0, 1};
  const SpecificationGrid grid(plan, 2);
  ASSERT_EQ(grid.specifications().size(), 4u);
  KnownDevice device;
  Recorder recorder;
  std::vector<std::size_t> loaded;
  const auto load = [&](std::size_t n) {
    loaded.push_back(n);
    return small_year(n / 2);
  };
  EXPECT_EQ(run_range(plan, grid, load, device, {0, grid.scenarios()}, {}, recorder, {}), 0);
  EXPECT_EQ(loaded, (std::vector<std::size_t>{0, 1, 2, 3}));
  ASSERT_EQ(recorder.parts.size(), 8u);
  for (std::size_t cell = 0; cell < 8; ++cell) {
    const CellAlignment& alignment = recorder.parts[cell].alignment;
    EXPECT_EQ(recorder.parts[cell].part.cell, cell);
    EXPECT_EQ(alignment.kind, cell % 2 == 0 ? Alignment::kOwnBaseline : Alignment::kNeighbour);
    EXPECT_EQ(alignment.specification, static_cast<std::int64_t>(cell % 4 / 2 * 2));
  }
}

// Any cut of the ids gives parts that add up to the cells.
TEST(SweepRunner, PartsOfRangesAddUp) {
  const Plan plan = small_plan(700);
  const SpecificationGrid grid(plan, 2);
  for (const std::uint64_t shards : {1, 2, 3, 7, 500}) {
    std::vector<std::uint64_t> scenarios(4, 0), leads(4, 0), baselines(4, 0);
    for (std::uint64_t k = 0; k < shards; ++k) {
      KnownDevice device;
      Recorder recorder;
      EXPECT_EQ(run_range(plan, grid, small_year, device, shard_range(grid.scenarios(), {k, shards}), {}, recorder, {}),
                0);
      for (const PartOfCell& part : recorder.parts) {
        scenarios[part.part.cell] += part.tallies.scenarios;
        leads[part.part.cell] += part.tallies.rank.empty() ? 0 : part.tallies.rank[1];
        baselines[part.part.cell] += part.baseline ? 1 : 0;
      }
    }
    EXPECT_EQ(scenarios, std::vector<std::uint64_t>(4, 700)) << shards;
    EXPECT_EQ(leads, std::vector<std::uint64_t>(4, leads_up_to(700))) << shards;
    EXPECT_EQ(baselines, std::vector<std::uint64_t>(4, 1)) << shards;
  }
}

TEST(SweepRunner, AStudyIsWhatThePlanSays) {
  Plan plan;
  plan.seed = 9;
  plan.scheme = Scheme::kNoise;
  plan.sigma = 0.25;
  plan.rho_location = 0.5;
  plan.rho_product = 0.125;
  plan.precision = Precision::kDouble;
  plan.tally_product_score = false;
  plan.hhi_cut = {1500, 1800};
  resolve_plan(plan);
  const Year year = small_year(0);
  const Specification specification = SpecificationGrid(plan, 1).specifications().front();
  CellStudy study = study_of(plan, specification, year);
  EXPECT_EQ(study.year, &year);
  EXPECT_EQ(study.resampling.seed, 9u);
  EXPECT_EQ(study.resampling.draws, Scheme::kNoise);
  EXPECT_EQ(study.resampling.sigma, 0.25);
  EXPECT_EQ(study.resampling.rho_location, 0.5);
  EXPECT_EQ(study.resampling.rho_product, 0.125);
  EXPECT_EQ(study.precision, Precision::kDouble);
  EXPECT_FALSE(study.product_tallies);
  EXPECT_EQ(study.classes.rules(), 2u);
  EXPECT_TRUE(study.reference.empty());
  plan.precision = Precision::kFast;
  plan.tally_product_score = true;
  study = study_of(plan, specification, year);
  EXPECT_EQ(study.precision, Precision::kFast);
  EXPECT_TRUE(study.product_tallies);
}

TEST(SweepRunner, StopsAtASignalAndGoesOnFromWhatItSaved) {
  const Plan plan = small_plan(100000);
  const SpecificationGrid grid(plan, 1);
  KnownDevice device;
  Recorder recorder;
  int signal = 0;
  SweepHooks hooks;
  hooks.stop = [&] { return signal; };
  hooks.progress = [&](std::uint64_t) { signal = 15; };
  EXPECT_EQ(run_range(plan, grid, small_year, device, {0, grid.scenarios()}, {}, recorder, hooks), 15);
  EXPECT_TRUE(recorder.parts.empty());
  ASSERT_TRUE(recorder.saved);
  const PartOfCell begun = *recorder.saved;
  EXPECT_EQ(begun.part.first, 0u);
  EXPECT_EQ(begun.tallies.scenarios, begun.part.last - 1);
  EXPECT_EQ(begun.tallies.rank[1], leads_up_to(begun.part.last - 1));

  KnownDevice second(begun.part.last);
  EXPECT_EQ(run_range(plan, grid, small_year, second, {0, grid.scenarios()}, begun, recorder, {}), 0);
  ASSERT_EQ(recorder.parts.size(), 2u);
  for (const PartOfCell& part : recorder.parts) {
    EXPECT_EQ(part.tallies.scenarios, 100000u);
    EXPECT_EQ(part.tallies.rank[1], leads_up_to(100000));
  }
}

TEST(SweepRunner, TimeStopsNoRunBeforeItHasGainedSomething) {
  const Plan plan = small_plan(100);
  const SpecificationGrid grid(plan, 1);
  SweepHooks hooks;
  hooks.stop = [] { return kTimeIsUp; };
  Recorder recorder;
  std::optional<PartOfCell> begun;
  ScenarioRange range{0, grid.scenarios()};
  int runs = 0;
  for (int reason = kTimeIsUp; reason != 0 && runs < 100; ++runs) {
    KnownDevice device(begun ? begun->part.last : 1);
    const std::size_t before = recorder.parts.size();
    reason = run_range(plan, grid, small_year, device, range, begun, recorder, hooks);
    range.begin += 101 * (recorder.parts.size() - before);
    begun = recorder.saved;
  }
  EXPECT_LT(runs, 100);
  EXPECT_GT(runs, 2);
  ASSERT_EQ(recorder.parts.size(), 2u);
  for (const PartOfCell& part : recorder.parts) EXPECT_EQ(part.tallies.rank[1], leads_up_to(100));
}

TEST(SweepRunner, SavesAfterSoManyScenarios) {
  const Plan plan = small_plan(100);
  const SpecificationGrid grid(plan, 1);
  SweepHooks hooks;
  hooks.checkpoint_every = {10, 0.0};
  KnownDevice device;
  Recorder recorder;
  EXPECT_EQ(run_range(plan, grid, small_year, device, {0, grid.scenarios()}, {}, recorder, hooks), 0);
  EXPECT_GE(recorder.checkpoints, 20);  // of 2 x 100 replicates
  EXPECT_LE(recorder.checkpoints, 22);
}

TEST(SweepRunner, BaselinesAloneWithoutReplicates) {
  Plan plan;
  plan.scheme = Scheme::kNone;
  resolve_plan(plan);
  const SpecificationGrid grid(plan, 1);
  KnownDevice device;
  Recorder recorder;
  EXPECT_EQ(run_range(plan, grid, small_year, device, {0, 1}, {}, recorder, {}), 0);
  ASSERT_EQ(recorder.parts.size(), 1u);
  EXPECT_EQ(recorder.parts[0].tallies.scenarios, 0u);
}

TEST(SweepReport, CentralClassCellIsTheUsualOne) {
  ClassGrid classes;
  classes.quantiles = {{7, 10}, {3, 4}, {4, 5}};
  classes.splits = {{Split::Kind::kMean, 0}, {Split::Kind::kMedian, 0}};
  classes.hhi_cuts = {1000, 1800, 2500};
  EXPECT_EQ(central_class_rule(classes), (1u * 2 + 1) * 3 + 1);
  EXPECT_EQ(class_rule_label(classes, central_class_rule(classes)), "P1 0.75, median, HHI of P1 1800");
}

}  // namespace
}  // namespace balassa
