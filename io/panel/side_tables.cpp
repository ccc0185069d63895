#include "io/panel/side_tables.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "io/base/error.hpp"
#include "io/panel/presets.hpp"
#include "io/text/csv_reader.hpp"
#include "io/text/text_source.hpp"

namespace balassa {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

using Index = std::unordered_map<std::string, std::size_t>;

Index index_of(const std::vector<std::string>& codes) {
  Index index;
  for (std::size_t i = 0; i < codes.size(); ++i) index.emplace(codes[i], i);
  return index;
}

std::string wanted(const SideFile& file, const std::string& key) {
  const auto found = file.columns.find(key);
  return found == file.columns.end() ? "" : found->second;
}

[[noreturn]] void fail(const CsvReader& reader, std::size_t column, const std::string& what) {
  throw Error(ExitCode::kBadData, fmt::format("{}: found {}", reader.place(column), what));
}

// The column of codes: as named, else one called "code", else what is common for such codes.
std::size_t code_column(const CsvReader& reader, const SideFile& file, Role role) {
  const auto& header = reader.header();
  const std::string name = wanted(file, "code");
  if (name.empty()) {
    for (std::size_t column = 0; column < header.size(); ++column) {
      if (plain_name(header[column]) == "code") return column;
    }
  }
  return find_column(header, reader.name(), role, name);
}

// What a code is mapped to: as named, else by common name, else the only column that is left.
std::size_t text_column(const CsvReader& reader, const SideFile& file, const std::string& key, Role role,
                        std::size_t code, const std::vector<std::string>& more = {}) {
  if (wanted(file, key).empty() && reader.header().size() == 2) return 1 - code;
  std::vector<std::string> others = reader.header();
  others[code].clear();  // "country" may be common for a code and for a parent
  return find_column(others, reader.name(), role, wanted(file, key), more);
}

// Reads code -> text for the codes of `index`; two rows may repeat a code only with the same text.
SideSummary read_texts(const SideFile& file, const Index& index, Role code_role, const std::string& key, Role role,
                       const std::vector<std::string>& more,
                       const std::function<void(const CsvReader&, std::size_t, std::size_t, std::string_view)>& use) {
  const auto source = open_text(file.path);
  CsvReader reader(*source, file.path);
  const std::size_t code = code_column(reader, file, code_role);
  const std::size_t text = text_column(reader, file, key, role, code, more);
  std::unordered_map<std::size_t, std::pair<std::uint64_t, std::string>> seen;
  SideSummary summary;
  while (reader.next()) {
    const std::string_view field = reader.fields()[text];
    if (reader.fields()[code].empty()) fail(reader, code, "an empty code, expected one; correct the row");
    const auto known = index.find(std::string(reader.fields()[code]));
    if (known == index.end()) {
      ++summary.unknown;
      continue;
    }
    const auto [first, fresh] = seen.try_emplace(known->second, reader.line(), std::string(field));
    if (!fresh && first->second.second != field) {
      fail(reader, text,
           fmt::format("{} for code {}, expected {} as in row {}; keep one", shown(field), shown(known->first),
                       shown(first->second.second), first->second.first));
    }
    use(reader, text, known->second, field);
    ++summary.used;
  }
  return summary;
}

// The year of each row of a table: a column, a number given with the file, or the panel's only year.
struct YearColumn {
  std::optional<std::size_t> column;
  std::int32_t fixed = 0;
};

bool parse_year(std::string_view text, std::int32_t& year) {
  if (text.ends_with(".0")) text.remove_suffix(2);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), year);
  return error == std::errc() && end == text.data() + text.size();
}

YearColumn year_column(const CsvReader& reader, const SideFile& file, const Panel& panel) {
  const std::string name = wanted(file, "year");
  const auto& header = reader.header();
  YearColumn result;
  if (std::find(header.begin(), header.end(), name) == header.end() && parse_year(name, result.fixed)) return result;
  result.column = guess_column(header, reader.name(), Role::kYear, name);
  if (result.column) return result;
  if (panel.years.size() != 1) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}:header[1]: found no year column, expected one for a panel of {} years; say "
                            "FILE:year=COLUMN or FILE:year=2017",
                            reader.name(), panel.years.size()));
  }
  result.fixed = panel.years[0];
  return result;
}

bool is_missing(std::string_view text) {
  std::string lower;
  for (const unsigned char c : text) lower += static_cast<char>(std::tolower(c));
  return lower.empty() || lower == "na" || lower == "nan" || lower == "null" || lower == "." || lower == "..";
}

double parse_value(const CsvReader& reader, std::size_t column, bool may_be_negative) {
  const std::string_view text = reader.fields()[column];
  if (is_missing(text)) return kNaN;
  double value = 0;
  const auto [end, error] = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    fail(reader, column,
         fmt::format("{}, expected a finite number with a decimal point; correct the row", shown(text)));
  }
  if (value < 0 && !may_be_negative)
    fail(reader, column, fmt::format("{}, expected a value >= 0; correct the row", shown(text)));
  return value;
}

}  // namespace

