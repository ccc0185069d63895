// The CUDA device against the CPU's plain path: bytes, for every resampling and precision, whatever the batches.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "tests/device_trial.hpp"

namespace balassa {
namespace {

DeviceOptions plain() {
  DeviceOptions options;
  options.simd = "plain";
  return options;
}

// BALASSA_PARITY=brief: a few replicates of a few studies, for an imitated GPU, which is slow.
bool brief() {
  const char* asked = std::getenv("BALASSA_PARITY");
  return asked != nullptr && std::string_view(asked) == "brief";
}
std::uint64_t replicates_of(std::uint64_t wanted) {
  return brief() ? std::min<std::uint64_t>(wanted, 4) : wanted;
}

struct Shape {
  int locations, products;
};
class Cuda : public testing::TestWithParam<Shape> {};
INSTANTIATE_TEST_SUITE_P(Shapes, Cuda,
                         testing::Values(Shape{4, 4}, Shape{31, 33}, Shape{32, 32}, Shape{33, 31}, Shape{63, 65},
                                         Shape{65, 257}, Shape{80, 255}, Shape{100, 1000}, Shape{257, 64},
                                         Shape{240, 1240}),
                         [](const auto& shape) {
                           return std::to_string(shape.param.locations) + "x" + std::to_string(shape.param.products);
                         });

TEST_P(Cuda, EqualsThePlainPath) {
  BALASSA_DEVICE_OR_SKIP(cuda, "cuda", {});
  const Year year = random_year(GetParam().locations, GetParam().products, 3);
  const std::uint64_t replicates = replicates_of(8);
  for (const Precision precision : {Precision::kCertified, Precision::kDouble, Precision::kFast}) {
    for (const auto& [scheme, weights] :
         {std::pair{Scheme::kProducts, Weights::kMultinomial}, std::pair{Scheme::kProducts, Weights::kBayesian},
          std::pair{Scheme::kProducts, Weights::kPoisson}, std::pair{Scheme::kNoise, Weights::kPoisson}}) {
      if (brief() && (precision != Precision::kCertified || weights != Weights::kMultinomial)) continue;
      const CellStudy study = study_of(year, scheme, weights, precision);
      const Trial expected = run(*make_device("cpu", plain()), study, replicates);
      EXPECT_GT(expected.tallies.validity[0], 0u);
      expect_same(expected, run(*cuda, study, replicates), "whole");
      expect_same(expected, run(*cuda, study, replicates, 3), "by threes");
    }
  }
}

TEST_P(Cuda, DrawsTogether) {
  BALASSA_DEVICE_OR_SKIP(cuda, "cuda", {});
  Year year = random_year(GetParam().locations, GetParam().products, 3);
  for (double& value : year.value) value *= 0.1;  // totals depend on the order of their terms
  const std::uint64_t replicates = replicates_of(8);
  std::vector<CellStudy> studies;
  for (const Weights law : {Weights::kMultinomial, Weights::kBayesian, Weights::kPoisson})
    studies.push_back(study_of(year, Scheme::kLocations, law, Precision::kCertified));
  for (const Draws draws : kDrawsTogether)
    studies.push_back(study_of(year, draws, Weights::kPoisson, Precision::kCertified));
  for (const CellStudy& study : studies) {
    const bool central = study.resampling.draws == (Scheme::kProducts | Scheme::kLocations);
    if (brief() && !central) continue;
    const Trial expected = run(*make_device("cpu", plain()), study, replicates);
    EXPECT_GT(expected.tallies.validity[0], 0u);
    expect_same(expected, run(*cuda, study, replicates, 3), "by threes");
  }
}

TEST_P(Cuda, FixedPresence) {
  BALASSA_DEVICE_OR_SKIP(cuda, "cuda", {});
  Year year = random_year(GetParam().locations, GetParam().products, 4);
  for (double& value : year.value) value *= 0.1;  // totals depend on the order of their terms
  CellStudy study = study_of(year, Scheme::kProducts, Weights::kMultinomial, Precision::kCertified);
  study.resampling.recompute_presence = false;
  const std::uint64_t replicates = replicates_of(8);
  expect_same(run(*make_device("cpu", plain()), study, replicates), run(*cuda, study, replicates), "fixed presence");
}

TEST(CudaDevice, GiantComponent) {
  BALASSA_DEVICE_OR_SKIP(cuda, "cuda", {});
  const Year year = blocks_of(random_year(80, 257, 11), random_year(3, 5, 12));
  CellStudy study = study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kCertified);
  study.specification.rca_threshold = 1e-9;
  study.specification.disconnected = Disconnected::kGiant;
  const std::uint64_t replicates = replicates_of(8);
  expect_same(run(*make_device("cpu", plain()), study, replicates), run(*cuda, study, replicates), "giant component");
}

// More replicates than blocks hold at once, so that counters meet.
TEST(CudaDevice, BatchSizeChangesNothing) {
  const Year year = random_year(40, 90, 5);
  const CellStudy study = study_of(year, Scheme::kProducts, Weights::kMultinomial, Precision::kCertified);
  const std::uint64_t replicates = replicates_of(3000);
  const Trial expected = run(*make_device("cpu", plain()), study, replicates);
  for (const int batch : {1, 7, 64}) {
    DeviceOptions options;
    options.batch = batch;
    BALASSA_DEVICE_OR_SKIP(cuda, "cuda", options);
    expect_same(expected, run(*cuda, study, replicates), "batch " + std::to_string(batch));
  }
}

// Bits in global memory: 5,570 x 1,240, 240 x 5,200 and 2,169 x 650 are the panels that users have.
TEST(CudaDevice, PanelsBeyondSharedMemory) {
  BALASSA_DEVICE_OR_SKIP(cuda, "cuda", {});
  for (const auto& [locations, products] : {std::pair{5570, 1240}, std::pair{240, 5200}, std::pair{2169, 650}}) {
    if (brief() && locations > 240) continue;
    const Year year = random_year(locations, products, 6);
    const CellStudy study = study_of(year, Scheme::kProducts, Weights::kMultinomial, Precision::kCertified);
    expect_same(run(*make_device("cpu", {}), study, 2), run(*cuda, study, 2), std::to_string(locations));
  }
}

// Solved for many replicates together by products of cuBLAS: the ranks and classes of canonical double precision, and
// the same bits whatever the batches. Scores are standardised, of order 1, and raw scores are kept in fp32.
TEST(CudaDevice, GemmGivesTheRanksAndClassesOfDouble) {
  BALASSA_DEVICE_OR_SKIP(cuda, "cuda", {});
  for (const auto& [locations, products] : {std::pair{66, 50}, std::pair{240, 1240}}) {
    if (brief() && locations > 66) continue;
    const Year year = random_year(locations, products, 4);
    CellStudy study = study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kDouble);
    study.resampling.recompute_presence = false;
    const std::uint64_t replicates = replicates_of(70);  // more than the columns of a solve
    const Trial expected = run(*make_device("cpu", plain()), study, replicates);
    study.precision = Precision::kCertified;
    study.arithmetic = Arithmetic::kGemm;
    const Trial found = run(*cuda, study, replicates);
    const std::string what = std::to_string(locations) + " locations, ";
    EXPECT_EQ(found.tallies.certification[static_cast<std::size_t>(Certification::kFirstPass)], replicates) << what;
    expect_same_bytes(expected.tallies.rank, found.tallies.rank, what + "rank");
    expect_same_bytes(expected.tallies.in_p1, found.tallies.in_p1, what + "p1");
    expect_same_bytes(expected.tallies.class_count, found.tallies.class_count, what + "class");
    expect_same_bytes(expected.last.rank, found.last.rank, what + "replayed rank");
    expect_same_items(expected.raw_eci, found.raw_eci, what + "raw eci",
                      [](float a, float b) { return std::fabs(a - b) <= 2e-6f; });
    expect_same(found, run(*cuda, study, replicates, 3), what + "by threes");
  }
}

