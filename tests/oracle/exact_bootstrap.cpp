// Product bootstraps of tiny matrices against probabilities obtained by enumerating all multinomial draws (METHODS C1:
// "Exact answers for tests"; full precision from the worked numbers). Every frequency within 4 standard errors.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/device.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

constexpr std::uint64_t kReplicates = 1'000'000;

struct Exact {
  double valid, disconnected, too_small, tied;
  std::vector<std::vector<double>> rank;  // [C][C] given valid and present
  std::vector<double> mean, se;           // of ECI, given present
  std::vector<double> present;            // [C] mass in which the location is valid
  double sign_disagree, sign_undefined;   // < 0: not given
};

void expect_share(std::uint64_t count, std::uint64_t of, double probability, const std::string& what) {
  const double n = static_cast<double>(of), share = static_cast<double>(count) / n;
  // An impossible event must not happen at all; else 4 standard errors of a binomial share.
  const double bound = 4.0 * std::sqrt(probability * (1.0 - probability) / n) + 1e-12;
  EXPECT_NEAR(share, probability, bound) << what;
}

void expect_exact(const Year& year, double threshold, bool recompute, const Exact& exact) {
  CellStudy study;
  study.year = &year;
  study.specification.rca_threshold = threshold;
  study.resampling = {Scheme::kProducts, Weights::kMultinomial, recompute, 0, 0, 0, 20261121};
  DeviceOptions options;
  const auto device = make_device("cpu", options);
  const auto resident = device->make_resident(study);
  resident->run(1, kReplicates, nullptr, nullptr);
  const Tallies tallies = resident->collect();
  ASSERT_EQ(tallies.scenarios, kReplicates);
  const auto invalid = [&](Validity v) { return tallies.validity[static_cast<std::size_t>(v)]; };
  expect_share(invalid(Validity::kValid), kReplicates, exact.valid, "valid");
  expect_share(invalid(Validity::kDisconnected), kReplicates, exact.disconnected, "disconnected");
  expect_share(invalid(Validity::kTooSmall), kReplicates, exact.too_small, "too small");
  expect_share(invalid(Validity::kTiedAxis) + invalid(Validity::kNoSignal), kReplicates, exact.tied, "tied axis");
  if (exact.sign_disagree >= 0) {
    expect_share(tallies.sign_disagree, kReplicates, exact.sign_disagree, "sign disagree");
    expect_share(tallies.sign_undefined, kReplicates, exact.sign_undefined, "sign undefined");
  }
  const std::size_t n = exact.mean.size();
  for (std::size_t c = 0; c < n; ++c) {
    const std::uint64_t* histogram = tallies.rank.data() + c * (n + 1);
    const std::uint64_t present = kReplicates - histogram[0];
    expect_share(present, kReplicates, exact.present[c], "present " + std::to_string(c));
    for (std::size_t r = 0; r < n; ++r)
      expect_share(histogram[r + 1], present, exact.rank[c][r],
                   "rank " + std::to_string(c) + " " + std::to_string(r + 1));
    const Moments& m = tallies.score_moments[c];
    ASSERT_EQ(m.count, present);
    const double mean = static_cast<double>(m.sum.value() / kMomentScale / static_cast<long double>(present));
    const double square =
        static_cast<double>(m.square.value() / kMomentScale / kMomentScale / static_cast<long double>(present));
    EXPECT_NEAR(mean, exact.mean[c], 4.0 * exact.se[c] / std::sqrt(static_cast<double>(present))) << c;
    // The spread of a sample deviation: kurtosis up to 30 here.
    EXPECT_NEAR(std::sqrt(square - mean * mean), exact.se[c],
                4.0 * exact.se[c] * std::sqrt(30.0 / 4.0 / static_cast<double>(present)))
        << c;
  }
}

TEST(ExactBootstrap, Table1WithFixedPresence) {
  const Year year = year_of(4, 4, {1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1});
  expect_exact(year, 1e-9, false,
               {0.875,
                0.0,
                0.125,
                0.0,
                {{0.0, 0.2857142857142857, 0.7142857142857143, 0.0},
                 {0.0, 0.0, 0.3125, 0.6875},
                 {0.5089285714285714, 0.49107142857142855, 0.0, 0.0},
                 {1.0, 0.0, 0.0, 0.0}},
                {-0.4126461816176975, -1.4372611378573612, 0.6661080059412179, 0.9953237552224669},
                {0.528465227892477, 0.19771112319805867, 0.5413261360167658, 0.20237001262661783},
                {0.875, 0.625, 0.875, 0.6796875},
                0.4921875,
                0.0703125});
}

