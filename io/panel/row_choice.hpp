// Which rows of a file count, and over which of its columns they are added: --where and --sum-over.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "io/panel/presets.hpp"

namespace balassa {

// "COLUMN=VALUE[,VALUE..]": rows with one of these texts; "COLUMN!=VALUE[,VALUE..]": rows with none of them.
struct ColumnChoice {
  std::string column;
  std::vector<std::string> values;  // any case
  bool drop = false;
  std::string text() const;  // as it is written
};
ColumnChoice parse_column_choice(const std::string& text);  // throws Error 64

// "EUR=1.08": 1 EUR is 1.08 of the unit that has no rate; "EUR:2016=1.11": in that year.
struct UnitRate {
  std::string unit;                  // any case
  std::optional<std::int32_t> year;  // none: in all years that have no rate of their own
  double factor;
};
UnitRate parse_unit_rate(const std::string& text);

// Several of them. Throws Error kUsage where a unit has two, of all years or of one.
std::vector<UnitRate> parse_unit_rates(const std::vector<std::string>& texts);  // throws Error 64

// The column called `name`, in any case and with any signs between its letters. Throws Error 65 with the nearest name.
std::size_t column_named(const std::vector<std::string>& header, const std::string& file, const std::string& flag,
                         const std::string& name);

// Adds the choices to the layout of a file. They come before the preset's rules, and one about a column that the preset
// has a rule for takes its place.
void choose_rows(Layout& layout, const std::vector<std::string>& header, const std::string& file,
                 const std::vector<ColumnChoice>& where, const std::vector<std::string>& sum_over);

}  // namespace balassa
