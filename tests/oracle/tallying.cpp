// What a scenario adds to the counters of scores, against the scores themselves: far ones, huge ones, constant ones.
#include "kernels/scenario/tallying.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <memory>
#include <random>

#include "host/results/tally_statistics.hpp"
#include "kernels/cpu/cpu_team.hpp"
#include "kernels/resident/tally_layout.hpp"
#include "tests/device_trial.hpp"

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Lower edges by their definition: powers of two from 2^3 to 2^16 in 64 parts each, and 1/256 within them.
std::vector<double> edges() {
  std::vector<double> beyond, all = {-std::numeric_limits<double>::infinity()};
  for (int power = 3; power < 16; ++power) {
    for (int part = 0; part < 64; ++part) beyond.push_back(std::ldexp(1.0 + part / 64.0, power));
  }
  beyond.push_back(65536);
  for (std::size_t i = beyond.size(); i-- > 1;) all.push_back(-beyond[i]);
  for (int part = -2048; part < 2048; ++part) all.push_back(part / 256.0);
  all.insert(all.end(), beyond.begin(), beyond.end());
  return all;
}

TEST(ScoreColumns, HoldTheirLowerEdge) {
  const std::vector<double> lower = edges();
  ASSERT_EQ(lower.size(), static_cast<std::size_t>(kScoreColumns));
  for (int column = 1; column < kScoreColumns; ++column) {
    const double edge = lower[static_cast<std::size_t>(column)];
    EXPECT_EQ(score_edge(column - 1), edge);
    EXPECT_EQ(score_column(edge), column) << edge;
    // Within 8 the place of a score is rounded once, at 2^-50.
    const double before = std::fabs(edge) < 8 ? edge - 0x1p-48 : std::nextafter(edge, -1e9);
    EXPECT_EQ(score_column(before), column - 1) << edge;
  }
  for (const double far : {70000.0, 1e300, std::numeric_limits<double>::infinity()}) {
    EXPECT_EQ(score_column(far), kScoreColumns - 1);
    EXPECT_EQ(score_column(-far), 0);
  }
  EXPECT_EQ(score_column(-0.0), score_column(0.0));
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> power(-20, 17);
  for (int i = 0; i < 20000; ++i) {
    const double x = (i % 2 == 0 ? 1 : -1) * std::exp2(power(random));
    const auto next = std::upper_bound(lower.begin(), lower.end(), x);
    EXPECT_EQ(score_column(x), next - lower.begin() - 1) << x;
  }
}

// A study of one location without a score and of products whose scores a test gives.
class ProductTally {
 public:
  explicit ProductTally(int products) {
    study_.locations = 1;
    study_.products = products;
    study_.padded_locations = padded(1);
    study_.padded_products = padded(products);
    for (std::vector<std::byte>* block : {&scratch_, &counters_}) {
      Arena measure;
      carve(measure, block == &scratch_);
      block->resize(measure.used() + 64);
      void* aligned = block->data();
      std::size_t room = block->size();
      block_ = static_cast<std::byte*>(std::align(64, measure.used(), aligned, room));
      Arena place(block_);
      carve(place, block == &scratch_);
    }
    open_ranges(1, products, tallies_);
    *work_.outcome = Outcome{};
    work_.rank[0] = 0;
  }
  void add(const std::vector<double>& scores) {
    std::copy(scores.begin(), scores.end(), work_.pci);
    CpuTeam<PlainProduct> team(work_);
    tally(team, study_, 1, work_, tallies_);
  }
  Tallies sum() const {
    Tallies sum = shaped_tallies(shape_of(study_, true));
    add_tallies(study_, tallies_, sum);
    return sum;
  }
  // As a worker that hands over.
  void clear() { clear_tallies(block_, study_, tallies_); }
  bool is_zero() const {
    const auto* first = tallies_.product_score;
    return std::all_of(first, first + std::size_t{kScoreStride} * static_cast<std::size_t>(study_.products),
                       [](std::uint32_t count) { return count == 0; });
  }

 private:
  void carve(Arena& arena, bool scratch) {
    if (scratch)
      work_ = carve_workspace(arena, arena, {}, study_.locations, study_.products, 0);
    else
      tallies_ = carve_tallies(arena, study_, true);
  }
  StudyView study_{};
  std::vector<std::byte> scratch_, counters_;
  std::byte* block_ = nullptr;  // of the counters
  Workspace work_{};
  TallyView tallies_{};
};

