#include "io/panel/panel_builder.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "io/base/error.hpp"
#include "io/base/free_memory.hpp"
#include "io/text/utf8.hpp"

namespace balassa {
namespace {

constexpr std::uint32_t kDropped = ~std::uint32_t{0};
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kLongestCode = 1024;
constexpr std::size_t kMostYears = std::size_t{1} << 16, kMostCodes = std::size_t{1} << 24;  // what CellTable can index
constexpr int kLineBits = 40;  // of an origin; the file is above them
constexpr std::uint64_t kRowsBetweenReports = 1 << 16;

bool equals_any_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

bool is_missing(std::string_view text) {
  if (text.empty()) return true;
  if (text.size() > 4) return false;
  for (const std::string_view word : {"NA", "NaN", "-NaN", "null", "."}) {
    if (equals_any_case(text, word)) return true;
  }
  return false;
}

bool parse_year(std::string_view text, std::int32_t& year) {
  if (text.ends_with(".0")) text.remove_suffix(2);  // as pandas writes a year column with gaps
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), year);
  return error == std::errc() && end == text.data() + text.size() && year > 0 && year < 10000;
}

}  // namespace

bool YearFilter::keeps(std::int32_t year) const {
  return ranges.empty() ||
         std::any_of(ranges.begin(), ranges.end(), [&](const auto& r) { return r.first <= year && year <= r.second; });
}

YearFilter parse_years(const std::string& text) {
  YearFilter filter;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    const std::size_t dash = part.find('-');
    std::int32_t from = 0, to = 0;
    const bool good = parse_year(part.substr(0, dash), from) &&
                      (dash == std::string_view::npos ? (to = from, true) : parse_year(part.substr(dash + 1), to)) &&
                      from <= to;
    if (!good)
      throw Error(ExitCode::kUsage,
                  fmt::format("--years: found {}, expected years such as 1995-2016,2017", shown(part)));
    filter.ranges.emplace_back(from, to);
  }
  return filter;
}

PanelBuilder::PanelBuilder(ImportOptions options, std::function<void(std::uint64_t)> report)
    : options_(std::move(options)), report_(std::move(report)) {
  if (options_.memory_limit == 0) options_.memory_limit = free_memory().free;
  if (options_.dense_limit == 0) options_.dense_limit = options_.memory_limit / 2;
}

void PanelBuilder::begin_file(const CsvReader& reader, const Layout& layout) {
  if (files_.empty()) {
    layout_ = layout;
    const bool keep_origins = !options_.sum_duplicates && !layout.sum_rows;
    cells_.emplace(options_.dense_limit, options_.memory_limit, keep_origins);
    partner_cells_.emplace(options_.dense_limit, options_.memory_limit, false);
  } else if (layout.preset != layout_.preset) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}:header[1]: found a file of preset {}, expected {} as in {}; import them apart, or "
                            "say --preset generic",
                            reader.name(), layout.preset, layout_.preset, files_.front()));
  }
  files_.push_back(reader.name());
  summary_.presets.emplace_back(reader.name(), layout.preset);
}

void PanelBuilder::add(CsvReader& reader, const TextSource& source) {
  const Layout layout =
      detect_layout(reader.header(), reader.name(), options_.preset, options_.columns, options_.year.has_value());
  begin_file(reader, layout);
  std::vector<Rule> rules;
  for (const RowRule& rule : layout.rules) rules.push_back({rule, {}, {}, 0});
  const auto file = static_cast<std::uint64_t>(files_.size() - 1);
  while (reader.next()) {
    if (++summary_.rows % kRowsBetweenReports == 0 && report_) report_(source.stored_bytes_read());
    add_row(reader, layout, rules, file);
  }
  for (const Rule& rule : rules) {
    if (rule.dropped > 0) summary_.filtered[rule.rule.cause] += rule.dropped;
  }
  if (report_) report_(source.stored_bytes_read());
}

