// `balassa plan` and `balassa sweep` as processes: numbers in the file, tables, exit codes, nothing half-written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

#include "io/hdf5/result_file.hpp"
#include "io/panel/panel_file.hpp"
#include "kernels/tally.hpp"
#include "tests/cli/blocks_panel.hpp"
#include "tests/cli/program.hpp"
#include "tests/cli/turning_panel.hpp"
#include "tests/oracle/golden.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// The 5 x 6 economy of METHODS B3/B4 in two years, the second with a sixth location, which the first lacks.
Panel toy_panel() {
  Panel panel;
  panel.years = {2001, 2002};
  panel.locations = {"e1", "e2", "e3", "e4", "e5", "e6"};
  panel.products = {"01", "02", "03", "04", "05", "06"};
  panel.value.assign(2 * 6 * 6, 0.0);
  panel.missing.assign(2 * 6, 0);
  panel.missing[5] = 1;
  for (std::size_t y = 0; y < 2; ++y) {
    for (std::size_t c = 0; c < 5; ++c) {
      for (std::size_t p = 0; p < 6; ++p) panel.value[panel.index(y, c, p)] = golden::kToy[c * 6 + p];
    }
  }
  for (std::size_t p = 0; p < 6; ++p) panel.value[panel.index(1, 5, p)] = 1.0 + static_cast<double>(p);
  return panel;
}

constexpr std::uint64_t kNotTested = std::numeric_limits<std::uint64_t>::max();  // `_FillValue` of counters

class Sweep : public ::testing::Test {
 protected:
  void SetUp() override { write_panel(folder / "toy.h5", toy_panel(), false); }
  cli::Folder folder;
};

constexpr const char* kArguments =
    "sweep toy.h5 --rca-threshold 0.75,1 --replicates 500 --hhi-cut 1800,2500 --split median,mean --keep eci,pci "
    "--units all -o s.h5 --quiet";

TEST_F(Sweep, WritesWhatTheFormatSays) {
  const cli::Outcome run = folder.run(kArguments);
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.err, "");
  EXPECT_THAT(run.out, HasSubstr("2001  RCA >= 1: lambda_2 0.6985"));  // METHODS B4, toy
  EXPECT_THAT(run.out, HasSubstr("P(top 10)"));
  EXPECT_THAT(run.out, HasSubstr("Certificate: 2000 replicates and 4 baselines"));
  EXPECT_TRUE(std::filesystem::exists(folder / "s.h5.manifest.json"));

  const ResultReader file(folder / "s.h5");
  EXPECT_EQ(file.format(), "balassa-sweep");
  EXPECT_EQ(file.version(), 1);
  EXPECT_EQ(file.text_attribute("", "panel_hash"), panel_hash(toy_panel()));
  EXPECT_EQ(file.text_attribute("", "arithmetic"), "canonical-1");
  EXPECT_EQ(file.text_attribute("", "precision"), "certified");
  EXPECT_EQ(file.text_attribute("", "ranges_done"), "1-500");
  EXPECT_THAT(file.text_attribute("", "plan"), HasSubstr("rca_threshold = [0.75, 1.0]"));
  EXPECT_EQ(file.text_attribute("", "plan").find("toy.h5"), std::string::npos);  // paths vary, results may not

  using Names = std::vector<std::string>;
  const std::vector<std::pair<std::string, Names>> shapes = {
      {"baseline/eci", {"location"}},
      {"baseline/pci", {"product"}},
      {"baseline/share", {"p1_set", "location"}},
      {"baseline/class", {"class_rule", "location"}},
      {"score/quantiles", {"location", "quantile"}},
      {"rank/histogram", {"location", "rank_column"}},
      {"product_score/sd", {"product"}},
      {"probability/top10", {"location"}},
      {"probability/p1", {"p1_set", "product"}},
      {"class/count", {"class_rule", "location", "location_class"}},
      {"valid", {"location"}},
      {"invalid", {"cause"}},
      {"diagnostic/not_certified", {}},
      {"certificate/log_gap", {"log_bin"}},
      {"certificate/worst_gap_scenario", {}},
      {"tally/score/length", {"location"}},
      {"raw/eci", {"replicate", "location"}},
      {"alignment", {}}};
  for (const auto& [name, rest] : shapes) {
    Names all = {"year", "specification"};
    all.insert(all.end(), rest.begin(), rest.end());
    EXPECT_EQ(file.require(name).dimensions, all) << name;
  }

  // Entries of the sparse histograms: a row's add up to the replicates in which the location is valid.
  EXPECT_EQ(file.require("tally/score/column").dimensions, (Names{"score_entry"}));
  EXPECT_EQ(file.require("tally/product_score/count").dimensions, (Names{"product_score_entry"}));
  EXPECT_EQ(file.numbers("score_lower_edge").size(), file.require("score_column").size());
  const auto first = file.counts("tally/score/first"), length = file.counts("tally/score/length"),
             column = file.counts("tally/score/column"), count = file.counts("tally/score/count"),
             valid = file.counts("valid");
  const std::vector<double> edge = file.numbers("score_lower_edge"), lowest = file.numbers("score/minimum"),
                            highest = file.numbers("score/maximum");
  std::uint64_t entries = 0;
  for (std::size_t row = 0; row < valid.size(); ++row) {
    std::uint64_t sum = 0;
    for (std::uint64_t k = first[row]; k < first[row] + length[row]; ++k) sum += count.at(k);
    EXPECT_EQ(sum, valid[row]) << row;
    entries += length[row];
    if (length[row] == 0) continue;
    EXPECT_LE(edge[column[first[row]]], lowest[row]);
    EXPECT_GT(edge[column[first[row]] + 1], lowest[row]);
    EXPECT_LE(edge[column[first[row] + length[row] - 1]], highest[row]);
  }
  EXPECT_EQ(entries, column.size());

  // Baseline of METHODS B4 in (2001, RCA >= 1), to 6 printed digits; e6 has no row that year.
  const std::vector<double> eci = file.slab("baseline/eci", {0, 1, 0}, {1, 1, 6});
  const double expected[] = {1.083063, 0.967421, 0.313025, -1.181754, -1.181754};
  for (std::size_t c = 0; c < 5; ++c) EXPECT_NEAR(eci[c], expected[c], 5e-7);
  EXPECT_TRUE(std::isnan(eci[5]));
  EXPECT_EQ(file.slab("baseline/rank", {0, 1, 0}, {1, 1, 6}), (std::vector<double>{1, 2, 3, 4, 4, 0}));
}

