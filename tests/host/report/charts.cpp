// Charts draw what the file holds: numbers typed here, found again in pictures and tables.
#include "host/report/charts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <set>

#include "io/base/error.hpp"

namespace balassa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const double kNan = std::nan("");

// What a test changes of the sweep below.
struct Changes {
  std::string format = "balassa-sweep";
  int version = 1;
  std::vector<double> quantiles = {0.1, 0.5, 0.9};
  bool ranks = true, turned = false;
};

class Charts : public ::testing::Test {
 protected:
  Charts() { std::filesystem::create_directories(folder_); }
  ~Charts() override { std::filesystem::remove_all(folder_); }

  // Two years, one specification, three locations; CC has no rank in 2001. 100 replicates.
  std::string sweep(const Changes& changes) {
    const std::string path = (folder_ / "sweep.h5").string();
    ResultFile file(path, changes.format, changes.version, true);
    file.attribute("seed", std::int64_t{7});
    file.attribute("plan_hash", std::string("abc123"));
    file.dimension("year", std::vector<std::int32_t>{2000, 2001});
    file.dimension("specification", std::vector<std::int64_t>{0});
    file.dimension("location", std::vector<std::string>{"AA", "BB", "CC"});
    file.dimension("quantile", std::span<const double>(changes.quantiles));
    file.dimension("cause", std::vector<std::string>{"too_small", "tied_axis"});
    file.write("location_name", std::vector<std::string>{"Ah", "Be & Co", "Ce"}, {"location"});
    file.write("label", std::vector<std::string>{"RCA >= 1"}, {"specification"});
    if (changes.ranks) write_ranks(file, changes);
    file.write("invalid", std::vector<std::uint64_t>{0, 3, 0, 0}, {"year", "specification", "cause"});
    file.write("tally/scenarios", std::vector<std::uint64_t>{100, 100}, {"year", "specification"});
    file.write("tally/valid_scenarios", std::vector<std::uint64_t>{97, 100}, {"year", "specification"});
    Storage not_tested;
    not_tested.fill = -1;
    for (const char* name :
         {"sign_disagree", "sign_undefined", "axis_swap", "giant_component", "not_certified", "few_locations"}) {
      const bool swap = name == std::string("axis_swap");
      file.write(std::string("diagnostic/") + name, std::vector<std::uint64_t>{swap ? 25u : 0u, ~std::uint64_t{0}},
                 {"year", "specification"}, {}, not_tested);
    }
    file.commit();
    return path;
  }

 private:
  static void write_ranks(ResultFile& file, const Changes& changes) {
    const std::size_t quantiles = changes.quantiles.size();
    std::vector<double> ranks;
    const std::vector<std::vector<double>> rows = {{1, 2, 3}, {1, 1, 2}, {2, 3, 3}, {1, 1, 1}, {2, 2, 2}};
    for (const std::vector<double>& row : rows) ranks.insert(ranks.end(), row.begin(), row.begin() + quantiles);
    ranks.insert(ranks.end(), quantiles, kNan);
    std::vector<std::string> dimensions = {"year", "specification", "location", "quantile"};
    if (changes.turned) std::swap(dimensions[2], dimensions[3]);
    file.write("rank/quantiles", ranks, dimensions);
  }

  std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("balassa-charts-" + std::to_string(getpid()));
};

std::vector<std::string> texts(const std::vector<TableCell>& row) {
  std::vector<std::string> out;
  for (const TableCell& cell : row) out.push_back(cell.text);
  return out;
}

const Drawing& drawing_of(const ResultCharts& charts, const std::string& name) {
  for (const DrawnChart& drawn : charts.drawn) {
    if (drawn.chart->name == name) return drawn.drawing;
  }
  throw std::out_of_range(name + " was not drawn");
}

TEST_F(Charts, HaveNamesOfTheirOwnAndSayWhatTheyNeed) {
  std::set<std::string> names;
  for (const Chart& chart : charts()) {
    EXPECT_TRUE(names.insert(chart.name).second) << chart.name;
    EXPECT_FALSE(chart.needs.empty() || chart.keep.empty() || chart.help.empty() || chart.title.empty()) << chart.name;
    EXPECT_NE(chart.draw, nullptr) << chart.name;
  }
}