// Rounding to 2^-24 moves a score by 2^-25 at most, the mean and the deviation by no more than that (n > 10).
void expect_moments(const Moments& found, const std::vector<double>& scores, const std::string& what) {
  long double sum = 0, square = 0;
  for (const double x : scores) sum += x;
  const long double n = static_cast<long double>(scores.size()), mean = sum / n;
  for (const double x : scores) square += (x - mean) * (x - mean);
  const ScoreStatistics statistics = score_statistics(found, kProductScale);
  EXPECT_EQ(found.count, scores.size()) << what;
  EXPECT_NEAR(statistics.mean, static_cast<double>(mean), 0x1.01p-25) << what;
  EXPECT_NEAR(statistics.sd, static_cast<double>(std::sqrt(square / (n - 1))), 0x1.1p-25) << what;
}

TEST(ProductMoments, AreThoseOfTheScores) {
  // 0: around 13,547; 1: constant; 2: on both sides of 128, where another sum takes over; 3: of any size up to 2^24,
  // where the sums end; 4: absent at times.
  constexpr int kProducts = 5, kScenarios = 400;
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal;
  std::uniform_real_distribution<double> power(-30, 24);
  std::vector<std::vector<double>> scores(kProducts);
  ProductTally tally(kProducts);
  for (int i = 0; i < kScenarios; ++i) {
    const double sign = i % 3 == 0 ? -1 : 1;
    const std::vector<double> drawn = {13547 + 700 * normal(random), 3.602160930633545, sign * (128 + normal(random)),
                                       i == 7   ? 0x1p24
                                       : i == 8 ? -0x1p24
                                                : sign * std::exp2(power(random)),
                                       i % 4 == 0 ? kNan : normal(random)};
    tally.add(drawn);
    for (std::size_t p = 0; p < kProducts; ++p) {
      if (drawn[p] == drawn[p]) scores[p].push_back(drawn[p]);
    }
  }
  const Tallies sum = tally.sum();
  for (std::size_t p = 0; p < kProducts; ++p)
    expect_moments(sum.product_moments[p], scores[p], "product " + std::to_string(p));
  EXPECT_EQ(score_statistics(sum.product_moments[1], kProductScale).sd, 0.0);
  EXPECT_EQ(score_statistics(sum.product_moments[1], kProductScale).standard_error, 0.0);
}

// 0 and -0 are one score: which of them a range ends in must not depend on who came first.
TEST(ProductMoments, ARangeKnowsOneZero) {
  for (const auto& [first, second] : {std::pair{0.0, -0.0}, std::pair{-0.0, 0.0}}) {
    Moments moments;
    add_moment<PlainCounters>(moments, first);
    add_moment<PlainCounters>(moments, second);
    EXPECT_FALSE(std::signbit(moments.minimum)) << first;
    EXPECT_FALSE(std::signbit(moments.maximum)) << first;
    ProductTally tally(1);
    for (const double score : {first, second}) tally.add({score});
    const Moments product = tally.sum().product_moments[0];
    EXPECT_FALSE(std::signbit(product.minimum)) << first;
    EXPECT_FALSE(std::signbit(product.maximum)) << first;
  }
}

TEST(ProductMoments, BeyondTheirLimitNothingIsSaid) {
  ProductTally tally(2);
  for (const double x : {1.0, 2.0, 0x1p24 + 4}) tally.add({x, std::fmin(x, 3)});
  const Tallies sum = tally.sum();
  EXPECT_EQ(sum.product_moments[0].count, 3u);
  EXPECT_EQ(sum.product_moments[0].maximum, 0x1p24 + 4);
  EXPECT_TRUE(std::isnan(score_statistics(sum.product_moments[0], kProductScale).mean));
  EXPECT_TRUE(std::isnan(score_statistics(sum.product_moments[0], kProductScale).sd));
  EXPECT_EQ(score_statistics(sum.product_moments[1], kProductScale).mean, 2.0);
}

// Only columns between a row's extremes are read and cleared: nothing may lie outside them, nothing may stay behind.
TEST(SparseHistograms, HoldEveryScoreOnceAndLeaveNothing) {
  constexpr int kProducts = 4;
  std::mt19937_64 random(17);
  std::normal_distribution<double> normal;
  ProductTally tally(kProducts);
  for (int round = 0; round < 3; ++round) {
    std::vector<std::map<int, std::uint64_t>> expected(kProducts);
    for (int i = 0; i < 300; ++i) {
      std::vector<double> x = {normal(random), 40 * normal(random), 3e4 * normal(random), kNan};
      if (i == 200) x[0] = 1e9;
      tally.add(x);
      for (int p = 0; p < 3; ++p) ++expected[static_cast<std::size_t>(p)][score_column(x[static_cast<std::size_t>(p)])];
    }
    const SparseHistograms found = tally.sum().product_score;
    ASSERT_EQ(found.rows(), std::size_t{kProducts});
    for (std::size_t p = 0; p < kProducts; ++p) {
      const SparseHistograms::Row row = found.row(p);
      ASSERT_EQ(row.column.size(), expected[p].size()) << p;
      std::size_t k = 0;
      for (const auto& [column, count] : expected[p]) {
        EXPECT_EQ(row.column[k], column);
        EXPECT_EQ(row.count[k++], count);
      }
    }
    tally.clear();
    EXPECT_TRUE(tally.is_zero());
    EXPECT_TRUE(tally.sum().product_score.column.empty());
    EXPECT_EQ(tally.sum().product_moments[0].count, 0u);
  }
}

