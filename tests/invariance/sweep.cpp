// Equal plans give equal bytes, however they are run: batch, threads, instruction set, team (DESIGN, One answer).
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "kernels/device.hpp"
#include "tests/cli/program.hpp"

namespace balassa {
namespace {

bool machine_has(const std::string& simd) {
  DeviceOptions options;
  options.simd = simd;
  try {
    make_device("cpu", options);
  } catch (const DeviceUnavailable&) {
    return false;
  }
  return true;
}

class Invariance : public ::testing::TestWithParam<const char*> {
 protected:
  // The bytes of a sweep's result file.
  std::string bytes(const std::string& panel, const std::string& simd, const std::string& how, int replicates = 130) {
    const std::string line = fmt::format("sweep {} {} --replicates {} --precision {} {} -o out.h5 --force --quiet",
                                         panel, kStudy, replicates, GetParam(), how);
    setenv("BALASSA_SIMD", simd.c_str(), 1);
    const cli::Outcome run = folder.run(line);
    unsetenv("BALASSA_SIMD");
    EXPECT_EQ(run.code, 0) << line << "\n" << run.err;
    return cli::file_text(folder / "out.h5");
  }
  static constexpr const char* kStudy =
      "--years 2016,2017 --rca-threshold 0.75,1 --p1-quantile 0.7,0.75 --split median,q40 --hhi-cut "
      "1500,1800 --keep eci";
  cli::Folder folder;
};

TEST_P(Invariance, BatchThreadsAndInstructionSet) {
  ASSERT_EQ(folder.run("synth -o world.h5 --locations 61 --products 143 --years 2016,2017 --quiet").code, 0);
  const std::string expected = bytes("world.h5", "plain", "--batch 16 --threads 1");
  ASSERT_GT(expected.size(), 10000u);
  for (const char* simd : {"plain", "avx2", "avx512"}) {
    if (!machine_has(simd)) {
      fmt::print("{}: this machine does not have it; Parity.Avx512OnRealHardware says so as a skip\n", simd);
      continue;
    }
    for (const int batch : {1, 7, 64}) {
      for (const int threads : {1, 2}) {
        EXPECT_TRUE(bytes("world.h5", simd, fmt::format("--batch {} --threads {}", batch, threads)) == expected)
            << simd << ", batch " << batch << ", " << threads << " threads";
      }
    }
  }
}

TEST_P(Invariance, TeamsOfThreads) {
  ASSERT_EQ(folder.run("synth -o small.h5 --locations 17 --products 37 --years 2016,2017 --quiet").code, 0);
  constexpr int kReplicates = 3;  // a team of 32 on two cores waits more than it works
  const std::string expected = bytes("small.h5", "plain", "--threads 1", kReplicates);
  for (const int team : {3, 7, 32}) {
    EXPECT_TRUE(bytes("small.h5", "plain", fmt::format("--threads 1 --team {}", team), kReplicates) == expected)
        << "team of " << team;
  }
  EXPECT_FALSE(bytes("small.h5", "plain", "--threads 1 --seed 43", kReplicates) ==
               expected);  // the comparison can fail
}

INSTANTIATE_TEST_SUITE_P(Precision, Invariance, ::testing::Values("certified", "double", "fast"));

}  // namespace
}  // namespace balassa
