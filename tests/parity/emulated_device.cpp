// The CUDA device's host side on an imitated runtime of two GPUs, whose kernels are emulated blocks: uploads, memory
// plan, batches in flight, counters handed over, shares of several GPUs, errors. Against the CPU: bytes. Built where
// the toolkit's headers are; needs no driver.
#include <gtest/gtest.h>

#include "kernels/cuda/check.hpp"
#include "tests/device_trial.hpp"
#include "tests/imitated_gpu/runtime.hpp"

namespace balassa {
namespace {

using imitated_gpu::runtime;

// Two GPUs for each test, whatever the one before turned.
class EmulatedDevice : public testing::Test {
 protected:
  void SetUp() override {
    runtime().gpus = 2;
    runtime().memory = std::size_t{1} << 30;
    runtime().local_bytes = 0;
  }
};

Trial expected_of(const CellStudy& study, std::uint64_t replicates) {
  DeviceOptions plain;
  plain.simd = "plain";
  return run(*make_device("cpu", plain), study, replicates);
}

Trial found_on(const char* name, const CellStudy& study, std::uint64_t replicates, std::uint64_t together, int batch) {
  DeviceOptions options;
  options.batch = batch;
  return run(*make_device(name, options), study, replicates, together);
}

TEST_F(EmulatedDevice, EqualsTheCpuWhateverTheBatches) {
  Year year = random_year(33, 40, 3);
  for (double& value : year.value) value *= 0.1;
  const CellStudy study = study_of(year, Scheme::kProducts, Weights::kMultinomial, Precision::kCertified);
  const Trial expected = expected_of(study, 11);
  expect_same(expected, found_on("cuda", study, 11, 1000, 1), "one a block, several batches");
  expect_same(expected, found_on("cuda", study, 11, 4, 64), "calls of four");
  expect_same(expected, found_on("cuda:1", study, 11, 1000, 2), "the second GPU");
  expect_same(expected, found_on("cuda:all", study, 11, 1000, 1), "two GPUs");
  expect_same(expected, found_on("cuda:1,0", study, 11, 1, 1), "two GPUs, one replicate at a time");
  EXPECT_EQ(runtime().allocated(), 0u);
}

TEST_F(EmulatedDevice, NoiseFixedPresenceAndGivenSet) {
  Year year = random_year(20, 33, 4);
  const CellStudy noise = study_of(year, Scheme::kNoise, Weights::kPoisson, Precision::kDouble);
  expect_same(expected_of(noise, 4), found_on("cuda", noise, 4, 3, 1), "noise");
  CellStudy fixed = study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kFast);
  fixed.resampling.recompute_presence = false;
  fixed.product_tallies = false;
  fixed.classes.quantiles = {{1, 2}};
  fixed.classes.p1_given = true;
  for (int p = 0; p < year.products; ++p) year.given_p1.push_back(p % 3 == 0 ? 1 : 0);
  expect_same(expected_of(fixed, 5), found_on("cuda:0,1", fixed, 5, 1000, 1), "fixed presence, given set");
}

TEST_F(EmulatedDevice, DrawsTogether) {
  Year year = random_year(33, 40, 3);
  for (double& value : year.value) value *= 0.1;
  const CellStudy locations = study_of(year, Scheme::kLocations, Weights::kMultinomial, Precision::kCertified);
  expect_same(expected_of(locations, 7), found_on("cuda", locations, 7, 3, 1), "locations");
  for (const Draws draws : kDrawsTogether) {
    const CellStudy study = study_of(year, draws, Weights::kPoisson, Precision::kCertified);
    expect_same(expected_of(study, 4), found_on("cuda:all", study, 4, 3, 2), "draws together");
  }
  EXPECT_EQ(runtime().allocated(), 0u);
}

// Vectors of a lock-step solve, whatever the batches: the ranks and classes of canonical double precision.
TEST_F(EmulatedDevice, GemmGivesTheRanksAndClassesOfDouble) {
  const Year year = random_year(66, 50, 4);
  CellStudy study = study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kDouble);
  study.resampling.recompute_presence = false;
  const Trial expected = expected_of(study, 5);
  study.precision = Precision::kCertified;
  study.arithmetic = Arithmetic::kGemm;
  const Trial found = found_on("cuda", study, 5, 1000, 1);
  EXPECT_EQ(found.tallies.certification[static_cast<std::size_t>(Certification::kFirstPass)], 5u);
  expect_same_bytes(expected.tallies.rank, found.tallies.rank, "rank");
  expect_same_bytes(expected.tallies.in_p1, found.tallies.in_p1, "p1");
  expect_same_bytes(expected.tallies.class_count, found.tallies.class_count, "class");
  expect_same_bytes(expected.last.rank, found.last.rank, "replayed rank");
  for (std::size_t i = 0; i < expected.raw_eci.size(); ++i) EXPECT_NEAR(expected.raw_eci[i], found.raw_eci[i], 2e-6);
  expect_same(found, found_on("cuda", study, 5, 2, 64), "calls of two");
  expect_same(found, found_on("cuda:1,0", study, 5, 1000, 2), "two GPUs");
  EXPECT_EQ(make_device("cuda", {})->arithmetic_name(Arithmetic::kGemm), "gemm-1 (imitated)");
}

