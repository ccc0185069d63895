// The program as the ranks of an MPI job, by mpirun: the same bytes as one process, and nothing lost.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "tests/cli/program.hpp"

namespace balassa::cli {
namespace {

class MpiJob : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::string(BALASSA_MPI_PROGRAM).empty()) GTEST_SKIP() << "this build has no MPI: libopenmpi-dev was not found";
    if (std::system("command -v mpirun > /dev/null") != 0) GTEST_SKIP() << "mpirun was not found; install openmpi-bin";
    ASSERT_EQ(folder_.run("synth --locations 30 --products 120 --years 2016,2017 --seed 5 -o p.h5").code, 0);
  }
  // mpirun of `program` with this folder as the working directory; `after` follows in the same shell.
  Outcome mpirun(int ranks, const std::string& arguments, const std::string& program = BALASSA_MPI_PROGRAM) const {
    return folder_.shell(job(ranks, arguments, program));
  }
  static std::string job(int ranks, const std::string& arguments, const std::string& program = BALASSA_MPI_PROGRAM) {
    return "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 timeout 120 mpirun --oversubscribe -n " +
           std::to_string(ranks) + " '" + program + "' --quiet " + arguments;
  }
  std::string bytes(const std::string& name) const { return file_text(folder_ / name); }

  static constexpr const char* kSweep = "sweep p.h5 --rca-threshold 0.75,1 --keep eci --replicates ";
  Folder folder_;
};

TEST_F(MpiJob, TwoAndThreeRanksWriteTheBytesOfOneProcess) {
  ASSERT_EQ(folder_.run(std::string(kSweep) + "1500 -o one.h5").code, 0);
  ASSERT_FALSE(bytes("one.h5").empty());
  for (const int ranks : {2, 3}) {
    const std::string name = "by-" + std::to_string(ranks) + ".h5";
    const Outcome job = mpirun(ranks, kSweep + std::string("1500 -o ") + name);
    ASSERT_EQ(job.code, 0) << job.err;
    EXPECT_EQ(bytes(name), bytes("one.h5")) << ranks;
    EXPECT_NE(bytes(name + ".manifest.json").find("\"ranks\": " + std::to_string(ranks)), std::string::npos);
  }
}

// A replicate's products of matrices do not depend on what is solved with it, nor on the ranks therefore.
TEST_F(MpiJob, ProductsByBlasAreTheSameWhereTheRanksHaveTheSameBlas) {
  const std::string sweep = std::string(kSweep) + "700 --recompute-presence false --arithmetic gemm -o ";
  ASSERT_EQ(folder_.run(sweep + "one.h5").code, 0);
  ASSERT_EQ(mpirun(2, sweep + "two.h5").code, 0);
  EXPECT_EQ(bytes("two.h5"), bytes("one.h5"));
  std::ofstream(folder_ / "unlike.sh") << "#!/bin/sh\n"
                                          "[ $OMPI_COMM_WORLD_RANK = 1 ] && export OPENBLAS_CORETYPE=Prescott\n"
                                          "exec '" BALASSA_MPI_PROGRAM "' \"$@\"\n";
  const Outcome unlike = folder_.shell("chmod +x unlike.sh; " + job(2, sweep + "three.h5", "./unlike.sh"));
  EXPECT_EQ(unlike.code, 69);
  EXPECT_NE(unlike.err.find("on rank 1, expected the same on all ranks"), std::string::npos) << unlike.err;
}

TEST_F(MpiJob, RanksMayShareAShard) {
  ASSERT_EQ(folder_.run(std::string(kSweep) + "800 -o one.h5").code, 0);
  ASSERT_EQ(mpirun(2, std::string(kSweep) + "800 -o s.h5 --shard 0/2").code, 0);
  ASSERT_EQ(folder_.run(std::string(kSweep) + "800 -o s.h5 --shard 1/2").code, 0);
  const Outcome again = mpirun(2, std::string(kSweep) + "800 -o s.h5 --shard 0/2");
  EXPECT_EQ(again.code, 0) << again.err;  // whole already: all ranks hear of it
  const Outcome merged = folder_.run("merge s.h5.shard-0-of-2 s.h5.shard-1-of-2 -o s.h5");
  ASSERT_EQ(merged.code, 0) << merged.err;
  EXPECT_EQ(bytes("s.h5"), bytes("one.h5"));
}

