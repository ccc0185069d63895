#include "io/panel_builder.hpp"

#include <fast_float/fast_float.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <numeric>

#include "io/error.hpp"

namespace balassa {
namespace {

constexpr std::uint32_t kDropped = ~std::uint32_t{0};
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kUnseen = -1.0;
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

// Length of the UTF-8 character that begins at `at`; 0 where it is not one.
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(at + k) & 0xC0) != 0x80) return 0;
  }
  const unsigned second = byte(at + 1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool beyond = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return overlong || beyond ? 0 : length;
}

// Number of characters; none where the text is not UTF-8.
std::optional<std::size_t> characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    const std::size_t length = character_length(text, at);
    if (length == 0) return std::nullopt;
    at += length;
  }
  return count;
}

std::string first_characters(std::string_view text, int count) {
  std::size_t at = 0;
  for (int k = 0; k < count && at < text.size(); ++k) at += character_length(text, at);
  return std::string(text.substr(0, at));
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
  if (options_.memory_limit == 0) options_.memory_limit = available_memory();
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
  if (std::any_of(code.begin(), code.end(),
                  [](unsigned char c) { return (c < 32 && c != '\n' && c != '\r' && c != '\t') || c == 127; })) {
    refuse(fmt::format("control characters in {}, expected text; check that the file is CSV", shown(code)));
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

// Codes of several lengths: where that means several levels of one classification, sums would count trade twice.
void PanelBuilder::check_codes() {
  std::map<std::size_t, std::string> lengths;  // length -> example
  bool digits = true;
  for (std::size_t i = 0; i < products_.table.size(); ++i) {
    if (products_.fate[i] != Fate::kKept) continue;
    const std::string& code = products_.table.code(i);
    lengths.emplace(*characters(code), code);
    digits = digits && std::all_of(code.begin(), code.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  }
  if (lengths.size() < 2) return;
  std::vector<std::string> examples;
  for (const auto& [length, code] : lengths) examples.push_back(fmt::format("{} ({} characters)", code, length));
  if (layout_.one_code_length) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}:product: found codes of several levels: {}, expected one level; keep one with "
                            "--product-length N (if leading zeros were lost, fetch the file again)",
                            first_file(), fmt::join(examples, ", ")));
  }
  if (digits) {
    summary_.remarks.push_back(
        fmt::format("product codes have several lengths ({}): several levels, or lost leading zeros? "
                    "--product-length N keeps one level",
                    fmt::join(examples, ", ")));
  }
}

void PanelBuilder::check_years() const {
  for (const auto& [from, to] : options_.years.ranges) {
    const bool there = std::any_of(year_label_.begin(), year_label_.end(),
                                   [from = from, to = to](std::int32_t y) { return from <= y && y <= to; });
    if (there) continue;
    const std::string asked = from == to ? std::to_string(from) : fmt::format("{}-{}", from, to);
    throw Error(ExitCode::kBadData,
                fmt::format("{}:year: found no row of {}, expected some; correct --years", first_file(), asked));
  }
}

std::vector<std::int64_t> PanelBuilder::sort_codes(const std::vector<std::string>& codes,
                                                   std::vector<std::string>& sorted) {
  for (const std::string& code : codes) {
    if (!code.empty()) sorted.push_back(code);
  }
  std::sort(sorted.begin(), sorted.end());
  sorted.erase(std::unique(sorted.begin(), sorted.end()), sorted.end());
  std::vector<std::int64_t> target;
  for (const std::string& code : codes) {
    target.push_back(code.empty() ? -1 : std::lower_bound(sorted.begin(), sorted.end(), code) - sorted.begin());
  }
  return target;
}

std::size_t PanelBuilder::panel_bytes() const {
  const auto kept = [](const Codes& codes) {
    return static_cast<std::size_t>(std::count(codes.fate.begin(), codes.fate.end(), Fate::kKept));
  };
  return year_label_.size() * kept(locations_) * kept(products_) * sizeof(double);
}

std::size_t PanelBuilder::building_bytes() const {
  const double panel = static_cast<double>(panel_bytes());
  const bool origins = !options_.sum_duplicates && !layout_.sum_rows;
  const bool partners = layout_.preset == "comtrade";
  const double tables = (origins ? 2 : 1) + (partners ? 1 : 0);
  return static_cast<std::size_t>(panel * (1.0 + 1.25 * 1.25 * tables));
}