// One allocation for the studies of a year, and nothing left of the one before.
TEST_F(EmulatedDevice, BecomesAnotherStudyOfTheYear) {
  const Year year = random_year(20, 33, 4);
  const CellStudy first = study_of(year, Scheme::kProducts, Weights::kPoisson, Precision::kDouble);
  const auto resident = make_device("cuda:0,1", {})->make_resident(first);
  resident->run(1, 2, nullptr, nullptr);
  CellStudy second = study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kCertified);
  second.specification.rca_threshold = 0.7;
  second.reference = resident->baseline().eci;
  const std::size_t allocated = runtime().allocated();
  resident->become(second);
  EXPECT_EQ(runtime().allocated(), allocated);
  const auto fresh = make_device("cuda", {})->make_resident(second);
  expect_same_record(fresh->baseline(), resident->baseline(), "baseline");
  fresh->run(1, 3, nullptr, nullptr);
  resident->run(1, 3, nullptr, nullptr);
  expect_same_tallies(fresh->collect(), resident->collect(), "tallies");
}

// The bits of exports per head are those of the study that a resident one became.
TEST_F(EmulatedDevice, BecomesOneByExportsPerHead) {
  Year year = random_year(20, 33, 4);
  for (int c = 0; c < year.locations; ++c) year.population.push_back(1 + c * c % 17);
  CellStudy study = study_of(year, Scheme::kProducts, Weights::kPoisson, Precision::kCertified);
  const auto resident = make_device("cuda:0,1", {})->make_resident(study);
  for (const Presence presence : {Presence::kEither, Presence::kRpop, Presence::kBoth}) {
    study.specification.presence = presence;
    study.specification.rpop_threshold += 0.3;
    resident->become(study);
    resident->run(1, 3, nullptr, nullptr);
    const Trial expected = expected_of(study, 3);
    expect_same_record(expected.baseline, resident->baseline(), "baseline");
    expect_same_tallies(expected.tallies, resident->collect(), "tallies");
  }
}

TEST_F(EmulatedDevice, CollectsInParts) {
  const Year year = random_year(12, 20, 5);
  const CellStudy study = study_of(year, Scheme::kProducts, Weights::kPoisson, Precision::kCertified);
  const auto resident = make_device("cuda", {})->make_resident(study);
  resident->run(1, 3, nullptr, nullptr);
  Tallies sum = resident->collect();
  resident->run(4, 4, nullptr, nullptr);
  sum.add(resident->collect());
  expect_same_tallies(expected_of(study, 7).tallies, sum, "two parts");
}

TEST_F(EmulatedDevice, SaysWhatWouldFit) {
  const Year year = random_year(12, 20, 5);
  const CellStudy study = study_of(year, Scheme::kProducts, Weights::kPoisson, Precision::kCertified);
  runtime().memory = (std::size_t{256} << 20) + 100'000;
  try {
    make_device("cuda", {})->make_resident(study);
    ADD_FAILURE() << "made resident without memory";
  } catch (const std::bad_alloc& error) {
    EXPECT_NE(std::string(error.what()).find("cuda:0: the study takes"), std::string::npos) << error.what();
  }
}

