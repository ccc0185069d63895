// A sweep that is killed at random moments, again and again, ends with the bytes of one that was not, and never goes
// back behind what it had saved (FORMATS section 7, promises 1 to 3). BALASSA_KILLS sets how many kills;
// scripts/faults.sh prints the table of a longer run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>

#include <array>
#include <chrono>
#include <random>
#include <sstream>
#include <thread>

#include "io/base/error.hpp"
#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

using Clock = std::chrono::steady_clock;

int kills_wanted() {
  const char* text = std::getenv("BALASSA_KILLS");
  return text == nullptr ? 12 : std::atoi(text);
}

// Where a kill met the program, by the files that it left.
enum class Moment { kBeforeAnyFile, kBetweenCheckpoints, kInACheckpoint, kWritingTheResult, kCleaningUp, kCount };
constexpr std::array<const char*, static_cast<std::size_t>(Moment::kCount)> kMoments = {
    "before any file", "between checkpoints", "in a checkpoint", "writing the result", "after the result"};

struct Killed {
  const char* name;
  const char* arguments;  // with the output out.h5 or a shard of it
  const char* output;
};

class Kill : public ::testing::TestWithParam<Killed> {
 protected:
  void SetUp() override {
    ASSERT_EQ(folder.run("synth -o w.h5 --locations 25 --products 60 --years 2016,2017 --quiet").code, 0);
  }

  // Starts the program in the folder; its stderr goes to .err.
  pid_t start(const std::string& arguments) const {
    std::vector<std::string> words = {BALASSA_PROGRAM};
    std::istringstream text(arguments);
    for (std::string word; text >> word;) words.push_back(word);
    const pid_t child = fork();
    if (child != 0) return child;
    if (chdir((folder / "").c_str()) != 0) _exit(126);
    const int err = open(".err", O_WRONLY | O_CREAT | O_TRUNC, 0666), null = open("/dev/null", O_WRONLY);
    dup2(err, STDERR_FILENO);
    dup2(null, STDOUT_FILENO);
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    execv(BALASSA_PROGRAM, pointers.data());
    _exit(127);
  }

  // The exit code, or -1 for a kill.
  static int wait_for(pid_t child) {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  Moment moment() const {
    bool any = false, checkpoint = false, result = false;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "")) {
      const std::string name = entry.path().filename();
      if (name.find("out.h5") == std::string::npos) continue;
      any = any || !name.ends_with(".lock");
      checkpoint = checkpoint || name.ends_with(".new");
      result = result || name.ends_with(".tmp");
    }
    if (std::filesystem::exists(folder / GetParam().output)) return Moment::kCleaningUp;
    if (result) return Moment::kWritingTheResult;
    if (checkpoint) return Moment::kInACheckpoint;
    return any ? Moment::kBetweenCheckpoints : Moment::kBeforeAnyFile;
  }

  // "goes on at N of M scenarios" of the last run; 0 where it said no such thing.
  std::uint64_t went_on_at() const {
    const std::string text = cli::file_text(folder / ".err"), mark = "goes on at ";
    const std::size_t at = text.find(mark);
    return at == std::string::npos ? 0 : std::stoull(text.substr(at + mark.size()));
  }

  void clear() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder / "")) {
      if (entry.path().filename() != "w.h5") std::filesystem::remove(entry.path());
    }
  }

  cli::Folder folder;
};

TEST_P(Kill, LosesNothingAndAltersNothing) {
  const auto begin = Clock::now();
  ASSERT_EQ(wait_for(start(GetParam().arguments)), 0) << cli::file_text(folder / ".err");
  const double whole_run = std::chrono::duration<double>(Clock::now() - begin).count();
  const std::string expected = cli::file_text(folder / GetParam().output);
  ASSERT_GT(expected.size(), 1000u);
  clear();

  std::mt19937 random(20260801);  // the moments vary with the machine all the same
  std::uniform_real_distribution<double> moment_of(0.0, 1.1 * whole_run);
  std::array<int, kMoments.size()> met{};
  int kills = 0, runs = 0, finished = 0;
  std::uint64_t saved = 0, resumed = 0;
  bool begun = false, whole = false;  // what the last run left: a checkpoint, the output under its final name
  while (kills < kills_wanted() && runs < 100 * kills_wanted()) {
    ++runs;
    const pid_t child =
        start(fmt::format("{} --threads {} --batch {}", GetParam().arguments, 1 + runs % 2, 1 + runs % 9));
    std::this_thread::sleep_for(std::chrono::duration<double>(moment_of(random)));
    kill(child, SIGKILL);
    const int code = wait_for(child);
    // The one before was killed after it had cleaned up: its output is finished, and refused.
    if (whole && code == static_cast<int>(ExitCode::kCannotCreate)) {
      ++finished;
      saved = 0;
      begun = whole = false;
      clear();
      continue;
    }
    const std::uint64_t at = went_on_at();
    ASSERT_TRUE(at == 0 || at >= saved) << "went back from " << saved << " to " << at;
    // One that came to its end without a word of what was saved began anew.
    if (code == 0 && at == 0 && begun) {
      ASSERT_THAT(cli::file_text(folder / ".err"), HasSubstr("is whole already"));
    }
    saved = std::max(saved, at);
    resumed += at > 0 ? 1 : 0;
    if (std::filesystem::exists(folder / GetParam().output)) {
      // Under its final name it is whole, at whatever moment.
      ASSERT_TRUE(cli::file_text(folder / GetParam().output) == expected) << "after " << kills << " kills";
    }
    if (code == -1) {
      ++met[static_cast<std::size_t>(moment())];
      ++kills;
      whole = std::filesystem::exists(folder / GetParam().output);
      begun = std::filesystem::exists(folder / (std::string(GetParam().output) + ".checkpoint"));
      continue;
    }
    ASSERT_EQ(code, 0) << cli::file_text(folder / ".err");
    for (const auto& entry : std::filesystem::directory_iterator(folder / "")) {
      EXPECT_THAT(entry.path().filename().string(),
                  AnyOf("w.h5", ".err", GetParam().output, std::string(GetParam().output) + ".manifest.json"));
    }
    ++finished;
    saved = 0;
    begun = whole = false;
    clear();
  }
  ASSERT_EQ(kills, kills_wanted());
  const int last = wait_for(start(GetParam().arguments));
  ASSERT_TRUE(last == 0 || (whole && last == static_cast<int>(ExitCode::kCannotCreate)))
      << cli::file_text(folder / ".err");
  EXPECT_TRUE(cli::file_text(folder / GetParam().output) == expected);
  EXPECT_GT(resumed, 0u);
  fmt::print("{}: {} kills, {} of {} runs went on from saved work, {} sweeps finished, 0 bytes lost, results equal\n",
             GetParam().name, kills, resumed, runs, finished + 1);
  for (std::size_t k = 0; k < met.size(); ++k) fmt::print("  {:<20} {:>5}\n", kMoments[k], met[k]);
}

INSTANTIATE_TEST_SUITE_P(
    Sweeps, Kill,
    ::testing::Values(
        Killed{"sweep", "sweep w.h5 --rca-threshold 0.75,1 --replicates 600 --keep eci --checkpoint-every 20 -o out.h5",
               "out.h5"},
        Killed{"shard",
               "sweep w.h5 --rca-threshold 0.75,1 --replicates 200 --keep eci --checkpoint-every 1 -o out.h5 "
               "--shard 1/3",
               "out.h5.shard-1-of-3"}),
    [](const auto& killed) { return killed.param.name; });

}  // namespace
}  // namespace balassa