SideFile parse_side_file(const std::string& text) {
  SideFile file{text, {}};
  const std::size_t colon = text.rfind(':');
  if (colon == std::string::npos || text.find('=', colon) == std::string::npos) return file;
  file.path = text.substr(0, colon);
  std::string_view rest = std::string_view(text).substr(colon + 1);
  static constexpr std::string_view kKeys[] = {"code", "name", "parent", "kind", "class", "year", "location", "value"};
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const std::size_t equals = part.find('=');
    const std::string_view key = part.substr(0, equals);
    if (equals == std::string_view::npos || std::find(std::begin(kKeys), std::end(kKeys), key) == std::end(kKeys)) {
      throw Error(ExitCode::kUsage,
                  fmt::format("{}: found {}, expected KEY=COLUMN with a key of code, name, parent, kind, class, year, "
                              "location, value",
                              text, shown(part)));
    }
    file.columns.emplace(key, part.substr(equals + 1));
  }
  return file;
}

SideSummary add_location_names(Panel& panel, const SideFile& file) {
  panel.location_name.assign(panel.locations.size(), "");
  return read_texts(file, index_of(panel.locations), Role::kLocation, "name", Role::kName, {},
                    [&](const CsvReader&, std::size_t, std::size_t location, std::string_view name) {
                      panel.location_name[location] = name;
                    });
}

SideSummary add_product_names(Panel& panel, const SideFile& file) {
  panel.product_name.assign(panel.products.size(), "");
  return read_texts(file, index_of(panel.products), Role::kProduct, "name", Role::kName, {},
                    [&](const CsvReader&, std::size_t, std::size_t product, std::string_view name) {
                      panel.product_name[product] = name;
                    });
}

SideSummary add_location_parents(Panel& panel, const SideFile& file) {
  panel.location_parent.assign(panel.locations.size(), -1);
  const Index index = index_of(panel.locations);
  std::uint64_t unknown_parents = 0;
  SideSummary summary = read_texts(
      file, index, Role::kLocation, "parent", Role::kParent, {},
      [&](const CsvReader& reader, std::size_t column, std::size_t location, std::string_view parent) {
        if (parent.empty()) return;
        const auto known = index.find(std::string(parent));
        if (known == index.end()) {
          ++unknown_parents;
        } else if (known->second == location) {
          fail(reader, column,
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
  return read_texts(file, index_of(panel.locations), Role::kLocation, "kind", Role::kKind, {},
                    [&](const CsvReader& reader, std::size_t column, std::size_t location, std::string_view kind) {
                      if (kind != "country" && kind != "region") {
                        fail(reader, column,
                             fmt::format("{}, expected country or region; correct the row", shown(kind)));
                      }
                      panel.location_kind[location] = kind;
                    });
}

SideSummary add_product_class(Panel& panel, const std::string& scheme, const SideFile& file) {
  std::vector<std::string>& classes = panel.product_class[scheme];
  classes.assign(panel.products.size(), "");
  return read_texts(
      file, index_of(panel.products), Role::kProduct, "class", Role::kClass, {plain_name(scheme)},
      [&](const CsvReader&, std::size_t, std::size_t product, std::string_view text) { classes[product] = text; });
}

SideSummary add_table(Panel& panel, const std::string& name, const SideFile& file) {
  const auto source = open_text(file.path);
  CsvReader reader(*source, file.path);
  const bool population = name == "population", gdp = name == "gdp";
  const std::vector<std::string> more = {"reporteriso", "code", "countryiso3"};
  const std::vector<std::string> value_names = {plain_name(name), plain_name(name) + "total",
                                                population ? "pop" : "gdpcurrentusd"};
  const YearColumn year = year_column(reader, file, panel);
  const std::string location_name = wanted(file, "location").empty() ? wanted(file, "code") : wanted(file, "location");
  const std::size_t location = find_column(reader.header(), reader.name(), Role::kLocation, location_name, more);
  const std::size_t value =
      find_column(reader.header(), reader.name(), Role::kValue, wanted(file, "value"), value_names);

  std::vector<double> table(panel.years.size() * panel.locations.size(), kNaN);
  std::vector<std::uint64_t> first_line(table.size(), 0);
  const Index index = index_of(panel.locations);
  SideSummary summary;
  while (reader.next()) {
    const double number = parse_value(reader, value, !population && !gdp);
    std::int32_t label = year.fixed;
    if (year.column && !parse_year(reader.fields()[*year.column], label)) {
      fail(reader, *year.column,
           fmt::format("{}, expected a year; correct the row", shown(reader.fields()[*year.column])));
    }
    if (reader.fields()[location].empty()) fail(reader, location, "an empty code, expected one; correct the row");
    const auto row = index.find(std::string(reader.fields()[location]));
    const auto column = std::lower_bound(panel.years.begin(), panel.years.end(), label);
    if (row == index.end() || column == panel.years.end() || *column != label) {
      ++summary.unknown;
      continue;
    }
    const std::size_t cell =
        static_cast<std::size_t>(column - panel.years.begin()) * panel.locations.size() + row->second;
    if (first_line[cell] != 0) {
      fail(reader, location,
           fmt::format("a second row for {} in {}, expected one (the first is row {}); keep one", shown(row->first),
                       label, first_line[cell]));
    }
    first_line[cell] = reader.line();
    table[cell] = number;
    ++summary.used;
  }
  if (population) {
    panel.population = std::move(table);
    panel.population_units = "persons";
  } else if (gdp) {
    panel.gdp = std::move(table);
  } else {
    panel.table[name] = std::move(table);
  }
  return summary;
}

}  // namespace balassa