TEST_F(MpiJob, ARankThatDiesEndsTheJobAndTheCheckpointGoesOn) {
  ASSERT_EQ(folder_.run(std::string(kSweep) + "6000 -o one.h5").code, 0);
  // Once something is saved, one rank of two is killed.
  const std::string kill_one =
      job(2, std::string(kSweep) + "6000 -o s.h5 --checkpoint-every 300") +
      " & job=$!; for i in $(seq 2000); do if [ -e s.h5.checkpoint ]; then break; fi; sleep 0.01; done; "
      "kill -KILL $(pgrep -P $(pgrep -P $job mpirun) balassa-mpi | tail -1); wait $job";
  const Outcome killed = folder_.shell(kill_one);
  EXPECT_NE(killed.code, 0);
  EXPECT_TRUE(bytes("s.h5").empty());
  ASSERT_FALSE(bytes("s.h5.checkpoint").empty());
  const Outcome resumed = folder_.run(std::string(kSweep) + "6000 -o s.h5");
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_NE(resumed.err.find("goes on at"), std::string::npos) << resumed.err;
  EXPECT_EQ(bytes("s.h5"), bytes("one.h5"));
}

TEST_F(MpiJob, ATimeLimitStopsAllRanksWithOneAnswer) {
  ASSERT_EQ(folder_.run(std::string(kSweep) + "6000 -o one.h5").code, 0);
  Outcome job;
  int stops = 0;
  do {
    job = mpirun(3, std::string(kSweep) + "6000 -o s.h5 --max-time 0.5s");
    stops += job.code == 75 ? 1 : 0;
  } while (job.code == 75 && stops < 100);
  EXPECT_EQ(job.code, 0) << job.err;
  EXPECT_GE(stops, 1);
  EXPECT_EQ(bytes("s.h5"), bytes("one.h5"));
}

// mpirun kills what is still there a second after it was told to end.
TEST_F(MpiJob, AJobThatIsToldToEndSavesFirst) {
  const std::string sweep = "sweep p.h5 --replicates 10000000 -o s.h5";  // one cell: nothing is finished
  for (const char* signal : {"TERM", "INT"}) {
    SCOPED_TRACE(signal);
    const Outcome ended =
        folder_.shell(job(2, sweep) +
                      " & job=$!; for i in $(seq 2000); do if [ -e s.h5.lock ]; then break; fi; sleep 0.01; done; "
                      "sleep 2; kill -" +
                      signal + " $(pgrep -P $job mpirun); wait $job");
    EXPECT_NE(ended.code, 0);
    EXPECT_NE(ended.code, 75);
    EXPECT_NE(ended.err.find("which are saved"), std::string::npos) << ended.err;
    ASSERT_FALSE(bytes("s.h5.checkpoint").empty());
    const Outcome resumed = folder_.run(sweep + " --max-time 0.1s");
    EXPECT_EQ(resumed.code, 75);
    EXPECT_NE(resumed.err.find("goes on at"), std::string::npos) << resumed.err;
    ASSERT_EQ(folder_.shell("rm s.h5.*").code, 0);
  }
}

TEST_F(MpiJob, AnErrorOfOneRankEndsAllWithItsCode) {
  EXPECT_EQ(mpirun(2, "sweep missing.h5 -o s.h5").code, 66);
  ASSERT_EQ(folder_.run(std::string(kSweep) + "10 -o s.h5").code, 0);
  EXPECT_EQ(mpirun(2, std::string(kSweep) + "10 -o s.h5").code, 73);
  // Work of another plan: rank 0 alone finds it, while the others wait for its word.
  ASSERT_EQ(folder_.run(std::string(kSweep) + "6000 -o t.h5 --max-time 0.3s").code, 75);
  EXPECT_EQ(mpirun(2, std::string(kSweep) + "7000 -o t.h5").code, 76);
}

TEST_F(MpiJob, TheProgramWithoutMpiRefusesToRunTwice) {
  const Outcome job = mpirun(2, std::string(kSweep) + "10 -o s.h5", BALASSA_PROGRAM);
  EXPECT_EQ(job.code, 69);
  EXPECT_NE(job.err.find("balassa-mpi"), std::string::npos) << job.err;
  EXPECT_TRUE(bytes("s.h5").empty());
}

}  // namespace
}  // namespace balassa::cli
