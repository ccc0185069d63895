// The progress bar minds the screen: no line is as wide as it, at any width, and what it says is no nonsense.
#include "host/terminal/progress_line.hpp"

#include <gtest/gtest.h>

#include "io/text/utf8.hpp"

namespace balassa {
namespace {

TEST(ProgressLine, FitsEveryScreen) {
  for (const ProgressState& state :
       {ProgressState{"sweep", "scenarios", 123456789, 1000000000, 4321.5},
        ProgressState{"read back", "parts", 3, 0, 0.001}, ProgressState{"compute", "years", 55, 55, 12}}) {
    for (const std::size_t columns : {20u, 40u, 60u, 80u, 132u}) {
      const std::string line = progress_line(state, columns);
      EXPECT_LT(display_width(line), columns) << line;
      EXPECT_FALSE(line.empty());
    }
  }
}

TEST(ProgressLine, LosesTheBarFirstAndTheCountLast) {
  const ProgressState state{"sweep", "scenarios", 500, 1000, 100};
  EXPECT_EQ(progress_line(state, 132), "[############............] sweep: 500/1000 scenarios (50 %), 100/s, 5 s left");
  EXPECT_EQ(progress_line(state, 60), "sweep: 500/1000 scenarios (50 %), 100/s, 5 s left");
  EXPECT_EQ(progress_line(state, 46), "sweep: 500/1000 scenarios (50 %), 5 s left");
  EXPECT_EQ(progress_line(state, 24), "sweep: 50 %, 5 s left");
  EXPECT_EQ(progress_line(state, 12), "sweep: 50 %");
}

TEST(ProgressLine, SlowWorkHasARateAndNoAbsurdForecast) {
  EXPECT_EQ(progress_text({"sweep", "scenarios", 1, 4, 0.25}), "sweep: 1/4 scenarios (25 %), 15.0/min, 12 s left");
  EXPECT_EQ(progress_text({"write", "cells", 1, 3, 0.001}), "write: 1/3 cells (33 %), 3.6/h, 33 min 20 s left");
  EXPECT_EQ(progress_text({"sweep", "scenarios", 0, 10, 0}), "sweep: 0/10 scenarios (0 %)");
  EXPECT_EQ(time_left(827840543), "");  // 26 years are no forecast
  EXPECT_EQ(time_left(3 * 86400 + 4 * 3600), "3 d 4 h");
  EXPECT_EQ(time_left(59.6), "1 min 00 s");
}

}  // namespace
}  // namespace balassa
