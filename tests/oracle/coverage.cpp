// Honest intervals: products drawn from a known superpopulation; nominal 95 % percentile intervals of the product
// bootstrap must hold the true ECI 94 to 97 % of the time (METHODS C1's table: .956 to .958 at P = 200).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/base/elementary.hpp"
#include "kernels/cpu/measures.hpp"
#include "kernels/device.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

constexpr int kEconomies = 40, kSuperpopulation = 40'000, kProducts = 200, kSamples = 200, kReplicates = 400;

// Export of economy c in product p of the superpopulation: a product's sophistication q meets the economy's capability
// a, ln X = size_c + market_p + 0.7 a_c q_p + e, and some cells are empty.
double exports(int c, int p) {
  const Philox4 product = philox4x32(static_cast<std::uint32_t>(p), 0, 1, 0, 2024, 7);
  const Philox4 cell = philox4x32(static_cast<std::uint32_t>(p), static_cast<std::uint32_t>(c), 2, 0, 2024, 7);
  double sophistication, market, noise, unused;
  normal_pair(product.word[0], product.word[1], sophistication, market);
  normal_pair(cell.word[0], cell.word[1], noise, unused);
  const double capability = -1.5 + 3.0 * c / (kEconomies - 1);
  if (uniform_open(cell.word[2]) > 1.0 / (1.0 + exp_moderate(-1.0 - 0.8 * capability))) return 0.0;
  return exp_moderate(1.2 * std::sin(7.0 * c) + market + 0.7 * capability * sophistication + noise);
}

Year sample_of(const std::vector<int>& products) {
  std::vector<double> value;
  for (int c = 0; c < kEconomies; ++c) {
    for (const int p : products) value.push_back(exports(c, p));
  }
  return year_of(kEconomies, static_cast<int>(products.size()), value);
}

double coverage_of(Weights law, const std::vector<double>& truth) {
  int covered = 0, intervals = 0;
  const auto device = make_device("cpu", {});
  for (int s = 0; s < kSamples; ++s) {
    std::vector<int> products;
    for (int i = 0; i < kProducts; ++i) {
      products.push_back(static_cast<int>(
          philox4x32(static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(s), 3, 0, 99, 7).word[0] %
          kSuperpopulation));
    }
    const Year year = sample_of(products);
    CellStudy study;
    study.year = &year;
    study.resampling.weights = law;
    study.resampling.seed = static_cast<std::uint64_t>(s);
    study.product_tallies = false;
    study.reference = truth;
    const auto resident = device->make_resident(study);
    std::vector<float> eci(static_cast<std::size_t>(kReplicates) * kEconomies);
    resident->run(1, kReplicates, eci.data(), nullptr);
    for (std::size_t c = 0; c < kEconomies; ++c) {
      std::vector<float> draws;
      for (std::size_t r = 0; r < kReplicates; ++r) {
        const float x = eci[r * kEconomies + c];
        if (x == x) draws.push_back(x);
      }
      std::sort(draws.begin(), draws.end());
      const auto at = [&](double q) {
        return static_cast<double>(draws[static_cast<std::size_t>(q * static_cast<double>(draws.size() - 1) + 0.5)]);
      };
      covered += truth[c] >= at(0.025) && truth[c] <= at(0.975) ? 1 : 0;
      ++intervals;
    }
  }
  return static_cast<double>(covered) / intervals;
}

TEST(Coverage, PercentileIntervalsHoldTheTruth) {
  std::vector<int> all(kSuperpopulation);
  for (int p = 0; p < kSuperpopulation; ++p) all[static_cast<std::size_t>(p)] = p;
  const YearMeasures truth = measure_year(sample_of(all), {});
  ASSERT_EQ(truth.validity, Validity::kValid);
  for (const Weights law : {Weights::kBayesian, Weights::kMultinomial, Weights::kPoisson}) {
    const double coverage = coverage_of(law, truth.eci);
    RecordProperty("coverage_" + std::to_string(static_cast<int>(law)), std::to_string(coverage));
    std::printf("law %d: coverage %.4f\n", static_cast<int>(law), coverage);
    EXPECT_GE(coverage, 0.94) << static_cast<int>(law);
    EXPECT_LE(coverage, 0.97) << static_cast<int>(law);
  }
}

}  // namespace
}  // namespace balassa