TEST_F(Sweep, ArithmeticIsNamedInTheFile) {
  const std::string arguments = "sweep toy.h5 --replicates 20 --recompute-presence false -o g.h5 --quiet --arithmetic ";
  ASSERT_EQ(folder.run(arguments + "gemm").code, 0);
  EXPECT_THAT(ResultReader(folder / "g.h5").text_attribute("", "arithmetic"), HasSubstr("gemm-1 (OpenBLAS "));
  const cli::Outcome refused = folder.run("sweep toy.h5 --replicates 20 --arithmetic gemm -o h.h5");
  EXPECT_EQ(refused.code, 78);
  EXPECT_THAT(refused.err, HasSubstr("run.arithmetic: found \"gemm\", expected recompute_presence = false"));
}

// With M fixed and every product drawn (Bayesian weights), each replicate is scored on the three locations of the
// nested block, as the baseline is, whose ECI is (1.2247, 0, -1.2247) (METHODS B4).
TEST_F(Sweep, GiantComponentWhereAskedFor) {
  write_panel(folder / "blocks.h5", cli::blocks_panel(), false);
  const std::string arguments =
      "sweep blocks.h5 --rca-threshold 0.001 --recompute-presence false --replicates 50 --units all --quiet -o ";
  ASSERT_EQ(folder.run(arguments + "na.h5").code, 0);
  const ResultReader na(folder / "na.h5");
  EXPECT_EQ(na.numbers("disconnected"), (std::vector<double>{0}));
  EXPECT_EQ(na.numbers("invalid"), (std::vector<double>{0, 50, 0, 0, 0}));
  EXPECT_EQ(na.counts("diagnostic/giant_component"), (std::vector<std::uint64_t>{kNotTested}));  // none has scores

  const cli::Outcome run = folder.run(arguments + "giant.h5 --disconnected giant");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("scores of the largest of several components: 50 of these"));
  const ResultReader file(folder / "giant.h5");
  EXPECT_THAT(file.text_attribute("", "plan"), HasSubstr("disconnected = \"giant\""));
  EXPECT_EQ(file.numbers("disconnected"), (std::vector<double>{1}));
  EXPECT_EQ(file.numbers("diagnostic/giant_component"), (std::vector<double>{50}));
  EXPECT_EQ(file.numbers("invalid"), (std::vector<double>{0, 0, 0, 0, 0}));
  EXPECT_EQ(file.numbers("valid"), (std::vector<double>{50, 0, 50, 0, 50}));
  EXPECT_EQ(file.numbers("baseline/components"), (std::vector<double>{3}));
  EXPECT_EQ(file.numbers("baseline/rank"), (std::vector<double>{1, 0, 2, 0, 3}));
  EXPECT_EQ(file.numbers("baseline/diversity"), (std::vector<double>{3, 1, 2, 1, 1}));
  EXPECT_NEAR(file.numbers("baseline/eci")[0], std::sqrt(1.5), 1e-10);
  EXPECT_NEAR(file.numbers("baseline/eci")[4], -std::sqrt(1.5), 1e-10);
}

