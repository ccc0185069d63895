#include "io/panel/row_choice.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "io/base/error.hpp"
#include "io/base/nearest_name.hpp"
#include "io/text/csv_reader.hpp"

namespace balassa {
std::size_t column_named(const std::vector<std::string>& header, const std::string& file, const std::string& flag,
                         const std::string& name) {
  if (const auto exact = std::find(header.begin(), header.end(), name); exact != header.end()) {
    return static_cast<std::size_t>(exact - header.begin());
  }
  for (std::size_t column = 0; column < header.size(); ++column) {
    if (plain_name(header[column]) == plain_name(name)) return column;
  }
  throw Error(ExitCode::kBadData,
              fmt::format("{}:header[1]: found no column {} of {}, expected one of {}; the nearest is {}", file,
                          shown(name), flag, fmt::join(header, ", "), nearest_name(name, header)));
}

std::string ColumnChoice::text() const {
  return fmt::format("{}{}{}", column, drop ? "!=" : "=", fmt::join(values, ","));
}

ColumnChoice parse_column_choice(const std::string& text) {
  const std::size_t equals = text.find('=');
  const bool drop = equals != std::string::npos && equals > 0 && text[equals - 1] == '!';
  ColumnChoice choice{text.substr(0, equals - (drop ? 1 : 0)), {}, drop};
  if (equals == std::string::npos || choice.column.empty()) {
    throw Error(ExitCode::kUsage,
                fmt::format("--where: found {}, expected COLUMN=VALUE[,VALUE..] or COLUMN!=VALUE", shown(text)));
  }
  std::string_view rest = std::string_view(text).substr(equals + 1);
  for (bool more = true; more;) {
    const std::size_t comma = rest.find(',');
    choice.values.emplace_back(rest.substr(0, comma));
    more = comma != std::string_view::npos;
    if (more) rest.remove_prefix(comma + 1);
  }
  return choice;
}

UnitRate parse_unit_rate(const std::string& text) {
  UnitRate rate{text.substr(0, text.find('=')), std::nullopt, 0};
  const std::size_t equals = rate.unit.size(), colon = rate.unit.rfind(':');
  const char* const end = text.data() + text.size();
  bool good = equals + 1 < text.size();
  if (good) {
    const auto [stop, error] = fast_float::from_chars(text.data() + equals + 1, end, rate.factor);
    good = error == std::errc() && stop == end && rate.factor > 0 && std::isfinite(rate.factor);
  }
  if (good && colon != std::string::npos) {
    std::int32_t year = 0;
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, text.data() + equals, year);
    good = error == std::errc() && stop == text.data() + equals;
    rate.year = year;
    rate.unit.resize(colon);
  }
  if (!good || rate.unit.empty()) {
    throw Error(ExitCode::kUsage,
                fmt::format("--rate: found {}, expected UNIT=NUMBER or UNIT:YEAR=NUMBER, such as EUR=1.08 or "
                            "EUR:2016=1.11",
                            shown(text)));
  }
  return rate;
}

std::vector<UnitRate> parse_unit_rates(const std::vector<std::string>& texts) {
  std::vector<UnitRate> rates;
  for (const std::string& text : texts) {
    const UnitRate rate = parse_unit_rate(text);
    const bool again = std::any_of(rates.begin(), rates.end(), [&](const UnitRate& other) {
      return plain_name(other.unit) == plain_name(rate.unit) && other.year == rate.year;
    });
    if (again) throw Error(ExitCode::kUsage, fmt::format("--rate: found two for {}, expected one", shown(rate.unit)));
    rates.push_back(rate);
  }
  return rates;
}

void choose_rows(Layout& layout, const std::vector<std::string>& header, const std::string& file,
                 const std::vector<ColumnChoice>& where, const std::vector<std::string>& sum_over) {
  std::vector<RowRule> rules;
  for (std::size_t i = 0; i < where.size(); ++i) {
    const std::size_t column = column_named(header, file, "--where", where[i].column);
    RowRule rule{column, where[i].values, "not " + where[i].text()};
    // A value may hold commas itself: "Mineral fuels, oils".
    if (rule.keep.size() > 1) rule.keep.push_back(fmt::format("{}", fmt::join(where[i].values, ",")));
    rule.drop = where[i].drop;
    rule.choice = i;
    rules.push_back(std::move(rule));
  }
  for (RowRule& rule : layout.rules) {
    // Values to keep take the place of the preset's rule; values to leave out come on top of it.
    const bool chosen =
        std::any_of(rules.begin(), rules.end(), [&](const RowRule& r) { return r.column == rule.column && !r.drop; });
    if (!chosen) rules.push_back(std::move(rule));
  }
  layout.rules = std::move(rules);
  for (const std::string& name : sum_over) {
    const std::size_t column = column_named(header, file, "--sum-over", name);
    layout.sum_rows = true;
    auto& over = layout.summed_over;
    if (std::find(over.begin(), over.end(), column) == over.end()) over.push_back(column);
  }
}

}  // namespace balassa
