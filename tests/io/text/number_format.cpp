// Numbers of offices, against what a person reads.
#include "io/text/number_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/base/error.hpp"

namespace balassa {
namespace {

using testing::HasSubstr;

TEST(NumberFormatTest, ReadsWhatLeavesNoDoubt) {
  for (const char* text : {"303126", "+303126", "$303126", "303126 p", "303 126",
                           "303\xC2\xA0"
                           "126",
                           "303\xE2\x80\xAF"
                           "126",
                           "303'126", "303’126", "303126 €", "US$ 303126", "303 126.00"}) {
    EXPECT_EQ(read_number(text, {}).value_or(-1), 303126.0) << text;
  }
  EXPECT_EQ(read_number("−5", {}).value_or(0), -5.0);
}

TEST(NumberFormatTest, CommasAndPointsOnlyAsSaid) {
  const NumberFormat comma = parse_number_format("", "comma", {}), decimal = parse_number_format(",", "", {});
  EXPECT_EQ(read_number("1,303,126.5", comma).value_or(-1), 1303126.5);
  EXPECT_EQ(read_number("13,03,126", comma).value_or(-1), 1303126.0);  // India
  EXPECT_EQ(read_number("1.303.126,5", decimal).value_or(-1), 1303126.5);
  EXPECT_EQ(read_number("303.126", decimal).value_or(-1), 303126.0);
  EXPECT_EQ(read_number("303,126", parse_number_format("", ".", {})).value_or(-1), 303.126);
  for (const char* text : {"303,126", "3,03126", "30 31 26", "3 0312", "12 3456", "1,2,3", "5 apples", "p", ""}) {
    EXPECT_FALSE(read_number(text, {}).has_value()) << text;
  }
  for (const char* text : {"30,31", "3031,260", "1,2345"}) EXPECT_FALSE(read_number(text, comma).has_value()) << text;
  EXPECT_THROW(parse_number_format(",", ",", {}), Error);
  EXPECT_THROW(parse_number_format("space", "", {}), Error);
}

// The message never advises what divides by 1,000 in silence.
TEST(NumberFormatTest, AdviceNamesBothReadings) {
  EXPECT_THAT(number_advice("303,126", {}),
              HasSubstr("--thousands comma if this is 303126, --decimal comma if it is 303.126"));
  EXPECT_THAT(number_advice("1,303,126", {}), HasSubstr("--thousands comma (it is 1303126"));
  EXPECT_THAT(number_advice("1.303.126", {}), HasSubstr("--decimal comma (it is 1303126"));
  EXPECT_THAT(number_advice("3,5", {}), HasSubstr("--decimal comma (it is 3.5"));
  EXPECT_THAT(number_advice("303.126,00", {}), HasSubstr("--decimal comma (it is 303126"));
  EXPECT_THAT(number_advice("many", {}), HasSubstr("--missing MARK"));
}

TEST(NumberFormatTest, MissingMarks) {
  for (const char* text : {"",     "NA", "-",    ":",   "..",   "...", "n.a.", "N/A", "*", "x",   "(D)",
                           "#N/A", "c",  "None", "\\N", "<NA>", "NaN", "null", ".",   "–", "<na>"}) {
    EXPECT_TRUE(is_missing_mark(text, {})) << text;
  }
  for (const char* text : {"0", "5", "nil", "xx", "-5"}) EXPECT_FALSE(is_missing_mark(text, {})) << text;
  EXPECT_TRUE(is_missing_mark("nil", parse_number_format("", "", {"nil"})));
}

// A unit changes the number, so that no number is left without it; the status of an observation does not.
TEST(NumberFormatTest, UnitsAreNotTakenForFlags) {
  for (const char* text : {"1.5 mn", "300 k", "12 bn", "1.5 mio", "5 pct", "3 t", "7 m", "2 tn"})
    EXPECT_FALSE(read_number(text, {}).has_value()) << text;
  for (const char* text : {"303126 p", "303126 bd", "303126 ep", "303126 e"})
    EXPECT_EQ(read_number(text, {}).value_or(-1), 303126.0) << text;
}

// A group of thousands never begins with 0: such a mark is the decimal one, whatever was said.
TEST(NumberFormatTest, AFractionIsNoThousand) {
  EXPECT_FALSE(read_number("0,125", parse_number_format("", "comma", {})).has_value());
  EXPECT_FALSE(read_number("0.125", parse_number_format(",", "", {})).has_value());
  EXPECT_EQ(read_number("0,125", parse_number_format(",", "", {})).value_or(-1), 0.125);
}

}  // namespace
}  // namespace balassa
