#include "io/panel/side_tables.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "io/base/error.hpp"
#include "io/panel/presets.hpp"
#include "io/text/csv_reader.hpp"
#include "io/text/utf8.hpp"

namespace balassa {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Footers, such as "Last updated: 2026-07-01" below a table, have a text in their first column alone.
bool is_footer(const SideText::Row& row) {
  return std::all_of(row.fields.begin() + 1, row.fields.end(), [](const std::string& field) { return field.empty(); });
}

// The column that `key` names, else the only other of two, else the first of `common` names that is there, else the
// only column of `role`.
std::size_t text_column(const SideText& file, const std::string& key, Role role, std::size_t code,
                        const std::vector<std::string>& common) {
  if (const auto named = file.named({key.c_str()})) return *named;
  const auto& header = file.header();
  if (header.size() == 2) return 1 - code;
  for (const std::string& name : common) {
    for (std::size_t column = 0; column < header.size(); ++column) {
      if (column != code && plain_name(header[column]) == name) return column;
    }
  }
  std::vector<std::size_t> found;
  for (std::size_t column = 0; column < header.size(); ++column) {
    if (column != code && is_common_name(header[column], role)) found.push_back(column);
  }
  if (found.size() == 1) return found[0];
  file.fail_header(fmt::format("expected one of the {}; say which is meant: FILE:{}=COLUMN", key, key));
}

// In the order in which they are taken.
const std::vector<std::string> kNameColumns = {"name",       "nameen",      "countryname", "locationname",
                                               "regionname", "productname", "description", "label"};

bool is_location_column(std::string_view name) {
  return is_common_name(name, Role::kLocation) || plain_name(name) == "code";
}

bool is_product_column(std::string_view name) {
  return is_common_name(name, Role::kProduct) || plain_name(name) == "code";
}

void add_notes(const SideText& file, SideSummary& summary) {
  if (file.notes().empty()) return;
  summary.remark += (summary.remark.empty() ? "" : "; ") + file.notes();
}

// Reads code -> text for the codes of the panel; two rows may repeat a code only with the same text.
using UseText =
    std::function<void(const SideText&, const SideText::Row&, std::size_t, std::size_t, const std::string&)>;
SideSummary read_texts(const SideFile& side, const std::vector<std::string>& panel_codes, bool products,
                       const std::string& key, Role role, const std::vector<std::string>& common, const UseText& use) {
  const SideText file(side);
  const SideText::Codes codes = products ? file.codes(panel_codes, {"code", "product"}, is_product_column)
                                         : file.codes(panel_codes, {"code", "location"}, is_location_column);
  const std::size_t text = text_column(file, key, role, codes.column, common);
  std::map<std::size_t, const SideText::Row*> first;
  SideSummary summary;
  for (const SideText::Row& row : file.rows()) {
    const std::string &code = row.fields[codes.column], &field = row.fields[text];
    const auto known = codes.find(code);
    if (!known) {
      if (code.empty() && !field.empty() && !is_footer(row)) {
        file.fail(row, codes.column, "an empty code, expected one; correct the row");
      }
      ++summary.unknown;
      continue;
    }
    const auto [before, fresh] = first.try_emplace(*known, &row);
    if (!fresh && before->second->fields[text] != field) {
      file.fail(row, text,
                fmt::format("{} for code {}, expected {} as in row {}; keep one", shown(field), shown(code),
                            shown(before->second->fields[text]), before->second->line));
    }
    // Refused here, where the row is known, and not when the panel is written.
    const bool one_line = std::none_of(field.begin(), field.end(), [](unsigned char c) { return c < 32 || c == 127; });
    if (!one_line || !characters(field)) {
      file.fail(row, text, fmt::format("{}, expected one line of UTF-8; correct the row", shown(field)));
    }
    use(file, row, text, *known, field);
    ++summary.used;
  }
  if (summary.used == 0) {
    summary.remark =
        fmt::format("{}: none of the {} {}s has a {} there: of the codes, {}", side.path, panel_codes.size(),
                    products ? "product" : "location", key, file.unlike(codes, panel_codes));
  } else if (codes.without_zeros) {
    summary.remark =
        fmt::format("{}: codes were compared without leading zeros, since none is as in the panel", side.path);
  }
  add_notes(file, summary);
  return summary;
}

bool parse_year(std::string_view text, std::int32_t& year) {
  if (text.ends_with(".0")) text.remove_suffix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), year);
  return error == std::errc() && end == text.data() + text.size();
}