// One allocation for the studies of a year, and nothing left of the one before.
TEST(CudaDevice, BecomesAnotherStudyOfTheYear) {
  BALASSA_DEVICE_OR_SKIP(cuda, "cuda", {});
  for (const auto& [locations, products] : {std::pair{20, 33}, std::pair{80, 255}}) {
    const Year year = random_year(locations, products, 4);
    const auto resident = cuda->make_resident(study_of(year, Scheme::kProducts, Weights::kPoisson, Precision::kDouble));
    resident->run(1, 2, nullptr, nullptr);
    CellStudy second = study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kCertified);
    second.specification.rca_threshold = 0.7;
    second.reference = resident->baseline().eci;
    resident->become(second);
    const auto fresh = make_device("cpu", plain())->make_resident(second);
    const std::string what = std::to_string(locations) + " locations ";
    expect_same_record(fresh->baseline(), resident->baseline(), what + "baseline");
    const std::uint64_t replicates = replicates_of(8);
    fresh->run(1, replicates, nullptr, nullptr);
    resident->run(1, replicates, nullptr, nullptr);
    expect_same_tallies(fresh->collect(), resident->collect(), what);
  }
}

TEST(CudaDevice, SeveralGpusAreOneDevice) {
  BALASSA_DEVICE_OR_SKIP(all, "cuda:all", {});
  if (all->describe().name == "cuda:0") GTEST_SKIP() << "one GPU is visible; two are needed";
  const Year year = random_year(40, 90, 5);
  const CellStudy study = study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kCertified);
  BALASSA_DEVICE_OR_SKIP(one, "cuda:0", {});
  const std::uint64_t replicates = replicates_of(1001);
  expect_same(run(*one, study, replicates), run(*all, study, replicates), "all GPUs");
}

TEST(CudaDevice, NamesAreChecked) {
  BALASSA_DEVICE_OR_SKIP(cuda, "cuda", {});
  for (const char* name : {"cuda:99", "cuda:", "cuda:x", "cuda:0,", "cuda:0,0", "cuda0", "cuda:-1"})
    EXPECT_THROW(make_device(name, {}), DeviceUnavailable) << name;
}

}  // namespace
}  // namespace balassa
