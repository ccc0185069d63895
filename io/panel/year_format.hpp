// Years as files write them: 2016, 2016.0, 2016-01-01, 201612, 2016M12, 12/2016, FY2016, 2016/17.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace balassa {

constexpr std::int32_t kFirstYear = 1500, kLastYear = 2200;  // before and after it, a number is no year of trade
inline bool is_year_of_trade(std::int32_t year) {
  return kFirstYear <= year && year <= kLastYear;
}

// Which of the two years a pair such as 2016/17 stands for; kNone: 2011-12 is a month.
enum class FiscalYear { kRefuse, kFirst, kLast, kNone };

struct YearReading {
  enum class Form { kYear, kDate, kMonth, kQuarter, kFiscal, kMarked, kNone };
  Form form = Form::kNone;
  std::int32_t year = 0;
};

// Reads a year of a trade file. Form::kFiscal with year 0: a pair of years, and `fiscal` does not say which is meant.
// Form::kNone: not a year from 1500 to 2200 in a form that leaves no doubt.
YearReading read_year(std::string_view text, FiscalYear fiscal = FiscalYear::kRefuse);

// In words, for remarks: "months", "dates".
std::string name_of(YearReading::Form form);

// The one year that stands in a file's name as four digits of their own: baci_hs92_Y2016_V202401.csv, trade-2016.csv.
// None where there is no such number from 1900 to 2099, or several.
std::optional<std::int32_t> year_in_name(std::string_view path);

// What a message expects in place of a text that read_year refuses.
std::string year_advice(std::string_view text);

}  // namespace balassa
