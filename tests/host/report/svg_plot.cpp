// What a reader of a plot relies on: looks that differ, ticks that tell a scale, points that nothing hides.
#include "host/report/svg_plot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>

namespace balassa {
namespace {

using ::testing::HasSubstr;

PlotSeries points_of(std::vector<PlotPoint> points, int style) {
  PlotSeries series;
  series.name = "series";
  series.points = std::move(points);
  series.style = style;
  return series;
}

// Without lines a dash can't tell two apart: colour and mark must.
TEST(SvgPlot, EveryLookDiffersInColourOrMark) {
  std::set<std::string> looks;
  for (int style = 0; style < kLooks; ++style) {
    for (const bool hollow : {false, true}) {
      PlotSeries series = points_of({{1, 1, 1, 1, ""}}, style);
      series.hollow = hollow;
      series.line = false;
      const std::string plot = svg_of({"title", {"x"}, {"y"}, {series}});
      EXPECT_TRUE(looks.insert(std::regex_replace(plot, std::regex(" dash[0-9]"), "")).second) << style << hollow;
    }
  }
}

// 224 and 240 lie within one decade, between 200 and 300.
TEST(SvgPlot, LessThanADecadeHasTicksOnBothSides) {
  const std::string plot = svg_of({"title", {"x"}, {"y"}, {points_of({{224, 1, 1, 1, ""}, {240, 9, 9, 9, ""}}, 0)}});
  EXPECT_THAT(plot, HasSubstr(">200</text>"));
  EXPECT_THAT(plot, HasSubstr(">300</text>"));
}

TEST(SvgPlot, ABareLineLiesUnderTheMarks) {
  const PlotSeries marked = points_of({{1, 1, 1, 1, ""}, {10, 10, 10, 10, ""}}, 0);
  PlotSeries bare = marked;
  bare.style = 7;
  bare.marks = false;
  const std::string plot = svg_of({"title", {"x"}, {"y"}, {marked, bare}});
  const std::size_t line = plot.find("<g class=\"c7\">"), mark = plot.find("<circle");
  ASSERT_NE(line, std::string::npos);
  EXPECT_LT(line, mark);
}

TEST(SvgPlot, WhatAnAxisCannotShowIsLeftOut) {
  const std::string plot =
      svg_of({"title", {"x"}, {"y"}, {points_of({{1, 0, 0, 0, "zero"}, {2, 5, 5, 5, "five"}}, 0)}});
  EXPECT_THAT(plot, HasSubstr("five"));
  EXPECT_THAT(plot, ::testing::Not(HasSubstr("zero")));
  EXPECT_THAT(svg_of({"title", {"x"}, {"y"}, {points_of({{1, 0, 0, 0, "zero"}}, 0)}}), HasSubstr("nothing to show"));
}

}  // namespace
}  // namespace balassa
