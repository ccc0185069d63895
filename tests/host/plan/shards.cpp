// Which scenarios a shard owns, what it is called, and that any number of shards tiles the ids.
#include "host/plan/shards.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Shards, TileTheScenariosEvenly) {
  for (const std::uint64_t scenarios : {0ull, 1ull, 511ull, 512ull, 12345ull, 10'000'000'000ull, (1ull << 63) - 1}) {
    for (const std::uint64_t count : {1ull, 2ull, 3ull, 512ull}) {
      std::uint64_t next = 0;
      for (std::uint64_t k = 0; k < count; ++k) {
        const ScenarioRange range = shard_range(scenarios, {k, count});
        ASSERT_EQ(range.begin, next);
        ASSERT_GE(range.end - range.begin, scenarios / count);
        ASSERT_LE(range.end - range.begin, scenarios / count + 1);
        next = range.end;
      }
      ASSERT_EQ(next, scenarios);
    }
  }
}

// 56 years x 6 thresholds x 29,761,905 replicates are 10^10 scenarios: on 512 shards the parts of cells tile the ids,
// and no shard touches more than two cells, since a shard is smaller than a cell.
TEST(Shards, TenToTheTenOn512) {
  Plan plan;
  plan.choices["rca_threshold"] = {0.5, 0.75, 1.0, 1.25, 1.5, 2.0};
  plan.replicates = 29'761'905;
  resolve_plan(plan);
  const SpecificationGrid grid(plan, 56);
  ASSERT_GE(grid.scenarios(), 10'000'000'000u);
  std::vector<std::uint64_t> next(56 * 6, 0);
  std::uint64_t baselines = 0, parts = 0;
  for (std::uint64_t k = 0; k < 512; ++k) {
    ScenarioRange range = shard_range(grid.scenarios(), {k, 512});
    int cells = 0;
    while (range.begin < range.end) {
      const CellPart part = first_part(grid, range);
      ASSERT_EQ(part.first, next[part.cell]) << k;
      ASSERT_EQ(id_of(grid, part.cell, part.first), range.begin);
      next[part.cell] = part.last;
      baselines += part.first == 0 ? 1 : 0;
      range.begin = id_of(grid, part.cell, part.last);
      ++cells;
      ++parts;
    }
    EXPECT_LE(cells, 2) << k;
  }
  for (const std::uint64_t last : next) ASSERT_EQ(last, 29'761'906u);
  EXPECT_EQ(baselines, 56u * 6u);
  EXPECT_LE(parts, 512u + 56u * 6u);
}

TEST(Shards, AreReadFromTextAndRefusedWhereTheyMakeNoSense) {
  const Shard shard = parse_shard("3/512", "--shard", ExitCode::kUsage);
  EXPECT_EQ(shard.index, 3u);
  EXPECT_EQ(shard.count, 512u);
  for (const char* text : {"3", "3/3", "4/3", "-1/3", "/3", "1/", "0/0", "1/2/3", "a/b", " 1/3", "", "Auto"}) {
    try {
      parse_shard(text, "--shard", ExitCode::kUsage);
      FAIL() << text;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      EXPECT_THAT(error.what(), HasSubstr("expected k/N"));
    }
  }
}

class SlurmArray : public ::testing::Test {
 protected:
  void set(const char* id, const char* lowest, const char* highest, const char* count) {
    setenv("SLURM_ARRAY_TASK_ID", id, 1);
    setenv("SLURM_ARRAY_TASK_MIN", lowest, 1);
    setenv("SLURM_ARRAY_TASK_MAX", highest, 1);
    setenv("SLURM_ARRAY_TASK_COUNT", count, 1);
  }
  void TearDown() override {
    for (const char* name :
         {"SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_COUNT"}) {
      unsetenv(name);
    }
  }
};

TEST_F(SlurmArray, GivesTheShard) {
  set("7", "5", "8", "4");
  const Shard shard = parse_shard("auto", "--shard", ExitCode::kUsage);
  EXPECT_EQ(shard.index, 2u);
  EXPECT_EQ(shard.count, 4u);
}

TEST_F(SlurmArray, IsRefusedWithGapsOrWhereThereIsNone) {
  EXPECT_THROW(parse_shard("auto", "--shard", ExitCode::kUsage), Error);
  set("4", "0", "8", "5");  // --array=0-8:2
  EXPECT_THROW(parse_shard("auto", "--shard", ExitCode::kUsage), Error);
  set("9", "0", "3", "4");
  EXPECT_THROW(parse_shard("auto", "--shard", ExitCode::kUsage), Error);
}

// What `sbatch --array=3` or `--array=2,5` runs after an array of 8 lost tasks: Slurm does not say 8.
TEST_F(SlurmArray, SubmittedAgainInPartIsThatOfTheShardsThatLieThere) {
  const cli::Folder folder;
  const std::string output = folder / "out.h5";
  const auto shard_of = [&](const char* text) { return parse_shard(text, "--shard", ExitCode::kUsage, output); };
  const auto refusal = [&](const char* text) {
    try {
      shard_of(text);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage);
      return std::string(error.what());
    }
    return std::string();
  };
  set("3", "3", "3", "1");
  EXPECT_THAT(refusal("auto"), HasSubstr("give --shard auto/N"));
  EXPECT_EQ(shard_of("auto/8").index, 3u);
  EXPECT_EQ(shard_of("auto/8").count, 8u);
  EXPECT_THAT(refusal("auto/3"), HasSubstr("one from 0 to 2"));
  std::ofstream(folder / "out.h5.shard-0-of-8.cells") << "begun";
  std::ofstream(folder / "other.h5.shard-0-of-5") << "another";
  EXPECT_EQ(shard_of("auto").index, 3u);
  EXPECT_EQ(shard_of("auto").count, 8u);
  set("5", "2", "5", "2");  // --array=2,5
  EXPECT_EQ(shard_of("auto").index, 5u);
  EXPECT_EQ(shard_of("auto").count, 8u);
  set("0", "0", "0", "1");  // --array=0 would be the whole sweep
  EXPECT_THAT(refusal("auto"), HasSubstr("--shard auto/8"));
  EXPECT_EQ(shard_of("auto/8").index, 0u);
  set("1", "0", "2", "3");
  EXPECT_THAT(refusal("auto"), HasSubstr("--shard auto/8"));
  set("7", "0", "7", "8");  // all of it again
  EXPECT_EQ(shard_of("auto").index, 7u);
  set("9", "9", "9", "1");
  EXPECT_THAT(refusal("auto"), HasSubstr("one from 0 to 7"));
}

TEST(Shards, AreFoundByName) {
  const cli::Folder folder;
  for (const char* name : {"out.h5.shard-10-of-12", "out.h5.shard-2-of-12", "out.h5.shard-2-of-12.manifest.json",
                           "out.h5.shard-3-of-12.cells", "out.h5.shard-02-of-12", "out.h5.shard-12-of-12",
                           "other.h5.shard-0-of-12", "out.h5"}) {
    std::ofstream(folder / name) << "x";
  }
  EXPECT_THAT(find_shards(folder / "out.h5"),
              ElementsAre(folder / "out.h5.shard-2-of-12", folder / "out.h5.shard-10-of-12"));
  EXPECT_FALSE(shard_of_name("out.h5"));
  EXPECT_EQ(shard_of_name("a/out.h5.shard-10-of-12")->index, 10u);
}

}  // namespace
}  // namespace balassa
