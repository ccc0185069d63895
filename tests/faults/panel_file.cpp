// Hostile and damaged panel files: a one-line complaint with the right exit code, never a crash, never a hang.
#include "io/panel/panel_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <random>

#include "io/hdf5/hdf5.hpp"
#include "io/hdf5/result_file.hpp"
#include "tests/io/sample_panel.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

void put(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

Complaint read(const std::string& path) {
  return complaint_of([&] { read_panel(path); });
}

void expect_refused(const Complaint& complaint, const std::string& path) {
  EXPECT_EQ(complaint.code, ExitCode::kBadData);
  EXPECT_THAT(complaint.message, HasSubstr(path));
  EXPECT_THAT(complaint.message, Not(HasSubstr("\n")));
}

TEST(HostilePanel, NotThereNotReadableNotAFile) {
  const Folder folder;
  EXPECT_EQ(read(folder / "none.h5").code, ExitCode::kInputMissing);
  EXPECT_EQ(read(folder / ".").code, ExitCode::kBadData);
  EXPECT_EQ(read("/dev/null").code, ExitCode::kBadData);
  put(folder / "locked.h5", "x");
  chmod((folder / ".").c_str(), 0755);
  chmod((folder / "locked.h5").c_str(), 0);
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) _exit(1);
    _exit(static_cast<int>(read(folder / "locked.h5").code));
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), static_cast<int>(ExitCode::kPermission));
}

TEST(HostilePanel, NotHdf5) {
  const Folder folder;
  for (const std::string& bytes :
       {std::string(), std::string("year,location,product,value\n"), std::string(100000, '\0'),
        std::string("\x89HDF\r\n\x1a\n"), "\x89HDF\r\n\x1a\n" + std::string(2000, '\xff')}) {
    put(folder / "p.h5", bytes);
    expect_refused(read(folder / "p.h5"), folder / "p.h5");
  }
}

TEST(HostilePanel, TruncatedAnywhere) {
  const Folder folder;
  write_panel(folder / "whole.h5", sample_panel(), false);
  const std::string whole = bytes_of(folder / "whole.h5");
  for (std::size_t size = 0; size < whole.size(); size += 199) {
    put(folder / "p.h5", whole.substr(0, size));
    expect_refused(read(folder / "p.h5"), folder / "p.h5");
  }
  put(folder / "p.h5", whole.substr(0, whole.size() - 1));
  expect_refused(read(folder / "p.h5"), folder / "p.h5");
}