// A bootstrap in which two of 120 locations stand far apart from all others, hence beyond 8 deviations.
Year far_apart() {
  constexpr int kMany = 118, kLocations = 120, kProducts = 46;
  const Year many = random_year(kMany, 40, 21);
  std::vector<double> value(std::size_t{kLocations} * kProducts, 0.0);
  for (int c = 0; c < kMany; ++c) std::copy_n(many.value.begin() + c * 40, 40, value.begin() + c * kProducts);
  for (const int c : {kMany, kMany + 1}) {
    for (int p = 40; p < kProducts; ++p)
      value[static_cast<std::size_t>(c * kProducts + p)] = 1000 + 100 * ((c + p) % 3);
  }
  for (const int c : {0, 50})
    value[static_cast<std::size_t>(c * kProducts + 40)] = 3e4;  // what ties them to the others
  return year_of(kLocations, kProducts, std::move(value));
}

TEST(FarScores, QuantilesAreThoseOfTheReplicates) {
  const Year year = far_apart();
  CellStudy study;
  study.year = &year;
  study.resampling = {Scheme::kProducts, Weights::kBayesian, true, 0, 0, 0, 8};
  study.product_tallies = true;
  constexpr std::uint64_t kReplicates = 2000;
  const Trial trial = run(*make_device("cpu", {}), study, kReplicates);
  int far = 0;
  const auto expect = [&](const std::vector<float>& raw, std::size_t width, std::size_t i, const Tallies& tallies,
                          bool product) {
    std::vector<double> x;
    for (std::size_t r = 0; r < kReplicates; ++r) {
      const double score = raw[r * width + i];
      if (score == score) x.push_back(score);
    }
    if (x.size() < 100) return;
    std::sort(x.begin(), x.end());
    const SparseHistograms::Row histogram = (product ? tallies.product_score : tallies.score).row(i);
    const Moments& moments = (product ? tallies.product_moments : tallies.score_moments)[i];
    for (const int permille : {25, 100, 250, 500, 750, 900, 975}) {
      const double position = static_cast<double>(x.size() - 1) * permille / 1000.0;
      const auto k = static_cast<std::size_t>(position);
      const double low = x[k], high = x[std::min(k + 1, x.size() - 1)];
      const double width_of_bin = std::max(1.0 / 256, std::max(std::fabs(low), std::fabs(high)) / 64);
      EXPECT_NEAR(score_quantile(ScoreOrder(histogram, moments), {permille, 1000}),
                  low + (position - static_cast<double>(k)) * (high - low), 1.01 * width_of_bin)
          << (product ? "product " : "location ") << i << " at " << permille;
      far += std::fabs(low) > 8.5 && std::fabs(high) > 8.5 ? 1 : 0;
    }
  };
  for (std::size_t c = 0; c < 120; ++c) expect(trial.raw_eci, 120, c, trial.tallies, false);
  for (std::size_t p = 0; p < 46; ++p) expect(trial.raw_pci, 46, p, trial.tallies, true);
  EXPECT_GT(far, 10);  // else the panel shows nothing
}

// Noise too small to move any presence: every replicate is the baseline, and nothing varies.
TEST(ConstantScores, HaveNoDeviation) {
  const Year year = random_year(14, 38, 9);
  CellStudy study = study_of(year, Scheme::kNoise, Weights::kMultinomial, Precision::kCertified);
  study.resampling.sigma = 1e-13;
  study.product_tallies = true;
  const Trial trial = run(*make_device("cpu", {}), study, 40);
  for (std::size_t p = 0; p < 38; ++p) {
    const Moments& moments = trial.tallies.product_moments[p];
    ASSERT_EQ(moments.count, 40u);
    ASSERT_EQ(moments.minimum, moments.maximum);
    const ScoreStatistics statistics = score_statistics(moments, kProductScale);
    EXPECT_EQ(statistics.sd, 0.0);
    EXPECT_EQ(statistics.standard_error, 0.0);
    EXPECT_NEAR(statistics.mean, moments.minimum, 0x1p-25);
  }
}

}  // namespace
}  // namespace balassa
