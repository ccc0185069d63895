// The country bootstrap and its combinations: weights are copies of rows and columns, countries that are not drawn are
// projected, and the draws of a small economy are all enumerated.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "kernels/device.hpp"
#include "tests/oracle/golden.hpp"
#include "tests/oracle/weighted_reference.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

using Counts = std::vector<std::int64_t>;

DeviceOptions one_thread() {
  DeviceOptions options;
  options.threads = 1;
  return options;
}

CellStudy drawn_study(const Year& year, Draws draws, Weights law, std::uint64_t seed) {
  CellStudy study;
  study.year = &year;
  study.precision = Precision::kDouble;
  study.resampling.draws = draws;
  study.resampling.weights = study.resampling.location_weights = law;
  study.resampling.seed = seed;
  return study;
}

// A row for each copy of a location, a column for each of a product.
Year copies_of(const Year& year, const Counts& w, const Counts& v) {
  std::vector<double> value;
  int rows = 0, columns = 0;
  for (std::size_t c = 0; c < v.size(); ++c) {
    for (std::int64_t k = 0; k < v[c]; ++k, ++rows) {
      columns = 0;
      for (std::size_t p = 0; p < w.size(); ++p) {
        for (std::int64_t j = 0; j < w[p]; ++j, ++columns) value.push_back(year.value[c * w.size() + p]);
      }
    }
  }
  return year_of(rows, columns, value);
}

// Both standardised over the places of `which`.
std::vector<double> standardised(const std::vector<double>& x, const std::vector<std::size_t>& which) {
  double mean = 0, square = 0;
  for (const std::size_t i : which) mean += x[i] / static_cast<double>(which.size());
  for (const std::size_t i : which) square += (x[i] - mean) * (x[i] - mean);
  std::vector<double> out;
  for (const std::size_t i : which) out.push_back((x[i] - mean) / std::sqrt(square));
  return out;
}

// METHODS C0.1: integer weights of rows, or of rows and columns, are physical copies. Returns how many cases held.
int expect_copies(Draws draws, Weights law, std::uint64_t seed) {
  const int locations = 8 + static_cast<int>(seed % 7), products = 14 + static_cast<int>(seed % 11);
  const Year year = random_year(locations, products, seed);
  CellStudy study = drawn_study(year, draws, law, seed);
  study.specification.rca_threshold = 0.5;
  const auto device = make_device("cpu", one_thread());
  const auto resident = device->make_resident(study);
  int compared = 0;
  for (std::uint64_t r = 1; r <= 8; ++r) {
    const ScenarioRecord weighted = resident->replay(r);
    EXPECT_EQ(weighted.location_weight.size(), static_cast<std::size_t>(locations));
    if (weighted.validity != Validity::kValid || !(weighted.gap > 1e-2)) continue;
    const Year copies = copies_of(year, weighted.weight, weighted.location_weight);
    CellStudy plain = drawn_study(copies, Scheme::kNone, law, seed);
    plain.specification.rca_threshold = 0.5;
    const ScenarioRecord copied = device->make_resident(plain)->baseline();
    EXPECT_EQ(copied.validity, Validity::kValid);
    if (copied.validity != Validity::kValid) continue;
    std::vector<std::size_t> drawn, first_copy;  // of locations
    for (std::size_t c = 0, row = 0; c < weighted.rank.size(); ++c) {
      const std::size_t times = static_cast<std::size_t>(weighted.location_weight[c]);
      if (times > 0) {
        EXPECT_EQ(weighted.weighted_diversity[c], copied.diversity[row]) << r;
        for (std::size_t k = 1; k < times; ++k) EXPECT_EQ(copied.rank[row + k], copied.rank[row]);
        if (weighted.rank[c] > 0) drawn.push_back(c), first_copy.push_back(row);
      }
      row += times;
    }
    for (std::size_t p = 0, column = 0; p < weighted.weight.size(); ++p) {
      if (weighted.weight[p] > 0) {
        EXPECT_EQ(weighted.weighted_ubiquity[p], copied.ubiquity[column]) << r;
      }
      column += static_cast<std::size_t>(weighted.weight[p]);
    }
    // The scores up to the affine map of their standardisation, and its sign.
    const std::vector<double> a = standardised(weighted.eci, drawn);
    std::vector<double> b = standardised(copied.eci, first_copy);
    double dot = 0;
    for (std::size_t i = 0; i < a.size(); ++i) dot += a[i] * b[i];
    for (double& x : b) x *= dot < 0 ? -1 : 1;
    for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-12) << "seed " << seed << " replicate " << r;
    for (std::size_t i = 0; i < a.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        const bool higher =
            weighted.rank[drawn[i]]<weighted.rank[drawn[j]], lower = weighted.rank[drawn[i]]> weighted.rank[drawn[j]];
        const int turn = dot < 0 ? -1 : 1, between = copied.rank[first_copy[i]] - copied.rank[first_copy[j]];
        EXPECT_EQ(higher, turn * between < 0);
        EXPECT_EQ(lower, turn * between > 0);
      }
    }
    EXPECT_NEAR(weighted.sign * weighted.corr_reflection, (dot < 0 ? -1 : 1) * copied.sign * copied.corr_reflection,
                1e-11)
        << "seed " << seed << " replicate " << r;
    EXPECT_NEAR(weighted.lambda2, copied.lambda2, 1e-12);
    EXPECT_NEAR(weighted.lambda3, copied.lambda3, 1e-12);
    ++compared;
  }
  return compared;
}

