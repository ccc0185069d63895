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
#include "io/panel/code_repair.hpp"
#include "io/panel/wide_table.hpp"
#include "io/text/utf8.hpp"

namespace balassa {
namespace {

constexpr std::uint32_t kDropped = ~std::uint32_t{0};
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kLongestCode = 1024;
constexpr std::size_t kMostYears = std::size_t{1} << 16, kMostCodes = std::size_t{1} << 24;  // what CellTable can index
constexpr std::uint64_t kRowsBetweenReports = 1 << 16;
constexpr std::uint64_t kRowsPastRepeat = 1 << 20;
constexpr std::size_t kWatchedForSums = std::size_t{1} << 21;  // with --sum-over a single second row matters

bool equals_any_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

// Marks of missing values that no one takes for anything else.
bool is_plain_mark(std::string_view text) {
  return text.empty() || equals_any_case(text, "NA") || equals_any_case(text, "NaN");
}

std::string padded(std::string code, int digits) {
  const auto length = static_cast<std::size_t>(std::max(digits, 0));
  if (code.size() < length && code.find_first_not_of("0123456789") == std::string::npos)
    code.insert(0, length - code.size(), '0');
  return code;
}

// A year of an option.
bool parse_year(std::string_view text, std::int32_t& year) {
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
    choice_texts_.resize(options_.where.size());
    if (!options_.sum_over.empty()) repeated_rows_ = RepeatedRows(kWatchedForSums);
    for (const std::string& name : options_.sum_over) added_over_.push_back({0, name, {}, {}});
  } else if (layout.preset != layout_.preset) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}:header[1]: found a file of preset {}, expected {} as in {}; import them apart, or "
                            "say --preset generic",
                            reader.name(), layout.preset, layout_.preset, files_.front()));
  }
  if (layout.preset == "comtrade" && layout.location_system != layout_.location_system) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}:header[1]: found locations by code system {}, expected {} as in {}: one country would "
                            "be two; name a column that all files have, such as --location-column reporterCode",
                            reader.name(), layout.location_system, layout_.location_system, files_.front()));
  }
  files_.push_back(reader.name());
  locations_before_ = locations_.table.size();
  for (auto& locations : seen_) {
    for (std::uint8_t& bits : locations) bits &= static_cast<std::uint8_t>(~kInThisFile);
  }
  summary_.presets.emplace_back(reader.name(), layout.preset);
  summary_.columns.push_back(use_of_columns(layout, reader.header(), reader.name()));
  for (std::size_t i = 0; i < added_over_.size(); ++i) {
    added_over_[i].column = column_named(reader.header(), reader.name(), "--sum-over", added_over_[i].name);
  }
  // The column of the year is none of them: of months, it tells rows of one year apart.
  std::vector<std::size_t> described{layout.location, layout.product, layout.value};
  begin_kinds(reader, layout);
  repeated_rows_.begin_file(reader.header(), layout.summed_over, described);
}

// Lines of the file that are no rows, counted and said.
void PanelBuilder::count_lines(const CsvReader& reader) {
  const LinesLeftOut& lines = reader.left_out();
  if (lines.blank > 0) summary_.filtered["blank line"] += lines.blank;
  if (lines.comments > 0) summary_.filtered["comment"] += lines.comments;
  if (lines.notes > 0) {
    summary_.filtered["note below the table"] += lines.notes;
    summary_.remarks.push_back(fmt::format("{}: the table ends in line {}; left out below it: {}{}", reader.name(),
                                           lines.first_note - 1, shown(lines.note),
                                           lines.notes > 1 ? fmt::format(" and {} more", lines.notes - 1) : ""));
  }
  if (reader.lines_above() > 0) {
    summary_.remarks.push_back(fmt::format("{}: the header is in line {}; left out above it: {} line{}", reader.name(),
                                           reader.lines_above() + 1, reader.lines_above(),
                                           reader.lines_above() == 1 ? "" : "s"));
  }
}

