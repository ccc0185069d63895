// Codes as tools alter them, and codes that only look so.
#include "io/panel/code_repair.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace balassa {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Codes = std::vector<std::string>;

Codes repaired(const Codes& codes, const std::string& what = "product", bool hs = false) {
  return repair_codes(codes, what, hs).codes;
}

TEST(CodeRepairTest, MarksAroundACode) {
  for (const char* text : {"'0101", "'0101'", "=\"0101\"", "0101\xC2\xA0",
                           "\xEF\xBB\xBF"
                           "0101",
                           " 0101 "}) {
    EXPECT_EQ(bare_code(text), "0101") << text;
  }
  EXPECT_EQ(bare_code("'s-Hertogenbosch"), "'s-Hertogenbosch");
  for (const char* text : {"1.01E+08", "1E+09", "8,71E+09"}) EXPECT_TRUE(is_rounded_code(text)) << text;
  for (const char* text : {"E+08", "1E08", "1.01", "CE+1", "B1E+", "0101"}) EXPECT_FALSE(is_rounded_code(text)) << text;
}

TEST(CodeRepairTest, ZerosArePutBackWhereLengthsShowIt) {
  EXPECT_EQ(repaired({"101", "901", "9011", "8471"}), (Codes{"0101", "0901", "9011", "8471"}));
  EXPECT_EQ(repaired({"10111", "", "847130"}), (Codes{"010111", "", "847130"}));
  EXPECT_EQ(repaired({"1012100", "84713000"}), (Codes{"01012100", "84713000"}));
  EXPECT_THAT(repair_codes({"101", "8471"}, "product", false).remarks,
              ElementsAre(HasSubstr("101 is 0101; --keep-codes")));
}

TEST(CodeRepairTest, LevelsStayLevels) {
  for (const Codes& codes :
       {Codes{"011", "0111", "0112", "782", "7821"},  // SITC groups and subgroups
        Codes{"782", "784", "7821", "7843"},          // ... without section 0
        Codes{"2", "11", "12"}, Codes{"01", "0101", "010121"}, Codes{"101", "0201"}, Codes{"101", "10111", "101112"},
        Codes{"11", "011", "111", "112"}, Codes{"01", "011", "012", "11", "12"}, Codes{"A101", "8471"}}) {
    EXPECT_EQ(repaired(codes), codes);
  }
}

// 202 is a group of ISIC as 1010 is a class: nothing tells that a zero was lost. HS has no codes of three digits.
TEST(CodeRepairTest, LevelsOfTheClassificationThatIsNamed) {
  for (const char* system : {"isic", "nace", "naics", "sitc2"})
    EXPECT_EQ(repair_codes({"202", "1010"}, "product", false, system).codes, (Codes{"202", "1010"})) << system;
  for (const char* system : {"", "hs92"})
    EXPECT_EQ(repair_codes({"202", "1010"}, "product", false, system).codes, (Codes{"0202", "1010"})) << system;
  EXPECT_EQ(repair_codes({"20210", "101010"}, "product", false, "sitc2").codes, (Codes{"020210", "101010"}));
}

TEST(CodeRepairTest, ACodeWithAndWithoutZerosIsOne) {
  EXPECT_EQ(repaired({"0101", "0203", "8471", "101", "203"}), (Codes{"0101", "0203", "8471", "0101", "0203"}));
  EXPECT_EQ(repaired({"032", "32", "124", "4"}, "location"), (Codes{"032", "032", "124", "4"}));
  EXPECT_EQ(repaired({"0", "00", "1"}, "location"), (Codes{"0", "00", "1"}));
}

TEST(CodeRepairTest, PointsOfProgramsAndOfHs) {
  EXPECT_EQ(repaired({"124.0", "32.0"}, "location"), (Codes{"124", "32"}));
  EXPECT_EQ(repaired({"10.0", "10.1"}), (Codes{"10.0", "10.1"}));
  EXPECT_EQ(repaired({"0101.21", "8471.30.00"}, "product", true), (Codes{"010121", "84713000"}));
  EXPECT_EQ(repaired({"0101.21", "8471.30"}), (Codes{"0101.21", "8471.30"}));
  EXPECT_EQ(repaired({"001.1", "971.0"}, "product", true), (Codes{"001.1", "971.0"}));
}

TEST(CodeRepairTest, CaseIsSaidAndKept) {
  EXPECT_THAT(alike_but_for_case({"ARG", "arg", "DEU"}, "location"), HasSubstr("ARG and arg"));
  EXPECT_EQ(alike_but_for_case({"ARG", "DEU", ""}, "location"), "");
}

}  // namespace
}  // namespace balassa
