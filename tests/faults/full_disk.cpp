// A disk that really fills up, under every command that writes (FORMATS section 7, promise 5): a small tmpfs of its own
// mount namespace, with less and less room. tests/io/base/atomic_file.cpp does the same by RLIMIT_FSIZE where none can
// be mounted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::size_t kDisk = 4096;  // KiB

// How to become one that may mount: a user namespace, or root. Empty: neither works here.
std::string namespace_command() {
  for (const char* command : {"unshare -rm", "unshare -m"}) {
    cli::Folder probe;
    const std::string line = fmt::format("{} mount -t tmpfs -o size=64k tmpfs '{}' 2> /dev/null", command, probe / "");
    if (std::system(line.c_str()) == 0) return command;
  }
  return "";
}

struct Writer {
  const char* name;
  const char* arguments;  // writes disk/out.*
  const char* output;
};

class FullDisk : public ::testing::TestWithParam<Writer> {
 protected:
  void SetUp() override {
    enter_ = namespace_command();
    if (enter_.empty()) GTEST_SKIP() << "a tmpfs can be mounted neither in a user namespace nor as root here";
    ASSERT_EQ(folder.run("synth -o in.h5 --locations 40 --products 150 --years 2016,2017 --quiet").code, 0);
    ASSERT_EQ(folder.run("export in.h5 -o in.csv").code, 0);
    ASSERT_EQ(folder.run("sweep in.h5 -o sweep.h5 --replicates 20 --quiet").code, 0);
    std::filesystem::create_directory(folder / "disk");
  }

  // Runs the command once for each amount of room in KiB; what it said and left lies in folders named after the room.
  void run_with_room(const std::vector<std::size_t>& rooms) {
    const std::string script = fmt::format(
        "cd '{}' && mount -t tmpfs -o size={}k tmpfs disk && for room in {}; do\n"
        "find disk -mindepth 1 -delete; mkdir $room\n"
        "head -c $((({} - room) * 1024)) /dev/zero > disk/filler\n"
        "'{}' {} --quiet > $room.out 2> $room.err; echo $? > $room.code\n"
        "rm disk/filler; cp -a disk/. $room/\n"
        "if [ $(cat $room.code) != 0 ]; then '{}' {} --quiet > /dev/null 2>&1; cp disk/{} $room.again; fi\n"
        "done",
        folder / "", kDisk, fmt::join(rooms, " "), kDisk, BALASSA_PROGRAM, GetParam().arguments, BALASSA_PROGRAM,
        GetParam().arguments, GetParam().output);
    std::ofstream(folder / "script.sh") << script;
    ASSERT_EQ(std::system(fmt::format("{} sh '{}'", enter_, folder / "script.sh").c_str()), 0);
  }

  std::string said(std::size_t room, const char* what) const {
    return cli::file_text(folder / fmt::format("{}.{}", room, what));
  }

  // Names that the command left, and that each is whole; unfinished work is its own witness (again below).
  std::set<std::string> left(std::size_t room) const {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder / std::to_string(room))) {
      const std::string name = entry.path().filename();
      names.insert(name);
      if (name.find(".h5.cells") != std::string::npos || name.find(".h5.checkpoint") != std::string::npos) continue;
      const std::string text = cli::file_text(entry.path());
      if (name.ends_with(".manifest.json")) {
        EXPECT_TRUE(nlohmann::json::accept(text)) << room << " KiB: half a manifest";
      } else {
        EXPECT_TRUE(text == cli::file_text(folder / ("whole/" + name))) << room << " KiB: half of " << name;
      }
    }
    return names;
  }

  cli::Folder folder;
  std::string enter_;
};

TEST_P(FullDisk, LeavesWholeFilesOrNone) {
  run_with_room({kDisk});
  ASSERT_EQ(said(kDisk, "code"), "0\n") << said(kDisk, "err");
  std::filesystem::rename(folder / std::to_string(kDisk), folder / "whole");
  const std::size_t size = std::filesystem::file_size(folder / fmt::format("whole/{}", GetParam().output)) / 1024;
  ASSERT_GT(size, 16u);
  ASSERT_LT(2 * size + 64, kDisk);

  std::set<std::size_t> rooms = {0, 4, size / 4, size / 2, 3 * size / 4, size - 8};
  const std::size_t too_small = size - 8;
  for (const std::size_t more : {0, 4, 8, 12, 16, 32}) rooms.insert(size + more);
  run_with_room({rooms.begin(), rooms.end()});
  for (const std::size_t room : rooms) {
    const std::string code = said(room, "code"), error = said(room, "err");
    const std::set<std::string> names = left(room);
    for (const std::string& name : names) EXPECT_THAT(name, StartsWith("out.")) << room << " KiB: a temporary is left";
    if (room <= too_small) {
      EXPECT_EQ(code, "74\n") << room << " KiB";
      EXPECT_EQ(names.count(GetParam().output), 0u) << room << " KiB";
    }
    if (code == "0\n") {
      EXPECT_EQ(error, "");
      EXPECT_EQ(names.count(GetParam().output), 1u);
      continue;
    }
    EXPECT_EQ(code, "74\n") << room << " KiB";
    EXPECT_THAT(error, StartsWith("balassa: error: disk/out.")) << room << " KiB";
    EXPECT_THAT(error, HasSubstr("No space left")) << room << " KiB";
    EXPECT_THAT(error, Not(HasSubstr(".tmp"))) << room << " KiB";
    EXPECT_EQ(std::count(error.begin(), error.end(), '\n'), 1) << error;
    EXPECT_EQ(said(room, "out"), "") << room << " KiB";
    // Once there is room, the same command gives the same bytes.
    EXPECT_TRUE(said(room, "again") == cli::file_text(folder / fmt::format("whole/{}", GetParam().output))) << room;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Commands, FullDisk,
    ::testing::Values(Writer{"synth", "synth -o disk/out.h5 --locations 40 --products 150 --years 2016,2017", "out.h5"},
                      Writer{"import", "import in.csv -o disk/out.h5", "out.h5"},
                      Writer{"compute", "compute in.h5 -o disk/out.h5 --csv", "out.h5"},
                      Writer{"sweep",
                             "sweep in.h5 -o disk/out.h5 --replicates 20 --rca-threshold 0.75,1 --checkpoint-every 5",
                             "out.h5"},
                      Writer{"export", "export sweep.h5 --table location -o disk/out.csv", "out.csv"}),
    [](const auto& writer) { return writer.param.name; });

}  // namespace
}  // namespace balassa
