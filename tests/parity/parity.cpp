// Every instruction set, and teams of several members, against the plain version on a team of one: bytes, not
// tolerances.
#include <gtest/gtest.h>

#include "kernels/cpu/cpu_device.hpp"
#include "tests/device_trial.hpp"

namespace balassa {
namespace {

// Sizes around the tile, the word and the lane count.
struct Shape {
  int locations, products;
};
class Parity : public testing::TestWithParam<Shape> {};
INSTANTIATE_TEST_SUITE_P(Shapes, Parity,
                         testing::Values(Shape{4, 4}, Shape{31, 33}, Shape{32, 32}, Shape{33, 31}, Shape{63, 65},
                                         Shape{65, 257}, Shape{80, 255}, Shape{100, 1000}, Shape{257, 64}),
                         [](const auto& shape) {
                           return std::to_string(shape.param.locations) + "x" + std::to_string(shape.param.products);
                         });

TEST_P(Parity, InstructionSets) {
  const Year year = random_year(GetParam().locations, GetParam().products, 3);
  const std::uint64_t replicates = 8;
  for (const Precision precision : {Precision::kCertified, Precision::kDouble, Precision::kFast}) {
    for (const auto& [scheme, weights] :
         {std::pair{Scheme::kProducts, Weights::kMultinomial}, std::pair{Scheme::kProducts, Weights::kBayesian},
          std::pair{Scheme::kProducts, Weights::kPoisson}, std::pair{Scheme::kNoise, Weights::kPoisson}}) {
      const CellStudy study = study_of(year, scheme, weights, precision);
      DeviceOptions plain;
      plain.threads = 1;
      plain.simd = "plain";
      const Trial expected = run(*make_device("cpu", plain), study, replicates);
      EXPECT_GT(expected.tallies.validity[0], 0u);
      for (const Engine* engine : available_engines()) {
        DeviceOptions options = plain;
        options.simd = engine->name;
        options.batch = 5;
        options.threads = 2;
        expect_same(expected, run(*make_device("cpu", options), study, replicates), engine->name);
      }
    }
  }
}

// Location weights, and what may be drawn beside them.
TEST_P(Parity, LocationWeights) {
  Year year = random_year(GetParam().locations, GetParam().products, 3);
  for (double& value : year.value) value *= 0.1;  // totals depend on the order of their terms
  std::vector<CellStudy> studies;
  for (const Weights law : {Weights::kMultinomial, Weights::kBayesian, Weights::kPoisson})
    studies.push_back(study_of(year, Scheme::kLocations, law, Precision::kCertified));
  for (const Draws draws : kDrawsTogether)
    studies.push_back(study_of(year, draws, Weights::kPoisson, Precision::kCertified));
  for (const Precision precision : {Precision::kDouble, Precision::kFast})
    studies.push_back(study_of(year, Scheme::kProducts | Scheme::kLocations, Weights::kBayesian, precision));
  studies.push_back(study_of(year, Scheme::kLocations, Weights::kMultinomial, Precision::kCertified));
  studies.back().resampling.recompute_presence = false;
  for (const CellStudy& study : studies) {
    DeviceOptions plain;
    plain.threads = 1;
    plain.simd = "plain";
    const Trial expected = run(*make_device("cpu", plain), study, 6);
    EXPECT_GT(expected.tallies.validity[0], 0u);
    for (const Engine* engine : available_engines()) {
      DeviceOptions options = plain;
      options.simd = engine->name;
      options.batch = 5;
      options.threads = 2;
      expect_same(expected, run(*make_device("cpu", options), study, 6), engine->name);
    }
  }
}

TEST(Parity, Avx512OnRealHardware) {
  for (const Engine* engine : available_engines()) {
    if (std::string(engine->name) == "avx512") return;  // then InstructionSets above ran it
  }
  GTEST_SKIP()
      << "this machine has no AVX-512; the path is compiled, and its products run emulated in parity/emulated_simd";
}

TEST_P(Parity, FixedPresence) {
  const Year year = random_year(GetParam().locations, GetParam().products, 4);
  CellStudy study = study_of(year, Scheme::kProducts, Weights::kMultinomial, Precision::kCertified);
  study.resampling.recompute_presence = false;
  DeviceOptions plain;
  plain.simd = "plain";
  const Trial expected = run(*make_device("cpu", plain), study, 8);
  for (const Engine* engine : available_engines()) {
    DeviceOptions options;
    options.simd = engine->name;
    expect_same(expected, run(*make_device("cpu", options), study, 8), engine->name);
  }
}

// A disconnected matrix scored on its largest component (METHODS C0.6 iii).
TEST_P(Parity, GiantComponent) {
  const Year year = blocks_of(random_year(GetParam().locations, GetParam().products, 11), random_year(3, 5, 12));
  CellStudy study = study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kCertified);
  study.specification.rca_threshold = 1e-9;
  study.specification.disconnected = Disconnected::kGiant;
  DeviceOptions plain;
  plain.simd = "plain";
  const Trial expected = run(*make_device("cpu", plain), study, 8);
  EXPECT_EQ(expected.tallies.giant_component, expected.tallies.validity[0]);
  EXPECT_GT(expected.tallies.giant_component, 0u);
  for (const Engine* engine : available_engines()) {
    DeviceOptions options;
    options.simd = engine->name;
    const Trial found = run(*make_device("cpu", options), study, 8);
    expect_same(expected, found, engine->name);
    EXPECT_EQ(found.tallies.giant_component, expected.tallies.giant_component);
  }
}

// Presence by sorted prefixes equals the cell-by-cell definition, ties at the threshold included.
TEST_P(Parity, PrefixesAreTheDefinition) {
  const int locations = GetParam().locations, products = GetParam().products;
  const Year year = random_year(locations, products, 6);
  for (const double threshold : {0.25, 1.0, 2.0}) {
    for (const TieRule tie : {TieRule::kAtLeast, TieRule::kAbove}) {
      CellStudy study = study_of(year, Scheme::kProducts, Weights::kMultinomial, Precision::kDouble);
      study.specification.rca_threshold = threshold;
      study.specification.tie = tie;
      DeviceOptions options;
      const auto resident = make_device("cpu", options)->make_resident(study);
      for (const std::uint64_t replicate : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2}}) {
        const ScenarioRecord r = resident->replay(replicate);
        // Whole numbers whose weighted total is below 2^53: any order of summation is exact.
        std::vector<double> location_total(static_cast<std::size_t>(locations), 0.0),
            product_total(static_cast<std::size_t>(products), 0.0);
        double total = 0;
        for (int c = 0; c < locations; ++c) {
          for (int p = 0; p < products; ++p) {
            const double x = year.value[static_cast<std::size_t>(c * products + p)];
            location_total[static_cast<std::size_t>(c)] +=
                static_cast<double>(r.weight[static_cast<std::size_t>(p)]) * x;
            product_total[static_cast<std::size_t>(p)] += x;
          }
          total += location_total[static_cast<std::size_t>(c)];
        }
        for (int c = 0; c < locations; ++c) {
          std::int64_t diversity = 0;
          for (int p = 0; p < products; ++p) {
            const double left = year.value[static_cast<std::size_t>(c * products + p)] * total;
            const double right =
                threshold * location_total[static_cast<std::size_t>(c)] * product_total[static_cast<std::size_t>(p)];
            const bool there = location_total[static_cast<std::size_t>(c)] > 0 &&
                               (tie == TieRule::kAbove ? left > right : left >= right);
            diversity += there ? r.weight[static_cast<std::size_t>(p)] : 0;
          }
          EXPECT_EQ(r.weighted_diversity[static_cast<std::size_t>(c)], diversity)
              << "location " << c << " replicate " << replicate;
        }
      }
    }
  }
}