void PanelBuilder::add(CsvReader& reader, const TextSource& source) {
  if (options_.wide) {
    summary_.remarks.push_back(read_as_wide(reader));
  } else if (options_.columns.year.empty() && !options_.year) {
    refuse_wide(reader);
  }
  Layout layout =
      detect_layout(reader.header(), reader.name(), options_.preset, options_.columns, options_.year.has_value());
  choose_rows(layout, reader.header(), reader.name(), options_.where, options_.sum_over);
  begin_file(reader, layout);
  std::vector<Rule> rules;
  for (const RowRule& rule : layout.rules) rules.push_back({rule, {}, {}, 0});
  const auto file = static_cast<std::uint64_t>(files_.size() - 1);
  try {
    // Past a row that may not be there, others tell in which columns such rows differ.
    for (std::uint64_t past = 0; past < kRowsPastRepeat && reader.next(); past += second_row_ ? 1 : 0) {
      if (++summary_.rows % kRowsBetweenReports == 0 && report_) report_(source.stored_bytes_read());
      add_row(reader, layout, rules, file);
    }
  } catch (const Error&) {
    check_repeats();
    throw;
  }
  check_repeats();
  for (const Rule& rule : rules) {
    note_choice(rule);
    if (rule.dropped > 0) summary_.filtered[rule.rule.cause] += rule.dropped;
  }
  count_lines(reader);
  if (files_.size() > 1) compare_locations(reader.name());
  if (report_) report_(source.stored_bytes_read());
}

void PanelBuilder::add_row(const CsvReader& reader, const Layout& layout, std::vector<Rule>& rules,
                           std::uint64_t file) {
  const auto fields = reader.fields();
  // Concatenated files repeat the header; looked at only where the value can't be one, or is named by a number.
  const std::string_view value_text = fields[layout.value];
  const std::string& value_name = reader.header()[layout.value];
  const bool named_by_number = reader.is_wide() || (!value_name.empty() && value_name.front() <= '9');
  if (!value_text.empty() && (value_text[0] > '9' || named_by_number) && reader.repeats_header()) {
    summary_.repeated_headers += reader.begins_line() ? 1 : 0;
    return;
  }
  if (!rules.empty() && !passes(rules, reader)) return;
  const std::uint32_t year = year_of(reader, layout);
  if (year == kDropped) {
    ++summary_.filtered["year not selected"];
    return;
  }
  const std::uint32_t location = code_of(reader, locations_, location_column(reader, layout), false);
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
  const double value = value_of(reader, layout.value) * (options_.rates.empty() ? 1.0 : rate_of(reader, layout, year));
  CellTable& cells = side == Side::kTotal ? *cells_ : *partner_cells_;
  const std::uint64_t origin = file << kLineBits | reader.line();
  const CellTable::Added added = cells.add(year, location, product, value, origin);
  ++summary_.kept;
  repeated_rows_.see(reader,
                     static_cast<std::uint64_t>(year) << 48 | static_cast<std::uint64_t>(location) << 24 | product,
                     origin, value);
  if (!kinds_.empty()) count_kinds(reader);
  for (AddedOver& over : added_over_) over.add(reader.fields()[over.column], value);
  summary_.summed += added.again ? 1 : 0;
  const RepeatedRows::Repeat& repeat = repeated_rows_.repeat();
  const bool repeats = layout.sum_rows ? repeat.count > 0 : added.again;
  if (repeats && !options_.sum_duplicates && !second_row_) {
    second_row_ = second_row(reader.name(), reader.line(), cell_of(reader, layout),
                             layout.sum_rows ? repeat.first_origin : added.first_origin);
  }
}

bool PanelBuilder::passes(std::vector<Rule>& rules, const CsvReader& reader) const {
  for (Rule& rule : rules) {
    const bool by_code = rule.rule.code_column && reader.fields()[rule.rule.column].empty();
    const std::string_view text = reader.fields()[by_code ? *rule.rule.code_column : rule.rule.column];
    const std::uint32_t index = rule.texts.index(text);
    if (index == rule.passes.size()) {
      const auto& keep = rule.rule.keep;
      const bool named =
          std::any_of(keep.begin(), keep.end(), [&](const auto& kept) { return equals_any_case(kept, text); });
      rule.passes.push_back(named != rule.rule.drop);
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
  const auto [form, label] =
      layout.year ? read_year(text, options_.fiscal) : YearReading{YearReading::Form::kYear, *options_.year};
  if (label == 0) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: found {}, expected {}", reader.place(layout.year.value_or(reader.header().size())),
                            shown(text), year_advice(text)));
  }
  if (form != YearReading::Form::kYear) year_forms_.emplace(form, fmt::format("{} is {}", text, label));
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
  return index < codes.same_as.size() ? codes.same_as[index] : new_code(reader, codes, column, product);
}

