// What `balassa plan --slurm` prints is a script that the shell reads and whose options are those that were asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "host/cluster/slurm_script.hpp"
#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;

class SlurmScript : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(folder.run("synth --locations 12 --products 40 --years 2017 -o panel.h5 --quiet").code, 0);
    std::ofstream(folder / "study.toml")
        << "panel = \"panel.h5\"\n[resample]\nreplicates = 100000\n[output]\nfile = \"out.h5\"\n";
    // An sbatch that writes down how it was called and answers with a number.
    std::ofstream(folder / "sbatch") << "#!/bin/bash\nprintf '%s\\n' \"$@\" >> calls\nn=$(grep -c parsable calls)\n"
                                        "cp \"${@: -2:1}\" \"job$n\"\necho $((100 + n))\n";
    ASSERT_EQ(std::system(("chmod +x '" + (folder / "sbatch") + "'").c_str()), 0);
  }
  // Runs the script that was printed; gives back what it printed.
  std::string submit(const std::string& script) {
    std::ofstream(folder / "submit.sh") << script;
    const std::string here = folder / "";
    EXPECT_EQ(
        std::system(
            ("cd '" + here + "' && PATH='" + here + "':$PATH bash submit.sh --partition='a b' > printed").c_str()),
        0);
    return cli::file_text(folder / "printed");
  }
  cli::Folder folder;
};

TEST_F(SlurmScript, SubmitsAnArrayAndTheMergeThatWaitsForIt) {
  const cli::Outcome run = folder.run("plan study.toml --slurm --tasks 16 --cpus 8 --time-limit 1:55:00 --device cpu");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(submit(run.out), "101 102\n");
  const std::string calls = cli::file_text(folder / "calls");
  for (const char* option : {"--array=0-15\n", "--time=01:55:00\n", "--signal=B:USR1@300\n", "--cpus-per-task=8\n",
                             "--mem=", "--partition=a b\n", "study.toml\n", "--dependency=afterok:101\n"}) {
    EXPECT_THAT(calls, HasSubstr(option));
  }
  const std::string scripts = BALASSA_SOURCE_DIR "/scripts/slurm/";
  EXPECT_EQ(calls.find("--gres"), std::string::npos);
  EXPECT_NE(calls.find("--partition=a b\n"), calls.rfind("--partition=a b\n"));  // of each of the two
  EXPECT_EQ(cli::file_text(folder / "job1"), cli::file_text(scripts + "sweep.sbatch"));
  EXPECT_EQ(cli::file_text(folder / "job2"), cli::file_text(scripts + "merge.sbatch"));
}

// 100,001 scenarios on one core, at the rate that the script says it measured.
TEST_F(SlurmScript, TimeAndMemoryComeFromThePilot) {
  const std::string script = folder.run("plan study.toml --slurm --tasks 1 --threads 1 --cpus 1").out;
  const std::size_t at = script.find("100001 scenarios at ");
  ASSERT_NE(at, std::string::npos) << script.substr(0, 1000);
  const double rate = std::stod(script.substr(at + 20));
  EXPECT_GT(rate, 0.0);
  const std::size_t array = script.find("array=$(sbatch");  // behind the jobs, which have defaults
  ASSERT_NE(array, std::string::npos);
  const std::size_t time = script.find("--time=", array);
  ASSERT_NE(time, std::string::npos);
  const int hours = std::stoi(script.substr(time + 7)), minutes = std::stoi(script.substr(time + 10));
  // Half as much again and two minutes, in whole minutes.
  EXPECT_NEAR(60 * hours + minutes, (1.5 * 100001 / rate + 120) / 60 + 0.5, 0.51);
  const double megabytes = std::stod(script.substr(script.find("--mem=", array) + 6));
  EXPECT_GE(megabytes, 256.0);
  EXPECT_LE(megabytes, 1024.0);
}

TEST_F(SlurmScript, AsksForAGpuWhereThePilotRanOnGpus) {
  SweepEstimate estimate;
  estimate.seconds = 36000.0;
  estimate.memory.workers = 1;
  DeviceDescription gpus;
  gpus.name = "cuda:0";
  gpus.threads = 8;
  const std::string script = slurm_script("a plan.toml", 1000, estimate, gpus, {4, 2, 0.0});
  EXPECT_THAT(
      script,
      HasSubstr("--array=0-$last --time=03:47:00 --signal=B:USR1@300 --cpus-per-task=2"));  // 1.5 x 2.5 h + 2 min
  EXPECT_THAT(script, HasSubstr("--gres=gpu:1 \"$@\""));
  EXPECT_THAT(script, HasSubstr("'a plan.toml'"));
}

