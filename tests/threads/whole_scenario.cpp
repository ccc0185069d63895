// The whole scenario, draw to tally, by as many threads as a warp and a block have, against a team of one: every
// precision, resampling and way through the steps, one replicate each, since on few cores such a team waits more than
// it works. Under ThreadSanitizer a missing barrier is named.
#include <gtest/gtest.h>

#include "tests/device_trial.hpp"

namespace balassa {
namespace {

class WholeScenario : public testing::TestWithParam<int> {
 protected:
  // Baseline, replicates and counters, in bytes.
  static void expect_team_of_one(const CellStudy& study, std::uint64_t replicates = 1) {
    DeviceOptions options;
    options.threads = 1;
    options.simd = "plain";
    const auto expected = make_device("cpu", options)->make_resident(study);
    options.team = GetParam();
    const auto found = make_device("cpu", options)->make_resident(study);
    expect_same_record(expected->baseline(), found->baseline(), "baseline");
    const std::size_t c = static_cast<std::size_t>(study.year->locations),
                      p = static_cast<std::size_t>(study.year->products);
    std::vector<float> eci(replicates * c), pci(replicates * p), found_eci(eci), found_pci(pci);
    expected->run(1, replicates, eci.data(), pci.data());
    found->run(1, replicates, found_eci.data(), found_pci.data());
    expect_same_bytes(eci, found_eci, "eci");
    expect_same_bytes(pci, found_pci, "pci");
    const Tallies tallies = expected->collect();
    EXPECT_GT(tallies.validity[0], 0u);
    expect_same_tallies(tallies, found->collect(), "tallies");
  }
};
INSTANTIATE_TEST_SUITE_P(Members, WholeScenario, testing::Values(32, 256), testing::PrintToStringParamName());

// More than 64 locations, so that solves begin in fp32; in two halves that trade alike, so that they take few steps.
const Year& year() {
  static const Year made = [] {
    Year halves = random_year(66, 40, 9);
    for (int c = 0; c < halves.locations; ++c) {
      for (int p = 0; p < halves.products; ++p)
        halves.value[static_cast<std::size_t>(c * halves.products + p)] *= (c < 33) == (p < 20) ? 100 : 1;
    }
    return halves;
  }();
  return made;
}

TEST_P(WholeScenario, CertifiedMultinomial) {
  expect_team_of_one(study_of(year(), Scheme::kProducts, Weights::kMultinomial, Precision::kCertified));
}

TEST_P(WholeScenario, CertifiedNoise) {
  expect_team_of_one(study_of(year(), Scheme::kNoise, Weights::kPoisson, Precision::kCertified));
}

TEST_P(WholeScenario, CertifiedLocationWeights) {
  expect_team_of_one(
      study_of(year(), Scheme::kProducts | Scheme::kLocations, Weights::kPoisson, Precision::kCertified));
}

TEST_P(WholeScenario, DoublePoissonGivenSet) {
  Year with_set = year();
  for (int p = 0; p < with_set.products; ++p) with_set.given_p1.push_back(p % 3 == 0 ? 1 : 0);
  CellStudy study = study_of(with_set, Scheme::kProducts, Weights::kPoisson, Precision::kDouble);
  study.classes.quantiles = {{1, 2}};
  study.classes.p1_given = true;
  expect_team_of_one(study);
}

TEST_P(WholeScenario, FastBayesianFixedPresence) {
  CellStudy study = study_of(year(), Scheme::kProducts, Weights::kBayesian, Precision::kFast);
  study.resampling.recompute_presence = false;
  study.specification.tie = TieRule::kAbove;
  study.specification.pci_scale = PciScale::kOwn;
  study.classes.splits.push_back({Split::Kind::kMean, 0});
  expect_team_of_one(study);
}

TEST_P(WholeScenario, GiantComponent) {
  const Year parts = blocks_of(random_year(30, 20, 8), random_year(4, 5, 9));
  CellStudy study = study_of(parts, Scheme::kProducts, Weights::kBayesian, Precision::kCertified);
  study.specification.rca_threshold = 1e-9;
  study.specification.disconnected = Disconnected::kGiant;
  expect_team_of_one(study);
}

// Replicates that fall apart or shrink take the early exits together.
TEST_P(WholeScenario, DegenerateScenarios) {
  const Year toy = year_of(5, 6, {60, 50, 40, 30, 20, 10, 10, 40, 30, 20, 5, 5, 5, 0, 20,
                                  30, 10, 40, 0,  0,  5,  10, 5,  60, 0,  5, 0, 2, 0, 43});
  expect_team_of_one(study_of(toy, Scheme::kProducts, Weights::kMultinomial, Precision::kCertified), 4);
}

}  // namespace
}  // namespace balassa
