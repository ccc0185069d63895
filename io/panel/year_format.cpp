#include "io/panel/year_format.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <utility>

namespace balassa {
namespace {

using Form = YearReading::Form;

std::optional<std::int32_t> number(std::string_view text) {
  std::int32_t value = 0;
  if (text.empty() || text.size() > 8) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    value = 10 * value + (c - '0');
  }
  return value;
}

std::int32_t plausible(std::string_view text) {
  const auto value = text.size() == 4 ? number(text) : std::nullopt;
  return value && *value >= kFirstYear && *value <= kLastYear ? *value : 0;
}

bool is_month(std::string_view text) {
  const auto value = text.size() <= 2 ? number(text) : std::nullopt;
  return value && *value >= 1 && *value <= 12;
}

bool is_day(std::string_view text) {
  const auto value = text.size() <= 2 ? number(text) : std::nullopt;
  return value && *value >= 1 && *value <= 31;
}

// Groups of digits and what separates them: "2016M12" is 2016, m, 12.
struct Parts {
  std::string_view digits[3];
  std::string separators[2];  // in lower case
  std::size_t count = 0;
  bool whole = false;  // digits, separator, digits, ... and nothing else
};

Parts parts_of(std::string_view text) {
  Parts parts;
  std::size_t at = 0;
  const auto digit = [&] { return at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0; };
  while (digit() && parts.count < 3) {
    const std::size_t begin = at;
    while (digit()) ++at;
    parts.digits[parts.count++] = text.substr(begin, at - begin);
    if (at == text.size() || parts.count == 3) break;
    std::string& separator = parts.separators[parts.count - 1];
    while (at < text.size() && !digit()) separator += static_cast<char>(std::tolower(text[at++]));
  }
  parts.whole = at == text.size() && parts.count > 0;
  return parts;
}

bool between(const std::string& separator) {
  return separator == "-" || separator == "/" || separator == ".";
}

// 2016/17, 2016-2017: the second year is the one after the first.
bool is_fiscal(std::string_view first, std::string_view last) {
  const std::int32_t year = plausible(first);
  const auto next = number(last);
  return year != 0 && next &&
         ((last.size() == 4 && *next == year + 1) || (last.size() == 2 && *next == (year + 1) % 100));
}

YearReading read_compact(std::string_view digits) {
  const std::int32_t year = plausible(digits.substr(0, 4));
  if (digits.size() == 4 && year != 0) return {Form::kYear, year};
  if (digits.size() == 6 && year != 0 && is_month(digits.substr(4))) return {Form::kMonth, year};
  if (digits.size() == 8 && year != 0 && is_month(digits.substr(4, 2)) && is_day(digits.substr(6)))
    return {Form::kDate, year};
  return {};
}

YearReading read_pair(const Parts& parts, FiscalYear fiscal) {
  const auto [first, second] = std::pair(parts.digits[0], parts.digits[1]);
  const std::string& separator = parts.separators[0];
  const std::int32_t year = plausible(first);
  if (separator == "." && year != 0 && second.find_first_not_of('0') == std::string_view::npos && second.size() < 3)
    return {Form::kYear, year};
  if ((separator == "q" || separator == "-q" || separator == " q") && year != 0 && second.size() == 1)
    return {Form::kQuarter, year};
  if ((separator == "m" || separator == "-m" || separator == " m") && year != 0 && is_month(second))
    return {Form::kMonth, year};
  if (!between(separator) && separator != "–") return {};
  if (fiscal != FiscalYear::kNone && is_fiscal(first, second)) {
    if (fiscal == FiscalYear::kRefuse) return {Form::kFiscal, 0};
    return {Form::kFiscal, fiscal == FiscalYear::kFirst ? year : year + 1};
  }
  if (year != 0 && is_month(second) && (separator != "." || second.size() == 2)) return {Form::kMonth, year};
  if (is_month(first) && plausible(second) != 0) return {Form::kMonth, plausible(second)};
  return {};
}

}  // namespace

YearReading read_year(std::string_view text, FiscalYear fiscal) {
  if (const std::int32_t year = plausible(text)) return {Form::kYear, year};
  // "FY2016", "CY 2016", "Y2016", "2016*", "2016p", "2016 [YR2016]".
  for (const std::string_view start : {"FY", "CY", "YR", "Y", "X"}) {
    if (!text.starts_with(start)) continue;
    std::string_view rest = text.substr(start.size());
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    if (const std::int32_t year = plausible(rest)) return {Form::kMarked, year};
    return rest.find_first_of("0123456789") == 0 ? read_year(rest, fiscal) : YearReading{};
  }
  if (text.size() > 4 && plausible(text.substr(0, 4)) != 0) {
    const std::string_view rest = text.substr(4);
    for (const std::string_view mark : {"*", "p", "r", "e", "(p)", " (p)", " p", " [YR"}) {
      if (rest == mark || (mark.ends_with("[YR") && rest.starts_with(mark)))
        return {Form::kMarked, plausible(text.substr(0, 4))};
    }
  }
  std::string_view day = text;  // without the time of day
  if (const std::size_t time = day.find_first_of("T "); time != std::string_view::npos && time >= 8)
    day = day.substr(0, time);
  const Parts parts = parts_of(day);
  if (!parts.whole) return {};
  if (parts.count == 1) return read_compact(parts.digits[0]);
  if (parts.count == 2) return read_pair(parts, fiscal);
  if (!between(parts.separators[0]) || parts.separators[0] != parts.separators[1]) return {};
  const std::string_view* digits = parts.digits;
  if (plausible(digits[0]) != 0 && is_month(digits[1]) && is_day(digits[2])) return {Form::kDate, plausible(digits[0])};
  // The day first or the month first: the year is the same.
  if (plausible(digits[2]) != 0 && is_day(digits[0]) && is_day(digits[1]) &&
      (is_month(digits[0]) || is_month(digits[1])))
    return {Form::kDate, plausible(digits[2])};
  return {};
}

std::string name_of(YearReading::Form form) {
  switch (form) {
    case Form::kDate:
      return "dates";
    case Form::kMonth:
      return "months";
    case Form::kQuarter:
      return "quarters";
    case Form::kFiscal:
      return "fiscal years";
    default:
      return "texts with a mark";
  }
}

std::optional<std::int32_t> year_in_name(std::string_view path) {
  const std::string_view name = path.substr(path.find_last_of('/') + 1);
  std::optional<std::int32_t> found;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t first = name.find_first_of("0123456789", at);
    if (first == std::string_view::npos) break;
    const std::size_t end = std::min(name.find_first_not_of("0123456789", first), name.size());
    at = end;
    if (end - first != 4) continue;
    std::int32_t year = 0;
    for (const char digit : name.substr(first, 4)) year = 10 * year + (digit - '0');
    if (year < 1900 || year > 2099 || year == found) continue;
    if (found) return std::nullopt;
    found = year;
  }
  return found;
}

std::string year_advice(std::string_view text) {
  if (read_year(text).form == Form::kFiscal)
    return "one year (this is a fiscal year or another pair of years); say --fiscal-year first or last, or none where "
           "it is a month";
  const auto value = number(text);
  if (value && *value > 10000 && *value < 80000)
    return "a year such as 2017 (this may be a spreadsheet's number of a day); write the column as years";
  if (value) return "a year from 1500 to 2200 (is a column shifted?); correct the row or name another --year-column";
  return "a year such as 2017; correct the row or name another --year-column";
}

}  // namespace balassa