std::uint32_t PanelBuilder::new_code(const CsvReader& reader, Codes& codes, std::size_t column, bool product) {
  const std::string_view code = reader.fields()[column];
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
  if (!characters(code))
    refuse("text that is not UTF-8, expected UTF-8; convert it, for instance: iconv -f ISO-8859-1 -t UTF-8");
  if (codes.table.size() > kMostCodes)
    refuse(fmt::format("more than {} distinct codes; check which column is which", kMostCodes));
  if (is_rounded_code(code)) {
    refuse(
        fmt::format("{}, a code that a spreadsheet has rounded (scientific notation), expected all of its digits; "
                    "fetch the file again, and open it with this column as text",
                    shown(code)));
  }
  const std::string bare = options_.keep_codes ? std::string(code) : bare_code(code);
  if (bared_.empty() && bare != code) bared_ = fmt::format("{} is {}", shown(code), bare);
  const std::string whole = product ? padded(bare, options_.product_pad) : bare;
  const auto index = static_cast<std::uint32_t>(codes.same_as.size());
  codes.same_as.push_back(index);
  codes.fate.push_back(fate_of(whole, product));
  if (whole == code || whole.empty()) return index;
  const std::uint32_t same = codes.table.index(whole);
  if (same == codes.same_as.size()) {
    codes.same_as.push_back(same);
    codes.fate.push_back(codes.fate[index]);
  }
  return codes.same_as[index] = same;
}

PanelBuilder::Fate PanelBuilder::fate_of(std::string_view code, bool product) const {
  if (!product) return options_.locations.keeps(code) ? Fate::kKept : Fate::kNotSelected;
  if (layout_.preset == "comtrade" && (equals_any_case(code, "TOTAL") || code.starts_with("AG"))) return Fate::kTotal;
  const std::size_t length = characters(code).value_or(0);
  if (options_.product_length > 0 && length != static_cast<std::size_t>(options_.product_length))
    return Fate::kOtherLength;
  const std::string final_code =
      options_.product_digits > 0 ? first_characters(code, options_.product_digits) : std::string(code);
  return options_.products.keeps(final_code) ? Fate::kKept : Fate::kNotSelected;
}

// Comtrade gives "Other Asia, nes" (490, which stands for Taiwan) no ISO code, and whole files without descriptions
// none.
std::size_t PanelBuilder::location_column(const CsvReader& reader, const Layout& layout) {
  if (!layout.location_number || !reader.fields()[layout.location].empty()) return layout.location;
  const std::string number(reader.fields()[*layout.location_number]);
  if (!numbered_.contains(number)) {
    numbered_[number] = layout.location_words ? std::string(reader.fields()[*layout.location_words]) : "";
  }
  return *layout.location_number;
}

double PanelBuilder::value_of(const CsvReader& reader, std::size_t column) {
  const std::string_view text = reader.fields()[column];
  double value = 0;
  const fast_float::parse_options plain(fast_float::chars_format::general, options_.numbers.decimal);
  const auto [end, error] = fast_float::from_chars_advanced(text.data(), text.data() + text.size(), value, plain);
  bool whole = error == std::errc() && end == text.data() + text.size();
  if (may_be_thousands_ && whole) {
    may_be_thousands_ = may_be_thousands(text, options_.numbers);
    with_three_decimals_ += text.size() > 3 ? 1 : 0;
  }
  if (whole && value >= 0 && value <= std::numeric_limits<double>::max()) return value + 0.0;  // -0 becomes 0
  if (is_missing_mark(text, options_.numbers)) {
    ++summary_.missing_values;
    if (!is_plain_mark(text)) ++missing_marks_[std::string(text)];
    return kNaN;
  }
  if (!whole) {
    const std::optional<double> number = read_number(text, options_.numbers);
    whole = number.has_value();
    value = number.value_or(0);
    if (whole && value >= 0 && value <= std::numeric_limits<double>::max()) return value;
  }
  const std::string expected = !whole      ? number_advice(text, options_.numbers)
                               : value < 0 ? "a value >= 0; correct the row or drop it"
                                           : "a finite value; correct the row or drop it";
  throw Error(ExitCode::kBadData,
              fmt::format("{}: found {}, expected {}", reader.place(column), shown(text), expected));
}

PanelBuilder::Side PanelBuilder::side_of(const CsvReader& reader, const Layout& layout) {
  if (!layout.partner) return Side::kTotal;
  const std::string_view code = reader.fields()[*layout.partner];
  const std::string_view partner =
      code.empty() && layout.partner_number ? reader.fields()[*layout.partner_number] : code;
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
  locations[location] |= static_cast<std::uint8_t>(static_cast<std::uint8_t>(side) | kInThisFile);
}

}  // namespace balassa
