// Equal plans give equal bytes, however they are run: batch, threads, instruction set, team, shards, restarts
// (FORMATS 7).
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <set>

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
  for (const char* simd : {"plain", "avx2", "avx512", "avx512vbmi"}) {
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

// However the work is cut: shards of several layouts, each of them stopped and continued on another machine's settings.
TEST_P(Invariance, ShardsAndRestarts) {
  ASSERT_EQ(folder.run("synth -o world.h5 --locations 61 --products 143 --years 2016,2017 --quiet").code, 0);
  const std::string expected = bytes("world.h5", "plain", "--batch 16 --threads 1");
  const std::string line =
      fmt::format("sweep world.h5 {} --replicates 130 --precision {} --quiet -o out.h5 ", kStudy, GetParam());
  for (const int shards : {1, 3}) {
    for (const bool resumed : {false, true}) {
      for (int k = 0; k < shards; ++k) {
        const std::string shard = fmt::format("{} --shard {}/{} ", line, k, shards);
        // A time limit that is up at once saves after the first replicates, whose number varies with the machine.
        int stops = 0;
        for (; resumed && stops < 2; ++stops) {
          const int code =
              folder.run(shard + fmt::format("--max-time 0.001s --checkpoint-every 7 --batch {}", stops + 1)).code;
          if (code == 0) break;
          ASSERT_EQ(code, 75);
        }
        ASSERT_EQ(folder.run(shard + fmt::format("--batch {} --threads {}", 5 + k, 1 + k % 2)).code, 0);
      }
      const cli::Outcome merged = folder.run("merge out.h5 --force --quiet");
      ASSERT_EQ(merged.code, 0) << merged.err;
      EXPECT_TRUE(cli::file_text(folder / "out.h5") == expected) << shards << (resumed ? " resumed" : "");
      for (int k = 0; k < shards; ++k) {
        EXPECT_TRUE(std::filesystem::remove(folder / fmt::format("out.h5.shard-{}-of-{}", k, shards)));
      }
    }
  }
}

// One process, stopped again and again, with other threads and batches each time.
TEST_P(Invariance, StoppedAndContinued) {
  ASSERT_EQ(folder.run("synth -o world.h5 --locations 61 --products 143 --years 2016,2017 --quiet").code, 0);
  const std::string expected = bytes("world.h5", "plain", "--batch 16 --threads 1", 200);
  const std::string line =
      fmt::format("sweep world.h5 {} --replicates 200 --precision {} --quiet -o again.h5 ", kStudy, GetParam());
  int stops = 0, code = 75;
  for (; code == 75 && stops < 100; ++stops) {
    const std::string how = fmt::format("--max-time 0.001s --threads {} --batch {} --checkpoint-every {}",
                                        1 + stops % 2, 1 + 7 * (stops % 3), stops % 2 == 0 ? "1" : "60s");
    code = folder.run(line + how).code;
  }
  ASSERT_EQ(code, 0);
  EXPECT_GE(stops, 3);
  EXPECT_TRUE(cli::file_text(folder / "again.h5") == expected);
}

// The same of location weights alone and beside the other draws.
TEST_P(Invariance, LocationsAndJointDraws) {
  ASSERT_EQ(folder.run("synth -o world.h5 --locations 61 --products 143 --years 2016,2017 --quiet").code, 0);
  std::set<std::string> different;
  for (const std::string scheme :
       {"--scheme locations --location-weights multinomial", "--scheme products,locations",
        "--scheme products,locations,noise --sigma 0.2 --weights poisson --location-weights poisson"}) {
    constexpr int kReplicates = 40;
    const std::string expected = bytes("world.h5", "plain", scheme + " --batch 16 --threads 1", kReplicates);
    ASSERT_GT(expected.size(), 10000u);
    different.insert(expected);
    for (const char* simd : {"plain", "avx2", "avx512", "avx512vbmi"}) {
      if (!machine_has(simd)) continue;
      for (const int batch : {1, 7, 64})
        EXPECT_TRUE(bytes("world.h5", simd, fmt::format("{} --batch {} --threads 2", scheme, batch), kReplicates) ==
                    expected)
            << scheme << ", " << simd << ", batch " << batch;
    }
    const std::string line = fmt::format("sweep world.h5 {} {} --replicates {} --precision {} --quiet -o out.h5 ",
                                         kStudy, scheme, kReplicates, GetParam());
    for (const int k : {0, 1, 2}) {
      const std::string shard = fmt::format("{} --shard {}/3 ", line, k);
      folder.run(shard + fmt::format("--max-time 0.001s --checkpoint-every 7 --batch {}", k + 1));
      ASSERT_EQ(folder.run(shard + fmt::format("--batch {} --threads {}", 5 + k, 1 + k % 2)).code, 0);
    }
    const cli::Outcome merged = folder.run("merge out.h5 --force --quiet");
    ASSERT_EQ(merged.code, 0) << merged.err;
    EXPECT_TRUE(cli::file_text(folder / "out.h5") == expected) << scheme << ", shards stopped and continued";
    for (const int k : {0, 1, 2}) std::filesystem::remove(folder / fmt::format("out.h5.shard-{}-of-3", k));
  }
  EXPECT_EQ(different.size(), 3u);  // the comparison can fail
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