const std::vector<double> kToy = {60, 50, 40, 30, 20, 10, 10, 40, 30, 20, 5, 5, 5, 0, 20,
                                  30, 10, 40, 0,  0,  5,  10, 5,  60, 0,  5, 0, 2, 0, 43};

TEST(ExactBootstrap, ToyWithFixedPresence) {
  expect_exact(year_of(5, 6, kToy), 1.0, false,
               {0.9630058299039744,
                0.027134773662551445,
                0.0027863511659807954,
                0.007073045267489713,
                {{0.7547249710261212, 0.22809129000624123, 0.01718373896763847, 0.0, 0.0},
                 {0.36006587258617667, 0.534109366540337, 0.10582476087348892, 0.0, 0.0},
                 {0.0, 0.2152681949699538, 0.7847318050300468, 0.0, 0.0},
                 {0.0, 0.0, 0.02226245557567229, 0.9777375444243279, 0.0},
                 {0.0, 0.0, 0.02226245557567229, 0.9777375444243279, 0.0}},
                {1.0857320563941777, 0.5909680978614037, -0.2096879715094098, -1.0978639306037756, -1.0978639306037756},
                {0.495968069460371, 0.7643040852352381, 0.5542273187677074, 0.11571661682777439, 0.11571661682777439},
                {0.9616769547325066, 0.9501028806584327, 0.9630058299039744, 0.639274691358023, 0.639274691358023},
                -1,
                -1});
}

TEST(ExactBootstrap, ToyWithRcaRecomputed) {
  expect_exact(
      year_of(5, 6, kToy), 1.0, true,
      {0.7368827160493804,
       0.2629886831275714,
       0.00012860082304526747,
       0.0,
       {{0.6247818499127417, 0.30017452006980894, 0.05846422338568954, 0.012216404886561994, 0.004363001745200712},
        {0.5741710296684126, 0.34031413612565536, 0.0698080279232114, 0.006980802792321139, 0.008726003490401424},
        {0.0017452006980802847, 0.03403141361256555, 0.7844677137870866, 0.17801047120418906, 0.0017452006980802847},
        {0.004363001745200712, 0.017452006980802848, 0.026178010471204275, 0.8996509598603843, 0.05235602094240855},
        {0.05336832895888032, 0.06036745406824166, 0.0822397200349959, 0.7839020122484701, 0.020122484689413887}},
       {1.0961660536017677, 0.9500896088191528, -0.21687871229448788, -1.0364340364653204, -0.7950241286575975},
       {0.4374243633185968, 0.48024196815651043, 0.4750589250988704, 0.2538089374870753, 0.6561600287712366},
       {0.7368827160493804, 0.7368827160493804, 0.7368827160493804, 0.7368827160493804, 0.7349537037037014},
       -1,
       -1});
}

// E14: a location whose products all draw weight 0 is NA in that replicate; (1 - k / n)^n for k products of n.
TEST(ExactBootstrap, LosingEveryProduct) {
  const Year year = year_of(4, 4, {1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1});
  CellStudy study;
  study.year = &year;
  study.specification.rca_threshold = 1e-9;
  study.resampling = {Scheme::kProducts, Weights::kMultinomial, false, 0, 0, 0, 7};
  const auto resident = make_device("cpu", {})->make_resident(study);
  constexpr std::uint64_t kDraws = 100'000;
  std::uint64_t lost[4] = {};
  for (std::uint64_t r = 1; r <= kDraws; ++r) {
    const ScenarioRecord record = resident->replay(r);
    for (std::size_t c = 0; c < 4; ++c) {
      lost[c] += record.diversity[c] == 0 ? 1 : 0;
      EXPECT_FALSE(record.diversity[c] == 0 && record.rank[c] != 0);
    }
  }
  const double probability[] = {0.0, 0.31640625, 0.0625, 0.31640625};
  for (std::size_t c = 0; c < 4; ++c) expect_share(lost[c], kDraws, probability[c], "lost " + std::to_string(c));
}

}  // namespace
}  // namespace balassa