TEST_F(Sweep, EveryStatisticFollowsFromTheRawScores) {
  ASSERT_EQ(folder.run(kArguments).code, 0);
  const ResultReader file(folder / "s.h5");
  const std::size_t locations = 6, products = 6, replicates = 500;
  for (std::size_t y = 0; y < 2; ++y) {
    for (std::size_t s = 0; s < 2; ++s) {
      const std::vector<double> raw = file.slab("raw/eci", {y, s, 0, 0}, {1, 1, replicates, locations});
      const std::vector<double> mean = file.slab("score/mean", {y, s, 0}, {1, 1, locations});
      const std::vector<double> raw_pci = file.slab("raw/pci", {y, s, 0, 0}, {1, 1, replicates, products});
      const std::vector<double> p1 = file.slab("probability/p1", {y, s, 0, 0}, {1, 1, 1, products});
      const std::vector<double> product_mean = file.slab("product_score/mean", {y, s, 0}, {1, 1, products});
      const std::vector<double> error = file.slab("score/mc_error", {y, s, 0}, {1, 1, locations});
      const std::vector<double> minimum = file.slab("score/minimum", {y, s, 0}, {1, 1, locations});
      const std::vector<double> maximum = file.slab("score/maximum", {y, s, 0}, {1, 1, locations});
      const std::vector<double> top = file.slab("probability/top10", {y, s, 0}, {1, 1, locations});
      const std::vector<double> rank_quantile = file.slab("rank/quantiles", {y, s, 0, 0}, {1, 1, locations, 5});
      const std::vector<double> sd = file.slab("score/sd", {y, s, 0}, {1, 1, locations});
      const std::vector<double> median = file.slab("score/quantiles", {y, s, 0, 2}, {1, 1, locations, 1});
      const std::vector<double> valid = file.slab("valid", {y, s, 0}, {1, 1, locations});
      const std::vector<double> histogram = file.slab("rank/histogram", {y, s, 0, 0}, {1, 1, locations, locations + 1});
      const std::vector<double> rank_mean = file.slab("rank/mean", {y, s, 0}, {1, 1, locations});
      const std::vector<double> count = file.slab("class/count", {y, s, 0, 0, 0}, {1, 1, 4, locations, 3});
      std::size_t invalid = 0;
      for (std::size_t r = 0; r < replicates; ++r) {
        bool any = false;
        for (std::size_t c = 0; c < locations; ++c) any = any || !std::isnan(raw[r * locations + c]);
        invalid += any ? 0 : 1;
      }
      const std::vector<double> causes = file.slab("invalid", {y, s, 0}, {1, 1, 5});
      EXPECT_EQ(std::accumulate(causes.begin(), causes.end(), 0.0), static_cast<double>(invalid));
      // P1 at 3/4: the n - floor(3 n / 4) highest PCI, ties going up together; PCI that differ here do so by 1e-4 or
      // more.
      std::vector<double> in_p1(products, 0.0), sum(products, 0.0), with_pci(products, 0.0);
      for (std::size_t r = 0; r < replicates; ++r) {
        std::vector<double> pci;
        for (std::size_t p = 0; p < products; ++p) {
          if (!std::isnan(raw_pci[r * products + p])) pci.push_back(raw_pci[r * products + p]);
        }
        if (pci.empty()) continue;
        std::sort(pci.rbegin(), pci.rend());
        const double last = pci[pci.size() - 3 * pci.size() / 4 - 1];
        for (std::size_t p = 0; p < products; ++p) {
          const double mine = raw_pci[r * products + p];
          if (std::isnan(mine)) continue;
          sum[p] += mine;
          with_pci[p] += 1;
          in_p1[p] += mine >= last - 1e-6 ? 1 : 0;
        }
      }
      for (std::size_t p = 0; p < products; ++p) {
        EXPECT_NEAR(p1[p], in_p1[p] / static_cast<double>(replicates - invalid), 1e-12) << p;
        if (with_pci[p] > 0) {
          EXPECT_NEAR(product_mean[p], sum[p] / with_pci[p], 0x1p-21) << p;
        }
      }
      for (std::size_t c = 0; c < locations; ++c) {
        std::vector<double> x, ranks;
        for (std::size_t r = 0; r < replicates; ++r) {
          const double mine = raw[r * locations + c];
          if (std::isnan(mine)) continue;
          x.push_back(mine);
          double rank = 1;
          for (std::size_t d = 0; d < locations; ++d) rank += raw[r * locations + d] > mine ? 1 : 0;
          ranks.push_back(rank);
        }
        ASSERT_EQ(valid[c], static_cast<double>(x.size()));
        for (std::size_t k = 0; k < 4; ++k) {
          const double* of_cell = count.data() + (k * locations + c) * 3;
          EXPECT_EQ(of_cell[0] + of_cell[1] + of_cell[2], valid[c]);
        }
        if (x.empty()) {
          EXPECT_TRUE(std::isnan(mean[c]));
          continue;
        }
        const double n = static_cast<double>(x.size()), m = std::accumulate(x.begin(), x.end(), 0.0) / n;
        double square = 0;
        for (const double v : x) square += (v - m) * (v - m);
        // Raw scores are floats: each |x| < 4 is off by at most 2^-23.
        EXPECT_NEAR(mean[c], m, 0x1p-23);
        EXPECT_NEAR(sd[c], std::sqrt(square / (n - 1)), 0x1p-22);
        EXPECT_DOUBLE_EQ(error[c], sd[c] / std::sqrt(n));
        EXPECT_EQ(top[c], 1.0);  // of 6 locations all are among the first 10
        std::sort(x.begin(), x.end());
        EXPECT_EQ(static_cast<float>(minimum[c]), static_cast<float>(x.front()));
        EXPECT_EQ(static_cast<float>(maximum[c]), static_cast<float>(x.back()));
        std::vector<double> sorted = ranks;
        std::sort(sorted.begin(), sorted.end());
        const double quantiles[] = {0.025, 0.25, 0.5, 0.75, 0.975};
        for (std::size_t k = 0; k < 5; ++k) {
          // The smallest rank whose cumulative share reaches the quantile.
          const auto at = static_cast<std::size_t>(std::ceil(quantiles[k] * n - 1e-9));
          EXPECT_EQ(rank_quantile[c * 5 + k], sorted[std::max<std::size_t>(at, 1) - 1]);
        }
        EXPECT_NEAR(median[c], 0.5 * (x[(x.size() - 1) / 2] + x[x.size() / 2]), 1.0 / 256);
        // Floats keep the order of distinct scores here (4 decimal digits apart at least), so ranks are exact.
        EXPECT_NEAR(rank_mean[c], std::accumulate(ranks.begin(), ranks.end(), 0.0) / n, 1e-12);
        for (std::size_t r = 1; r <= locations; ++r) {
          EXPECT_EQ(histogram[c * (locations + 1) + r],
                    static_cast<double>(std::count(ranks.begin(), ranks.end(), static_cast<double>(r))));
        }
      }
    }
  }
}

TEST_F(Sweep, OneScenarioAloneIsTheSameAsInTheSweep) {
  ASSERT_EQ(folder.run(kArguments).code, 0);
  const ResultReader file(folder / "s.h5");
  for (const std::uint64_t id : {0ull, 1ull, 501ull + 17, 2 * 501ull + 250, 3 * 501ull + 500}) {
    const cli::Outcome run = folder.run(fmt::format("{} --json --scenario {}", kArguments, id));
    ASSERT_EQ(run.code, 0) << run.err;
    const auto record = nlohmann::json::parse(run.out);
    const std::size_t cell = id / 501, replicate = id % 501;
    EXPECT_EQ(record["replicate"], replicate);
    EXPECT_EQ(record["year"], cell / 2 == 0 ? 2001 : 2002);
    if (record["validity"] != "valid") continue;
    for (const auto& location : record["locations"]) {
      const std::size_t c = static_cast<std::size_t>(location["location"].get<std::string>()[1] - '1');
      EXPECT_LE(location["diversity"].get<int>(), 6);  // products, whatever their weights
      EXPECT_GE(location["diversity"].get<int>(), 0);
      EXPECT_EQ(location["rank"].is_null(), location["eci"].is_null());
      if (location["eci"].is_null()) continue;
      const double eci = location["eci"];
      if (replicate == 0) {
        EXPECT_EQ(file.slab("baseline/eci", {cell / 2, cell % 2, c}, {1, 1, 1})[0], eci);
      } else {
        EXPECT_EQ(file.slab("raw/eci", {cell / 2, cell % 2, replicate - 1, c}, {1, 1, 1, 1})[0],
                  static_cast<double>(static_cast<float>(eci)));
      }
    }
  }
  const cli::Outcome text = folder.run(std::string(kArguments) + " --scenario 7");
  EXPECT_THAT(text.out, StartsWith("scenario 7: year 2001, RCA >= 0.75, replicate 7\n"));
  EXPECT_EQ(folder.run(std::string(kArguments) + " --scenario 2004").code, 64);
}

