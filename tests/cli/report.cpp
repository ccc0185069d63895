// `balassa report` as a process: one page that opens from disk, numbers that are the file's, advice that works.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "io/hdf5/result_file.hpp"
#include "tests/cli/page.hpp"
#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

// A panel, its measures, and a sweep of two specifications.
class Report : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new cli::Folder;
    for (const char* command :
         {"synth -o panel.h5 --locations 24 --products 60 --years 2015-2016", "compute panel.h5 -o measures.h5",
          "sweep panel.h5 -o sweep.h5 --replicates 50 --rca-threshold 1,2 --quiet"})
      ASSERT_EQ(folder().run(command).code, 0) << command;
  }
  static void TearDownTestSuite() { delete folder_; }
  static const cli::Folder& folder() { return *folder_; }

 private:
  static inline cli::Folder* folder_ = nullptr;
};

std::string shown(double value) {
  return std::isnan(value) ? "–" : fmt::format("{}", value);
}

// Cells of the row of the table below a figure whose first cell is `code`.
std::vector<std::string> row_of(const std::string& page, const std::string& figure, const std::string& code) {
  const std::size_t begin = page.find(figure), end = page.find("</figure>", begin);
  EXPECT_NE(begin, std::string::npos) << figure;
  const std::string part = page.substr(begin, end - begin);
  static const std::regex row("<tr>(.*)</tr>"), cell("<td[^>]*>([^<]*)</td>");
  for (auto it = std::sregex_iterator(part.begin(), part.end(), row); it != std::sregex_iterator(); ++it) {
    const std::string text = (*it)[1];
    std::vector<std::string> cells;
    for (auto c = std::sregex_iterator(text.begin(), text.end(), cell); c != std::sregex_iterator(); ++c)
      cells.push_back((*c)[1]);
    if (!cells.empty() && cells[0] == code) return cells;
  }
  return {};
}

TEST_F(Report, NumbersOfThePageAreTheFiles) {
  const cli::Outcome run = folder().run("report sweep.h5 -o numbers.html");
  ASSERT_EQ(run.code, 0) << run.err;
  const std::string page = cli::file_text(folder() / "numbers.html");
  cli::expect_one_page(page);
  const ResultReader file(folder() / "sweep.h5");
  const std::vector<double> ranks = file.numbers("rank/quantiles"), swaps = file.numbers("diagnostic/axis_swap");
  const std::vector<double> invalid = file.numbers("invalid"), valid = file.numbers("tally/valid_scenarios");
  const std::vector<std::string>&codes = file.strings("location"), &labels = file.strings("label");
  const std::size_t quantiles = file.numbers("quantile").size(), causes = file.strings("cause").size();
  for (std::size_t cell = 0; cell < 4; ++cell) {
    const std::string title =
        std::regex_replace(fmt::format("{}, {}", 2015 + cell / 2, labels[cell % 2]), std::regex(">"), "&gt;");
    for (std::size_t c = 0; c < codes.size(); ++c) {
      std::vector<std::string> row = row_of(page, "aria-label=\"Ranks: " + title + "\"", codes[c]);
      ASSERT_GE(row.size(), quantiles + 1) << codes[c];
      for (std::size_t q = 0; q < quantiles; ++q)
        EXPECT_EQ(row[row.size() - quantiles + q], shown(ranks[(cell * codes.size() + c) * quantiles + q]));
    }
    const std::vector<std::string> health = row_of(page, "aria-label=\"What replicates met\"", title);
    ASSERT_EQ(health.size(), 3 + causes + 6) << title;
    EXPECT_EQ(health[1], "50");
    EXPECT_EQ(health[2], shown(valid[cell]));
    for (std::size_t k = 0; k < causes; ++k) EXPECT_EQ(health[3 + k], shown(invalid[cell * causes + k]));
    EXPECT_EQ(health[3 + causes + 3], shown(swaps[cell]));
  }
  for (const char* attribute : {"plan_hash", "panel_hash", "convention", "balassa_version"})
    EXPECT_THAT(page, HasSubstr(file.text_attribute("", attribute))) << attribute;
  EXPECT_THAT(page, HasSubstr("seed 42;"));
}

TEST_F(Report, ScoresOfMeasuresAreTheFiles) {
  ASSERT_EQ(folder().run("report measures.h5 -o scores.html").code, 0);
  const std::string page = cli::file_text(folder() / "scores.html");
  cli::expect_one_page(page);
  const ResultReader file(folder() / "measures.h5");
  const std::vector<double> eci = file.numbers("measure/eci"), rank = file.numbers("measure/eci_rank");
  ASSERT_EQ(rank[3] > 0, true);
  const std::vector<std::string> row = row_of(page, "aria-label=\"ECI: 2015\"", fmt::format("{}", rank[3]));
  ASSERT_EQ(row.size(), 3u);
  EXPECT_EQ(row[1], file.strings("location")[3]);
  EXPECT_EQ(row[2], fmt::format("{:.4f}", eci[3]));
  EXPECT_THAT(page, HasSubstr(fmt::format("title=\"{}\"", eci[3])));
}

