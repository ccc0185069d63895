// A sweep that is stopped, killed, refused a disk or started twice, as a user meets it: exit codes, messages, files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <signal.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Resume : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(folder.run("synth -o w.h5 --locations 30 --products 70 --years 2016,2017 --quiet").code, 0);
    ASSERT_EQ(folder.run(sweep() + " -o one.h5").code, 0);
    expected = cli::file_text(folder / "one.h5");
    std::filesystem::remove(folder / "one.h5");
    std::filesystem::remove(folder / "one.h5.manifest.json");
    entries = folder.entries();
  }
  static std::string sweep() { return "sweep w.h5 --rca-threshold 0.75,1 --replicates 500 --keep eci"; }
  // Stops the sweep when it has gained something.
  void begin(const std::string& more = "") const {
    const cli::Outcome run = folder.run(sweep() + " -o out.h5 --max-time 0.01s " + more);
    ASSERT_EQ(run.code, 75) << run.err;
    ASSERT_THAT(run.err, HasSubstr("balassa: stopped by the time limit at "));
    ASSERT_EQ(run.out, "");
  }
  void expect_result(const cli::Outcome& run) const {
    ASSERT_EQ(run.code, 0) << run.err;
    EXPECT_TRUE(cli::file_text(folder / "out.h5") == expected);
    EXPECT_EQ(folder.entries(), entries + 2) << "work is left beside result and manifest";
  }

  cli::Folder folder;
  std::string expected;
  std::size_t entries = 0;
};

TEST_F(Resume, TheSameCommandGoesOn) {
  begin();
  EXPECT_FALSE(std::filesystem::exists(folder / "out.h5"));
  EXPECT_TRUE(std::filesystem::exists(folder / "out.h5.cells"));
  const cli::Outcome run = folder.run(sweep() + " -o out.h5");
  EXPECT_THAT(run.err, HasSubstr("\nout.h5: goes on at "));
  EXPECT_THAT(run.err, HasSubstr(" of 2004 scenarios\n"));
  expect_result(run);
  const auto manifest = nlohmann::json::parse(cli::file_text(folder / "out.h5.manifest.json"));
  EXPECT_GT(manifest["scenarios_continued_from"], 0);
  EXPECT_EQ(manifest["scenarios"], 2004);
}

TEST_F(Resume, RunOptionsMayChange) {
  begin("--threads 1 --batch 3");
  std::ofstream(folder / "p.toml")
      << "panel = \"w.h5\"\n[specification]\nrca_threshold = [0.75, 1]\n[resample]\nreplicates = 500\n"
         "[output]\nkeep = [\"eci\"]\nfile = \"out.h5\"\n"
         "[run]\nthreads = 2\nbatch = 64\ncheckpoint_every = 100\nmax_time = \"1:00:00\"\n";
  const cli::Outcome run = folder.run("sweep p.toml");
  EXPECT_THAT(run.err, HasSubstr("goes on at "));
  std::filesystem::remove(folder / "p.toml");
  expect_result(run);
}

TEST_F(Resume, WorkOfAnotherPlanIsRefusedUnlessDiscarded) {
  begin();
  for (const char* other :
       {"--rca-threshold 0.75,1 --replicates 500 --keep eci --seed 5",
        "--rca-threshold 0.75,1 --replicates 501 --keep eci", "--rca-threshold 1 --replicates 500 --keep eci",
        "--rca-threshold 0.75,1 --replicates 500"}) {
    const cli::Outcome run = folder.run(std::string("sweep w.h5 -o out.h5 --quiet ") + other);
    EXPECT_EQ(run.code, 76) << other << run.err;
    EXPECT_THAT(run.err, HasSubstr("out.h5.cells: found unfinished work of plan hash "));
    EXPECT_THAT(run.err, HasSubstr("expected "));
    EXPECT_THAT(run.err, HasSubstr("--restart"));
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1);
  }
  const cli::Outcome precision = folder.run(sweep() + " -o out.h5 --precision fast");
  EXPECT_EQ(precision.code, 76);
  EXPECT_THAT(precision.err, HasSubstr("precision certified, expected fast"));
  ASSERT_EQ(folder.run(sweep() + " -o out.h5 --precision fast --restart --quiet").code, 0);
  EXPECT_FALSE(cli::file_text(folder / "out.h5") == expected);
  EXPECT_EQ(folder.entries(), entries + 2);
}