// Each kind of resampling by itself draws what it draws beside the others, and a scenario says what it drew.
TEST_F(Sweep, DrawsTogether) {
  const auto scenario = [&](const std::string& scheme) {
    return nlohmann::json::parse(folder
                                     .run("sweep toy.h5 --years 2001 --replicates 60 --seed 5 --quiet --json "
                                          "--scenario 7 --weights multinomial " +
                                          scheme)
                                     .out);
  };
  const auto weights = [](const nlohmann::json& record, const char* side) {
    std::vector<int> all;
    for (const auto& item : record[side]) all.push_back(item["weight"].get<int>());
    return all;
  };
  const auto joint = scenario("--scheme products,locations --location-weights multinomial"),
             products = scenario("--scheme products"),
             locations = scenario("--scheme locations --location-weights multinomial");
  EXPECT_EQ(weights(joint, "products"), weights(products, "products"));
  EXPECT_EQ(weights(joint, "locations"), weights(locations, "locations"));
  const std::vector<int> drawn = weights(locations, "locations");
  EXPECT_EQ(std::accumulate(drawn.begin(), drawn.end(), 0), static_cast<int>(drawn.size()));
  EXPECT_THAT(weights(locations, "products"), testing::Each(1));
  EXPECT_FALSE(products["locations"][0].contains("weight"));
  const cli::Outcome text =
      folder.run("sweep toy.h5 --years 2001 --replicates 9 --quiet --scenario 7 --scheme locations");
  EXPECT_NE(text.out.find("diversity    share %  HHI of P1  class        weight\n"), std::string::npos) << text.out;
  EXPECT_EQ(folder.run("sweep toy.h5 -o s.h5 --scheme products,products").code, 64);
}

// What a cell counts is what its replicates say of themselves.
TEST_F(Sweep, CountsAreThoseOfTheReplicates) {
  const std::string arguments =
      "sweep toy.h5 --years 2001 --weights multinomial --replicates 60 --seed 5 --units all --quiet";
  ASSERT_EQ(folder.run(arguments + " -o s.h5").code, 0);
  const ResultReader file(folder / "s.h5");
  std::map<std::string, double> counted;
  double worst = 0;
  std::uint64_t worst_scenario = 0;
  for (int id = 1; id <= 60; ++id) {
    const auto record = nlohmann::json::parse(folder.run(fmt::format("{} --json --scenario {}", arguments, id)).out);
    const std::string validity = record["validity"];
    ++counted[validity];
    if (validity != "valid") continue;
    ++counted[record["certification"].get<std::string>()];
    const int sign = record["sign"], rule = record["rule_sign"];
    counted["sign_disagree"] += rule != 0 && rule != sign ? 1 : 0;
    counted["sign_undefined"] += rule == 0 ? 1 : 0;
    counted["axis_swap"] += record["axis_swap"].get<bool>() ? 1 : 0;
    if (record["residual"].get<double>() > worst) {
      worst = record["residual"];
      worst_scenario = static_cast<std::uint64_t>(id);
    }
  }
  EXPECT_GT(counted["disconnected"], 0);
  EXPECT_EQ(file.numbers("invalid"),
            (std::vector<double>{counted["too_small"], counted["disconnected"], counted["tied_axis"],
                                 counted["no_signal"], counted["localised"]}));
  for (const char* name : {"sign_disagree", "sign_undefined", "axis_swap"}) {
    EXPECT_EQ(file.numbers(fmt::format("diagnostic/{}", name))[0], counted[name]) << name;
  }
  EXPECT_NE(counted["sign_disagree"], counted["axis_swap"]);  // so that one can't stand for the other
  EXPECT_EQ(file.numbers("diagnostic/not_certified")[0], counted["not certified"]);
  EXPECT_EQ(file.numbers("tally/valid_scenarios")[0], counted["valid"]);
  EXPECT_EQ(file.numbers("certificate/worst_residual")[0], worst);
  EXPECT_EQ(file.counts("certificate/worst_residual_scenario")[0], worst_scenario);
}

// Shares, HHI and classes of the worked 6 regions (METHODS A2 step 3).
TEST_F(Sweep, TypologyOfAGivenP1) {
  Panel panel;
  panel.years = {2001};
  panel.locations = {"r1", "r2", "r3", "r4", "r5", "r6"};
  panel.products = {"1", "2", "3", "4", "5", "6", "7", "8", "9"};
  for (std::size_t r = 0; r < 6; ++r) {
    for (std::size_t p = 0; p < 8; ++p) panel.value.push_back(golden::kTypologyP1[r * 8 + p]);
    panel.value.push_back(golden::kTypologyRest[r]);
  }
  panel.missing.assign(6, 0);
  panel.product_class["p1"] = {"1", "1", "1", "1", "1", "1", "1", "1", "0"};
  write_panel(folder / "regions.h5", panel, false);
  const cli::Outcome run = folder.run(
      "sweep regions.h5 --rca-threshold 0.000000001 --p1-quantile given --hhi-cut 1200,1800,7000 --replicates 2 "
      "--units all -o s.h5 --quiet");
  ASSERT_EQ(run.code, 0) << run.err;
  const ResultReader file(folder / "s.h5");
  const double share[] = {70.58823529411765, 40.0, 21.05263157894737, 23.66412213740458, 11.764705882352942,
                          16.666666666666668};
  const double hhi[] = {6987.847222222224, 1287.5, 1250.0, 9375.650364203955, 1875.0, 7448.979591836733};
  for (std::size_t r = 0; r < 6; ++r) {
    EXPECT_NEAR(file.numbers("baseline/share")[r], share[r], 1e-13 * share[r]) << r;
    EXPECT_NEAR(file.numbers("baseline/hhi_p1")[r], hhi[r], 1e-13 * hhi[r]) << r;
  }
  EXPECT_EQ(file.numbers("baseline/class"), (std::vector<double>{0, 0, 2, 0, 2, 2,  // O, F-O, L = 0, 1, 2
                                                                 0, 1, 2, 0, 2, 2, 1, 1, 2, 0, 2, 2}));
}