// Files that are good HDF5 and bad panels, each made by one change to a good one.
struct Wrong {
  const char* message;
  std::string format = "balassa-panel";
  int version = 1;
  std::vector<std::int32_t> years = {1995, 1996};
  std::vector<std::string> locations = {"A", "B"};
  std::vector<std::string> products = {"01", "02", "03"};
  std::vector<double> value = {1, 0, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  std::string skip = "";
};

void write(const std::string& path, const Wrong& wrong) {
  ResultFile file(path, wrong.format, wrong.version, true);
  file.dimension("year", std::span<const std::int32_t>(wrong.years));
  file.dimension("location", wrong.locations);
  if (wrong.skip != "product") file.dimension("product", wrong.products);
  file.dimension("cell", wrong.value.size());
  file.dimension("two", 2);
  file.dimension("three", 3);
  if (wrong.skip == "shape") {
    file.write("value", wrong.value, {"cell"});
  } else if (wrong.skip == "text") {
    file.write("value", std::vector<std::string>(wrong.value.size(), "1"), {"two", "two", "three"});
  } else if (wrong.skip != "value") {
    file.write("value", wrong.value, {"two", "two", "three"});
  }
  if (wrong.skip != "missing") file.write("missing", std::vector<std::uint8_t>{0, 0, 0, 0}, {"two", "two"});
  file.commit();
}

TEST(HostilePanel, EachRuleOfThePanelIsChecked) {
  const Folder folder;
  const std::string path = folder / "p.h5";
  write(path, {});
  EXPECT_EQ(read(path).message, "");
  const double nan = std::nan("");
  const Wrong cases[] = {
      {.message = "found format \"balassa-sweep\", expected format \"balassa-panel\"", .format = "balassa-sweep"},
      {.message = "found no format attribute, expected format", .format = ""},
      {.message = "found version 2, expected 1", .version = 2},
      {.message = "found version 0, expected 1", .version = 0},
      {.message = "/year[1]: found 1990 after 1995", .years = {1995, 1990}},
      {.message = "/value: found shape [2, 2, 3], expected [3, 2, 3]", .years = {1995, 1996, 1997}},
      {.message = "/location[1]: found code A again (first at [0])", .locations = {"A", "A"}},
      {.message = "/location[1]: found an empty code", .locations = {"A", ""}},
      {.message = "/location[0]: found \"A??\", expected UTF-8", .locations = {"A\n\xfe", "B"}},
      {.message = "/product: found no code", .products = {}},
      {.message = "/value[year 1996, location A, product 02]: found -7",
       .value = {1, 0, 2, 3, 4, 5, 6, -7, 8, 9, 1, 1}},
      {.message = "/value[year 1995, location B, product 01]: found inf",
       .value = {1, 0, nan, HUGE_VAL, 4, 5, 6, 7, 8, 9, 1, 1}},
      {.message = "/value: found no such dataset", .skip = "value"},
      {.message = "/product: found no such dataset", .skip = "product"},
      {.message = "/missing: found no such dataset", .skip = "missing"},
      {.message = "/value: found shape [12], expected [2, 2, 3]", .skip = "shape"},
      {.message = "/value: found string values, expected numbers", .skip = "text"},
  };
  for (const Wrong& wrong : cases) {
    write(path, wrong);
    const Complaint complaint = read(path);
    expect_refused(complaint, path);
    EXPECT_THAT(complaint.message, HasSubstr(wrong.message));
  }
}

TEST(HostilePanel, SparseIndicesAreChecked) {
  const Folder folder;
  const std::string path = folder / "p.h5";
  struct Case {
    const char* message;
    std::vector<std::int64_t> start;
    std::vector<std::int32_t> column;
    std::vector<std::int64_t> shape = {1, 2, 3};
    std::string layout = "csr_year_location";
  };
  const Case cases[] = {
      {"", {0, 2, 3}, {0, 2, 1}},
      {"/sparse/indptr[1]: found 4 to 3", {0, 4, 3}, {0, 2, 1}},
      {"/sparse/indptr[0]: found -1 to 2", {-1, 2, 3}, {0, 2, 1}},
      {"/sparse/indptr[0]: found 0 to 2", {0, 2, 9}, {0, 2, 1}},
      {"/sparse/indptr: found shape [2], expected [3]", {0, 3}, {0, 2, 1}},
      {"/sparse/indices[1]: found 3, expected ascending indices below 3", {0, 2, 3}, {0, 3, 1}},
      {"/sparse/indices[1]: found 0, expected ascending", {0, 2, 3}, {0, 0, 1}},
      {"/sparse/indices[2]: found -1", {0, 2, 3}, {0, 2, -1}},
      {"/sparse: found another attribute `shape`", {0, 2, 3}, {0, 2, 1}, {1, 2, 4}},
      {"/sparse: found layout \"coo\"", {0, 2, 3}, {0, 2, 1}, {1, 2, 3}, "coo"},
  };
  for (const Case& one : cases) {
    {
      ResultFile file(path, "balassa-panel", 1, true);
      const std::vector<std::int32_t> years{2000};
      file.dimension("year", std::span<const std::int32_t>(years));
      file.dimension("location", std::vector<std::string>{"A", "B"});
      file.dimension("product", std::vector<std::string>{"1", "2", "3"});
      file.dimension("sparse/pointer", one.start.size());
      file.dimension("sparse/entry", one.column.size());
      file.write("sparse/indptr", one.start, {"sparse/pointer"});
      file.write("sparse/indices", one.column, {"sparse/entry"});
      file.write("sparse/data", std::vector<double>{1, 2, 3}, {"sparse/entry"});
      file.attribute("sparse", "shape", one.shape);
      file.attribute("sparse", "layout", one.layout);
      file.write("missing", std::vector<std::uint8_t>{0, 0}, {"year", "location"});
      file.commit();
    }
    const Complaint complaint = read(path);
    EXPECT_THAT(complaint.message, HasSubstr(one.message));
    EXPECT_EQ(complaint.code, *one.message == '\0' ? ExitCode::kDone : ExitCode::kBadData);
  }
}

// 4,000 files with one to eight bytes changed, in two processes at a time; the values are those of a fixed seed. A
// process that dies by a signal or takes more than a file's limit of 10 s + 2 s has failed.
TEST(HostilePanel, FourThousandMutants) {
  constexpr int kMutants = 4000;
  constexpr int kPerProcess = 50, kProcesses = 2;
  const Folder folder;
  write_panel(folder / "whole.h5", sample_panel(), false);
  const std::string whole = bytes_of(folder / "whole.h5");
  const auto run_block = [&](int block) {
    hdf5::initialise();
    const std::string path = folder / ("mutant" + std::to_string(block) + ".h5");
    for (int mutant = block * kPerProcess; mutant < (block + 1) * kPerProcess; ++mutant) {
      std::mt19937_64 random(static_cast<std::uint64_t>(mutant));
      std::string bytes = whole;
      for (std::uint64_t change = random() % 8 + 1; change > 0; --change) {
        bytes[random() % bytes.size()] = static_cast<char>(random());
      }
      put(path, bytes);
      alarm(12);
      const Complaint complaint = read(path);  // unharmed files are possible: a byte of slack, the same byte again
      alarm(0);
      if (complaint.code != ExitCode::kDone && complaint.code != ExitCode::kBadData &&
          complaint.code != ExitCode::kOutOfMemory) {
        _exit(1);
      }
      if (complaint.message.find('\n') != std::string::npos) _exit(2);
    }
    std::filesystem::remove(path);
    _exit(0);
  };
  int running = 0, started = 0;
  const auto wait_for_one = [&] {
    int status = 0;
    ASSERT_GT(wait(&status), 0);
    --running;
    EXPECT_TRUE(WIFEXITED(status)) << "died of signal " << WTERMSIG(status);
    EXPECT_EQ(WEXITSTATUS(status), 0);
  };
  for (; started < kMutants / kPerProcess; ++started) {
    if (running == kProcesses) wait_for_one();
    ++running;
    if (fork() == 0) run_block(started);
  }
  while (running > 0) wait_for_one();
}

}  // namespace
}  // namespace balassa