// The years of a table: a column, a number given with the file, a column of values for each, or the panel's only year.
struct TableYears {
  std::optional<std::size_t> column;
  std::int32_t fixed = 0;
  std::vector<std::pair<std::int32_t, std::size_t>> wide;  // year, column of its values
};

// "2016", "2016 [YR2016]", "YR2016", "x2016": a column of values of that year.
std::optional<std::int32_t> year_in_header(std::string_view name) {
  while (!name.empty() && std::isdigit(static_cast<unsigned char>(name.front())) == 0) {
    if (name.size() > 6) return std::nullopt;
    name.remove_prefix(1);
  }
  std::int32_t year = 0;
  if (name.size() < 4 || !parse_year(name.substr(0, 4), year) || year < 1000) return std::nullopt;
  const std::string_view rest = name.substr(4);
  if (!rest.empty() && rest != ".0" && rest != fmt::format(" [YR{}]", year)) return std::nullopt;
  return year;
}

TableYears years_of_table(const SideText& file, const Panel& panel) {
  const std::string given = file.asked("year");
  TableYears years;
  // A number is a year, and not the column of that name, where that column has the values.
  const bool is_column = file.column(given).has_value() && given != file.asked("value");
  if (!is_column && parse_year(given, years.fixed)) return years;
  if (is_column) {
    years.column = file.column(given);
    return years;
  }
  for (std::size_t column = 0; column < file.header().size(); ++column) {
    if (is_common_name(file.header()[column], Role::kYear)) years.column = column;
  }
  if (years.column) return years;
  if (file.asked("value").empty()) {
    for (std::size_t column = 0; column < file.header().size(); ++column) {
      if (const auto year = year_in_header(file.header()[column])) years.wide.emplace_back(*year, column);
    }
    if (!years.wide.empty()) return years;
  }
  if (panel.years.size() != 1) {
    file.fail_header(
        fmt::format("no year column among them, expected one for a panel of {} years; say FILE:year=COLUMN or "
                    "FILE:year=2017",
                    panel.years.size()));
  }
  years.fixed = panel.years[0];
  return years;
}

bool is_missing(std::string_view text) {
  std::string lower;
  for (const unsigned char c : text) lower += static_cast<char>(std::tolower(c));
  for (const char* mark : {"", "na", "nan", "null", ".", "..", "...", "-", "n/a", "n.a.", ":"}) {
    if (lower == mark) return true;
  }
  return false;
}

double parse_value(const SideText& file, const SideText::Row& row, std::size_t column, bool may_be_negative) {
  const std::string& text = row.fields[column];
  if (is_missing(text)) return kNaN;
  double value = 0;
  const auto [end, error] = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    file.fail(row, column,
              fmt::format("{}, expected a finite number with a decimal point; correct the row", shown(text)));
  }
  if (value < 0 && !may_be_negative) {
    file.fail(row, column, fmt::format("{}, expected a value >= 0; correct the row", shown(text)));
  }
  return value;
}

}  // namespace

SideSummary add_location_names(Panel& panel, const SideFile& file) {
  panel.location_name.assign(panel.locations.size(), "");
  return read_texts(file, panel.locations, false, "name", Role::kName, kNameColumns,
                    [&](const SideText&, const SideText::Row&, std::size_t, std::size_t location,
                        const std::string& name) { panel.location_name[location] = name; });
}

SideSummary add_product_names(Panel& panel, const SideFile& file) {
  panel.product_name.assign(panel.products.size(), "");
  return read_texts(file, panel.products, true, "name", Role::kName, kNameColumns,
                    [&](const SideText&, const SideText::Row&, std::size_t, std::size_t product,
                        const std::string& name) { panel.product_name[product] = name; });
}

