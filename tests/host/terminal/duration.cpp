// Times as people and Slurm write them.
#include "host/terminal/duration.hpp"

#include <gtest/gtest.h>

namespace balassa {
namespace {

TEST(Duration, IsReadAsPeopleAndSlurmWriteIt) {
  const std::pair<const char*, double> written[] = {{"90s", 90},           {"1.5m", 90},        {"2h", 7200},
                                                    {"1d", 86400},         {"1:55:00", 6900},   {"36:00:00", 129600},
                                                    {"1-00:00:00", 86400}, {"2-12:30", 217800}, {"7-12", 648000},
                                                    {"1h30m", 5400},       {"1d2h3m4s", 93784}, {"0-00:01:00", 60}};
  for (const auto& [text, seconds] : written) {
    const auto found = parse_duration(text);
    ASSERT_TRUE(found) << text;
    EXPECT_EQ(*found, seconds) << text;
  }
}

TEST(Duration, IsRefusedWhereItCouldMeanTwoThings) {
  for (const char* text : {"", "90", "1:30", "1:60:00", "1-24:00:00", "1-", "-1", "-1h", "1-00:00:00:00", "30m1h",
                           "1h1h", "h", "1x", "1h30", "1:2:3:4", "1-1h", "1e3s", "nan"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

}  // namespace
}  // namespace balassa
