// The spectrum of scenarios against Jacobi rotations in long double: verdicts of degeneracy, lambda_2, the vector, and
// the gap as a bound, where Krylov spaces are in trouble (few drawn products, halves that are nearly alike, rows of few
// kinds), in every precision and by a team of one and of several.
#include <gtest/gtest.h>

#include <string>

#include "kernels/device.hpp"
#include "tests/chained_clusters.hpp"
#include "tests/oracle/dense_reference.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

// RCA >= threshold under the weights, in long double; no value of these tests lies at the threshold.
std::vector<int> presence_of(const Year& year, double threshold, const std::vector<std::int64_t>& weight) {
  const auto value = [&](int c, int p) {
    return static_cast<long double>(year.value[static_cast<std::size_t>(c * year.products + p)]);
  };
  std::vector<long double> location(static_cast<std::size_t>(year.locations)),
      product(static_cast<std::size_t>(year.products));
  long double total = 0.0L;
  for (int c = 0; c < year.locations; ++c) {
    for (int p = 0; p < year.products; ++p) {
      const long double w = static_cast<long double>(weight[static_cast<std::size_t>(p)]);
      location[static_cast<std::size_t>(c)] += w * value(c, p);
      product[static_cast<std::size_t>(p)] += value(c, p);
      total += w * value(c, p);
    }
  }
  std::vector<int> presence;
  for (int c = 0; c < year.locations; ++c) {
    for (int p = 0; p < year.products; ++p) {
      presence.push_back(value(c, p) > 0 && value(c, p) * total >= static_cast<long double>(threshold) *
                                                                       location[static_cast<std::size_t>(c)] *
                                                                       product[static_cast<std::size_t>(p)]);
    }
  }
  return presence;
}

struct Trouble {
  std::string name;
  Year year;
  double threshold;
  Weights weights;
  std::uint64_t replicates;
};

// Two copies of a random economy, joined by one location that holds a product of each: lambda_2 labels the halves;
// below it every eigenvalue comes nearly twice.
Year nearly_alike_halves(int locations, int products, std::uint64_t seed) {
  const Year half = random_year(locations, products, seed);
  Year both = blocks_of(half, half);
  for (const int p : {0, products, products + 1}) both.value[static_cast<std::size_t>(p)] = both.value[0] + 1e6;
  return both;
}

// 60 x 70 of four kinds of rows: the operator has rank 4, so that every Krylov space closes after three steps.
Year four_kinds() {
  const Year kinds = random_year(4, 70, 5);
  std::vector<double> value;
  for (int c = 0; c < 60; ++c) {
    const auto row = kinds.value.begin() + static_cast<std::ptrdiff_t>(c % 4) * 70;
    value.insert(value.end(), row, row + 70);
  }
  return year_of(60, 70, std::move(value));
}

// 14 x 38 with all cells but one: beside the trivial pair there is one weak axis, and after it nothing but rounding.
Year one_cell_short() {
  std::vector<double> value(14 * 38, 1.0);
  value[7 * 38 + 3] = 0.0;
  return year_of(14, 38, std::move(value));
}

// All cells: nothing beside the trivial pair.
Year all_cells(int locations, int products) {
  return year_of(locations, products, std::vector<double>(static_cast<std::size_t>(locations * products), 1.0));
}

std::vector<Trouble> troubles() {
  return {{"few products drawn", random_year(50, 10, 1), 0.8, Weights::kMultinomial, 60},
          {"few products, Poisson", random_year(85, 15, 2), 0.8, Weights::kPoisson, 15},
          {"fewer products still", random_year(22, 7, 3), 0.5, Weights::kPoisson, 100},
          {"halves alike, small", nearly_alike_halves(14, 18, 4), 0.5, Weights::kBayesian, 40},
          {"halves alike", nearly_alike_halves(40, 45, 4), 0.5, Weights::kBayesian, 6},
          {"four kinds of rows", four_kinds(), 0.9, Weights::kBayesian, 6},
          {"one cell short", one_cell_short(), 1e-9, Weights::kBayesian, 10},
          {"all cells", all_cells(14, 8), 1e-9, Weights::kPoisson, 10},
          {"all cells, large", all_cells(40, 50), 1e-9, Weights::kBayesian, 2},
          {"ordinary", random_year(70, 60, 6), 1.0, Weights::kMultinomial, 6}};
}

