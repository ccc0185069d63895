// `--strict` of compute, sweep and merge: exit 1 where a rank is not certified, on a panel whose lambda_2 and lambda_3
// are 2e-8 apart; exit 0 where they are 4e-3 apart.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/panel/panel_file.hpp"
#include "tests/chained_clusters.hpp"
#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;

constexpr int kFar = 0, kNear = 6;  // steps of the chains

void write_clusters(const std::string& path, int steps) {
  const Year year = chained_clusters(steps, 4, 3);
  Panel panel;
  panel.years = {2001};
  for (int c = 0; c < year.locations; ++c) panel.locations.push_back("L" + std::to_string(100 + c));
  for (int p = 0; p < year.products; ++p) panel.products.push_back("P" + std::to_string(100 + p));
  panel.value = year.value;
  panel.missing.assign(panel.locations.size(), 0);
  write_panel(path, panel, false);
}

class Strict : public testing::Test {
 protected:
  void SetUp() override {
    write_clusters(folder / "far.h5", kFar);
    write_clusters(folder / "near.h5", kNear);
  }
  // The exit code with and without --strict.
  void expect_codes(const std::string& arguments, int with, int without) const {
    EXPECT_EQ(folder.run(arguments + " --force --quiet").code, without) << arguments;
    EXPECT_EQ(folder.run(arguments + " --force --quiet --strict").code, with) << arguments;
  }
  cli::Folder folder;
};

// Every replicate is the baseline's matrix: noise moves no cell across so low a threshold.
constexpr const char* kSweep = " --rca-threshold 1e-9 --scheme noise --sigma 0.1 --replicates 4 --p1-quantile none ";

TEST_F(Strict, Compute) {
  expect_codes("compute far.h5 --rca-threshold 1e-9 -o m.h5", 0, 0);
  expect_codes("compute near.h5 --rca-threshold 1e-9 -o m.h5", 1, 0);
  EXPECT_THAT(folder.run("compute near.h5 --rca-threshold 1e-9 -o m.h5 --force").out, HasSubstr("NOT CERTIFIED"));
}

TEST_F(Strict, Sweep) {
  expect_codes(std::string("sweep --panel far.h5 -o s.h5") + kSweep, 0, 0);
  expect_codes(std::string("sweep --panel near.h5 -o s.h5") + kSweep, 1, 0);
  EXPECT_THAT(folder.run(std::string("sweep --panel near.h5 -o t.h5") + kSweep).out, HasSubstr("5 not certified"));
}

TEST_F(Strict, Merge) {
  for (const char* panel : {"far.h5", "near.h5"}) {
    const int code = panel[0] == 'n' ? 1 : 0;
    for (const char* shard : {"0/2", "1/2"}) {
      const std::string part = std::string("sweep --panel ") + panel + " -o s.h5" + kSweep + "--shard " + shard;
      ASSERT_EQ(folder.run(part + " --force --quiet").code, 0) << part;
    }
    EXPECT_EQ(folder.run(std::string("merge s.h5 --panel ") + panel + " --force --quiet --strict").code, code) << panel;
  }
}

}  // namespace
}  // namespace balassa
