// Free memory as the files of the system say it: of made-up systems, whose answers are reckoned by hand.
#include "io/base/free_memory.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <filesystem>
#include <fstream>

#include "tests/cli/program.hpp"

namespace balassa {
namespace {

class FreeMemoryOf : public ::testing::Test {
 protected:
  void SetUp() override { put("proc/meminfo", "MemTotal:  8000 kB\nMemFree: 1 kB\nMemAvailable:  6000 kB\n"); }
  void put(const std::string& path, const std::string& text) {
    const std::string file = folder / path;
    std::filesystem::create_directories(std::filesystem::path(file).parent_path());
    std::ofstream(file) << text;
  }
  FreeMemory memory() const { return free_memory(folder / "."); }
  cli::Folder folder;
};

TEST_F(FreeMemoryOf, TheMachineWhereNothingLimitsIt) {
  put("proc/self/cgroup", "0::/\n");
  put("sys/fs/cgroup/memory.max", "max\n");
  EXPECT_EQ(memory().free, 6000u * 1024);
  EXPECT_EQ(memory().total, 8000u * 1024);
  EXPECT_EQ(memory().bound, "this machine");
}

// A Slurm job: its step has no limit, the job above it has, and pages of files that it has read can be dropped.
TEST_F(FreeMemoryOf, AGroupAboveThatOfTheProcess) {
  put("proc/self/cgroup", "0::/slurm/job_7/step_0\n");
  put("sys/fs/cgroup/slurm/job_7/step_0/memory.max", "max\n");
  put("sys/fs/cgroup/slurm/job_7/memory.max", "4000000\n");
  put("sys/fs/cgroup/slurm/job_7/memory.current", "3500000\n");
  put("sys/fs/cgroup/slurm/job_7/memory.stat", "anon 500000\ninactive_file 2000000\nactive_file 500000\n");
  put("sys/fs/cgroup/memory.max", "5000000\n");
  EXPECT_EQ(memory().free, 3000000u);
  EXPECT_EQ(memory().total, 4000000u);
  EXPECT_EQ(memory().bound, "cgroup /slurm/job_7");
}

TEST_F(FreeMemoryOf, AGroupOfVersion1) {
  put("proc/self/cgroup", "9:cpu,cpuacct:/x\n4:memory:/batch\n0::/y\n");
  put("sys/fs/cgroup/memory/batch/memory.limit_in_bytes", "1000000\n");
  put("sys/fs/cgroup/memory/batch/memory.usage_in_bytes", "900000\n");
  put("sys/fs/cgroup/memory/batch/memory.stat", "total_inactive_file 100000\n");
  put("sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  EXPECT_EQ(memory().free, 200000u);
  EXPECT_EQ(memory().bound, "cgroup /batch");
}

TEST_F(FreeMemoryOf, TheLimitOfAddresses) {
  put("proc/self/statm", "100 1 1\n");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_AS, &before), 0);
  rlimit limit = before;
  put("proc/meminfo", "MemTotal:  80000000000 kB\nMemAvailable:  80000000000 kB\n");
  limit.rlim_cur = std::size_t{1} << 44;
  ASSERT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
  const FreeMemory found = memory();
  setrlimit(RLIMIT_AS, &before);
  EXPECT_EQ(found.bound, "ulimit -v");
  EXPECT_EQ(found.free, (std::size_t{1} << 44) - 100 * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)));
}

}  // namespace
}  // namespace balassa