TEST_F(Resume, RestartBeginsAnew) {
  begin();
  const cli::Outcome run = folder.run(sweep() + " -o out.h5 --restart");
  EXPECT_THAT(run.err, ::testing::Not(HasSubstr("goes on")));
  expect_result(run);
}

TEST_F(Resume, DamagedWorkIsNamedAndComputedAgain) {
  begin("--checkpoint-every 50");
  begin("--checkpoint-every 50");
  std::string text = cli::file_text(folder / "out.h5.checkpoint");
  text[text.size() / 2] = static_cast<char>(text[text.size() / 2] ^ 1);
  std::ofstream(folder / "out.h5.checkpoint", std::ios::binary) << text;
  const cli::Outcome run = folder.run(sweep() + " -o out.h5 --quiet");
  EXPECT_THAT(run.err, HasSubstr("balassa: warning: out.h5.checkpoint: found a record that is damaged"));
  expect_result(run);
}

// A run that was killed between the result and the end of its work.
TEST_F(Resume, AResultBesideItsOwnWorkIsFinished) {
  begin();
  for (const char* name : {"out.h5.cells", "out.h5.checkpoint"})
    std::filesystem::copy(folder / name, folder / (std::string("kept") + (name + 6)));
  ASSERT_EQ(folder.run(sweep() + " -o out.h5 --quiet").code, 0);
  std::filesystem::remove(folder / "out.h5.manifest.json");
  for (const char* name : {"out.h5.cells", "out.h5.checkpoint"})
    std::filesystem::rename(folder / (std::string("kept") + (name + 6)), folder / name);
  expect_result(folder.run(sweep() + " -o out.h5 --quiet"));
  EXPECT_EQ(folder.run(sweep() + " -o out.h5").code, 73);  // now it is only a result
  EXPECT_TRUE(cli::file_text(folder / "out.h5") == expected);
}

TEST_F(Resume, AForeignResultBesideWorkIsNotReplaced) {
  begin();
  std::filesystem::copy(folder / "w.h5", folder / "out.h5");
  const cli::Outcome run = folder.run(sweep() + " -o out.h5");
  EXPECT_EQ(run.code, 73) << run.err;
  EXPECT_EQ(cli::file_text(folder / "out.h5"), cli::file_text(folder / "w.h5"));
}

TEST_F(Resume, OneRunOnAnOutputAtATime) {
  // Long enough that it runs until it is stopped.
  const std::string line = fmt::format(
      "cd '{}' && '{}' sweep w.h5 --replicates 100000000 -o out.h5 --quiet > /dev/null 2>&1 & echo $! > '{}'",
      folder / "", BALASSA_PROGRAM, folder / ".pid");
  ASSERT_EQ(std::system(line.c_str()), 0);
  const int process = std::stoi(cli::file_text(folder / ".pid"));
  for (int k = 0; k < 200 && cli::file_text(folder / "out.h5.lock").empty(); ++k)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  for (const char* command : {"sweep w.h5 --replicates 100000000 -o out.h5", "sweep w.h5 -o out.h5 --restart"}) {
    const cli::Outcome run = folder.run(command);
    EXPECT_EQ(run.code, 73) << run.err;
    EXPECT_THAT(run.err, HasSubstr("out.h5.lock: found a run on this output (process "));
    EXPECT_EQ(run.err.find("\n", run.err.find("balassa: error: ")), run.err.size() - 1);  // after its remarks
  }
  EXPECT_EQ(folder.run("sweep w.h5 --replicates 10 -o other.h5 --quiet").code, 0);  // another output is free
  kill(process, SIGKILL);
  for (int k = 0; k < 200 && kill(process, 0) == 0; ++k) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  // What the killed one held is free; the name that it left in the lock does not matter.
  EXPECT_EQ(folder.run("sweep w.h5 --replicates 10 -o out.h5 --quiet --restart").code, 0);
}

