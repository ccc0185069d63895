// Laws of the weights: multinomial, Poisson(1), exponential; and common random numbers.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "kernels/device.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

constexpr std::uint64_t kReplicates = 4000;

std::vector<std::vector<std::int64_t>> weights_of(const Year& year, Weights law) {
  CellStudy study;
  study.year = &year;
  study.resampling.weights = law;
  DeviceOptions options;
  options.threads = 1;
  const auto resident = make_device("cpu", options)->make_resident(study);
  std::vector<std::vector<std::int64_t>> all;
  for (std::uint64_t r = 1; r <= kReplicates; ++r) all.push_back(resident->replay(r).weight);
  return all;
}

TEST(Draws, MultinomialHasTheTotalAndTheLaw) {
  const Year year = random_year(5, 50, 1);
  double zero = 0, square = 0;
  for (const auto& w : weights_of(year, Weights::kMultinomial)) {
    EXPECT_EQ(std::accumulate(w.begin(), w.end(), std::int64_t{0}), 50);
    for (const std::int64_t x : w) zero += x == 0 ? 1 : 0, square += static_cast<double>((x - 1) * (x - 1));
  }
  const double n = 50.0 * kReplicates, p0 = std::pow(1 - 1.0 / 50, 50);
  EXPECT_NEAR(zero / n, p0, 4 * std::sqrt(p0 * (1 - p0) / n));
  EXPECT_NEAR(square / n, 1 - 1.0 / 50, 4 * std::sqrt(3.0 / n));  // Var of (w-1)^2 is below 3
}

TEST(Draws, PoissonHasUnitMeanAndVariance) {
  const Year year = random_year(5, 50, 1);
  std::vector<double> share(6, 0.0);
  double sum = 0, square = 0;
  for (const auto& w : weights_of(year, Weights::kPoisson)) {
    for (const std::int64_t x : w) {
      sum += static_cast<double>(x);
      square += static_cast<double>((x - 1) * (x - 1));
      if (x < 6) share[static_cast<std::size_t>(x)] += 1;
    }
  }
  const double n = 50.0 * kReplicates;
  EXPECT_NEAR(sum / n, 1.0, 4 / std::sqrt(n));
  EXPECT_NEAR(square / n, 1.0, 4 * std::sqrt(3.0 / n));  // fourth central moment of Poisson(1) is 4
  double p = std::exp(-1.0);
  for (int k = 0; k < 6; ++k) {
    EXPECT_NEAR(share[static_cast<std::size_t>(k)] / n, p, 4 * std::sqrt(p * (1 - p) / n)) << k;
    p /= k + 1;
  }
}

TEST(Draws, BayesianIsExponential) {
  const Year year = random_year(5, 50, 1);
  const double unit = 1048576.0;
  double sum = 0, square = 0, below = 0;
  for (const auto& w : weights_of(year, Weights::kBayesian)) {
    for (const std::int64_t x : w) {
      const double e = static_cast<double>(x) / unit;
      sum += e;
      square += e * e;
      below += e < 0.5 ? 1 : 0;
    }
  }
  const double n = 50.0 * kReplicates, p = 1 - std::exp(-0.5);
  EXPECT_NEAR(sum / n, 1.0, 4 / std::sqrt(n));
  EXPECT_NEAR(square / n, 2.0, 4 * std::sqrt(20.0 / n));  // Var e^2 = 24 - 4
  EXPECT_NEAR(below / n, p, 4 * std::sqrt(p * (1 - p) / n));
}

// Draws depend on the panel's product, not on which others a year holds (FORMATS 4).
TEST(Draws, YearsShareThem) {
  const Year full = random_year(6, 30, 2);
  Year part = random_year(6, 20, 3);
  part.panel_products = 30;
  for (int p = 0; p < 20; ++p) part.product_item[static_cast<std::size_t>(p)] = p + 7;
  for (const Weights law : {Weights::kPoisson, Weights::kBayesian}) {
    const auto a = weights_of(full, law), b = weights_of(part, law);
    for (std::size_t r = 0; r < 10; ++r) {
      for (std::size_t p = 0; p < 20; ++p) EXPECT_EQ(b[r][p], a[r][p + 7]);
    }
  }
}

// Multinomial weights are physical copies of columns (METHODS C0.1): same ECI as the duplicated matrix.
TEST(Draws, WeightsAreCopies) {
  const Year year = random_year(12, 25, 4);
  CellStudy study;
  study.year = &year;
  study.resampling.weights = Weights::kMultinomial;
  study.specification.rca_threshold = 0.5;
  study.precision = Precision::kDouble;
  DeviceOptions options;
  options.threads = 1;
  const auto device = make_device("cpu", options);
  const auto resident = device->make_resident(study);
  int compared = 0;
  for (std::uint64_t r = 1; r <= 20; ++r) {
    const ScenarioRecord weighted = resident->replay(r);
    if (weighted.validity != Validity::kValid) continue;
    // RCA* = (X_cp / sum_p w X_cp) / (X_p / sum w X): a duplicated column keeps its own total.
    std::vector<double> copied;
    int columns = 0;
    for (int c = 0; c < 12; ++c) {
      columns = 0;
      for (int p = 0; p < 25; ++p) {
        for (std::int64_t k = 0; k < weighted.weight[static_cast<std::size_t>(p)]; ++k, ++columns)
          copied.push_back(year.value[static_cast<std::size_t>(c * 25 + p)]);
      }
    }
    const Year copies = year_of(12, columns, copied);
    CellStudy plain = study;
    plain.year = &copies;
    const ScenarioRecord duplicated = device->make_resident(plain)->baseline();
    ASSERT_EQ(duplicated.validity, Validity::kValid);
    const YearMeasures of_copies = device->measure(copies, {study.specification});
    // The replicate is aligned with the baseline, the copies by the rule.
    const double turn = weighted.rule_sign == weighted.sign ? 1.0 : -1.0;
    for (std::size_t c = 0; c < 12; ++c) {
      EXPECT_EQ(weighted.weighted_diversity[c], duplicated.diversity[c]);
      std::int64_t drawn = 0;
      for (std::size_t p = 0, column = 0; p < 25; ++p) {
        const auto copies_of_p = static_cast<std::size_t>(weighted.weight[p]);
        drawn += copies_of_p > 0 ? of_copies.presence[c * static_cast<std::size_t>(columns) + column] : 0;
        column += copies_of_p;
      }
      EXPECT_EQ(weighted.diversity[c], drawn);
      if (weighted.rank[c] == 0) continue;
      EXPECT_NEAR(weighted.eci[c], turn * duplicated.eci[c], 1e-9);  // residual 1e-12 over gaps > 1e-3
    }
    ++compared;
  }
  EXPECT_GT(compared, 10);
}

}  // namespace
}  // namespace balassa
