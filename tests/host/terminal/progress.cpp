#include "host/terminal/progress.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace balassa {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::chrono::milliseconds kAtOnce{0};

std::string shown(double seconds_after, const Progress::Pace& pace) {
  ::testing::internal::CaptureStderr();
  {
    Progress progress("write", "cells", 385, false, seconds_after, pace);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    progress.update(120);
  }
  return ::testing::internal::GetCapturedStderr();
}

TEST(Progress, SaysHowManyOfHowManyOnALineOfItsOwn) {
  const std::string text = shown(0.0, {false, kAtOnce, kAtOnce});
  EXPECT_THAT(text, HasSubstr("write: 120/385 cells (31 %)"));
  EXPECT_THAT(text, HasSubstr(" left\n"));
  EXPECT_THAT(text, Not(HasSubstr("\r")));
}

TEST(Progress, DrawsABarOnATerminal) {
  EXPECT_THAT(shown(0.0, {true, kAtOnce, kAtOnce}),
              HasSubstr("\r\033[K[#######.................] write: 120/385 cells"));
}

// 120 of 385 within a moment leave less than a second; an hour of writing after it counts.
TEST(Progress, CountsWhatFollowsIntoTheTimeThatIsLeft) {
  EXPECT_THAT(shown(3600.0, {false, kAtOnce, kAtOnce}), HasSubstr("1 h 00 min left with writing"));
}

TEST(Progress, WaitsForItsFirstLine) {
  EXPECT_EQ(shown(0.0, {false, std::chrono::hours(1), kAtOnce}), "");
}

}  // namespace
}  // namespace balassa