Panel PanelBuilder::build() {
  if (summary_.kept == 0) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: found no row to keep among {}, expected some; check the filters and the preset",
                            first_file(), summary_.rows));
  }
  check_years();
  check_codes();
  Panel panel;
  // Dropped codes are passed on as "", which no code is.
  std::vector<std::string> locations, products;
  for (std::size_t i = 0; i < locations_.table.size(); ++i) {
    locations.push_back(locations_.fate[i] == Fate::kKept ? locations_.table.code(i) : "");
  }
  for (std::size_t i = 0; i < products_.table.size(); ++i) {
    const std::string& code = products_.table.code(i);
    const bool kept = products_.fate[i] == Fate::kKept;
    products.push_back(!kept                         ? ""
                       : options_.product_digits > 0 ? first_characters(code, options_.product_digits)
                                                     : code);
  }
  const auto location_target = sort_codes(locations, panel.locations);
  const auto product_target = sort_codes(products, panel.products);
  std::vector<std::uint32_t> year_order(year_label_.size());
  std::iota(year_order.begin(), year_order.end(), 0U);
  std::sort(year_order.begin(), year_order.end(), [&](auto a, auto b) { return year_label_[a] < year_label_[b]; });

  const std::size_t bytes = year_order.size() * panel.locations.size() * panel.products.size() * sizeof(double);
  const std::size_t accumulated = cells_->bytes() + partner_cells_->bytes();
  if (bytes + accumulated > options_.memory_limit) {
    throw Error(
        ExitCode::kOutOfMemory,
        fmt::format(
            "{}: found a panel of {} x {} x {} that needs {:.2f} GB, expected at most {:.2f} GB (what is free, or "
            "--memory); keep fewer years, locations or products, or use a larger machine",
            first_file(), year_order.size(), panel.locations.size(), panel.products.size(),
            static_cast<double>(bytes + accumulated) / 1e9, static_cast<double>(options_.memory_limit) / 1e9));
  }
  panel.value.assign(bytes / sizeof(double), kUnseen);
  panel.missing.assign(year_order.size() * panel.locations.size(), 1);
  summary_.sparse = cells_->sparse() || partner_cells_->sparse();
  for (std::size_t y = 0; y < year_order.size(); ++y) {
    panel.years.push_back(year_label_[year_order[y]]);
    fill_year(panel, y, year_order[y], location_target, product_target);
  }
  describe(panel);
  summarise(panel);
  return panel;
}

void PanelBuilder::fill_year(Panel& panel, std::size_t y, std::uint32_t year,
                             const std::vector<std::int64_t>& location_target,
                             const std::vector<std::int64_t>& product_target) {
  const std::vector<std::uint8_t>& seen = seen_[year];
  const auto was_seen = [&](std::size_t location, Side side) {
    return location < seen.size() && (seen[location] & static_cast<std::uint8_t>(side)) != 0;
  };
  for (std::size_t l = 0; l < location_target.size(); ++l) {
    if (location_target[l] < 0 || l >= seen.size() || seen[l] == 0) continue;
    panel.missing[y * panel.locations.size() + static_cast<std::size_t>(location_target[l])] = 0;
    if (layout_.partner && was_seen(l, Side::kTotal)) ++summary_.world_rows;
  }
  const auto put = [&](std::uint32_t location, std::uint32_t product, double value) {
    double& cell = panel.value[panel.index(y, static_cast<std::size_t>(location_target[location]),
                                           static_cast<std::size_t>(product_target[product]))];
    if (cell == kUnseen) {
      cell = value;
      ++summary_.cells_seen;
    } else if (!std::isnan(value)) {
      cell = std::isnan(cell) ? value : cell + value;
    }
  };
  cells_->take_year(year, put);
  // Single partners count only where the location has no row of partner World in this year.
  partner_cells_->take_year(year, [&](std::uint32_t location, std::uint32_t product, double value) {
    if (!was_seen(location, Side::kTotal)) put(location, product, value);
  });

  const double scale = options_.scale.value_or(layout_.scale);
  double total = 0;
  for (std::size_t l = 0; l < panel.locations.size(); ++l) {
    const bool missing = panel.missing[y * panel.locations.size() + l] != 0;
    for (std::size_t p = 0; p < panel.products.size(); ++p) {
      double& cell = panel.value[panel.index(y, l, p)];
      cell = missing ? kNaN : cell == kUnseen ? 0.0 : cell * scale;
      if (!std::isnan(cell)) total += cell;
    }
  }
  if (!(total <= std::numeric_limits<double>::max())) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}:year[{}]: found a total beyond what a number can hold, expected a finite one; use a "
                            "smaller --scale",
                            first_file(), panel.years[y]));
  }
  if (total == 0) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}:year[{}]: found no trade, expected a positive total; leave the year out with --years",
                            first_file(), panel.years[y]));
  }
  summary_.totals.emplace_back(panel.years[y], total);
}

