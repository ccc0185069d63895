// A resident study that became another one of its year gives the bytes of one made for it.
#include <gtest/gtest.h>

#include "tests/device_trial.hpp"

namespace balassa {
namespace {

TEST(Become, GivesTheBytesOfAStudyMadeForIt) {
  const Year year = random_year(80, 120, 4);
  const auto device = make_device("cpu", {});
  for (const Arithmetic arithmetic : {Arithmetic::kCanonical, Arithmetic::kGemm}) {
    CellStudy first = study_of(year, Scheme::kProducts, Weights::kMultinomial, Precision::kCertified);
    first.arithmetic = arithmetic;
    first.resampling.recompute_presence = false;
    const auto resident = device->make_resident(first);
    resident->run(1, 20, nullptr, nullptr);  // not collected: lost
    CellStudy second = first;
    second.resampling.weights = Weights::kBayesian;
    second.resampling.seed = 7;
    second.specification.rca_threshold = 0.7;
    second.specification.tie = TieRule::kAbove;
    second.reference = resident->baseline().eci;
    for (const CellStudy* study : {&second, &first}) {
      resident->become(*study);
      const auto fresh = device->make_resident(*study);
      expect_same_record(fresh->baseline(), resident->baseline(), "baseline");
      std::vector<float> expected(70 * 80), found(expected);
      fresh->run(1, 70, expected.data(), nullptr);
      resident->run(1, 70, found.data(), nullptr);
      expect_same_bytes(expected, found, "raw eci");
      const Tallies tallies = fresh->collect();
      EXPECT_GT(tallies.validity[0], 0u);
      expect_same_tallies(tallies, resident->collect(), "tallies");
      expect_same_record(fresh->replay(5), resident->replay(5), "replayed");
    }
  }
}

// An invalid baseline, nothing of the one before: replicates start cold and are aligned with nothing.
TEST(Become, ForgetsTheBaselineBefore) {
  const Year year = blocks_of(random_year(70, 60, 11), random_year(3, 5, 12));
  const auto device = make_device("cpu", {});
  CellStudy first = study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kCertified);
  first.specification.rca_threshold = 1e-9;
  first.specification.disconnected = Disconnected::kGiant;
  CellStudy second = first;
  second.specification.disconnected = Disconnected::kNa;
  const auto resident = device->make_resident(first), fresh = device->make_resident(second);
  EXPECT_EQ(resident->baseline().validity, Validity::kValid);
  resident->become(second);
  EXPECT_EQ(resident->baseline().validity, Validity::kDisconnected);
  expect_same_record(fresh->baseline(), resident->baseline(), "baseline");
  fresh->run(1, 5, nullptr, nullptr);
  resident->run(1, 5, nullptr, nullptr);
  expect_same_tallies(fresh->collect(), resident->collect(), "tallies");
}

TEST(Become, RefusesAnotherShape) {
  const Year year = random_year(20, 30, 4), other = year;
  const auto device = make_device("cpu", {});
  const CellStudy good = study_of(year, Scheme::kProducts, Weights::kMultinomial, Precision::kCertified);
  const auto resident = device->make_resident(good);
  CellStudy study = good;
  study.year = &other;
  EXPECT_THROW(resident->become(study), std::invalid_argument);
  study = good;
  study.classes.hhi_cuts.push_back(3000);
  EXPECT_THROW(resident->become(study), std::invalid_argument);
  study = good;
  study.resampling.draws = Scheme::kNoise;
  EXPECT_THROW(resident->become(study), std::invalid_argument);
  study = good;
  study.product_tallies = false;
  EXPECT_THROW(resident->become(study), std::invalid_argument);
  EXPECT_EQ(resident->baseline().validity, Validity::kValid);  // nothing was changed
}

}  // namespace
}  // namespace balassa