// A batch that takes all the memory that is planned for leaves the driver what the kernel's first launch takes.
TEST_F(EmulatedDevice, LeavesTheKernelItsLocalMemory) {
  const Year year = random_year(12, 20, 5);
  const CellStudy study = study_of(year, Scheme::kProducts, Weights::kPoisson, Precision::kCertified);
  runtime().memory = std::size_t{640} << 20;
  runtime().local_bytes = 311'000'000;  // of an H100 whose threads hold 1,152 bytes each
  runtime().local_taken.clear();
  DeviceOptions greedy;
  greedy.batch = 1'000'000;
  const auto resident = make_device("cuda", greedy)->make_resident(study);
  EXPECT_GT(runtime().allocated(), std::size_t{64} << 20);
  resident->run(1, 3, nullptr, nullptr);
  EXPECT_EQ(resident->collect().scenarios, 3u);
}

// A fault while a batch runs is charged to its replicates; nothing leaks.
TEST_F(EmulatedDevice, FaultsNameWhatRan) {
  const Year year = random_year(12, 20, 5);
  const CellStudy study = study_of(year, Scheme::kProducts, Weights::kPoisson, Precision::kCertified);
  {
    const auto resident = make_device("cuda", {})->make_resident(study);
    runtime().fault = cudaErrorIllegalAddress;
    try {
      resident->run(5, 3, nullptr, nullptr);
      ADD_FAILURE() << "no fault";
    } catch (const CudaError& error) {
      EXPECT_NE(std::string(error.what()).find("running replicates 5 to 7 on cuda:0"), std::string::npos)
          << error.what();
      EXPECT_NE(std::string(error.what()).find("gpu_study.cpp:"), std::string::npos) << error.what();
    }
  }
  EXPECT_EQ(runtime().allocated(), 0u);
}

// What was in flight when a run threw does not come to the next one's arrays.
TEST_F(EmulatedDevice, ARunAfterAFaultKeepsToItsArrays) {
  const Year year = random_year(12, 20, 5);
  const CellStudy study = study_of(year, Scheme::kProducts, Weights::kPoisson, Precision::kCertified);
  DeviceOptions options;
  options.batch = 1;
  const auto resident = make_device("cuda", options)->make_resident(study);
  std::vector<float> eci(50 * 12);
  runtime().fault = cudaErrorUnknown;
  EXPECT_THROW(resident->run(1, 50, eci.data(), nullptr), CudaError);
  std::fill(eci.begin(), eci.end(), 9.0f);
  resident->run(1, 1, eci.data(), nullptr);
  EXPECT_NE(eci[0], 9.0f);
  EXPECT_EQ(std::count(eci.begin() + 12, eci.end(), 9.0f), 49 * 12);
}

TEST_F(EmulatedDevice, Names) {
  for (const char* name : {"cuda:2", "cuda:", "cuda:x", "cuda:0,", "cuda:0,0", "cuda0", "cuda:-1", "cuda:0 "})
    EXPECT_THROW(make_device(name, {}), DeviceUnavailable) << name;
  EXPECT_EQ(make_device("cuda:all", {})->describe().name, "cuda:0,1");
  ASSERT_EQ(unsetenv("BALASSA_DEVICE"), 0);
  EXPECT_EQ(make_device("auto", {})->describe().name, "cuda:0");
  ASSERT_EQ(setenv("BALASSA_DEVICE", "cpu", 1), 0);
  EXPECT_EQ(make_device("auto", {})->describe().name, "cpu");
  EXPECT_EQ(make_device("cuda", {})->describe().name, "cuda:0");
  runtime().gpus = 0;
  EXPECT_THROW(make_device("cuda", {}), DeviceUnavailable);
  runtime().gpus = 2;
}

}  // namespace
}  // namespace balassa
