// Plots of rows: one line each, in their order, on an axis that holds every interval.
#include "host/report/row_plot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <regex>

namespace balassa {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

RowPlot plot_of(std::vector<PlotRow> rows) {
  RowPlot plot;
  plot.title = "title";
  plot.axis = {"axis", false};
  plot.series = {"location"};
  plot.rows = std::move(rows);
  return plot;
}

// The axis runs from 0 at x = 230 to 10 at x = 940: 71 a unit.
TEST(RowPlot, AMarkAndItsIntervalStandAtTheirValues) {
  const std::string svg = svg_of(plot_of({{"AA", {{4, 0, 10, 0, "aa"}}}, {"BB", {{5, 5, 5, 0, "bb"}}}}));
  EXPECT_THAT(svg, HasSubstr("<line class=\"span\" x1=\"230.0\" x2=\"940.0\" y1=\"65\" y2=\"65\"/>"));
  EXPECT_THAT(svg, HasSubstr("<circle cx=\"514.0\" cy=\"65.0\""));
  EXPECT_THAT(svg, HasSubstr("<circle cx=\"585.0\" cy=\"80.0\""));
  EXPECT_LT(svg.find(">AA<"), svg.find(">BB<"));
}

TEST(RowPlot, WhatTheAxisCannotShowIsLeftOut) {
  const std::string svg = svg_of(plot_of({{"AA", {{std::nan(""), 0, 0, 0, "none"}, {1, 1, 1, 0, "one"}}}}));
  EXPECT_THAT(svg, HasSubstr("one"));
  EXPECT_THAT(svg, Not(HasSubstr("none")));
  EXPECT_EQ(svg_of(plot_of({{"AA", {}}})), "");
  EXPECT_EQ(svg_of(plot_of({})), "");
}

// 31 letters of two bytes: 30 stay, none is cut in half.
TEST(RowPlot, LongLabelsAreCutBetweenCharacters) {
  std::string label, kept;
  for (int k = 0; k < 31; ++k) label += "é";
  for (int k = 0; k < 30; ++k) kept += "é";
  EXPECT_THAT(svg_of(plot_of({{label, {{1, 1, 1, 0, ""}}}})), HasSubstr(">" + kept + "…</text>"));
}

// As many series as the legend names, each with its own look.
TEST(RowPlot, SeveralSeriesHaveALegend) {
  RowPlot plot = plot_of({{"AA", {{1, 1, 1, 0, "first"}, {2, 2, 2, 1, "second"}}}});
  EXPECT_THAT(svg_of(plot), Not(HasSubstr(">location<")));
  plot.series = {"swap & sign", "other"};
  EXPECT_THAT(svg_of(plot), HasSubstr(">swap &amp; sign</text>"));
  EXPECT_THAT(svg_of(plot), HasSubstr("<g class=\"c1\"><title>second</title>"));
}

}  // namespace
}  // namespace balassa