TEST(LocationWeights, AreCopiesOfRows) {
  int compared = 0;
  for (std::uint64_t seed = 1; seed <= 40; ++seed)
    compared += expect_copies(Scheme::kLocations, seed % 2 == 0 ? Weights::kMultinomial : Weights::kPoisson, seed);
  EXPECT_GT(compared, 200);
}

TEST(LocationWeights, WithProductWeightsAreCopiesOfRowsAndColumns) {
  int compared = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed)
    compared += expect_copies(Scheme::kProducts | Scheme::kLocations,
                              seed % 2 == 0 ? Weights::kMultinomial : Weights::kPoisson, seed);
  EXPECT_GT(compared, 200);
}

// A scenario by its definition: causes, scores, projected ones too, products and ranks.
void expect_reference(const ScenarioRecord& record, const Year& year, const std::vector<int>& presence,
                      const std::vector<double>& baseline) {
  const WeightedReference expected =
      weighted_reference(year.locations, year.products, presence, record.weight, record.location_weight);
  ASSERT_EQ(record.validity, expected.validity) << record.replicate;
  EXPECT_EQ(record.weighted_diversity, expected.diversity) << record.replicate;
  EXPECT_EQ(record.weighted_ubiquity, expected.ubiquity) << record.replicate;
  if (record.validity != Validity::kValid) return;
  EXPECT_NEAR(record.lambda2, static_cast<double>(expected.lambda[1]), 1e-12);
  const StandardScores scores = standard_scores(expected, baseline);
  // A backward error of some eps of a matrix of norm 1, over the gap; where Lanczos stopped, its residual over the gap
  // times C^1/2 and the spread of the diversities, below 20 (SOLVERS 5).
  const double gap = static_cast<double>(expected.gap()),
               tolerance = 1e-12 / std::min(1.0, 30.0 * gap) + 20.0 * record.residual / gap;
  for (std::size_t c = 0; c < scores.eci.size(); ++c) {
    ASSERT_EQ(std::isnan(record.eci[c]), std::isnan(scores.eci[c])) << record.replicate << " location " << c;
    if (std::isnan(scores.eci[c])) continue;
    EXPECT_NEAR(record.eci[c], scores.eci[c], tolerance) << record.replicate << " location " << c;
  }
  for (std::size_t p = 0; p < scores.pci.size(); ++p) {
    ASSERT_EQ(std::isnan(record.pci[p]), std::isnan(scores.pci[p])) << record.replicate << " product " << p;
    if (std::isnan(scores.pci[p])) continue;
    EXPECT_NEAR(record.pci[p], scores.pci[p], tolerance) << record.replicate << " product " << p;
  }
  const std::vector<int> ranks = ranks_of(scores.eci);
  for (std::size_t c = 0; c < ranks.size(); ++c) EXPECT_EQ(record.rank[c], ranks[c]) << record.replicate << " " << c;
}

double factorial(std::int64_t n) {
  return n < 2 ? 1.0 : static_cast<double>(n) * factorial(n - 1);
}

