// Teams of 3, 7 and 32 threads against a team of one: a missing barrier shows under ThreadSanitizer, code that works
// only with one member shows as other bytes.
#include <gtest/gtest.h>

#include <cstring>

#include "kernels/device.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

class ThreadsTeam : public testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Members, ThreadsTeam, testing::Values(1, 2, 3, 7, 32), testing::PrintToStringParamName());

std::vector<float> scores(const CellStudy& study, int team, std::uint64_t replicates, Tallies& tallies) {
  DeviceOptions options;
  options.threads = 1;
  options.team = team;
  options.simd = "plain";
  const auto resident = make_device("cpu", options)->make_resident(study);
  std::vector<float> raw(replicates * static_cast<std::size_t>(study.year->locations));
  resident->run(1, replicates, raw.data(), nullptr);
  tallies = resident->collect();
  return raw;
}

void expect_team_of_one(const CellStudy& study, int members, std::uint64_t replicates) {
  if (members == 32) replicates = (replicates + 3) / 4;  // on few cores a large team waits more than it works
  Tallies one, many;
  const std::vector<float> expected = scores(study, 0, replicates, one),
                           found = scores(study, members, replicates, many);
  EXPECT_GT(one.validity[0], 0u);
  EXPECT_EQ(std::memcmp(expected.data(), found.data(), expected.size() * sizeof(float)), 0);
  EXPECT_EQ(one.validity, many.validity);
  EXPECT_EQ(one.certification, many.certification);
  EXPECT_EQ(one.rank, many.rank);
  EXPECT_EQ(one.score, many.score);
  EXPECT_EQ(one.product_score, many.product_score);
  EXPECT_EQ(one.in_p1, many.in_p1);
  EXPECT_EQ(one.class_count, many.class_count);
  EXPECT_EQ(one.sign_disagree, many.sign_disagree);
  EXPECT_EQ(one.giant_component, many.giant_component);
}

CellStudy study_of(const Year& year) {
  CellStudy study;
  study.year = &year;
  study.resampling = {Scheme::kProducts, Weights::kMultinomial, true, 0.3, 0.1, 0.1, 5, Weights::kPoisson};
  study.classes = {{{1, 2}, {3, 4}}, {{Split::Kind::kMedian, 0}, {Split::Kind::kMean, 0}}, {1000, 2500}, false};
  return study;
}

TEST_P(ThreadsTeam, SmallCertified) {  // up to 64 locations every solve is fp64
  const Year year = random_year(20, 40, 8);
  expect_team_of_one(study_of(year), GetParam(), 3);
}

TEST_P(ThreadsTeam, LargeCertified) {  // fp32 Lanczos, correction, certificate
  const Year year = random_year(70, 90, 9);
  expect_team_of_one(study_of(year), GetParam(), 2);
}

TEST_P(ThreadsTeam, NoiseAndPoisson) {
  const Year year = random_year(20, 40, 10);
  CellStudy study = study_of(year);
  study.resampling.draws = Scheme::kNoise;
  expect_team_of_one(study, GetParam(), 2);
  study.resampling.draws = Scheme::kProducts;
  study.resampling.weights = Weights::kPoisson;
  study.precision = Precision::kDouble;
  expect_team_of_one(study, GetParam(), 2);
}

TEST_P(ThreadsTeam, DrawsTogether) {
  const Year year = random_year(20, 40, 10);
  CellStudy study = study_of(year);
  for (const Draws draws : {Draws(Scheme::kLocations), Scheme::kProducts | Scheme::kLocations,
                            Scheme::kProducts | Scheme::kLocations | Scheme::kNoise}) {
    study.resampling.draws = draws;
    expect_team_of_one(study, GetParam(), 1);
  }
}

TEST_P(ThreadsTeam, GiantComponent) {
  const Year year = blocks_of(random_year(20, 40, 8), random_year(7, 9, 9));
  CellStudy study = study_of(year);
  study.specification.rca_threshold = 1e-9;
  study.specification.disconnected = Disconnected::kGiant;
  expect_team_of_one(study, GetParam(), 3);
}

// Replicates that fall apart or shrink take the early exits together.
TEST_P(ThreadsTeam, DegenerateScenarios) {
  const Year year = year_of(5, 6, {60, 50, 40, 30, 20, 10, 10, 40, 30, 20, 5, 5, 5, 0, 20,
                                   30, 10, 40, 0,  0,  5,  10, 5,  60, 0,  5, 0, 2, 0, 43});
  expect_team_of_one(study_of(year), GetParam(), 12);
}

}  // namespace
}  // namespace balassa
