// `sweep --shard` and `merge` as processes: the bytes of one process, and every wrong set of shards named and refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;

class Merge : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(folder.run("synth -o w.h5 --locations 30 --products 70 --years 2016,2017 --quiet").code, 0);
    ASSERT_EQ(folder.run(sweep("one.h5")).code, 0);
    expected = cli::file_text(folder / "one.h5");
    for (int k = 0; k < 3; ++k) ASSERT_EQ(folder.run(sweep("out.h5") + fmt::format(" --shard {}/3", k)).code, 0);
  }
  static std::string sweep(const std::string& output, const std::string& more = "") {
    return fmt::format("sweep w.h5 --rca-threshold 0.75,1 --replicates 400 --keep eci --quiet {} -o {}", more, output);
  }
  std::string shard(int k, int count) const { return folder / fmt::format("out.h5.shard-{}-of-{}", k, count); }

  // Merging is refused with 65, says all of this in one line, and leaves no result.
  void expect_refused(const std::string& arguments, const std::vector<std::string>& says) {
    const cli::Outcome run = folder.run(arguments);
    EXPECT_EQ(run.code, 65) << run.err;
    for (const std::string& text : says) EXPECT_THAT(run.err, HasSubstr(text));
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_EQ(run.out, "");
    EXPECT_FALSE(std::filesystem::exists(folder / "out.h5"));
    EXPECT_FALSE(std::filesystem::exists(folder / "out.h5.lock"));
  }

  cli::Folder folder;
  std::string expected;
};

TEST_F(Merge, GivesTheBytesOfOneProcess) {
  const cli::Outcome run = folder.run("merge out.h5");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(cli::file_text(folder / "out.h5") == expected);
  EXPECT_THAT(run.out, HasSubstr("P(top 10)"));
  EXPECT_THAT(run.err, HasSubstr("3 shards merged; they are kept"));
  EXPECT_TRUE(std::filesystem::exists(shard(2, 3)));
  const auto manifest = nlohmann::json::parse(cli::file_text(folder / "out.h5.manifest.json"));
  ASSERT_EQ(manifest["shards"].size(), 3u);
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_EQ(manifest["shards"][k]["shard"]["index"], k);
    EXPECT_TRUE(manifest["shards"][k].contains("host"));
    EXPECT_TRUE(manifest["shards"][k].contains("device"));
  }
  EXPECT_EQ(folder.run("merge out.h5").code, 73);  // it exists
}

TEST_F(Merge, TakesAPlanOrShardsByNameInAnyOrder) {
  std::ofstream(folder / "p.toml") << "panel = \"w.h5\"\n[specification]\nrca_threshold = [0.75, 1]\n[resample]\n"
                                      "replicates = 400\n[output]\nkeep = [\"eci\"]\nfile = \"out.h5\"\n";
  ASSERT_EQ(folder.run("merge p.toml --quiet").code, 0);
  EXPECT_TRUE(cli::file_text(folder / "out.h5") == expected);
  std::filesystem::rename(shard(1, 3), folder / "middle");
  const cli::Outcome run =
      folder.run("merge --quiet -o again.h5 out.h5.shard-2-of-3 middle out.h5.shard-0-of-3 --panel w.h5");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(cli::file_text(folder / "again.h5") == expected);
}

TEST_F(Merge, ShardsOfSeveralLayoutsMerge) {
  std::filesystem::remove(shard(1, 3));
  std::filesystem::remove(shard(2, 3));
  // The second third: shards 2 and 3 of 6; the last: 2 of 3 under another name.
  for (const char* k : {"2/6", "3/6"}) ASSERT_EQ(folder.run(sweep("out.h5", std::string("--shard ") + k)).code, 0);
  ASSERT_EQ(folder.run(sweep("other.h5", "--shard 2/3")).code, 0);
  const cli::Outcome run = folder.run(
      "merge --quiet -o out.h5 out.h5.shard-0-of-3 out.h5.shard-2-of-6 out.h5.shard-3-of-6 other.h5.shard-2-of-3");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_TRUE(cli::file_text(folder / "out.h5") == expected);
}