SideSummary add_location_parents(Panel& panel, const SideFile& file) {
  panel.location_parent.assign(panel.locations.size(), -1);
  std::unordered_map<std::string, std::size_t> index;
  for (std::size_t i = 0; i < panel.locations.size(); ++i) index.emplace(panel.locations[i], i);
  std::uint64_t unknown_parents = 0;
  SideSummary summary = read_texts(
      file, panel.locations, false, "parent", Role::kParent, {"parent"},
      [&](const SideText& side, const SideText::Row& row, std::size_t column, std::size_t location,
          const std::string& parent) {
        if (parent.empty()) return;
        const auto known = index.find(parent);
        if (known == index.end()) {
          ++unknown_parents;
        } else if (known->second == location) {
          side.fail(row, column,
                    fmt::format("{} as its own parent, expected another location; leave it empty", shown(parent)));
        } else {
          panel.location_parent[location] = static_cast<std::int32_t>(known->second);
        }
      });
  summary.unknown += unknown_parents;
  return summary;
}

SideSummary add_location_kinds(Panel& panel, const SideFile& file) {
  panel.location_kind.assign(panel.locations.size(), "country");
  return read_texts(file, panel.locations, false, "kind", Role::kKind, {"kind"},
                    [&](const SideText& side, const SideText::Row& row, std::size_t column, std::size_t location,
                        const std::string& kind) {
                      if (kind != "country" && kind != "region") {
                        side.fail(row, column,
                                  fmt::format("{}, expected country or region; correct the row", shown(kind)));
                      }
                      panel.location_kind[location] = kind;
                    });
}

SideSummary add_product_class(Panel& panel, const std::string& scheme, const SideFile& file) {
  std::vector<std::string>& classes = panel.product_class[scheme];
  classes.assign(panel.products.size(), "");
  return read_texts(file, panel.products, true, "class", Role::kClass, {plain_name(scheme), "class"},
                    [&](const SideText&, const SideText::Row&, std::size_t, std::size_t product,
                        const std::string& text) { classes[product] = text; });
}

SideSummary add_table(Panel& panel, const std::string& name, const SideFile& side) {
  const SideText file(side);
  const bool population = name == "population", gdp = name == "gdp";
  const SideText::Codes codes = file.codes(panel.locations, {"location", "code"}, is_location_column);
  TableYears years = years_of_table(file, panel);
  const bool wide = !years.wide.empty();
  if (!wide) {
    years.wide.emplace_back(
        years.fixed, text_column(file, "value", Role::kValue, codes.column,
                                 {plain_name(name), plain_name(name) + "total", population ? "pop" : "gdpcurrentusd"}));
  }
  std::vector<double> table(panel.years.size() * panel.locations.size(), kNaN);
  std::vector<std::uint64_t> first_line(table.size(), 0);
  SideSummary summary;
  for (const SideText::Row& row : file.rows()) {
    const std::string& code = row.fields[codes.column];
    const auto location = codes.find(code);
    bool used = false;
    for (const auto& [year, value] : years.wide) {
      if (!location) {
        if (code.empty() && !is_footer(row) && !is_missing(row.fields[value])) {
          file.fail(row, codes.column, "an empty code, expected one; correct the row");
        }
        continue;
      }
      std::int32_t label = year;
      if (years.column && !parse_year(row.fields[*years.column], label)) {
        file.fail(row, *years.column,
                  fmt::format("{}, expected a year; correct the row", shown(row.fields[*years.column])));
      }
      const auto column = std::lower_bound(panel.years.begin(), panel.years.end(), label);
      if (column == panel.years.end() || *column != label) continue;
      const std::size_t cell =
          static_cast<std::size_t>(column - panel.years.begin()) * panel.locations.size() + *location;
      const double number = parse_value(file, row, value, !population && !gdp);
      if (first_line[cell] != 0) {
        file.fail(row, codes.column,
                  fmt::format("a second row for {} in {}, expected one (the first is row {}); keep one", shown(code),
                              label, first_line[cell]));
      }
      first_line[cell] = row.line;
      table[cell] = number;
      used = true;
    }
    ++(used ? summary.used : summary.unknown);
  }
  if (summary.used == 0) {
    summary.remark = codes.matched == 0
                         ? fmt::format("{}: none of the {} locations has a value there: of the codes, {}", side.path,
                                       panel.locations.size(), file.unlike(codes, panel.locations))
                         : fmt::format("{}: no row is of a year of the panel ({} to {})", side.path,
                                       panel.years.front(), panel.years.back());
  }
  if (population) {
    panel.population = std::move(table);
    panel.population_units = "persons";
  } else if (gdp) {
    panel.gdp = std::move(table);
  } else {
    panel.table[name] = std::move(table);
  }
  add_notes(file, summary);
  return summary;
}

}  // namespace balassa
