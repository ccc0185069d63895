// Years in the forms of public files.
#include "io/panel/year_format.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace balassa {
namespace {

using testing::HasSubstr;
using Form = YearReading::Form;

TEST(YearFormatTest, FormsThatLeaveNoDoubt) {
  for (const char* text : {"2016",
                           "2016.0",
                           "2016-12-31",
                           "2016/1/2",
                           "31.12.2016",
                           "12/31/2016",
                           "2016-01-01T00:00:00",
                           "2016-01-01 00:00",
                           "20161231",
                           "201612",
                           "2016-12",
                           "2016M12",
                           "2016-M3",
                           "12/2016",
                           "2016Q4",
                           "2016-Q1",
                           "FY2016",
                           "FY 2016",
                           "Y2016",
                           "X2016",
                           "2016p",
                           "2016*",
                           "2016 [YR2016]"}) {
    EXPECT_EQ(read_year(text).year, 2016) << text;
  }
  EXPECT_EQ(read_year("201612").form, Form::kMonth);
  EXPECT_EQ(read_year("20161231").form, Form::kDate);
}

TEST(YearFormatTest, FiscalYearsAreReadAsSaid) {
  for (const char* text : {"2011/12", "2011-12", "2011-2012", "2011/2012", "FY2011/12", "1999/00"}) {
    const int first = text[0] == '1' ? 1999 : 2011;
    EXPECT_EQ(read_year(text).form, Form::kFiscal) << text;
    EXPECT_EQ(read_year(text).year, 0) << text;
    EXPECT_EQ(read_year(text, FiscalYear::kFirst).year, first) << text;
    EXPECT_EQ(read_year(text, FiscalYear::kLast).year, first + 1) << text;
    EXPECT_THAT(year_advice(text), HasSubstr("--fiscal-year first or last"));
  }
  EXPECT_EQ(read_year("2011-12", FiscalYear::kNone).form, Form::kMonth);
  EXPECT_EQ(read_year("2011-12", FiscalYear::kNone).year, 2011);
}

TEST(YearFormatTest, OtherNumbersAreRefused) {
  for (const char* text : {"52", "1", "0", "42370", "2016-13", "201613", "20161301", "2016/18", "99", "-2016", "",
                           "year", "2559", "02016", "2016.5", "1016"}) {
    EXPECT_EQ(read_year(text).year, 0) << text;
  }
  EXPECT_THAT(year_advice("52"), HasSubstr("a year from 1500 to 2200"));
  EXPECT_THAT(year_advice("42370"), HasSubstr("spreadsheet's number of a day"));
}

TEST(YearFormatTest, AFileNameMayHoldOneYear) {
  for (const char* name : {"BACI_HS92_Y2016_V202401.csv.gz", "trade_2016.csv", "data/1995/trade2016.tsv", "2016.csv",
                           "trade-2016-2016.csv", "x2016y"}) {
    EXPECT_EQ(year_in_name(name), 2016) << name;
  }
  for (const char* name : {"trade.csv", "trade_1995-2016.csv", "HS2012_2016.csv", "V202401.csv", "2016/trade.csv",
                           "t0101.csv", "trade_9999.csv", ""}) {
    EXPECT_EQ(year_in_name(name), std::nullopt) << name;
  }
}

}  // namespace
}  // namespace balassa
