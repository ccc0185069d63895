// 512 shards of one sweep, each run and saved on its own, come together to what one process gets.
#include "host/sweep/sweep_assembly.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "host/sweep/sweep_journal.hpp"
#include "host/sweep/tally_encoding.hpp"
#include "tests/cli/program.hpp"
#include "tests/same_tallies.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

class Cells final : public SweepSink {
 public:
  void raw(const SweepCell&, std::uint64_t first, std::uint64_t, std::span<const float> eci,
           std::span<const float>) override {
    firsts.push_back(first);
    scores.insert(scores.end(), eci.begin(), eci.end());
  }
  void finish(const SweepCell& cell) override { cells.push_back(cell); }
  std::vector<SweepCell> cells;
  std::vector<std::uint64_t> firsts;
  std::vector<float> scores;
};

class ManyShards : public ::testing::Test {
 protected:
  static constexpr int kLocations = 7, kProducts = 24;

  ManyShards() {
    plan_.choices["rca_threshold"] = {0.5, 1.0, 1.5};
    plan_.replicates = 1000;
    plan_.keep_eci = true;
    resolve_plan(plan_);
    grid_.emplace(plan_, 2);
    DeviceOptions options;
    options.threads = 1;
    device_ = make_device("cpu", options);
  }
  static Year load(std::size_t y) { return random_year(kLocations, kProducts, 60 + y); }

  std::string shard(const Shard& which) {
    const std::string base = shard_name(folder_ / "out.h5", which);
    const ScenarioRange range = shard_range(grid_->scenarios(), which);
    SweepJournal journal(base, header_of(plan_, *grid_, "panel-hash", "canonical-1", range), *grid_, most_);
    EXPECT_EQ(run_range(plan_, *grid_, load, *device_, range, std::nullopt, journal, {}), 0);
    const std::string cells = journal.close();
    std::filesystem::rename(cells, base);
    return base;
  }
  void assemble(SweepAssembly& work, Cells& into, int threads = 1) const {
    SweepSink* const sinks[] = {&into};
    EXPECT_EQ(work.run(load, sinks, {}, threads), 0);
  }

  cli::Folder folder_;
  Plan plan_;
  std::optional<SpecificationGrid> grid_;
  std::unique_ptr<Device> device_;
  std::size_t most_ = most_counters(plan_, kLocations, kProducts);
};

TEST_F(ManyShards, FiveHundredAndTwelveComeTogether) {
  Cells one, all;
  SweepAssembly whole(plan_, *grid_, kLocations, kProducts);
  whole.add(shard({0, 1}));
  whole.require_whole();
  assemble(whole, one);
  ASSERT_EQ(one.cells.size(), 6u);

  std::vector<std::string> names;
  for (std::uint64_t k = 0; k < 512; ++k) names.push_back(shard({k, 512}));
  SweepAssembly work(plan_, *grid_, kLocations, kProducts);
  std::rotate(names.begin(), names.begin() + 200, names.end());  // the order in which files are found is not theirs
  for (const std::string& name : names) work.add(name);
  work.require_whole();
  assemble(work, all, 3);
  ASSERT_EQ(all.cells.size(), one.cells.size());
  for (std::size_t i = 0; i < one.cells.size(); ++i) {
    expect_same_tallies(all.cells[i].tallies, one.cells[i].tallies, "cell " + std::to_string(i));
    expect_same_bytes(all.cells[i].baseline.eci, one.cells[i].baseline.eci, "baseline " + std::to_string(i));
    EXPECT_EQ(all.cells[i].tallies.scenarios, 1000u);
  }
  expect_same_bytes(all.scores, one.scores, "raw scores");
  EXPECT_EQ(all.firsts, one.firsts);
}

TEST_F(ManyShards, OneThatLacksIsNamed) {
  SweepAssembly work(plan_, *grid_, kLocations, kProducts);
  for (std::uint64_t k = 0; k < 8; ++k) {
    if (k != 5) work.add(shard({k, 8}));
  }
  const ScenarioRange lost = shard_range(grid_->scenarios(), {5, 8});
  try {
    work.require_whole();
    ADD_FAILURE() << "a sweep with a hole was taken for whole";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadData);
    EXPECT_THAT(error.what(), ::testing::HasSubstr(std::to_string(lost.begin)));
  }
}

}  // namespace
}  // namespace balassa