TEST_F(Resume, AFileSizeLimitLosesNothing) {
  for (const int blocks : {0, 1, 8, 64}) {  // of 512 bytes
    const std::string script = fmt::format(
        "cd '{}' && ulimit -f {} && '{}' {} -o out.h5 --quiet --checkpoint-every 50 "
        "> .out 2> .err; echo $? > .code",
        folder / "", blocks, BALASSA_PROGRAM, sweep());
    // The shell's own files are within the limit, except where there is none.
    std::ofstream(folder / "script.sh") << script;
    ASSERT_EQ(std::system(fmt::format("sh '{}' > /dev/null 2>&1 || true", folder / "script.sh").c_str()), 0);
    const std::string code = cli::file_text(folder / ".code"), error = cli::file_text(folder / ".err");
    for (const char* name : {"script.sh", ".out", ".err", ".code"}) std::filesystem::remove(folder / name);
    if (blocks > 0) {
      EXPECT_EQ(code, "74\n") << blocks;
      EXPECT_THAT(error, StartsWith("balassa: error: out.h5")) << blocks;
    }
    EXPECT_FALSE(std::filesystem::exists(folder / "out.h5")) << blocks;
    expect_result(folder.run(sweep() + " -o out.h5 --quiet"));
    std::filesystem::remove(folder / "out.h5");
    std::filesystem::remove(folder / "out.h5.manifest.json");
  }
}

TEST_F(Resume, AReadOnlyFolderIsRefusedBeforeAnyWork) {
  std::string enter;
  for (const char* command : {"unshare -rm", "unshare -m"}) {
    cli::Folder probe;
    const std::string line = fmt::format("{} mount -t tmpfs -o ro tmpfs '{}' 2> /dev/null", command, probe / "");
    if (std::system(line.c_str()) == 0) enter = command;
  }
  if (enter.empty()) GTEST_SKIP() << "a tmpfs can be mounted neither in a user namespace nor as root here";
  std::filesystem::create_directory(folder / "disk");
  std::ofstream(folder / "script.sh") << fmt::format(
      "cd '{0}' && mount -t tmpfs -o ro tmpfs disk && '{1}' {2} -o disk/out.h5 2> .err; echo $? > .code; "
      "'{1}' {2} -o disk/out.h5 --shard 0/2 2>> .err; echo $? >> .code",
      folder / "", BALASSA_PROGRAM, sweep());
  ASSERT_EQ(std::system(fmt::format("{} sh '{}'", enter, folder / "script.sh").c_str()), 0);
  EXPECT_EQ(cli::file_text(folder / ".code"), "77\n77\n");
  EXPECT_THAT(cli::file_text(folder / ".err"), StartsWith("balassa: error: disk/out.h5: "));
}

// Between two runs the machine's clock is set back by decades, and in the second it leaps by a day whenever it is
// looked at, so that any interval taken from it has passed at once.
TEST_F(Resume, TheClockMayChange) {
  std::string library;
  for (const auto& folder : std::filesystem::directory_iterator("/usr/lib")) {
    const auto file = folder.path() / "faketime/libfaketime.so.1";
    if (std::filesystem::exists(file)) library = file;
  }
  if (library.empty()) GTEST_SKIP() << "libfaketime is not installed (scripts/setup.sh --dev)";
  const std::string with_clock = fmt::format("LD_PRELOAD='{}' FAKETIME_DONT_FAKE_MONOTONIC=1 FAKETIME=", library);
  std::ofstream(folder / "script.sh") << fmt::format(
      "cd '{0}'\n{1}'@2040-01-01 00:00:00' date +%Y > .year\n"
      "{1}'@2040-01-01 00:00:00' '{2}' {3} -o out.h5 --max-time 0.01s 2> .err; echo $? > .code\n"
      "{1}'@2001-01-01 00:00:00 i86400' '{2}' {3} -o out.h5 --max-time 30m 2> .err > .out; echo $? >> .code\n",
      folder / "", with_clock, BALASSA_PROGRAM, sweep());
  ASSERT_EQ(std::system(fmt::format("sh '{}'", folder / "script.sh").c_str()), 0);
  ASSERT_EQ(cli::file_text(folder / ".year"), "2040\n");
  EXPECT_EQ(cli::file_text(folder / ".code"), "75\n0\n");
  EXPECT_THAT(cli::file_text(folder / ".err"), HasSubstr("\nout.h5: goes on at "));
  EXPECT_TRUE(cli::file_text(folder / "out.h5") == expected);
}

TEST_F(Resume, ADeviceIsNoOutput) {
  EXPECT_EQ(folder.run(sweep() + " -o /dev/null").code, 73);
  for (const char* name : {"/dev/null.lock", "/dev/null.cells"}) EXPECT_FALSE(std::filesystem::exists(name));
}

}  // namespace
}  // namespace balassa
