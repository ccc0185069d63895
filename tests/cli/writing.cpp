// The end of a sweep as a user meets it: the name that the result is to have, and what the dry run says of writing it.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;

class Writing : public ::testing::Test {
 protected:
  void make_panel(const std::string& shape) {
    ASSERT_EQ(folder.run(fmt::format("synth {} -o p.h5 --quiet", shape)).code, 0);
  }
  const cli::Folder folder;
};

constexpr const char* kProgram = "'" BALASSA_PROGRAM "'";
// A shell that has started a sweep as $p and waits for its first work.
constexpr const char* kBegun = "p=$!; for i in $(seq 3000); do [ -s s.h5.cells ] && break; sleep 0.01; done; ";

// The advice of the message works: nothing is run again, and the bytes are those of an undisturbed run.
TEST_F(Writing, AFileThatTookTheNameMeanwhileLosesNoWork) {
  make_panel("--locations 60 --products 300 --years 2001-2003");
  const std::string sweep = fmt::format("{} sweep p.h5 --replicates 4000 -o s.h5", kProgram);
  const cli::Outcome run = folder.shell(fmt::format("{} --quiet & {} echo mine > s.h5; wait $p", sweep, kBegun));
  EXPECT_EQ(run.code, 73);
  EXPECT_THAT(run.err, HasSubstr("s.h5: found another file, expected none; what this sweep did is kept beside it"));
  EXPECT_EQ(cli::file_text(folder / "s.h5"), "mine\n");
  const cli::Outcome again = folder.shell(sweep);
  EXPECT_EQ(again.code, 73);
  EXPECT_THAT(again.err, HasSubstr("is kept beside it"));
  const cli::Outcome moved = folder.shell("mv s.h5 mine && " + sweep);
  EXPECT_EQ(moved.code, 0) << moved.err;
  EXPECT_THAT(moved.err, HasSubstr("\n0 scenarios in "));
  ASSERT_EQ(folder.run("sweep p.h5 --replicates 4000 -o t.h5 --threads 1 --quiet").code, 0);
  EXPECT_EQ(cli::file_text(folder / "s.h5"), cli::file_text(folder / "t.h5"));
}

TEST_F(Writing, TablesAndPagesAreNotWrittenOverARunningSweep) {
  make_panel("--locations 60 --products 300 --years 2001");
  ASSERT_EQ(folder.run("compute p.h5 -o m.h5 --quiet").code, 0);
  const cli::Outcome run = folder.shell(
      fmt::format("{0} sweep p.h5 --replicates 100000000 -o s.h5 --quiet & {1} for c in export report; do {0} $c m.h5 "
                  "-o s.h5 --force --quiet; echo $?; done; kill -TERM $p; wait $p",
                  kProgram, kBegun));
  EXPECT_EQ(run.out, "73\n73\n") << run.err;
  EXPECT_THAT(run.err, HasSubstr("found a sweep that is making it (process "));
}

// 201 specifications: their baselines and summaries are most of what the process takes beside its workers.
TEST_F(Writing, TheDryRunKnowsTheMemoryOfManySpecifications) {
  make_panel("--locations 200 --products 1000 --years 2001");
  const std::string sweep = "sweep p.h5 --replicates 3 --rca-threshold 0.5:1.5:0.005 -o s.h5 --threads 1";
  const auto told = nlohmann::json::parse(folder.run(sweep + " --dry-run --json").out);
  ASSERT_EQ(folder.run(sweep + " --quiet").code, 0);
  const auto manifest = nlohmann::json::parse(cli::file_text(folder / "s.h5.manifest.json"));
  const double ratio = told["memory_bytes"].get<double>() / manifest["memory_high_water_bytes"].get<double>();
  EXPECT_GT(ratio, 0.8);
  EXPECT_LT(ratio, 1.2);
  // The two rates are of one machine; the time that writing took is in the figure, whatever the load.
  EXPECT_GT(told["estimated_write_seconds"].get<double>(), 0.05);
  EXPECT_GT(told["estimated_seconds"].get<double>(), told["estimated_write_seconds"].get<double>());
}

}  // namespace
}  // namespace balassa