TEST_F(Sweep, PlanAndFlagsSayTheSame) {
  std::ofstream(folder / "p.toml")
      << "panel = \"elsewhere.h5\"\n[specification]\nrca_threshold = { from = 0.75, to = 1.0, step = 0.25 }\n"
         "[resample]\nreplicates = 7\n[classes]\nunits = \"all\"\nhhi_cut = [1800, 2500]\nsplit = [\"median\", "
         "\"mean\"]\n"
         "[output]\nkeep = [\"eci\", \"pci\"]\nfile = \"planned.h5\"\n";
  ASSERT_EQ(folder.run("sweep p.toml --panel toy.h5 --replicates 500 --quiet").code, 0);
  ASSERT_EQ(folder.run(kArguments).code, 0);
  EXPECT_EQ(cli::file_text(folder / "planned.h5"), cli::file_text(folder / "s.h5"));

  // Global flags have their keys too; thresholds x (1 + 500) scenarios a year.
  const std::string global = folder.run("plan p.toml --replicates 500 --threads 3 --seed 7 --device cpu").out;
  EXPECT_THAT(global, HasSubstr("threads = 3"));
  EXPECT_THAT(global, HasSubstr("seed = 7"));
  EXPECT_THAT(global, HasSubstr("device = \"cpu\""));
  EXPECT_THAT(global, HasSubstr("# 2 specifications, 1002 scenarios a year, 4 class rules"));

  const cli::Outcome plan = folder.run("plan p.toml --replicates 500");
  ASSERT_EQ(plan.code, 0) << plan.err;
  EXPECT_THAT(plan.out, HasSubstr("replicates = 500"));
  std::ofstream(folder / "q.toml") << plan.out;
  EXPECT_EQ(folder.run("plan q.toml").out, plan.out);
}

TEST_F(Sweep, DryRunWritesNothing) {
  const std::size_t before = folder.entries();
  const cli::Outcome run = folder.run(std::string(kArguments) + " --dry-run --json");
  ASSERT_EQ(run.code, 0) << run.err;
  const auto out = nlohmann::json::parse(run.out);
  EXPECT_EQ(out["scenarios"], 2 * 2 * 501);
  EXPECT_GT(out["memory_bytes"], 0);
  EXPECT_GT(out["estimated_seconds"], 0.0);
  EXPECT_EQ(folder.entries(), before);
  EXPECT_THAT(folder.run(std::string(kArguments) + " --dry-run").out,
              HasSubstr("scenarios   2004: 2 years x 2 specifications"));
}

TEST_F(Sweep, TheSizeThatDryRunGivesBoundsTheFile) {
  const auto out = nlohmann::json::parse(folder.run(std::string(kArguments) + " --dry-run --json").out);
  ASSERT_EQ(folder.run(kArguments).code, 0);
  const ResultReader file(folder / "s.h5");
  std::size_t numbers = 0;
  for (const ResultReader::Dataset& dataset : file.datasets()) {
    if (dataset.dimensions.size() < 2 || dataset.kind != ResultReader::Dataset::Kind::kNumber) continue;
    const std::size_t element = dataset.type == "uint8"                                ? 1
                                : dataset.type == "float32" || dataset.type == "int32" ? 4
                                                                                       : 8;
    numbers += dataset.size() * element;
  }
  // Of sparse histograms the bound is a column a replicate: 4 bytes each, 500 in 2 x 2 cells.
  const std::size_t rows = file.require("location").size() + file.require("product").size();
  const std::size_t entries = file.require("score_entry").size() + file.require("product_score_entry").size();
  EXPECT_LE(entries, 4 * rows * 500);
  numbers += 4 * rows * 500 * 4 + kScoreColumns * 12;  // and the edges of the columns
  EXPECT_GE(out["output_bytes_before_compression"].get<double>(), 0.9 * static_cast<double>(numbers));
  EXPECT_LE(out["output_bytes_before_compression"].get<double>(), 1.2 * static_cast<double>(numbers));
}

TEST_F(Sweep, TheMemoryThatDryRunGivesIsWhatIsTaken) {
  const auto out = nlohmann::json::parse(folder.run(std::string(kArguments) + " --dry-run --json").out);
  EXPECT_GT(out["estimated_write_seconds"], 0.0);
  EXPECT_GT(out["estimated_seconds"], out["estimated_write_seconds"]);
  ASSERT_EQ(folder.run(kArguments).code, 0);
  const auto manifest = nlohmann::json::parse(cli::file_text(folder / "s.h5.manifest.json"));
  const double taken = manifest["memory_high_water_bytes"], said = out["memory_bytes"];
  // Two runs of a program differ by some megabytes of libraries and allocators.
  EXPECT_GE(said, 0.8 * taken - 8e6);
  EXPECT_LE(said, 1.2 * taken + 8e6);
}

// What stderr says after the summary stands after it where both go to one file.
TEST_F(Sweep, RateStandsBehindTheSummary) {
  const cli::Outcome run = folder.shell("'" BALASSA_PROGRAM "' sweep toy.h5 --replicates 50 -o s.h5 > both 2>&1");
  ASSERT_EQ(run.code, 0);
  const std::string both = cli::file_text(folder / "both");
  const std::size_t table = both.find("s.h5.manifest.json\n"), rate = both.rfind(" scenarios in ");
  ASSERT_NE(rate, std::string::npos) << both;
  ASSERT_NE(table, std::string::npos) << both;
  EXPECT_LT(table, rate) << both;
}

