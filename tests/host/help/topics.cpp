// Every topic says something, in lines that fit a terminal, and says the numbers and names of the program.
#include "host/help/topics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <set>
#include <sstream>

#include "host/plan/knobs.hpp"
#include "host/results/validity_text.hpp"
#include "host/terminal/exit_codes.hpp"
#include "io/text/utf8.hpp"
#include "kernels/measures/registry.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;

TEST(HelpTopics, FitATerminal) {
  std::set<std::string_view> names;
  for (const HelpTopic& topic : help_topics()) {
    EXPECT_TRUE(names.insert(topic.name).second) << topic.name;
    EXPECT_EQ(help_topic(topic.name), &topic);
    std::istringstream lines(topic.text());
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) {
      EXPECT_LE(display_width(line), kHelpColumns) << topic.name << ": " << line;
    }
    EXPECT_GE(count, 5) << topic.name;
    EXPECT_LE(count, topic.name == "measures" ? 100 : 60) << topic.name;  // these are a list
  }
  EXPECT_EQ(help_topic("none"), nullptr);
}

TEST(HelpTopics, SayWhatTheRegistriesHave) {
  const auto text = [](const char* name) { return help_topic(name)->text(); };
  for (const MeasureInfo& measure : measure_registry()) EXPECT_THAT(text("measures"), HasSubstr(measure.name));
  for (const std::string_view name : convention_names()) EXPECT_THAT(text("conventions"), HasSubstr(std::string(name)));
  for (const std::string& cause : invalid_causes()) EXPECT_THAT(text("status"), HasSubstr(cause));
  for (const ExitMeaning& exit : exit_meanings())
    EXPECT_THAT(text("exit-codes"), HasSubstr(fmt::format("{:>5}  ", static_cast<int>(exit.code))));
  // METHODS A2, FORMATS 4: P1 at 3/4, the median, HHI 1800; FORMATS 3: 2.5 % to 97.5 %; 1,000 replicates.
  EXPECT_THAT(text("classes"), HasSubstr("P1 0.75, median, HHI of"));
  EXPECT_THAT(text("intervals"), HasSubstr("2.5 % to the 97.5 %"));
  EXPECT_THAT(text("intervals"), HasSubstr("1000 replicates"));
  EXPECT_THAT(text("sign"), HasSubstr("participation"));
  EXPECT_THAT(text("sign"), HasSubstr("5 %"));
}

}  // namespace
}  // namespace balassa
