// Statistics from tallies against brute force over the replicates themselves, and tallies that merge in any order.
#include "host/results/tally_statistics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "kernels/tally.hpp"

namespace balassa {
namespace {

__extension__ using Int128 = __int128;

Sum128 words(Int128 value) {
  return {static_cast<std::uint64_t>(value), static_cast<std::int64_t>(value >> 64)};
}

// One row of dense counts.
SparseHistograms sparse(const std::vector<std::uint64_t>& counts) {
  SparseHistograms histograms(0);
  for (std::size_t k = 0; k < counts.size(); ++k) {
    if (counts[k] > 0) histograms.put(static_cast<int>(k), counts[k]);
  }
  histograms.end_row();
  return histograms;
}

// Histogram and moments of scores, by the definitions in kernels/tally.hpp.
struct Counted {
  std::vector<std::uint64_t> histogram = std::vector<std::uint64_t>(kScoreColumns, 0);
  Moments moments;
  double quantile(const Quantile& q) const { return score_quantile(ScoreOrder(sparse(histogram).row(0), moments), q); }
  void add(double x) {
    std::size_t column = 0;  // tests/oracle/tallying.cpp holds the edges to their definition
    while (column + 1 < histogram.size() && x >= score_edge(static_cast<int>(column))) ++column;
    ++histogram[column];
    const Int128 q = std::llround(x * kMomentScale);
    ++moments.count;
    moments.sum.add(words(q));
    moments.square.add(words(q * q));
    moments.minimum = std::min(moments.minimum, x);
    moments.maximum = std::max(moments.maximum, x);
  }
};

double type7(std::vector<double> x, double q) {
  std::sort(x.begin(), x.end());
  const double position = static_cast<double>(x.size() - 1) * q;
  const std::size_t low = static_cast<std::size_t>(position);
  return low + 1 < x.size() ? x[low] + (position - static_cast<double>(low)) * (x[low + 1] - x[low]) : x.back();
}

TEST(TallyStatistics, ScoresAgainstBruteForce) {
  std::mt19937_64 random(7);
  for (const std::size_t n : {1, 2, 3, 10, 999, 20000}) {
    std::normal_distribution<double> normal(n % 2 == 0 ? 1.5 : -2.0, n == 999 ? 600.0 : 0.4);  // 600: far beyond 8
    std::vector<double> x;
    Counted counted;
    for (std::size_t i = 0; i < n; ++i) {
      x.push_back(normal(random));
      counted.add(x.back());
    }
    long double sum = 0, square = 0;
    for (const double v : x) sum += v;
    const long double mean = sum / static_cast<long double>(n);
    for (const double v : x) square += (v - mean) * (v - mean);
    const ScoreStatistics statistics = score_statistics(counted.moments, kMomentScale);
    // A score is rounded to 2^-32, so its mean is off by at most 2^-33; the deviation by at most sqrt(n/(n-1)) 2^-33.
    EXPECT_NEAR(statistics.mean, static_cast<double>(mean), 0x1p-33);
    if (n > 1) {
      const double sd = static_cast<double>(std::sqrt(square / static_cast<long double>(n - 1)));
      EXPECT_NEAR(statistics.sd, sd, 0x1p-32);
      EXPECT_NEAR(statistics.standard_error, sd / std::sqrt(static_cast<double>(n)), 0x1p-32);
    } else {
      EXPECT_TRUE(std::isnan(statistics.sd));
    }
    for (const Quantile q : {Quantile{1, 40}, {1, 4}, {1, 2}, {3, 4}, {39, 40}, {1, 1000}, {999, 1000}}) {
      const double exact = type7(x, static_cast<double>(q.numerator) / static_cast<double>(q.denominator));
      const double found = counted.quantile(q);
      // Neighbours in the tails of 999 draws may lie a tenth apart.
      EXPECT_LT(std::fabs(found - exact), std::max(1.0 / 256, 1.1 * std::fabs(exact) / 64))
          << n << " " << q.numerator << "/" << q.denominator;
      EXPECT_GE(found, counted.moments.minimum);
      EXPECT_LE(found, counted.moments.maximum);
    }
  }
}

TEST(TallyStatistics, QuantilesAreExactWhereAllScoresAreEqual) {
  Counted counted;
  for (int i = 0; i < 100; ++i) counted.add(0.123456789);
  EXPECT_EQ(counted.quantile({1, 40}), 0.123456789);
  EXPECT_EQ(score_statistics(counted.moments, kMomentScale).sd, 0.0);
}

// The scores of a bin are taken to lie evenly in it, between the minimum and the maximum of all.
TEST(TallyStatistics, QuantilesInsideOneBin) {
  Counted even;  // 1, 3, 5, 7 of 2048ths, in the bin from 0 to 8 of them
  for (const int x : {1, 3, 5, 7}) even.add(x / 2048.0);
  EXPECT_DOUBLE_EQ(even.quantile({1, 2}), 4.0 / 2048.0);
}

// Beyond 2^16 only the minimum and the maximum are known.
TEST(TallyStatistics, NothingIsMadeUpBeyondTheBins) {
  Counted far;
  for (const double x : {-3e5, -2e5, -1e5, 1.0, 2.0, 3.0, 7e4}) far.add(x);
  const auto quantile = [&](std::int64_t k) { return far.quantile({k, 12}); };
  EXPECT_EQ(quantile(0), -3e5);
  for (const int between : {1, 2, 3, 4, 5}) EXPECT_TRUE(std::isnan(quantile(between))) << between;
  EXPECT_NEAR(quantile(6), 1.0, 1.0 / 256);
  EXPECT_NEAR(quantile(11), (3 + 7e4) / 2, 1.0 / 256);
  EXPECT_EQ(quantile(12), 7e4);
  Counted constant;
  for (int i = 0; i < 5; ++i) constant.add(1e6);
  EXPECT_EQ(constant.quantile({1, 2}), 1e6);
}

// No 128-bit sum or product of `deviation` may wrap unseen: with q up to Q, n Q^2 stays below 2^125, or nothing is
// said.
TEST(TallyStatistics, SumsThatMayHaveWrappedSayNothing) {
  const auto of = [](std::uint64_t n) {  // n / 2 scores of 2^24 and as many of -2^24
    Moments moments;
    moments.count = n;
    moments.square = words(static_cast<Int128>(n) << 96);
    moments.minimum = -kMomentLimit;
    moments.maximum = kMomentLimit;
    return score_statistics(moments, kProductScale);
  };
  EXPECT_EQ(of(std::uint64_t{1} << 28).mean, 0.0);
  EXPECT_NEAR(of(std::uint64_t{1} << 28).sd, 0x1p24, 0.1);
  EXPECT_TRUE(std::isnan(of(std::uint64_t{1} << 30).mean));
  EXPECT_TRUE(std::isnan(of(std::uint64_t{1} << 30).sd));
}

TEST(TallyStatistics, DeviationLosesNothingToTheMean) {
  // q = 7.5 x 2^32 + i, i = 0..999: sd^2 = n (n + 1) / 12 = 83416.666... of 2^-64. The squares, 10^21 each, would drown
  // it in any floating-point sum; sqrt(83416 2/3) = 288.8194360957494 (Python, fractions and decimal).
  Moments moments;
  const Int128 offset = static_cast<Int128>(15) << 31;
  for (int i = 0; i < 1000; ++i) {
    ++moments.count;
    moments.sum.add(words(offset + i));
    moments.square.add(words((offset + i) * (offset + i)));
  }
  moments.minimum = moments.maximum = 7.5;
  EXPECT_DOUBLE_EQ(score_statistics(moments, kMomentScale).sd * kMomentScale, 288.8194360957494);
  EXPECT_DOUBLE_EQ(score_statistics(moments, kMomentScale).mean, 7.5 + 499.5 / kMomentScale);
  // The same below zero.
  Moments negative;
  for (int i = 0; i < 1000; ++i) {
    ++negative.count;
    negative.sum.add(words(-offset - i));
    negative.square.add(words((offset + i) * (offset + i)));
  }
  negative.minimum = negative.maximum = -7.5;
  EXPECT_DOUBLE_EQ(score_statistics(negative, kMomentScale).sd * kMomentScale, 288.8194360957494);
  EXPECT_DOUBLE_EQ(score_statistics(negative, kMomentScale).mean, -7.5 - 499.5 / kMomentScale);
}

TEST(TallyStatistics, RanksAreExact) {
  std::mt19937_64 random(11);
  for (const int n : {1, 2, 7, 1000}) {
    std::vector<std::uint64_t> histogram(13, 0);
    std::vector<double> ranks;
    histogram[0] = 5;  // not valid: no part of anything
    for (int i = 0; i < n; ++i) {
      const std::size_t r = 1 + random() % 12;
      ++histogram[r];
      ranks.push_back(static_cast<double>(r));
    }
    std::sort(ranks.begin(), ranks.end());
    double sum = 0, square = 0;
    for (const double r : ranks) sum += r;
    for (const double r : ranks) square += (r - sum / n) * (r - sum / n);
    const RankStatistics statistics = rank_statistics(histogram);
    EXPECT_EQ(statistics.valid, static_cast<std::uint64_t>(n));
    EXPECT_DOUBLE_EQ(statistics.mean, sum / n);
    if (n > 1) {
      EXPECT_NEAR(statistics.sd, std::sqrt(square / (n - 1)), 1e-13);
    }
    // Type 1: the ceil(n q)-th in order; 39/40 of 1000 is the 975th, which n x 0.975 in doubles would not promise.
    for (const Quantile q : {Quantile{1, 40}, {1, 2}, {39, 40}}) {
      const std::int64_t place = (n * q.numerator + q.denominator - 1) / q.denominator;
      EXPECT_EQ(rank_quantile(histogram, q), ranks[static_cast<std::size_t>(place - 1)]);
    }
    const double top =
        static_cast<double>(std::count_if(ranks.begin(), ranks.end(), [](double r) { return r <= 10; })) / n;
    EXPECT_DOUBLE_EQ(top_share(histogram, 10), top);
  }
}

TEST(TallyStatistics, NothingValidIsNothingSaid) {
  const std::vector<std::uint64_t> histogram = {9, 0, 0, 0};
  EXPECT_EQ(rank_statistics(histogram).valid, 0u);
  EXPECT_TRUE(std::isnan(rank_statistics(histogram).mean));
  EXPECT_TRUE(std::isnan(rank_quantile(histogram, {1, 2})));
  EXPECT_TRUE(std::isnan(top_share(histogram, 10)));
  EXPECT_TRUE(std::isnan(score_statistics({}, kMomentScale).mean));
  EXPECT_TRUE(std::isnan(score_quantile(ScoreOrder({}, {}), {1, 2})));
  EXPECT_TRUE(std::isnan(probability_error(0.5, 0)));
  EXPECT_DOUBLE_EQ(probability_error(0.5, 100), 0.05);
}

Tallies random_tallies(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  Tallies t;
  t.scenarios = random() % 100;
  t.sign_disagree = random() % 9;
  t.sign_undefined = random() % 9;
  t.axis_swap = random() % 9;
  t.giant_component = random() % 9;
  for (const auto& counts : kTallyCounts) {
    for (int i = 0; i < 6; ++i) (t.*counts.member).push_back(random() % 1000);
  }
  for (const auto& histograms : kTallyHistograms) {
    t.*histograms.member = SparseHistograms(0);
    for (int row = 0; row < 4; ++row) {  // the first often empty
      for (int k = 0; k < kScoreColumns; k += 1 + static_cast<int>(random() % (row == 0 ? 9000 : 700)))
        if (k > 0) (t.*histograms.member).put(k, 1 + random() % 9);
      (t.*histograms.member).end_row();
    }
  }
  for (auto* moments : {&t.score_moments, &t.product_moments}) {
    for (int i = 0; i < 3; ++i) {
      Moments m;
      m.count = random() % 50;
      m.sum = {random(), static_cast<std::int64_t>(random() % 100) - 50};
      m.square = {random(), static_cast<std::int64_t>(random() % 100)};
      m.minimum = -static_cast<double>(random() % 100);
      m.maximum = static_cast<double>(random() % 100);
      moments->push_back(m);
    }
  }
  for (Worst* worst : {&t.worst_residual, &t.worst_gap, &t.worst_participation}) {
    *worst = {static_cast<double>(random() % 3), random() % 1000, random() % 4 != 0};  // equal values are common
  }
  return t;
}

void expect_equal(const Tallies& a, const Tallies& b) {
  EXPECT_EQ(a.scenarios, b.scenarios);
  EXPECT_EQ(a.sign_disagree, b.sign_disagree);
  EXPECT_EQ(a.sign_undefined, b.sign_undefined);
  EXPECT_EQ(a.axis_swap, b.axis_swap);
  EXPECT_EQ(a.giant_component, b.giant_component);
  for (const auto& counts : kTallyCounts) EXPECT_EQ(a.*counts.member, b.*counts.member);
  for (const auto& histograms : kTallyHistograms) EXPECT_EQ(a.*histograms.member, b.*histograms.member);
  for (const auto moments : {&Tallies::score_moments, &Tallies::product_moments}) {
    ASSERT_EQ((a.*moments).size(), (b.*moments).size());
    for (std::size_t i = 0; i < (a.*moments).size(); ++i) {
      const Moments &x = (a.*moments)[i], &y = (b.*moments)[i];
      EXPECT_TRUE(x.count == y.count && x.sum.low == y.sum.low && x.sum.high == y.sum.high &&
                  x.square.low == y.square.low && x.square.high == y.square.high && x.minimum == y.minimum &&
                  x.maximum == y.maximum);
    }
  }
  for (const auto worst : {&Tallies::worst_residual, &Tallies::worst_gap, &Tallies::worst_participation}) {
    EXPECT_EQ((a.*worst).any, (b.*worst).any);
    if ((a.*worst).any) {
      EXPECT_EQ((a.*worst).value, (b.*worst).value);
      EXPECT_EQ((a.*worst).replicate, (b.*worst).replicate);
    }
  }
}

TEST(Tallies, MergeInAnyOrderAndGrouping) {
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Tallies a = random_tallies(3 * seed), b = random_tallies(3 * seed + 1), c = random_tallies(3 * seed + 2);
    Tallies left = a, right = b, reversed = c, empty;
    left.add(b);
    left.add(c);
    right.add(c);
    Tallies grouped = a;
    grouped.add(right);
    reversed.add(b);
    reversed.add(a);
    expect_equal(left, grouped);
    expect_equal(left, reversed);
    empty.add(a);
    expect_equal(empty, a);
    EXPECT_EQ(left.rank[0], a.rank[0] + b.rank[0] + c.rank[0]);
    // Every column holds the three counts.
    for (std::size_t row = 0; row < 4; ++row) {
      std::vector<std::uint64_t> sum(kScoreColumns, 0);
      for (const Tallies* part : {&a, &b, &c}) {
        const SparseHistograms::Row entries = part->score.row(row);
        for (std::size_t k = 0; k < entries.column.size(); ++k) sum[entries.column[k]] += entries.count[k];
      }
      const SparseHistograms expected = sparse(sum);
      EXPECT_TRUE(std::ranges::equal(left.score.row(row).column, expected.row(0).column));
      EXPECT_TRUE(std::ranges::equal(left.score.row(row).count, expected.row(0).count));
    }
  }
}

}  // namespace
}  // namespace balassa