// A location that is absent in a year is not valid in any replicate of it, and has no margin.
TEST_F(Sweep, AbsentLocationsAreNotValid) {
  ASSERT_EQ(folder.run(kArguments).code, 0);
  const ResultReader file(folder / "s.h5");
  EXPECT_EQ(file.slab("rank/histogram", {0, 0, 5, 0}, {1, 1, 1, 7}), (std::vector<double>{500, 0, 0, 0, 0, 0, 0}));
  for (const std::size_t c : {0, 5}) {
    double sum = 0;
    for (const double count : file.slab("rank/histogram", {1, 0, c, 0}, {1, 1, 1, 7})) sum += count;
    EXPECT_EQ(sum, 500.0);
  }
  EXPECT_EQ(file.slab("baseline/diversity", {0, 0, 5}, {1, 1, 1})[0], file.fill_value("baseline/diversity"));
  const std::string table = folder.run("export s.h5 --table location").out;
  const std::size_t header = table.find('\n'), row = table.find("2001,0,e6,");
  ASSERT_NE(row, std::string::npos);
  const auto field = [&](const std::string& name) {
    std::istringstream names(table.substr(0, header)), fields(table.substr(row, table.find('\n', row) - row));
    for (std::string n, f; std::getline(names, n, ',');) {
      std::getline(fields, f, ',');
      if (n == name) return f;
    }
    return std::string("no column");
  };
  for (const char* name : {"eci", "rank", "diversity"}) EXPECT_EQ(field(name), "") << name;
}

// Not tested: no replicate (2 of the toy), precision that does not check, no baseline of the year to compare with.
TEST_F(Sweep, WhatIsNotTestedIsNoZero) {
  const std::vector<std::string> counters = {"sign_disagree",   "sign_undefined", "axis_swap",
                                             "giant_component", "not_certified",  "few_locations"};
  ASSERT_EQ(folder.run("sweep toy.h5 --years 2001 --scheme none --quiet -o none.h5").code, 0);
  const ResultReader none(folder / "none.h5");
  for (const std::string& name : counters) {
    EXPECT_EQ(none.counts("diagnostic/" + name), std::vector<std::uint64_t>{kNotTested}) << name;
    EXPECT_EQ(none.fill_value("diagnostic/" + name), 0x1p64) << name;
  }
  // Five locations: no rule can vote.
  EXPECT_EQ(none.numbers("diagnostic/orientation_ambiguous"), std::vector<double>{1});
  EXPECT_EQ(folder.run("export none.h5 --table year").out.find("18446744073709551615"), std::string::npos);

  ASSERT_EQ(folder.run("sweep toy.h5 --years 2001 --replicates 40 --precision fast --quiet -o fast.h5").code, 0);
  const ResultReader fast(folder / "fast.h5");
  EXPECT_EQ(fast.counts("diagnostic/not_certified"), std::vector<std::uint64_t>{kNotTested});
  EXPECT_LE(fast.counts("diagnostic/sign_disagree")[0], 40u);

  // Blocks that a replicate may join again: the baseline has no scores, and no other is there.
  write_panel(folder / "blocks.h5", cli::blocks_panel(), false);
  const cli::Outcome run =
      folder.run("sweep blocks.h5 --rca-threshold 0.001 --replicates 30 --units all --quiet --json -o b.h5");
  ASSERT_EQ(run.code, 0) << run.err;
  const ResultReader blocks(folder / "b.h5");
  EXPECT_EQ(blocks.counts("diagnostic/axis_swap"), std::vector<std::uint64_t>{kNotTested});
  EXPECT_EQ(blocks.numbers("baseline/sign_ambiguous"), std::vector<double>{255});
  EXPECT_EQ(blocks.numbers("diagnostic/orientation_ambiguous"), std::vector<double>{255});
  const auto cell = nlohmann::json::parse(run.out)["cells"][0];
  for (const char* name : {"axis_swap", "sign_disagree", "sign_ambiguous", "orientation_ambiguous", "lambda2"})
    EXPECT_TRUE(cell[name].is_null()) << name;
}

// A baseline has the sign of the convention's rule, as `compute` gives it, and is what its replicates are aligned with.
TEST_F(Sweep, BaselinesAreThoseOfCompute) {
  const cli::Outcome sweep =
      folder.run("sweep toy.h5 --rca-threshold 0.5,1,2 --replicates 100 --units all -o s.h5 --quiet");
  ASSERT_EQ(sweep.code, 0) << sweep.err;
  const ResultReader file(folder / "s.h5");
  const char* thresholds[] = {"0.5", "1", "2"};
  int compared = 0;
  for (std::size_t s = 0; s < 3; ++s) {
    ASSERT_EQ(folder.run(fmt::format("compute toy.h5 --rca-threshold {} -o m.h5 --force --quiet", thresholds[s])).code,
              0);
    const ResultReader measures(folder / "m.h5");
    const std::vector<double> eci = measures.numbers("measure/eci");
    for (std::size_t y = 0; y < 2; ++y) {
      const std::vector<double> baseline = file.slab("baseline/eci", {y, s, 0}, {1, 1, 6});
      for (std::size_t c = 0; c < 6; ++c) {
        if (std::isnan(eci[y * 6 + c])) {
          EXPECT_TRUE(std::isnan(baseline[c]));
          continue;
        }
        EXPECT_NEAR(baseline[c], eci[y * 6 + c], 1e-9) << y << " " << s << " " << c;
        ++compared;
      }
      for (const char* name : {"sign_ambiguous", "corr_reflection", "corr_year_before"}) {
        const double a = file.slab(fmt::format("baseline/{}", name), {y, s}, {1, 1})[0],
                     b = measures.numbers(fmt::format("certificate/{}", name))[y];
        EXPECT_TRUE(std::isnan(a) ? std::isnan(b) : std::fabs(a - b) < 1e-9) << name;
      }
      const bool valid = !std::isnan(baseline[0]);
      if (valid) {
        EXPECT_EQ(file.slab("alignment", {y, s}, {1, 1})[0], 0.0);
      }
    }
  }
  EXPECT_GT(compared, 20);
}

class Turning : public Sweep {
 protected:
  void SetUp() override { write_panel(folder / "turning.h5", cli::turning_panel(), false); }
  std::string arguments =
      "sweep turning.h5 --rca-threshold 0.001 --recompute-presence false --replicates 60 --p1-quantile "
      "none --keep eci --quiet ";
  std::vector<double> eci_of(const ResultReader& file, std::size_t y) const {
    return file.slab("baseline/eci", {y, 0, 0}, {1, 1, 10});
  }
  static double correlation(const std::vector<double>& a, const std::vector<double>& b) {
    const double n = static_cast<double>(a.size()), ma = std::accumulate(a.begin(), a.end(), 0.0) / n,
                 mb = std::accumulate(b.begin(), b.end(), 0.0) / n;
    double aa = 0, bb = 0, ab = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      aa += (a[i] - ma) * (a[i] - ma), bb += (b[i] - mb) * (b[i] - mb), ab += (a[i] - ma) * (b[i] - mb);
    }
    return ab / std::sqrt(aa * bb);
  }
};