void expect_share(std::uint64_t count, std::uint64_t of, double probability, const std::string& what) {
  const double n = static_cast<double>(of), share = static_cast<double>(count) / n;
  // An impossible event must not happen at all; else 4 standard errors of a binomial share.
  EXPECT_NEAR(share, probability, 4.0 * std::sqrt(probability * (1.0 - probability) / n) + 1e-12) << what;
}

// All 5^5 draws of the five countries of the toy economy: each one's scores against the definition, and the shares of
// causes and ranks in a sweep against their exact probabilities, which come from the definition alone.
TEST(LocationWeights, CountriesOfTheToyEnumerated) {
  const Year year = year_of(5, 6, golden::kToy);
  const CellStudy study = drawn_study(year, Scheme::kLocations, Weights::kMultinomial, 20261128);
  const auto resident = make_device("cpu", one_thread())->make_resident(study);
  const std::vector<double> baseline = resident->baseline().eci;
  const Counts ones(6, 1);
  double of_validity[kValidityCount] = {}, of_rank[5][6] = {};
  int vectors = 0;
  for (int code = 0; code < 6 * 6 * 6 * 6 * 6; ++code) {
    Counts v;
    for (int c = 0, rest = code; c < 5; ++c, rest /= 6) v.push_back(rest % 6);
    if (std::accumulate(v.begin(), v.end(), std::int64_t{0}) != 5) continue;
    ++vectors;
    double probability = factorial(5) / 3125.0;
    for (const std::int64_t times : v) probability /= factorial(times);
    const WeightedReference r = weighted_reference(5, 6, presence_under(year, 1.0, ones, v), ones, v);
    of_validity[static_cast<int>(r.validity)] += probability;
    const std::vector<int> ranks =
        r.validity == Validity::kValid ? ranks_of(standard_scores(r, baseline).eci) : std::vector<int>(5, 0);
    for (std::size_t c = 0; c < 5; ++c) of_rank[c][ranks[c]] += probability;
  }
  ASSERT_EQ(vectors, 126);
  EXPECT_GT(of_validity[0], 0.2);  // the test says something

  std::set<Counts> seen;
  for (std::uint64_t r = 1; seen.size() < 126 && r < 200'000; ++r) {
    const ScenarioRecord record = resident->replay(r);
    ASSERT_EQ(std::accumulate(record.location_weight.begin(), record.location_weight.end(), std::int64_t{0}), 5);
    if (seen.insert(record.location_weight).second)
      expect_reference(record, year, presence_under(year, 1.0, ones, record.location_weight), baseline);
  }
  EXPECT_EQ(seen.size(), 126u);

  constexpr std::uint64_t kReplicates = 400'000;
  resident->run(1, kReplicates, nullptr, nullptr);
  const Tallies tallies = resident->collect();
  for (int cause = 0; cause < kValidityCount; ++cause)
    expect_share(tallies.validity[static_cast<std::size_t>(cause)], kReplicates, of_validity[cause],
                 "validity " + std::to_string(cause));
  for (std::size_t c = 0; c < 5; ++c) {
    for (std::size_t k = 0; k < 6; ++k)
      expect_share(tallies.rank[c * 6 + k], kReplicates, of_rank[c][k],
                   "rank " + std::to_string(c) + " " + std::to_string(k));
  }
}

