// `balassa doctor` as a process: what it says of a machine, as text and as JSON, and its exit codes. What it says of a
// GPU depends on the machine; the CPU is always there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "kernels/device.hpp"
#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

TEST(Doctor, EveryPathOfTheCpuPassesItsSelfTest) {
  const cli::Folder folder;
  const cli::Outcome run = folder.run("doctor --device cpu --json");
  ASSERT_EQ(run.code, 0) << run.out << run.err;
  const Json json = Json::parse(run.out);
  EXPECT_TRUE(json["passed"].get<bool>());
  EXPECT_GE(json["cpu"]["cores"].get<int>(), 1);
  EXPECT_GT(json["cpu"]["memory_total"].get<std::size_t>(), std::size_t{64} << 20);
  EXPECT_LE(json["cpu"]["memory_free"].get<std::size_t>(), json["cpu"]["memory_total"].get<std::size_t>());
  EXPECT_EQ(json["cpu"]["simd"][0], "plain");
  ASSERT_EQ(json["self_test"].size(), json["cpu"]["simd"].size());
  for (const Json& test : json["self_test"]) {
    EXPECT_TRUE(test["passed"].get<bool>()) << test.dump();
    EXPECT_EQ(test["scenario_hash"], json["self_test"][0]["scenario_hash"]);
    EXPECT_EQ(test["scenario_hash"].get<std::string>().size(), 32u);
  }
}

TEST(Doctor, TextFitsAScreen) {
  const cli::Folder folder;
  const cli::Outcome run = folder.run("doctor --device cpu");
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_EQ(run.err, "");
  EXPECT_THAT(run.out, HasSubstr("SIMD paths   plain"));
  EXPECT_THAT(run.out, HasSubstr("cpu plain    passed in "));
  EXPECT_LE(std::count(run.out.begin(), run.out.end(), '\n'), 24);
}

// "always [madvise] never": the choice in brackets, in words and as it stands.
TEST(Doctor, HugePages) {
  const std::string choices = cli::file_text("/sys/kernel/mm/transparent_hugepage/enabled");
  std::string given;
  for (const std::string choice : {"always", "madvise", "never"}) {
    if (choices.find("[" + choice + "]") != std::string::npos) given = choice;
  }
  const cli::Folder folder;
  EXPECT_EQ(Json::parse(folder.run("doctor --device cpu --json").out)["cpu"]["huge_pages"], given);
  EXPECT_THAT(folder.run("doctor --device cpu").out,
              HasSubstr(given.empty()      ? "huge pages   the system does not say\n"
                        : given == "never" ? "huge pages   not given by the system: a sweep takes about"
                                           : "huge pages   given by the system for large arrays\n"));
}

TEST(Doctor, SaysWhyThereIsNoGpuAndWhatToDo) {
  const CudaSurvey cuda = survey_cuda();
  if (!cuda.gpus.empty()) GTEST_SKIP() << cuda.gpus.front().model << " is there";
  EXPECT_FALSE(cuda.problem.empty());
  EXPECT_FALSE(cuda.remedy.empty());
  const cli::Folder folder;
  const cli::Outcome all = folder.run("doctor");
  EXPECT_EQ(all.code, 0) << all.out;  // a GPU that is not there is no failure
  EXPECT_THAT(all.out, HasSubstr(cuda.remedy));
  const cli::Outcome asked = folder.run("doctor --device cuda");
  EXPECT_EQ(asked.code, 69) << asked.out;
  EXPECT_THAT(asked.out, HasSubstr("cuda         can't be had"));
}

#ifdef BALASSA_IMITATED_PROGRAM  // `balassa` with an imitated GPU (tests/imitated_gpu)

cli::Outcome with_imitated_gpu(const cli::Folder& folder, const std::string& knobs, const std::string& arguments) {
  return folder.shell("BALASSA_IMITATED_GPU='" + knobs + "' '" BALASSA_IMITATED_PROGRAM "' --device cuda " + arguments);
}