// Whole numbers, whose products and weighted sums are exact in any order; every fifth location's is not known.
std::vector<double> persons(int locations) {
  std::vector<double> known;
  for (int c = 0; c < locations; ++c) known.push_back(c % 5 == 4 ? 0.0 : 1 + c * c % 97);
  return known;
}

// Presence by exports per head, by the formula as it is written (METHODS A1), on every instruction set.
TEST_P(Parity, ExportsPerHead) {
  const int locations = GetParam().locations, products = GetParam().products;
  Year year = random_year(locations, products, 6);
  year.population = persons(locations);
  double everybody = 0;
  for (const double n : year.population) everybody += n;
  const auto at = [](int i) { return static_cast<std::size_t>(i); };
  const auto value = [&](int c, int p) { return year.value[at(c * products + p)]; };
  for (const Presence presence : {Presence::kRpop, Presence::kBoth, Presence::kEither}) {
    CellStudy study = study_of(year, Scheme::kProducts, Weights::kMultinomial, Precision::kCertified);
    study.specification.presence = presence;
    study.specification.rpop_threshold = 0.5;
    DeviceOptions plain;
    plain.simd = "plain";
    const Trial expected = run(*make_device("cpu", plain), study, 6);
    for (const Engine* engine : available_engines()) {
      DeviceOptions options;
      options.simd = engine->name;
      expect_same(expected, run(*make_device("cpu", options), study, 6), engine->name);
    }
    const ScenarioRecord& r = expected.last;
    std::vector<double> location_total(at(locations)), product_total(at(products));
    double total = 0;
    for (int c = 0; c < locations; ++c) {
      for (int p = 0; p < products; ++p) {
        location_total[at(c)] += static_cast<double>(r.weight[at(p)]) * value(c, p);
        product_total[at(p)] += value(c, p);
      }
      total += location_total[at(c)];
    }
    std::int64_t found_by_either = 0;
    for (int c = 0; c < locations; ++c) {
      std::int64_t diversity = 0;
      for (int p = 0; p < products; ++p) {
        const bool by_rca = location_total[at(c)] > 0 && product_total[at(p)] > 0 &&
                            value(c, p) * total >=
                                study.specification.rca_threshold * location_total[at(c)] * product_total[at(p)];
        const bool by_rpop = year.population[at(c)] > 0 && product_total[at(p)] > 0 &&
                             value(c, p) * everybody >= 0.5 * year.population[at(c)] * product_total[at(p)];
        found_by_either += by_rca != by_rpop ? 1 : 0;
        const bool there = presence == Presence::kRpop   ? by_rpop
                           : presence == Presence::kBoth ? by_rca && by_rpop
                                                         : by_rca || by_rpop;
        diversity += there ? r.weight[at(p)] : 0;
      }
      EXPECT_EQ(r.weighted_diversity[at(c)], diversity) << "location " << c;
    }
    EXPECT_GT(found_by_either, 0);
  }
}

}  // namespace
}  // namespace balassa