CellStudy study_of(const Trouble& trouble, Precision precision) {
  CellStudy study;
  study.year = &trouble.year;
  study.precision = precision;
  study.specification.rca_threshold = trouble.threshold;
  study.resampling.weights = trouble.weights;
  study.resampling.seed = 11;
  return study;
}

// Largest distance of the scores from the oracle's, both of unit length under the diversities.
long double score_error(const ScenarioRecord& r, const DenseReference& reference) {
  long double own = 0, both = 0, exact = 0, weight = 0, mean = 0, exact_mean = 0;
  const std::size_t n = r.eci.size();
  for (std::size_t c = 0; c < n; ++c) {
    if (!reference.valid[c]) continue;
    weight += 1;
    mean += r.eci[c];
    exact_mean += reference.score[c];
  }
  mean /= weight;
  exact_mean /= weight;
  for (std::size_t c = 0; c < n; ++c) {
    if (!reference.valid[c]) continue;
    const long double x = r.eci[c] - mean, y = reference.score[c] - exact_mean;
    own += x * x;
    both += x * y;
    exact += y * y;
  }
  return 1.0L - std::fabs(both) / std::sqrt(own * exact);
}

class SpectrumInTrouble : public testing::TestWithParam<int> {};

void expect_true_spectrum(const Trouble& trouble, Precision precision, int team) {
  DeviceOptions options;
  options.threads = 1;
  options.team = team;
  const auto resident = make_device("cpu", options)->make_resident(study_of(trouble, precision));
  const bool fast = precision == Precision::kFast;
  const std::uint64_t replicates = team == 0 ? trouble.replicates : std::min<std::uint64_t>(trouble.replicates, 3);
  for (std::uint64_t k = 0; k <= replicates; ++k) {
    const ScenarioRecord r = resident->replay(k);
    const std::string what = trouble.name + ", replicate " + std::to_string(k) + ", team " + std::to_string(team) +
                             ", precision " + std::to_string(static_cast<int>(precision));
    if (r.validity == Validity::kTooSmall || r.validity == Validity::kDisconnected) continue;
    const DenseReference reference = dense_reference(trouble.year.locations, trouble.year.products,
                                                     presence_of(trouble.year, trouble.threshold, r.weight), r.weight);
    ASSERT_GE(reference.lambda.size(), 3u) << what;
    const long double lambda3 = std::max(reference.lambda[2], 0.0L), gap = reference.lambda[1] - lambda3;
    const bool tied = gap < 1e-10L;  // before the test for no signal (METHODS C0.6)
    ASSERT_TRUE(gap < 1e-11L || gap > 1e-9L) << what << ": the oracle can't tell either, choose another seed";
    ASSERT_EQ(r.validity, tied ? Validity::kTiedAxis : Validity::kValid)
        << what << ", gap " << static_cast<double>(gap);
    if (tied) continue;
    // An eigenvalue is within the square of the residual over the gap; fast stops at 1e-6.
    EXPECT_NEAR(r.lambda2, static_cast<double>(reference.lambda[1]), fast ? 1e-9 : 1e-12) << what;
    if (k > 0 && fast) {
      EXPECT_LT(static_cast<double>(score_error(r, reference)), 1e-6) << what;
      continue;
    }
    EXPECT_LE(r.gap, static_cast<double>(gap) + 1e-12) << what;  // a bound, whatever way it was found
    EXPECT_GT(r.gap, 0.0) << what;
    if (r.lambda3_found != 0) {
      EXPECT_NEAR(r.lambda3, static_cast<double>(lambda3), 1e-8) << what;
    }
    // 1 - cos of the angle of the standardised scores: some n (residual / gap)^2.
    const double angle = r.residual / r.gap;
    EXPECT_LT(static_cast<double>(score_error(r, reference)), 1e-15 + 1000 * angle * angle) << what;
  }
}

TEST_P(SpectrumInTrouble, IsTheOraclesInEveryPrecision) {
  const Trouble trouble = troubles()[static_cast<std::size_t>(GetParam())];
  for (const Precision precision : {Precision::kCertified, Precision::kDouble, Precision::kFast}) {
    expect_true_spectrum(trouble, precision, 0);
    expect_true_spectrum(trouble, precision, 5);
  }
}

INSTANTIATE_TEST_SUITE_P(Troubles, SpectrumInTrouble, testing::Range(0, 10));