// A GPU without cuBLAS and cuSOLVER runs sweeps: its scenarios are tested and shown, and what `compute` needs is said.
TEST(Doctor, TestsScenariosWithoutTheMathLibraries) {
  const cli::Folder folder;
  const cli::Outcome text = with_imitated_gpu(folder, "libraries=missing", "doctor");
  EXPECT_EQ(text.code, 0) << text.out << text.err;
  EXPECT_THAT(text.out, HasSubstr("cuda         passed in "));
  EXPECT_THAT(text.out, HasSubstr("problem    sweeps run; `compute` and gemm arithmetic do not: "));
  EXPECT_THAT(text.out, HasSubstr("to fix it  install the CUDA Toolkit "));
  EXPECT_THAT(text.out, HasSubstr("LD_LIBRARY_PATH"));
  const Json json = Json::parse(with_imitated_gpu(folder, "libraries=missing", "--json doctor").out);
  const Json &cpu = json["self_test"][0], &gpu = json["self_test"][1];
  EXPECT_TRUE(gpu["passed"].get<bool>());
  EXPECT_EQ(gpu["scenario_hash"], cpu["scenario_hash"]);
  EXPECT_NE(gpu["measure_problem"], "");
  EXPECT_NE(gpu["measure_remedy"], "");
  EXPECT_EQ(cpu["measure_problem"], "");
  EXPECT_TRUE(json["passed"].get<bool>());
}

// `compute` there ends as where a device can't be had.
TEST(Doctor, ComputeWithoutTheMathLibrariesSaysSo) {
  const cli::Folder folder;
  ASSERT_EQ(folder.run("synth --locations 12 --products 40 --years 2017 -o p.h5 --quiet").code, 0);
  EXPECT_EQ(with_imitated_gpu(folder, "", "compute p.h5 -o c.h5").code, 0);
  const cli::Outcome run = with_imitated_gpu(folder, "libraries=missing", "compute p.h5 -o d.h5");
  EXPECT_EQ(run.code, 69) << run.err;
  EXPECT_EQ(with_imitated_gpu(folder, "libraries=missing", "sweep --panel p.h5 --replicates 2 -o s.h5").code, 0);
}

TEST(Doctor, FindsAGpuThatComputesWrongly) {
  const cli::Folder folder;
  const cli::Outcome counters = with_imitated_gpu(folder, "wrong=counters", "doctor");
  EXPECT_EQ(counters.code, 70) << counters.out;
  EXPECT_THAT(counters.out, HasSubstr("found      200 scenarios: found hash "));
  EXPECT_EQ(with_imitated_gpu(folder, "wrong=rank", "doctor").code, 70);
}

TEST(Doctor, SaysWhatADriverIsTooOldFor) {
  const cli::Folder folder;
  const cli::Outcome old = with_imitated_gpu(folder, "driver=12.2", "doctor");
  EXPECT_EQ(old.code, 69) << old.out;
  EXPECT_THAT(old.out, HasSubstr("the driver serves CUDA 12.2, this build has the runtime of "));
  EXPECT_THAT(old.out, HasSubstr("install NVIDIA's driver "));
  EXPECT_THAT(old.out, HasSubstr("or build with a CUDA Toolkit 12.6 or later of 12"));
  EXPECT_THAT(with_imitated_gpu(folder, "driver=11.8", "doctor").out, Not(HasSubstr("or build with")));
  EXPECT_THAT(with_imitated_gpu(folder, "driver=none", "doctor").out, HasSubstr("no NVIDIA driver answers"));
  EXPECT_THAT(with_imitated_gpu(folder, "gpus=0", "doctor").out, HasSubstr("no GPU is visible"));
}

#endif

TEST(Doctor, InstructionSetThatIsNotThere) {
  const cli::Folder folder;
  setenv("BALASSA_SIMD", "neon", 1);
  const cli::Outcome run = folder.run("doctor --device cpu");
  unsetenv("BALASSA_SIMD");
  EXPECT_EQ(run.code, 69) << run.out;
  EXPECT_THAT(run.out, HasSubstr("SIMD path 'neon'"));
  EXPECT_THAT(run.out, HasSubstr("unset BALASSA_SIMD"));
}

TEST(Doctor, UnknownDeviceNames) {
  const cli::Folder folder;
  EXPECT_EQ(folder.run("doctor --device tpu").code, 69);
}

}  // namespace
}  // namespace balassa