// The definition at shapes around the tile, for every law, alone and with product weights. Up to a threshold of 1 a
// product that is traded is present in some drawn location, whose RCA averages 1; beyond, and where presence is held
// fixed, one may be left to locations that are not drawn: it is out, and out of their diversity.
TEST(LocationWeights, AreTheDefinition) {
  int valid = 0, left = 0;
  for (const auto& [locations, products] : {std::pair{7, 9}, std::pair{31, 33}, std::pair{40, 65}}) {
    const Year year = random_year(locations, products, 17);
    const std::size_t c_count = static_cast<std::size_t>(locations), p_count = static_cast<std::size_t>(products);
    for (const Weights law : {Weights::kMultinomial, Weights::kPoisson, Weights::kBayesian}) {
      for (const Draws draws : {Draws(Scheme::kLocations), Scheme::kProducts | Scheme::kLocations}) {
        for (const auto& [threshold, recompute] : {std::pair{0.5, true}, {1.5, true}, {1.5, false}, {0.5, false}}) {
          CellStudy study = drawn_study(year, draws, law, 5);
          study.specification.rca_threshold = threshold;
          study.resampling.recompute_presence = recompute;
          const auto resident = make_device("cpu", one_thread())->make_resident(study);
          if (resident->baseline().validity != Validity::kValid) continue;
          for (std::uint64_t r = 1; r <= 6; ++r) {
            const ScenarioRecord record = resident->replay(r);
            SCOPED_TRACE(std::to_string(locations) + ", law " + std::to_string(static_cast<int>(law)) + ", threshold " +
                         std::to_string(threshold) + (recompute ? "" : ", fixed"));
            const std::vector<int> presence =
                recompute ? presence_under(year, threshold, record.weight, record.location_weight)
                          : presence_under(year, threshold, Counts(p_count, 1), Counts(c_count, 1));
            expect_reference(record, year, presence, resident->baseline().eci);
            if (record.validity != Validity::kValid) continue;
            ++valid;
            for (std::size_t p = 0; p < p_count; ++p) {
              bool held = false;
              for (std::size_t c = 0; c < c_count; ++c)
                held = held || (presence[c * p_count + p] != 0 && record.rank[c] > 0);
              left += held && record.ubiquity[p] == 0 ? 1 : 0;
            }
          }
        }
      }
    }
  }
  EXPECT_GT(valid, 100);
  EXPECT_GT(left, 20);
}

// A source that is switched on or off leaves the draws of the others as they are (METHODS C1b). Of noise one sees the
// shares of a given P1 set, which are of noisy values without weights.
TEST(LocationWeights, SourcesAreDrawnApart) {
  Year year = random_year(20, 30, 6);
  for (int p = 0; p < 30; ++p) year.given_p1.push_back(p % 3 == 0 ? 1 : 0);
  const auto device = make_device("cpu", one_thread());
  for (const Weights law : {Weights::kMultinomial, Weights::kPoisson, Weights::kBayesian}) {
    const auto records = [&](Draws draws) {
      CellStudy study = drawn_study(year, draws, law, 11);
      study.resampling.sigma = 0.3;
      study.specification.rca_threshold = 0.4;
      study.classes = {{{1, 2}}, {{Split::Kind::kMedian, 0}}, {1800}, true};
      const auto resident = device->make_resident(study);
      std::vector<ScenarioRecord> all;
      for (std::uint64_t r = 1; r <= 12; ++r) all.push_back(resident->replay(r));
      return all;
    };
    const auto products = records(Scheme::kProducts), locations = records(Scheme::kLocations),
               noise = records(Scheme::kNoise);
    int shares = 0;
    for (const Draws draws :
         {Scheme::kProducts | Scheme::kLocations, Scheme::kProducts | Scheme::kNoise,
          Scheme::kLocations | Scheme::kNoise, Scheme::kProducts | Scheme::kLocations | Scheme::kNoise}) {
      const auto together = records(draws);
      for (std::size_t r = 0; r < together.size(); ++r) {
        EXPECT_EQ(together[r].weight, draws.product_weights ? products[r].weight : noise[r].weight);
        EXPECT_EQ(together[r].location_weight,
                  draws.location_weights ? locations[r].location_weight : products[r].location_weight);
        if (!draws.cell_noise) continue;
        for (std::size_t c = 0; c < 20; ++c) {
          if (together[r].rank[c] == 0 || noise[r].rank[c] == 0) continue;
          EXPECT_EQ(together[r].share[c], noise[r].share[c]);
          EXPECT_EQ(together[r].hhi_p1[c], noise[r].hhi_p1[c]);
          ++shares;
        }
      }
    }
    EXPECT_GT(shares, 100);
    EXPECT_NE(products[0].weight, products[1].weight);
    EXPECT_NE(locations[0].location_weight, locations[1].location_weight);
  }
}