TEST_F(Turning, YearsThatTurnRoundAreSaid) {
  const cli::Outcome run = folder.run(arguments + "-o s.h5");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("the ranking turned round from 2001 to 2002"));
  EXPECT_THAT(run.out, HasSubstr("the ranking turned round from 2002 to 2004"));  // 2003 has no scores
  EXPECT_THAT(run.out, HasSubstr("turned round from one year to the next in 2 cells"));
  const ResultReader file(folder / "s.h5");
  const std::vector<double> found = file.numbers("baseline/corr_year_before");
  EXPECT_TRUE(std::isnan(found[0]) && std::isnan(found[2]));
  EXPECT_NEAR(found[1], correlation(eci_of(file, 0), eci_of(file, 1)), 1e-12);
  EXPECT_NEAR(found[3], correlation(eci_of(file, 1), eci_of(file, 3)), 1e-12);
  EXPECT_LT(found[1], -0.9);
  EXPECT_GT(found[4], 0.9);
  EXPECT_EQ(file.numbers("baseline/turned"), (std::vector<double>{0, 0, 255, 0, 0}));
}

TEST_F(Turning, OneOrientationForAllYearsWhereAskedFor) {
  ASSERT_EQ(folder.run(arguments + "-o plain.h5").code, 0);
  const cli::Outcome run = folder.run(arguments + "--align-years -o s.h5");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("turned round by --align-years"));
  EXPECT_EQ(run.out.find("REMARK"), std::string::npos);
  const ResultReader plain(folder / "plain.h5"), file(folder / "s.h5");
  EXPECT_THAT(file.text_attribute("", "plan"), HasSubstr("align_years = true"));
  EXPECT_NE(file.text_attribute("", "plan_hash"), plain.text_attribute("", "plan_hash"));
  EXPECT_EQ(file.numbers("baseline/turned"), (std::vector<double>{0, 1, 255, 0, 0}));
  for (const std::size_t y : {0, 1, 3, 4}) {
    const double turn = y == 1 ? -1 : 1;
    const std::vector<double> before = eci_of(plain, y), now = eci_of(file, y);
    for (std::size_t c = 0; c < 10; ++c) EXPECT_NEAR(now[c], turn * before[c], 1e-9) << y;
    const std::vector<double> raw_before = plain.slab("raw/eci", {y, 0, 0, 0}, {1, 1, 60, 10}),
                              raw_now = file.slab("raw/eci", {y, 0, 0, 0}, {1, 1, 60, 10});
    for (std::size_t i = 0; i < raw_now.size(); ++i) EXPECT_NEAR(raw_now[i], turn * raw_before[i], 1e-4) << y;
    // How often the rule changes its mind does not depend on it.
    EXPECT_EQ(file.counts("diagnostic/sign_disagree")[y], plain.counts("diagnostic/sign_disagree")[y]);
  }
  EXPECT_GT(file.numbers("baseline/corr_year_before")[1], 0.9);
  EXPECT_GT(file.numbers("baseline/corr_year_before")[3], 0.9);

  // `compute` says the same; shards, a restart and a scenario alone too.
  ASSERT_EQ(folder.run("compute turning.h5 --rca-threshold 0.001 --align-years -o m.h5 --quiet").code, 0);
  const ResultReader measures(folder / "m.h5");
  const std::vector<double> eci = measures.numbers("measure/eci");
  for (const std::size_t y : {0, 1, 3, 4}) {
    for (std::size_t c = 0; c < 10; ++c) EXPECT_NEAR(eci[y * 10 + c], eci_of(file, y)[c], 1e-9) << y;
  }
  EXPECT_EQ(measures.numbers("certificate/turned"), (std::vector<double>{0, 1, 255, 0, 0}));
  EXPECT_THAT(measures.text_attribute("", "specification"), HasSubstr("\"align_years\":true"));
  for (int k = 0; k < 3; ++k)
    ASSERT_EQ(folder.run(fmt::format("{}--align-years -o t.h5 --shard {}/3", arguments, k)).code, 0);
  ASSERT_EQ(folder.run("merge t.h5").code, 0);
  EXPECT_EQ(cli::file_text(folder / "t.h5"), cli::file_text(folder / "s.h5"));
  const auto alone = nlohmann::json::parse(folder.run(arguments + "--align-years --json --scenario 78").out);
  EXPECT_EQ(alone["year"], 2002);
  EXPECT_EQ(alone["turned"], true);
  for (std::size_t c = 0; c < 10; ++c) {
    EXPECT_EQ(static_cast<double>(static_cast<float>(alone["locations"][c]["eci"].get<double>())),
              file.slab("raw/eci", {1, 0, 16, c}, {1, 1, 1, 1})[0]);
  }
  // The key says the same as the flag.
  std::ofstream(folder / "p.toml") << "[run]\nalign_years = true\n";
  EXPECT_EQ(folder.run("plan p.toml --json").out, folder.run("plan --align-years --json").out);
}