TEST_F(Merge, NamesWhatIsMissing) {
  std::filesystem::remove(shard(1, 3));
  expect_refused("merge out.h5", {"found 2 of 3 shards", "missing: out.h5.shard-1-of-3;"});
  // 2 years x 2 specifications x 401 scenarios = 1604; the second of three has 534 to 1068.
  std::filesystem::rename(shard(0, 3), folder / "first");
  expect_refused("merge -o out.h5 first out.h5.shard-2-of-3",
                 {"found 1069 of 1604 scenarios", "missing: scenarios 534 to 1068;"});
}

TEST_F(Merge, NamesWhatOverlaps) {
  ASSERT_EQ(folder.run(sweep("out.h5", "--shard 0/2")).code, 0);
  expect_refused("merge out.h5", {"out.h5.shard-", "expected each once"});
  std::filesystem::copy(shard(1, 3), folder / "copy");
  std::filesystem::remove(shard(0, 2));
  expect_refused("merge -o out.h5 copy out.h5.shard-0-of-3 out.h5.shard-1-of-3 out.h5.shard-2-of-3",
                 {"copy", "out.h5.shard-1-of-3", "expected each once"});
}

TEST_F(Merge, NamesWhatIsForeign) {
  const auto replace = [&](const std::string& how) {
    ASSERT_EQ(folder.run(sweep("out.h5", "--force --shard 1/3 " + how)).code, 0);
  };
  replace("--seed 7");
  expect_refused("merge out.h5", {"out.h5.shard-1-of-3", "plan hash", "as of out.h5.shard-0-of-3"});
  replace("--precision double");
  expect_refused("merge out.h5", {"out.h5.shard-1-of-3", "precision double, expected certified"});
  replace("");
  ASSERT_EQ(folder.run("synth -o v.h5 --locations 30 --products 70 --years 2016,2017 --seed 9 --quiet").code, 0);
  expect_refused("merge out.h5 --panel v.h5", {"v.h5: found a panel with content hash"});
  replace("--panel v.h5");
  expect_refused("merge out.h5", {"out.h5.shard-1-of-3", "panel with content hash"});
  std::ofstream(folder / "p.toml") << "panel = \"w.h5\"\n[output]\nfile = \"out.h5\"\n";
  expect_refused("merge p.toml", {"out.h5.shard-0-of-3", "plan hash", "p.toml"});
}

TEST_F(Merge, NamesWhatIsDamagedOrUnfinished) {
  const std::string whole = cli::file_text(shard(1, 3));
  const auto put = [&](const std::string& text) { std::ofstream(shard(1, 3), std::ios::binary) << text; };
  for (const std::size_t at : {std::size_t{3}, whole.size() / 3, whole.size() / 2, whole.size() - 50}) {
    std::string text = whole;
    text[at] = static_cast<char>(text[at] ^ 4);
    put(text);
    expect_refused("merge out.h5", {"out.h5.shard-1-of-3"});
  }
  for (const std::size_t size : {std::size_t{0}, std::size_t{100}, whole.size() / 2, whole.size() - 40}) {
    put(whole.substr(0, size));
    expect_refused("merge out.h5", {"out.h5.shard-1-of-3"});
  }
  put(whole);
  EXPECT_EQ(folder.run("merge out.h5 --quiet").code, 0);
}

TEST_F(Merge, AFinishedShardIsNotRunAgain) {
  const std::string before = cli::file_text(shard(1, 3));
  cli::Outcome run = folder.run("sweep w.h5 --rca-threshold 0.75,1 --replicates 400 --keep eci -o out.h5 --shard 1/3");
  EXPECT_EQ(run.code, 0);
  EXPECT_THAT(run.err, HasSubstr("is whole already"));
  run = folder.run(sweep("out.h5", "--shard 1/3 --seed 7"));
  EXPECT_EQ(run.code, 73);
  EXPECT_THAT(run.err, HasSubstr("plan hash"));
  EXPECT_TRUE(cli::file_text(shard(1, 3)) == before);
  EXPECT_EQ(folder.run("merge absent.h5").code, 66);
  EXPECT_EQ(folder.run("merge").code, 64);
}

}  // namespace
}  // namespace balassa
