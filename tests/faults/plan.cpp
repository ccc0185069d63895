// Hostile plans as a process: one line, the right exit code, no crash, nothing written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/cli/program.hpp"

namespace balassa {
namespace {

TEST(BadPlanFile, OneLineAndTheRightCode) {
  cli::Folder folder;
  const std::vector<std::pair<std::string, std::string>> plans = {
      {"[specification]\nrca_treshold = 1\n",
       "p.toml:2: specification.rca_treshold: unknown key; the nearest known is specification.rca_threshold"},
      {"[resample]\nreplicates = \"many\"\n", "p.toml:2: resample.replicates: found 'many'"},
      {"[resample\n", "p.toml:1: not TOML"},
      {"seed = tr\r\x1bue", "p.toml:1: not TOML: Error while parsing boolean: expected 'true', saw 'tr"},
      {"[classes]\nsplit = \"mean\\t\"\n", "p.toml:2: classes.split: found 'mean?', expected"},
      {"[classes]\n\"a\\nb\" = 1\n", "p.toml:2: classes.a?b: unknown key"},
      {std::string("\0\xff\xfe", 3), "p.toml:1: not TOML"},
      {"[specification]\nrca_threshold = { from = 1, to = 1e9, step = 1e-9 }\n", "at most 1000 values"},
      {"[classes]\nhhi_cut = " + std::string(3000, '['), "not TOML"},
      {std::string(5 << 20, '#'), "more than 4 MiB"}};
  for (const auto& [text, message] : plans) {
    std::ofstream(folder / "p.toml", std::ios::binary) << text;
    const cli::Outcome run = folder.run("plan p.toml");
    EXPECT_EQ(run.code, 78) << run.err;
    EXPECT_THAT(run.err, ::testing::HasSubstr(message));
    EXPECT_EQ(std::count_if(run.err.begin(), run.err.end(), [](unsigned char c) { return c < 0x20; }), 1) << run.err;
    EXPECT_EQ(run.out, "");
  }
  EXPECT_EQ(folder.run("plan absent.toml").code, 66);
  std::filesystem::create_directory(folder / "folder.toml");
  EXPECT_NE(folder.run("plan folder.toml").code, 0);
}

TEST(BadPlanFile, MutationsNeverCrash) {
  cli::Folder folder;
  const std::string plan = folder.run("plan --panel a.h5 -o b.h5 --rca-threshold 0.5:2:0.25").out;
  ASSERT_GT(plan.size(), 500u);
  std::mt19937 random(5);
  for (int i = 0; i < 60; ++i) {
    std::string text = plan;
    for (int k = 0; k < 3; ++k) text[random() % text.size()] = static_cast<char>(random() % 256);
    std::ofstream(folder / "p.toml", std::ios::binary) << text;
    const int code = folder.run("plan p.toml").code;
    EXPECT_TRUE(code == 0 || code == 78) << code << "\n" << text;
  }
}

}  // namespace
}  // namespace balassa