TEST_F(Turning, AxesOfFewLocationsAreSaidAndLeftOutWhereAskedFor) {
  // Ten locations that share one product, and one that has five more of its own: the axis is that one's.
  Panel panel;
  panel.years = {2001};
  for (int c = 0; c < 10; ++c) panel.locations.push_back("l" + std::to_string(c));
  for (int p = 0; p < 15; ++p) panel.products.push_back("p" + std::to_string(p));
  panel.value.assign(150, 0.0);
  panel.missing.assign(10, 0);
  for (std::size_t c = 0; c < 10; ++c) {
    for (std::size_t p = 0; p < 15; ++p) {
      const bool own = c == 0 ? p >= 10 || p == 0 : p < 10 && (p + c) % 3 != 0;
      panel.value[panel.index(0, c, p)] = own ? 1.0 : 0.0;
    }
  }
  write_panel(folder / "one.h5", panel, false);
  const std::string one =
      "sweep one.h5 --rca-threshold 0.001 --recompute-presence false --replicates 50 --p1-quantile none "
      "--quiet ";
  const cli::Outcome run = folder.run(one + "-o s.h5 --json");
  ASSERT_EQ(run.code, 0) << run.err;
  const auto cell = nlohmann::json::parse(run.out)["cells"][0];
  ASSERT_LT(cell["participation"].get<double>(), 3.0);
  const ResultReader file(folder / "s.h5");
  EXPECT_EQ(file.numbers("baseline/few_locations"), std::vector<double>{1});
  const std::vector<double> histogram = file.numbers("certificate/participation");
  EXPECT_EQ(file.numbers("diagnostic/few_locations")[0], histogram[0] + histogram[1] + histogram[2]);
  EXPECT_GT(file.numbers("diagnostic/few_locations")[0], 0.0);
  EXPECT_THAT(folder.run(one + "-o s.h5 --force").out, HasSubstr("WARNING: participation"));
  EXPECT_THAT(folder.run("compute one.h5 --rca-threshold 0.001 -o m.h5").out, HasSubstr("WARNING: participation"));
  EXPECT_EQ(ResultReader(folder / "m.h5").numbers("certificate/few_locations"), std::vector<double>{1});

  ASSERT_EQ(folder.run(one + "--min-participation 3 -o t.h5").code, 0);
  const ResultReader kept(folder / "t.h5");
  EXPECT_EQ(kept.numbers("baseline/validity"), std::vector<double>{5});
  // What is tied is so with and without it.
  EXPECT_EQ(kept.numbers("invalid")[4] + kept.numbers("invalid")[2],
            file.numbers("diagnostic/few_locations")[0] + file.numbers("invalid")[2]);
  EXPECT_EQ(kept.strings("cause").back(), "localised");
  EXPECT_NEAR(kept.numbers("baseline/participation")[0], file.numbers("baseline/participation")[0], 1e-12);
  EXPECT_EQ(kept.numbers("min_participation"), std::vector<double>{3});
  const cli::Outcome none = folder.run("compute one.h5 --rca-threshold 0.001 --min-participation 3 -o n.h5");
  EXPECT_THAT(none.out, HasSubstr("no scores (localised)"));
  EXPECT_EQ(folder.run("compute one.h5 --min-participation -1 -o q.h5").code, 64);
  EXPECT_EQ(folder.run(one + "--min-participation x -o q.h5").code, 64);
}

TEST_F(Sweep, RefusesAnExistingOutputBeforeAnyWork) {
  ASSERT_EQ(folder.run(kArguments).code, 0);
  const std::string before = cli::file_text(folder / "s.h5");
  EXPECT_EQ(folder.run(kArguments).code, 73);
  EXPECT_EQ(cli::file_text(folder / "s.h5"), before);
  EXPECT_EQ(folder.run(std::string(kArguments) + " --force").code, 0);
  EXPECT_EQ(cli::file_text(folder / "s.h5"), before);  // the same run, the same bytes
}

TEST_F(Sweep, SaysWhatIsMissing) {
  const std::vector<std::pair<std::string, int>> runs = {{"sweep -o s.h5", 64},
                                                         {"sweep toy.h5", 64},
                                                         {"sweep absent.h5 -o s.h5", 66},
                                                         {"sweep absent.toml -o s.h5", 66},
                                                         {"sweep toy.h5 -o s.h5 --years 1999", 78},
                                                         {"sweep toy.h5 -o absent/s.h5", 73},
                                                         {"sweep toy.h5 toy.h5 -o s.h5", 64},
                                                         {"sweep toy.h5 -o s.h5 --replicates x", 64},
                                                         {"sweep toy.h5 -o s.h5 --no-such-flag", 64},
                                                         {"sweep toy.h5 -o s.h5 --p1-quantile given", 65},
                                                         {"--device cuda:99 sweep toy.h5 -o s.h5", 69},
                                                         {"sweep toy.h5 -o s.h5 --scheme countries", 64}};
  const std::size_t before = folder.entries();
  for (const auto& [arguments, code] : runs) {
    const cli::Outcome run = folder.run(arguments + " --quiet");
    EXPECT_EQ(run.code, code) << arguments << "\n" << run.err;
    EXPECT_EQ(run.out, "") << arguments;
    if (arguments.find("--no-such-flag") == std::string::npos) {
      EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    }
    EXPECT_EQ(folder.entries(), before) << arguments;
  }
}

TEST_F(Sweep, SignalsStopItWithItsWorkSaved) {
  for (const auto& [signal, code] : {std::pair{"INT", 130}, {"TERM", 143}, {"USR1", 75}}) {
    const std::size_t before = folder.entries();
    // The shell ignores SIGINT for background jobs, so `timeout` sends it.
    const std::string line = fmt::format(
        "cd '{}' && timeout --preserve-status -s {} 1 '{}' sweep toy.h5 --replicates 1000000000 -o s.h5 --quiet > .out "
        "2> .err; echo $? > .code",
        folder / "", signal, BALASSA_PROGRAM);
    ASSERT_EQ(std::system(line.c_str()), 0);
    EXPECT_EQ(std::stoi(cli::file_text(folder / ".code")), code);
    EXPECT_THAT(cli::file_text(folder / ".err"), StartsWith(std::string("balassa: stopped by SIG") + signal + " at "));
    EXPECT_THAT(cli::file_text(folder / ".err"), HasSubstr("run the same command again to continue"));
    EXPECT_EQ(cli::file_text(folder / ".out"), "");
    EXPECT_FALSE(std::filesystem::exists(folder / "s.h5"));
    for (const char* name : {".out", ".err", ".code", "s.h5.cells", "s.h5.checkpoint"}) {
      EXPECT_TRUE(std::filesystem::remove(folder / name)) << name;
    }
    EXPECT_EQ(folder.entries(), before);
  }
}

}  // namespace
}  // namespace balassa