void PanelBuilder::add_row(const CsvReader& reader, const Layout& layout, std::vector<Rule>& rules,
                           std::uint64_t file) {
  const auto fields = reader.fields();
  // Concatenated files repeat the header; looked at only where the value can't be one.
  const std::string_view value_text = fields[layout.value];
  if (!value_text.empty() && value_text[0] > '9' && reader.repeats_header()) {
    ++summary_.repeated_headers;
    return;
  }
  if (!rules.empty() && !passes(rules, reader)) return;
  const std::uint32_t year = year_of(reader, layout);
  if (year == kDropped) {
    ++summary_.filtered["year not selected"];
    return;
  }
  const std::uint32_t location = code_of(reader, locations_, layout.location, false);
  if (locations_.fate[location] != Fate::kKept) {
    ++summary_.filtered["location not selected"];
    return;
  }
  const Side side = side_of(reader, layout);
  see(year, location, side);  // before the product is looked at: a location whose products are all filtered has zeros
  const std::uint32_t product = code_of(reader, products_, layout.product, true);
  if (const Fate fate = products_.fate[product]; fate != Fate::kKept) {
    ++summary_.filtered[fate == Fate::kTotal         ? "total over products"
                        : fate == Fate::kOtherLength ? "product code of another length"
                                                     : "product not selected"];
    return;
  }
  const double value = value_of(reader, layout.value);
  CellTable& cells = side == Side::kTotal ? *cells_ : *partner_cells_;
  const CellTable::Added added = cells.add(year, location, product, value, file << kLineBits | reader.line());
  ++summary_.kept;
  if (added.again) {
    if (!options_.sum_duplicates && !layout.sum_rows) refuse_duplicate(reader, layout, added.first_origin);
    ++summary_.summed;
  }
}

bool PanelBuilder::passes(std::vector<Rule>& rules, const CsvReader& reader) const {
  for (Rule& rule : rules) {
    const std::string_view text = reader.fields()[rule.rule.column];
    const std::uint32_t index = rule.texts.index(text);
    if (index == rule.passes.size()) {
      const auto& keep = rule.rule.keep;
      rule.passes.push_back(
          std::any_of(keep.begin(), keep.end(), [&](const auto& kept) { return equals_any_case(kept, text); }));
    }
    if (rule.passes[index] == 0) {
      ++rule.dropped;
      return false;
    }
  }
  return true;
}

std::uint32_t PanelBuilder::year_of(const CsvReader& reader, const Layout& layout) {
  const std::string given = layout.year ? std::string() : std::to_string(*options_.year);
  const std::string_view text = layout.year ? reader.fields()[*layout.year] : std::string_view(given);
  const std::uint32_t index = year_texts_.index(text);
  if (index < year_index_.size()) return year_index_[index];
  std::int32_t label = 0;
  if (!parse_year(text, label)) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: found {}, expected a year such as 2017; correct the row or name another "
                            "--year-column",
                            reader.place(layout.year.value_or(reader.header().size())), shown(text)));
  }
  std::uint32_t year = kDropped;
  if (options_.years.keeps(label)) {
    const auto known = std::find(year_label_.begin(), year_label_.end(), label);
    year = static_cast<std::uint32_t>(known - year_label_.begin());
    if (known == year_label_.end()) year_label_.push_back(label);
  }
  static_assert(kMostYears > 10000);
  year_index_.push_back(year);
  return year;
}