TEST_F(Charts, RankIntervalsAreTheFilesLatestYearFirst) {
  const ResultReader file(sweep({}));
  const ResultCharts result = draw_charts(file);
  const Drawing& drawing = drawing_of(result, "rank_intervals");
  ASSERT_EQ(drawing.figures.size(), 2u);
  const Figure &late = drawing.figures[0], &early = drawing.figures[1];
  EXPECT_EQ(late.name, "rank_intervals-2001-0");
  EXPECT_THAT(early.numbers.head,
              ElementsAre("location", "name", "rank, quantile 0.1", "rank, quantile 0.5", "rank, quantile 0.9"));
  ASSERT_EQ(early.numbers.rows.size(), 3u);
  EXPECT_THAT(texts(early.numbers.rows[0]), ElementsAre("BB", "Be & Co", "1", "1", "2"));
  EXPECT_THAT(texts(early.numbers.rows[1]), ElementsAre("AA", "Ah", "1", "2", "3"));
  EXPECT_THAT(texts(early.numbers.rows[2]), ElementsAre("CC", "Ce", "2", "3", "3"));
  EXPECT_THAT(texts(late.numbers.rows[2]), ElementsAre("CC", "Ce", "–", "–", "–"));
  EXPECT_THAT(early.svg, HasSubstr("Be &amp; Co: median 1, 1 to 2"));
  EXPECT_THAT(late.caption, HasSubstr("Locations without a rank in any replicate: 1."));
}

TEST_F(Charts, HealthCountsCausesAndDiagnostics) {
  const ResultReader file(sweep({}));
  const ResultCharts result = draw_charts(file);
  const Figure& figure = drawing_of(result, "health").figures.at(0);
  EXPECT_THAT(figure.numbers.head, ElementsAre("year and specification", "replicates", "valid", "no scores: too small",
                                               "no scores: tied axis", "not certified", "sign disagree",
                                               "sign undefined", "axis swap", "few locations", "giant component"));
  EXPECT_THAT(texts(figure.numbers.rows[0]),
              ElementsAre("2000, RCA >= 1", "100", "97", "0", "3", "0", "0", "0", "25", "0", "0"));
  EXPECT_THAT(texts(figure.numbers.rows[1]),
              ElementsAre("2001, RCA >= 1", "100", "100", "0", "0", "–", "–", "–", "–", "–", "–"));
  EXPECT_THAT(figure.svg, HasSubstr("axis swap: 25 of 100"));
  EXPECT_THAT(figure.svg, HasSubstr("no scores: tied axis: 3 of 100"));
}

TEST_F(Charts, WhatIsMissingIsNamedWithAWayToGetIt) {
  const ResultCharts no_ranks = draw_charts(ResultReader(sweep({.ranks = false})));
  ASSERT_EQ(no_ranks.left_out.size(), 2u);
  EXPECT_EQ(no_ranks.left_out[0].chart->name, "rank_intervals");
  EXPECT_EQ(no_ranks.left_out[0].missing, "/rank/quantiles");
  for (const std::vector<double>& quantiles : {std::vector<double>{0.1, 0.9}, {0.5}, {0.1, 0.5}, {0.5, 0.9}}) {
    const ResultCharts result = draw_charts(ResultReader(sweep({.quantiles = quantiles})));
    EXPECT_THAT(result.left_out[0].missing, HasSubstr("the quantile 0.5")) << quantiles.size();
    EXPECT_THAT(result.left_out[0].keep, HasSubstr("--quantiles 0.025,0.5,0.975"));
  }
}

std::string error_of(const std::string& path) {
  try {
    draw_charts(ResultReader(path));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kBadData);
    return error.what();
  }
  return "no error";
}

TEST_F(Charts, OtherFilesAreRefused) {
  EXPECT_THAT(error_of(sweep({.version = 2})), HasSubstr("found version 2 of balassa-sweep, expected 1"));
  EXPECT_THAT(error_of(sweep({.format = "balassa-panel"})), HasSubstr("found a panel, expected a result"));
  EXPECT_THAT(error_of(sweep({.format = "balassa-eigbench"})), HasSubstr("balassa eigbench --from"));
  EXPECT_THAT(error_of(sweep({.format = "theirs"})), HasSubstr("found format \"theirs\", expected a result"));
  EXPECT_THAT(error_of(sweep({.turned = true})),
              HasSubstr(":/rank/quantiles: found dimensions [year, specification, quantile, location], expected [year, "
                        "specification, location, quantile]"));
}

TEST_F(Charts, ThePageNamesItsSource) {
  const ResultReader file(sweep({}));
  const std::string page = result_page(file, draw_charts(file));
  EXPECT_THAT(page, HasSubstr("sweep.h5, balassa-sweep version 1"));
  EXPECT_THAT(page, HasSubstr("seed 7; plan hash abc123;"));
  EXPECT_THAT(page, HasSubstr("<td>scores</td>"));
}

}  // namespace
}  // namespace balassa