// A site that takes arrays of 4 tasks (of 1,000 as Slurm comes): 10 tasks are three arrays, one sweep and one merge.
TEST_F(SlurmScript, MoreTasksThanTheSiteTakesAreSeveralArrays) {
  std::ofstream(folder / "scontrol") << "#!/bin/bash\necho 'MaxArraySize            = 4'\n";
  std::ofstream(folder / "small.toml")
      << "panel = \"panel.h5\"\n[resample]\nreplicates = 50\n[output]\nfile = \"out.h5\"\n";
  // An sbatch that runs each task of an array at once, as Slurm would.
  std::ofstream(folder / "sbatch") << R"(#!/bin/bash
printf '%s ' "$@" >> calls; echo >> calls
n=$(wc -l < calls)
for option; do [[ $option == --array=0-* ]] && last=${option#--array=0-}; done
export BALASSA=')" BALASSA_PROGRAM R"(' SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_MAX=${last:-0}
export SLURM_ARRAY_TASK_COUNT=$((${last:-0} + 1))
for ((k = 0; k <= ${last:--1}; ++k)); do
  SLURM_ARRAY_TASK_ID=$k bash "${@: -2:1}" "${@: -1}" --quiet >&2 || exit 1
done
[[ -n ${last:-} ]] || bash "${@: -2:1}" "${@: -1}" >&2
echo $((100 + n))
)";
  ASSERT_EQ(std::system(("cd '" + (folder / "") + "' && chmod +x sbatch scontrol").c_str()), 0);
  const cli::Outcome plan = folder.run("plan small.toml --slurm --tasks 10 --device cpu");
  ASSERT_EQ(plan.code, 0) << plan.err;
  std::ofstream(folder / "submit.sh") << plan.out;
  ASSERT_EQ(folder.run("sweep small.toml -o whole.h5 --quiet").code, 0);
  for (const char* submit : {"bash submit.sh", "bash '" BALASSA_SOURCE_DIR "/scripts/slurm/submit.sh' 10 small.toml"}) {
    const cli::Outcome run = folder.shell(std::string("rm -f out.h5* calls; PATH=$PWD:$PATH ") + submit);
    EXPECT_EQ(run.code, 0) << submit << run.err;
    EXPECT_EQ(run.out, "101 102 103 104\n");
    const std::string calls = cli::file_text(folder / "calls");
    EXPECT_THAT(calls, HasSubstr("--array=0-3 "));
    EXPECT_THAT(calls, HasSubstr("--array=0-1 "));
    EXPECT_THAT(calls, HasSubstr("--dependency=afterok:101:102:103 "));
    EXPECT_TRUE(std::filesystem::exists(folder / "out.h5.shard-9-of-10"));
    EXPECT_EQ(cli::file_text(folder / "out.h5"), cli::file_text(folder / "whole.h5"));
  }
}

TEST_F(SlurmScript, SaysWhatSlurmTookBeforeItRefused) {
  std::ofstream(folder / "scontrol") << "#!/bin/bash\necho 'MaxArraySize            = 1001'\n";
  std::ofstream(folder / "sbatch") << "#!/bin/bash\n[[ -e took ]] && exit 1\ntouch took\necho 7\n";
  ASSERT_EQ(std::system(("cd '" + (folder / "") + "' && chmod +x sbatch scontrol").c_str()), 0);
  std::ofstream(folder / "submit.sh") << folder.run("plan study.toml --slurm --tasks 1500").out;
  const cli::Outcome run = folder.shell("PATH=$PWD:$PATH bash submit.sh");
  EXPECT_EQ(run.code, 1);
  EXPECT_THAT(run.err, HasSubstr("Slurm took the arrays 7 and no more"));
}

// `sbatch --array=3 sweep.sbatch study.toml`, as Slurm runs it, after an array of 8 that lost its task 3.
TEST_F(SlurmScript, ATaskIsSubmittedAgainAlone) {
  std::ofstream(folder / "small.toml")
      << "panel = \"panel.h5\"\n[resample]\nreplicates = 50\n[output]\nfile = \"out.h5\"\n";
  const auto task = [&](int id, int lowest, int highest, const std::string& more) {
    return folder.shell(
        "SLURM_ARRAY_TASK_ID=" + std::to_string(id) + " SLURM_ARRAY_TASK_MIN=" + std::to_string(lowest) +
        " SLURM_ARRAY_TASK_MAX=" + std::to_string(highest) +
        " SLURM_ARRAY_TASK_COUNT=" + std::to_string(highest - lowest + 1) + " BALASSA='" BALASSA_PROGRAM "' " + more +
        " bash '" BALASSA_SOURCE_DIR "/scripts/slurm/sweep.sbatch' small.toml --quiet");
  };
  EXPECT_EQ(task(3, 3, 3, "").code, 64);  // of how many?
  EXPECT_EQ(task(2, 2, 2, "BALASSA_ARRAY=8").code, 0);
  EXPECT_TRUE(std::filesystem::exists(folder / "out.h5.shard-2-of-8"));
  for (const int id : {0, 1, 4, 5, 6, 7}) ASSERT_EQ(task(id, 0, 7, "").code, 0) << id;
  EXPECT_EQ(task(0, 0, 0, "").code, 64);  // would be the whole sweep in one task
  const cli::Outcome lost = task(3, 3, 3, "");
  EXPECT_EQ(lost.code, 0) << lost.err;
  EXPECT_EQ(folder.run("merge out.h5 --quiet").code, 0);
  ASSERT_EQ(folder.run("sweep small.toml -o whole.h5 --quiet").code, 0);
  EXPECT_EQ(cli::file_text(folder / "out.h5"), cli::file_text(folder / "whole.h5"));
}

TEST_F(SlurmScript, RefusesWhatTheJobsCouldNotKnow) {
  const cli::Outcome flags = folder.run("plan study.toml --slurm --replicates 5");
  EXPECT_EQ(flags.code, 64);
  EXPECT_THAT(flags.err, HasSubstr("flags that change the plan"));
  EXPECT_EQ(folder.run("plan panel.h5 --slurm").code, 64);
  EXPECT_EQ(folder.run("plan study.toml --slurm --time-limit soon").code, 64);
  EXPECT_EQ(folder.run("plan study.toml --slurm --tasks 0").code, 64);
}

}  // namespace
}  // namespace balassa