std::uint32_t PanelBuilder::code_of(const CsvReader& reader, Codes& codes, std::size_t column, bool product) {
  const std::string_view code = reader.fields()[column];
  const std::uint32_t index = codes.table.index(code);
  if (index < codes.fate.size()) return index;
  const auto refuse = [&](const std::string& what) {
    throw Error(ExitCode::kBadData, fmt::format("{}: found {}", reader.place(column), what));
  };
  if (code.empty()) refuse("an empty code, expected one; give the row a code or delete it");
  if (code.size() > kLongestCode)
    refuse(fmt::format("a code of {} bytes, expected at most {}; look for an open quote", code.size(), kLongestCode));
  // As the panel file has it: refused here, where the row is known, and not when the panel is written.
  if (std::any_of(code.begin(), code.end(), [](unsigned char c) { return c < 32 || c == 127; })) {
    refuse(fmt::format("line ends or control characters in {}, expected a code of one line; look for an open quote",
                       shown(code)));
  }
  const auto length = characters(code);
  if (!length) refuse("text that is not UTF-8, expected UTF-8; convert it, for instance: iconv -f ISO-8859-1 -t UTF-8");
  if (codes.table.size() > kMostCodes)
    refuse(fmt::format("more than {} distinct codes; check which column is which", kMostCodes));
  Fate fate = Fate::kKept;
  if (!product) {
    if (!options_.locations.keeps(code)) fate = Fate::kNotSelected;
  } else if (layout_.preset == "comtrade" && (equals_any_case(code, "TOTAL") || code.starts_with("AG"))) {
    fate = Fate::kTotal;
  } else if (options_.product_length > 0 && *length != static_cast<std::size_t>(options_.product_length)) {
    fate = Fate::kOtherLength;
  } else {
    const std::string final_code =
        options_.product_digits > 0 ? first_characters(code, options_.product_digits) : std::string(code);
    if (!options_.products.keeps(final_code)) fate = Fate::kNotSelected;
  }
  codes.fate.push_back(fate);
  return index;
}

double PanelBuilder::value_of(const CsvReader& reader, std::size_t column) {
  const std::string_view text = reader.fields()[column];
  double value = 0;
  const auto [end, error] = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  if (whole && value >= 0 && value <= std::numeric_limits<double>::max()) return value + 0.0;  // -0 becomes 0
  if (is_missing(text)) {
    ++summary_.missing_values;
    return kNaN;
  }
  const char* expected = "a number; correct the row, or leave the field empty if the value is missing";
  if (text.find(',') != std::string_view::npos) {
    expected = "a number with a decimal point and no thousands separators; convert the decimal commas";
  } else if (whole) {
    expected = value < 0 ? "a value >= 0; correct the row or drop it" : "a finite value; correct the row or drop it";
  }
  throw Error(ExitCode::kBadData,
              fmt::format("{}: found {}, expected {}", reader.place(column), shown(text), expected));
}

PanelBuilder::Side PanelBuilder::side_of(const CsvReader& reader, const Layout& layout) {
  if (!layout.partner) return Side::kTotal;
  const std::string_view partner = reader.fields()[*layout.partner];
  const std::uint32_t index = partners_.index(partner);
  if (index == partner_side_.size()) {
    const bool world = partner == "W00" || partner == "0" || partner == "WLD" || equals_any_case(partner, "World");
    partner_side_.push_back(world ? Side::kTotal : Side::kPartner);
  }
  return partner_side_[index];
}

void PanelBuilder::see(std::uint32_t year, std::uint32_t location, Side side) {
  if (year >= seen_.size()) seen_.resize(year + 1);
  std::vector<std::uint8_t>& locations = seen_[year];
  if (location >= locations.size()) locations.resize(locations_.table.size() + 64);
  locations[location] |= static_cast<std::uint8_t>(side);
}

void PanelBuilder::refuse_duplicate(const CsvReader& reader, const Layout& layout, std::uint64_t first_origin) const {
  const auto fields = reader.fields();
  const std::string& first_file = files_[first_origin >> kLineBits];
  const std::uint64_t first_line = first_origin & ((std::uint64_t{1} << kLineBits) - 1);
  throw Error(
      ExitCode::kBadData,
      fmt::format("{}:row[{}]: found a second row for year {}, location {}, product {} (the first is {}:row[{}]), "
                  "expected one; "
                  "correct it, or add them up with --duplicates sum",
                  reader.name(), reader.line(), layout.year ? fields[*layout.year] : std::to_string(*options_.year),
                  shown(fields[layout.location]), shown(fields[layout.product]), first_file, first_line));
}

}  // namespace balassa