// 1e-10 of a deviation.
long double tie_of(const DenseReference& reference) {
  const std::size_t n = reference.score.size();
  long double mean = 0, square = 0;
  for (const long double x : reference.score) mean += x / static_cast<long double>(n);
  for (const long double x : reference.score) square += (x - mean) * (x - mean) / static_cast<long double>(n);
  return 1e-10L * std::sqrt(square);
}

std::vector<std::int32_t> ranks_of(const DenseReference& reference, double sign) {
  const std::size_t n = reference.score.size();
  const long double tie = tie_of(reference);
  std::vector<std::int32_t> rank(n, 1);
  for (std::size_t a = 0; a < n; ++a) {
    for (std::size_t b = 0; b < n; ++b) {
      if (static_cast<long double>(sign) * (reference.score[b] - reference.score[a]) > tie) ++rank[a];
    }
  }
  return rank;
}

// The upper half of the products of the oracle by PCI, the mean score of their locations; ties at the cut go up.
std::vector<std::uint8_t> upper_half_of(const DenseReference& reference, const Year& year, double sign) {
  const std::size_t n = static_cast<std::size_t>(year.products);
  std::vector<long double> pci(n, 0), falling;
  for (std::size_t p = 0; p < n; ++p) {
    long double ubiquity = 0;
    for (std::size_t c = 0; c < reference.score.size(); ++c) {
      if (!(year.value[c * n + p] > 0)) continue;
      pci[p] += static_cast<long double>(sign) * reference.score[c];
      ubiquity += 1;
    }
    pci[p] /= ubiquity;
  }
  falling = pci;
  std::sort(falling.rbegin(), falling.rend());
  const long double cut = falling[n - n / 2 - 1] - tie_of(reference);
  std::vector<std::uint8_t> inside;
  for (const long double x : pci) inside.push_back(x >= cut);
  return inside;
}

// Nothing is certified that the arithmetic can't tell, on either side of the bound; what is, has the oracle's ranks
// and its P1 set.
TEST(CertificateNearTies, ForceDoublePrecisionAndAreRefused) {
  std::array<int, 4> seen{};
  for (const auto& [members, own] : {std::pair{4, 3}, std::pair{14, 12}}) {  // solved whole; by Krylov spaces first
    for (int steps = 0; steps <= 9; ++steps) {
      const Year year = chained_clusters(steps, members, own);
      CellStudy study;
      study.year = &year;
      study.specification.rca_threshold = 1e-9;  // present where exported, under any noise
      study.resampling.scheme = Scheme::kNoise;
      study.resampling.sigma = 0.1;
      study.classes = {{{1, 2}}, {{Split::Kind::kMedian, 0}}, {1800}, false};
      const auto resident = make_device("cpu", {})->make_resident(study);
      const std::vector<std::int64_t> ones(static_cast<std::size_t>(year.products), 1);
      std::vector<int> presence;
      for (const double x : year.value) presence.push_back(x > 0);
      const DenseReference reference = dense_reference(year.locations, year.products, presence, ones);
      const std::string what = std::to_string(year.locations) + " locations, gap " +
                               std::to_string(static_cast<double>(reference.gap()) * 1e12) + "e-12";
      for (const std::uint64_t k : {0, 1}) {
        const ScenarioRecord r = resident->replay(k);
        if (reference.gap() < 1e-10L) {
          EXPECT_EQ(r.validity, Validity::kTiedAxis) << what;
          continue;
        }
        ASSERT_EQ(r.validity, Validity::kValid) << what;
        ++seen[static_cast<std::size_t>(r.certification)];
        EXPECT_LE(r.gap, static_cast<double>(reference.gap()) + 1e-12) << what;
        if (r.certification == Certification::kNotCertified) continue;
        double along = 0;
        for (std::size_t c = 0; c < r.eci.size(); ++c) along += r.eci[c] * static_cast<double>(reference.score[c]);
        const double sign = along > 0 ? 1.0 : -1.0;
        EXPECT_EQ(r.rank, ranks_of(reference, sign)) << what << ", replicate " << k;
        EXPECT_EQ(r.in_p1, upper_half_of(reference, year, sign)) << what << ", replicate " << k;
      }
    }
  }
  EXPECT_GT(seen[static_cast<std::size_t>(Certification::kFirstPass)], 0);
  EXPECT_GT(seen[static_cast<std::size_t>(Certification::kFp64)], 0);
  EXPECT_GT(seen[static_cast<std::size_t>(Certification::kNotCertified)], 0);
}

}  // namespace
}  // namespace balassa