void PanelBuilder::describe(Panel& panel) {
  const auto either = [](const std::string& given, const std::string& otherwise) {
    return given.empty() ? otherwise : given;
  };
  panel.title = options_.title;
  panel.source = either(options_.source, layout_.source);
  panel.units = either(options_.units, options_.scale ? "" : layout_.units);
  panel.location_code_system = either(options_.location_system, layout_.location_system);
  // "hs92" becomes "hs92_4" where all codes have four characters.
  std::set<std::size_t> lengths;
  for (const std::string& code : panel.products) lengths.insert(characters(code).value_or(0));
  std::string system = layout_.product_system;
  if (!system.empty() && lengths.size() == 1) system += fmt::format("_{}", *lengths.begin());
  panel.product_code_system = either(options_.product_system, system);
}

void PanelBuilder::summarise(const Panel& panel) {
  summary_.years = panel.years.size();
  summary_.locations = panel.locations.size();
  summary_.products = panel.products.size();
  double total = 0, unspecified_products = 0, unspecified_locations = 0;
  for (std::size_t y = 0; y < panel.years.size(); ++y) {
    std::vector<std::string> absent;
    for (std::size_t l = 0; l < panel.locations.size(); ++l) {
      if (panel.missing[y * panel.locations.size() + l] != 0) absent.push_back(panel.locations[l]);
    }
    if (!absent.empty()) summary_.absent.emplace_back(panel.years[y], std::move(absent));
  }
  for (const auto& [year, sum] : summary_.totals) total += sum;
  const auto sum_where = [&](std::size_t location_from, std::size_t location_to, std::size_t product_from,
                             std::size_t product_to) {
    double sum = 0;
    for (std::size_t y = 0; y < panel.years.size(); ++y) {
      for (std::size_t l = location_from; l < location_to; ++l) {
        for (std::size_t p = product_from; p < product_to; ++p) {
          const double value = panel.value[panel.index(y, l, p)];
          if (!std::isnan(value)) sum += value;
        }
      }
    }
    return sum;
  };
  for (std::size_t p = 0; p < panel.products.size(); ++p) {
    if (is_unspecified(panel.products[p])) unspecified_products += sum_where(0, panel.locations.size(), p, p + 1);
  }
  for (std::size_t l = 0; l < panel.locations.size(); ++l) {
    if (is_unspecified(panel.locations[l])) unspecified_locations += sum_where(l, l + 1, 0, panel.products.size());
  }
  summary_.unspecified_products = unspecified_products / total;
  summary_.unspecified_locations = unspecified_locations / total;
  if (layout_.partner && summary_.world_rows > 0) {
    summary_.remarks.push_back(
        fmt::format("{} location-years have rows of partner World: only these are used for them", summary_.world_rows));
  }
  for (const std::string& asked : options_.locations.keep) {
    if (!std::binary_search(panel.locations.begin(), panel.locations.end(), asked)) {
      summary_.remarks.push_back(fmt::format("location {} was asked for and has no row", asked));
    }
  }
  for (const std::string& asked : options_.products.keep) {
    if (!std::binary_search(panel.products.begin(), panel.products.end(), asked)) {
      summary_.remarks.push_back(fmt::format("product {} was asked for and has no row", asked));
    }
  }
}

}  // namespace balassa
