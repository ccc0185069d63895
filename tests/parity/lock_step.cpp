// Gemm arithmetic: many replicates of a fixed presence solved together. Its ranks, P1 sets and classes are those of
// canonical double precision, its scores lie within their bound, and its bytes depend on no batch, range or thread.
#include <gtest/gtest.h>

#include <cmath>

#include "host/panel/synthetic_panel.hpp"
#include "host/panel/year_selection.hpp"
#include "tests/device_trial.hpp"

namespace balassa {
namespace {

CellStudy fixed_study(const Year& year, Weights weights, Arithmetic arithmetic) {
  CellStudy study = study_of(year, Scheme::kProducts, weights,
                             arithmetic == Arithmetic::kGemm ? Precision::kCertified : Precision::kDouble);
  study.resampling.recompute_presence = false;
  study.arithmetic = arithmetic;
  return study;
}

Year synthetic_year(int locations, int products) {
  SyntheticRequest request;
  request.locations = locations;
  request.products = products;
  request.years = {2019};
  return select_year(synthetic_panel(request).panel, 0).year;
}

// In groups of so few replicates that a difference can't hide in a sum; groups with a scenario that is not certified
// are outside the promise.
void expect_double(const Year& year, Weights weights, double threshold, std::uint64_t replicates) {
  constexpr std::uint64_t kTogether = 16;
  CellStudy gemm = fixed_study(year, weights, Arithmetic::kGemm),
            canonical = fixed_study(year, weights, Arithmetic::kCanonical);
  gemm.specification.rca_threshold = canonical.specification.rca_threshold = threshold;
  const auto device = make_device("cpu", {});
  const auto found = device->make_resident(gemm), expected = device->make_resident(canonical);
  std::uint64_t compared = 0, first_pass = 0, valid = 0;
  for (std::uint64_t first = 1; first <= replicates; first += kTogether) {
    found->run(first, kTogether, nullptr, nullptr);
    expected->run(first, kTogether, nullptr, nullptr);
    const Tallies a = found->collect(), b = expected->collect();
    valid += a.validity[0];
    first_pass += a.certification[static_cast<std::size_t>(Certification::kFirstPass)];
    ASSERT_EQ(a.validity, b.validity) << first;
    const std::size_t not_certified = static_cast<std::size_t>(Certification::kNotCertified);
    if (a.certification[not_certified] + b.certification[not_certified] > 0) continue;
    ++compared;
    ASSERT_EQ(a.rank, b.rank) << first;
    ASSERT_EQ(a.in_p1, b.in_p1) << first;
    ASSERT_EQ(a.class_count, b.class_count) << first;
  }
  EXPECT_GT(compared * kTogether, replicates * 9 / 10);
  if (year.locations > 64) {
    EXPECT_GT(first_pass, valid * 9 / 10);  // the vectors served
  }
  std::printf("%d x %d: %llu replicates, %llu valid, %llu certified at the first pass\n", year.locations, year.products,
              static_cast<unsigned long long>(replicates), static_cast<unsigned long long>(valid),
              static_cast<unsigned long long>(first_pass));
}

TEST(LockStep, GivesTheRanksAndClassesOfDouble) {
  for (const auto& [locations, products] :
       {std::pair{20, 40}, std::pair{65, 257}, std::pair{80, 255}, std::pair{257, 64}, std::pair{100, 1000}}) {
    const Year year = random_year(locations, products, 3);
    for (const Weights weights : {Weights::kMultinomial, Weights::kBayesian, Weights::kPoisson})
      expect_double(year, weights, 0.4, 160);
  }
}

TEST(LockStep, OfTheSizeOfAWorldPanel) {
  const Year year = synthetic_year(240, 1240);
  expect_double(year, Weights::kMultinomial, 1.0, 1024);
  expect_double(year, Weights::kBayesian, 1.0, 512);
}

// Both scores lie within their own bound of the truth: |d ECI| <= sqrt(C) (max d^-1/2 / rms d^-1/2) residual / gap
// (SOLVERS 5), three times for the mean and the deviation that standardise.
TEST(LockStep, ScoresWithinTheirBound) {
  const Year year = synthetic_year(120, 400);
  const auto device = make_device("cpu", {});
  const auto found = device->make_resident(fixed_study(year, Weights::kMultinomial, Arithmetic::kGemm)),
             expected = device->make_resident(fixed_study(year, Weights::kMultinomial, Arithmetic::kCanonical));
  for (std::uint64_t replicate = 1; replicate <= 20; ++replicate) {
    const ScenarioRecord a = found->replay(replicate), b = expected->replay(replicate);
    ASSERT_EQ(a.validity, Validity::kValid);
    EXPECT_EQ(a.weight, b.weight);
    EXPECT_EQ(a.diversity, b.diversity);
    EXPECT_EQ(a.weighted_diversity, b.weighted_diversity);
    double largest = 0, sum = 0, valid = 0;
    for (const std::int64_t d : a.weighted_diversity) {
      if (d == 0) continue;
      largest = std::max(largest, 1.0 / static_cast<double>(d));
      sum += 1.0 / static_cast<double>(d);
      ++valid;
    }
    const double error = a.residual / a.gap + b.residual / b.gap;
    const double bound = 3 * std::sqrt(valid) * std::sqrt(largest / (sum / valid)) * error;
    EXPECT_LT(bound, 1e-6);
    for (std::size_t c = 0; c < a.eci.size(); ++c) {
      if (a.rank[c] == 0) continue;
      EXPECT_NEAR(a.eci[c], b.eci[c], bound) << replicate << " " << c;
    }
  }
}

TEST(LockStep, BytesDependOnNoBatchRangeOrThread) {
  const Year year = random_year(80, 255, 3);
  const CellStudy study = fixed_study(year, Weights::kMultinomial, Arithmetic::kGemm);
  DeviceOptions options;
  options.threads = 1;
  const Trial expected = run(*make_device("cpu", options), study, 150);
  options.threads = 2;
  options.batch = 7;
  expect_same(expected, run(*make_device("cpu", options), study, 150), "two threads");
  expect_same(expected, run(*make_device("cpu", options), study, 150, 7), "by sevens");
  expect_same(expected, run(*make_device("cpu", options), study, 150, 100), "by hundreds");
  for (const char* simd : {"plain", "avx2"}) {
    options.simd = simd;
    try {
      expect_same(expected, run(*make_device("cpu", options), study, 150), simd);
    } catch (const DeviceUnavailable&) {  // this machine does not have it
    }
  }
}

// Up to 64 locations, and where the giant component is scored, each scenario solves for itself.
TEST(LockStep, LeavesToTheScenarioWhatItCantServe) {
  const Year small = random_year(30, 60, 5);
  const Year parts = blocks_of(random_year(80, 257, 11), random_year(3, 5, 12));
  for (const Year* year : {&small, &parts}) {
    CellStudy gemm = fixed_study(*year, Weights::kBayesian, Arithmetic::kGemm), canonical = gemm;
    if (year == &parts) {
      gemm.specification.rca_threshold = 1e-9;
      gemm.specification.disconnected = Disconnected::kGiant;
      canonical.specification = gemm.specification;
    }
    canonical.arithmetic = Arithmetic::kCanonical;
    const Trial expected = run(*make_device("cpu", {}), canonical, 70);
    EXPECT_GT(expected.tallies.validity[0], 0u);
    expect_same(expected, run(*make_device("cpu", {}), gemm, 70), "solved by the scenario");
  }
}

// A location whose few products are often not drawn drops out of some replicates: the same ones in both.
TEST(LockStep, LocationsThatDropOut) {
  Year year = random_year(80, 120, 9);
  for (std::size_t c = 0; c < 5; ++c) {
    for (std::size_t p = 0; p < 120; ++p) year.value[c * 120 + p] = p == 3 * c || p == 3 * c + 50 ? 1e7 : 0.0;
  }
  expect_double(year, Weights::kMultinomial, 0.4, 256);
}

TEST(LockStep, RefusesOtherStudies) {
  const Year year = random_year(70, 90, 5);
  const auto device = make_device("cpu", {});
  const CellStudy good = fixed_study(year, Weights::kPoisson, Arithmetic::kGemm);
  EXPECT_NO_THROW(device->make_resident(good));
  CellStudy study = good;
  study.resampling.recompute_presence = true;
  EXPECT_THROW(device->make_resident(study), std::invalid_argument);
  study = good;
  study.precision = Precision::kFast;
  EXPECT_THROW(device->make_resident(study), std::invalid_argument);
  study = good;
  study.resampling.draws = Scheme::kNoise;
  EXPECT_THROW(device->make_resident(study), std::invalid_argument);
}

}  // namespace
}  // namespace balassa