// Noise of next to nothing beside weights is the weights alone: its totals are under them too.
TEST(LocationWeights, NoiseOfNothingChangesNothing) {
  const Year year = random_year(20, 31, 6);
  const auto device = make_device("cpu", one_thread());
  int valid = 0;
  for (const Draws draws :
       {Draws(Scheme::kProducts), Draws(Scheme::kLocations), Scheme::kProducts | Scheme::kLocations}) {
    CellStudy study = drawn_study(year, draws, Weights::kPoisson, 11);
    study.specification.rca_threshold = 0.4;
    study.classes = {{{1, 2}}, {{Split::Kind::kMedian, 0}}, {1800}, false};
    CellStudy noisy = study;
    noisy.resampling.draws = draws | Scheme::kNoise;
    noisy.resampling.sigma = 1e-13;
    const auto without = device->make_resident(study), with = device->make_resident(noisy);
    for (std::uint64_t r = 1; r <= 10; ++r) {
      const ScenarioRecord a = without->replay(r), b = with->replay(r);
      EXPECT_EQ(a.weighted_diversity, b.weighted_diversity) << r;
      EXPECT_EQ(a.weighted_ubiquity, b.weighted_ubiquity) << r;
      ASSERT_EQ(a.validity, b.validity) << r;
      if (a.validity != Validity::kValid) continue;
      ++valid;
      EXPECT_EQ(a.rank, b.rank) << r;
      for (std::size_t c = 0; c < 20; ++c) {
        if (a.rank[c] == 0) continue;
        EXPECT_NEAR(a.eci[c], b.eci[c], 1e-9);
        EXPECT_NEAR(a.share[c], b.share[c], 1e-9);
      }
    }
  }
  EXPECT_GT(valid, 15);
}

// The law of the items that both sides share does not make the same draw of them: another purpose of the generator.
TEST(LocationWeights, AreNotTheProducts) {
  const Year year = random_year(30, 30, 6);
  CellStudy study = drawn_study(year, Scheme::kProducts | Scheme::kLocations, Weights::kBayesian, 11);
  const ScenarioRecord record = make_device("cpu", one_thread())->make_resident(study)->replay(1);
  for (std::size_t i = 0; i < 30; ++i) EXPECT_NE(record.weight[i], record.location_weight[i]);
}

// Draws depend on the panel's location, not on which others a year holds.
TEST(LocationWeights, YearsShareThem) {
  const Year full = random_year(30, 12, 2);
  Year part = random_year(20, 12, 3);
  part.panel_locations = 30;
  for (int c = 0; c < 20; ++c) part.location_item[static_cast<std::size_t>(c)] = c + 7;
  for (const Weights law : {Weights::kPoisson, Weights::kBayesian}) {
    const auto a = make_device("cpu", one_thread())->make_resident(drawn_study(full, Scheme::kLocations, law, 4)),
               b = make_device("cpu", one_thread())->make_resident(drawn_study(part, Scheme::kLocations, law, 4));
    for (std::uint64_t r = 1; r <= 10; ++r) {
      const Counts of_full = a->replay(r).location_weight, of_part = b->replay(r).location_weight;
      for (std::size_t c = 0; c < 20; ++c) EXPECT_EQ(of_part[c], of_full[c + 7]);
    }
  }
}

// Rows that are equal get equal bits, drawn or not (METHODS C0.7).
TEST(LocationWeights, EqualRowsTieExactly) {
  Year year = random_year(12, 25, 8);
  for (int p = 0; p < 25; ++p) year.value[static_cast<std::size_t>(25 + p)] = year.value[static_cast<std::size_t>(p)];
  for (const Precision precision : {Precision::kCertified, Precision::kDouble, Precision::kFast}) {
    CellStudy study = drawn_study(year, Scheme::kProducts | Scheme::kLocations, Weights::kPoisson, 3);
    study.precision = precision;
    study.specification.rca_threshold = 0.4;
    const auto resident = make_device("cpu", one_thread())->make_resident(study);
    std::set<bool> drawn;
    for (std::uint64_t r = 1; r <= 40; ++r) {
      const ScenarioRecord record = resident->replay(r);
      if (record.validity != Validity::kValid || record.rank[0] == 0) continue;
      EXPECT_EQ(record.eci[0], record.eci[1]) << r;
      EXPECT_EQ(record.rank[0], record.rank[1]) << r;
      drawn.insert((record.location_weight[0] > 0) != (record.location_weight[1] > 0));
    }
    EXPECT_EQ(drawn.size(), 2u);  // one of them drawn, and both or neither
  }
}

}  // namespace
}  // namespace balassa