// Nothing in a page varies from run to run; what does is in the manifest.
TEST_F(Report, TheSameResultGivesTheSameBytes) {
  ASSERT_EQ(folder().run("report sweep.h5 -o a.html").code, 0);
  ASSERT_EQ(folder().run("report sweep.h5 -o b.html --threads 1").code, 0);
  EXPECT_EQ(cli::file_text(folder() / "a.html"), cli::file_text(folder() / "b.html"));
  const Json manifest = Json::parse(cli::file_text(folder() / "a.html.manifest.json"));
  EXPECT_EQ(manifest["command"], "report");
  EXPECT_EQ(manifest["inputs"][0]["path"], "sweep.h5");
}

// Between them, a sweep and its measures draw every chart that the program names.
TEST_F(Report, EveryChartIsDrawnOfSomeResult) {
  std::set<std::string> drawn, named;
  for (const char* result : {"sweep.h5", "measures.h5"}) {
    const cli::Outcome run = folder().run(fmt::format("report {} -o every-{}.html --json", result, result));
    ASSERT_EQ(run.code, 0) << run.err;
    const Json json = Json::parse(run.out);
    for (const Json& chart : json["charts"]) drawn.insert(chart["chart"]);
    for (const Json& chart : json["charts"]) named.insert(chart["chart"]);
    for (const Json& chart : json["left_out"]) named.insert(chart["chart"]);
  }
  EXPECT_EQ(drawn, named);
  EXPECT_GE(drawn.size(), 3u);
}

TEST_F(Report, FiguresAreFilesToo) {
  const cli::Outcome run = folder().run("report sweep.h5 -o f.html --charts figures --json");
  ASSERT_EQ(run.code, 0) << run.err;
  const Json files = Json::parse(run.out)["files"];
  ASSERT_EQ(files.size(), 5u);
  EXPECT_EQ(files[0], "figures/rank_intervals-2016-0.svg");
  for (const Json& name : files) {
    const std::string svg = cli::file_text(folder() / name.get<std::string>());
    cli::expect_one_page(svg);
    EXPECT_THAT(svg, HasSubstr("xmlns=\"http://www.w3.org/2000/svg\"><style>"));
  }
  const cli::Outcome again = folder().run("report sweep.h5 -o g.html --charts figures");
  EXPECT_EQ(again.code, 73);
  EXPECT_THAT(again.err, HasSubstr("figures/rank_intervals-2016-0.svg"));
  EXPECT_FALSE(std::filesystem::exists(folder() / "g.html"));
  EXPECT_EQ(folder().run("report sweep.h5 -o g.html --charts figures --force").code, 0);
  EXPECT_EQ(folder().run("report sweep.h5 -o h.html --charts panel.h5").code, 73);
  EXPECT_EQ(folder().run("report sweep.h5 -o g.html").code, 73);
}

// What the page says to do gives the chart that it left out.
TEST_F(Report, AdviceOnAChartLeftOutWorks) {
  ASSERT_EQ(folder().run("sweep panel.h5 -o bare.h5 --replicates 20 --quantiles 0.25 --quiet").code, 0);
  const cli::Outcome bare = folder().run("report bare.h5 -o bare.html --json");
  ASSERT_EQ(bare.code, 0) << bare.err;
  const Json out = Json::parse(bare.out)["left_out"][0];
  EXPECT_EQ(out["chart"], "rank_intervals");
  const std::string keep = out["keep"], flag = "--quantiles 0.025,0.5,0.975", key = "quantiles = [0.025, 0.5, 0.975]";
  ASSERT_THAT(keep, HasSubstr(flag));
  ASSERT_THAT(keep, HasSubstr(key));
  std::ofstream(folder() / "plan.toml") << "[output]\n" << key << "\n";
  for (const std::string& advised : {"panel.h5 " + flag, std::string("plan.toml --panel panel.h5")}) {
    ASSERT_EQ(folder().run("sweep " + advised + " -o kept.h5 --replicates 20 --quiet --force").code, 0);
    EXPECT_THAT(folder().run("report kept.h5 -o kept.html --force").out, HasSubstr("rank_intervals   2 figures"));
  }
}

TEST_F(Report, WhatIsNoResultIsRefused) {
  const cli::Outcome panel = folder().run("report panel.h5 -o no.html");
  EXPECT_EQ(panel.code, 65);
  EXPECT_THAT(panel.err, HasSubstr("panel.h5: found a panel, expected a result of compute or sweep; do balassa compute "
                                   "panel.h5 -o measures.h5, or balassa sweep panel.h5 -o sweep.h5\n"));
  std::ofstream(folder() / "text.csv") << "year,location\n";
  EXPECT_EQ(folder().run("report text.csv -o no.html").code, 65);
  EXPECT_EQ(folder().run("report absent.h5 -o no.html").code, 66);
  EXPECT_EQ(folder().run("report sweep.h5").code, 64);
  EXPECT_EQ(folder().run("report sweep.h5 -o nowhere/no.html").code, 73);
  EXPECT_FALSE(std::filesystem::exists(folder() / "no.html"));
}

}  // namespace
}  // namespace balassa
