// What PanelBuilder says of rows that come again, and of choices of rows and codes that choose nothing.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "io/base/error.hpp"
#include "io/base/nearest_name.hpp"
#include "io/base/shell_word.hpp"
#include "io/panel/panel_builder.hpp"
#include "io/text/utf8.hpp"

namespace balassa {
namespace {

constexpr double kEqualTotals = 0.005;  // of a total, by which it may differ from the sum of its parts

// "flow (1, 2), indicators (EUR, KG and 3 more)".
std::string listed(const std::vector<RepeatedRows::Difference>& differences) {
  std::vector<std::string> parts;
  for (const auto& difference : differences) {
    std::vector<std::string> texts;
    for (const std::string& text : difference.texts) texts.push_back(text.empty() ? "empty" : text);
    const std::size_t more = difference.distinct - std::min(difference.distinct, texts.size());
    parts.push_back(fmt::format("{} ({}{})", difference.column, fmt::join(texts, ", "),
                                more > 0 ? fmt::format(" and {} more", more) : ""));
  }
  return fmt::format("{}", fmt::join(parts, ", "));
}

// The options that keep the rows which are like the first.
std::string like_the_first(const std::vector<RepeatedRows::Difference>& differences) {
  std::vector<std::string> options;
  for (const auto& difference : differences) {
    options.push_back("--where " + shell_word(difference.column + "=" + difference.texts.front()));
  }
  return fmt::format("{}", fmt::join(options, " "));
}

}  // namespace

std::string PanelBuilder::cell_of(const CsvReader& reader, const Layout& layout) const {
  const auto fields = reader.fields();
  return fmt::format("year {}, location {}, product {}",
                     layout.year ? std::string(fields[*layout.year]) : std::to_string(*options_.year),
                     shown(fields[layout.location]), shown(fields[layout.product]));
}

std::string PanelBuilder::second_row(const std::string& file, std::uint64_t line, const std::string& cell,
                                     std::uint64_t first_origin) const {
  return fmt::format("{}:row[{}]: found a second row for {}{} (the first is {}:row[{}]), expected one", file, line,
                     cell, repeated_rows_.repeat().added_over, files_[first_origin >> kLineBits],
                     first_origin & ((std::uint64_t{1} << kLineBits) - 1));
}

void PanelBuilder::check_repeats() {
  if (!second_row_) return;
  const RepeatedRows::Repeat& repeat = repeated_rows_.repeat();
  const auto differences = repeated_rows_.differences();
  std::string advice;
  if (!differences.empty()) {
    advice = fmt::format("the rows differ in {}: keep one kind with {}, or add them with --sum-over {}",
                         listed(differences), like_the_first(differences), shell_word(differences.front().column));
  } else if (repeat.count > 0 && repeat.same_value == repeat.count) {
    advice = files_.size() > 1 ? "the rows are the same in every column: leave out the file that holds them again"
                               : "the rows are the same in every column: delete those that are there again";
  } else {
    advice = files_.size() > 1 && layout_.sum_rows
                 ? "the same trade is in two files with other values, as in two releases: leave one out"
                 : "the rows differ only in their numbers: correct it, or add them with --duplicates sum";
  }
  throw Error(ExitCode::kBadData, fmt::format("{}; {}", *second_row_, advice));
}

// Columns that are about all of a row: its unit (in files without a preset, whose presets know it) and its
// classification.
void PanelBuilder::begin_kinds(const CsvReader& reader, const Layout& layout) {
  static constexpr std::string_view kUnits[] = {"currency", "currencycode", "unit", "units", "unitcode", "unitmeasure"};
  static constexpr std::string_view kClassifications[] = {"classification", "classificationcode", "pfcode",
                                                          "nomenclature", "nomencode"};
  std::vector<Kind> here;
  for (std::size_t column = 0; column < reader.header().size(); ++column) {
    const std::string plain = plain_name(reader.header()[column]);
    const bool unit =
        layout.preset == "generic" && std::find(std::begin(kUnits), std::end(kUnits), plain) != std::end(kUnits);
    const bool classification =
        std::find(std::begin(kClassifications), std::end(kClassifications), plain) != std::end(kClassifications);
    const bool is_cell = column == layout.location || column == layout.product || column == layout.value;
    if (is_cell || (!unit && !classification)) continue;
    const auto known =
        std::find_if(kinds_.begin(), kinds_.end(), [&](const Kind& kind) { return plain_name(kind.name) == plain; });
    here.push_back(known == kinds_.end() ? Kind{column, reader.header()[column], unit, {}, {}} : std::move(*known));
    here.back().column = column;
  }
  kinds_ = std::move(here);
  if (files_.size() > 1 && layout.product_system != layout_.product_system) {
    summary_.remarks.push_back(fmt::format(
        "{}: its products are of {}, those of {} of {}: codes of several revisions are not the same goods; change them "
        "with "
        "--concordance, or import the files apart",
        reader.name(), layout.product_system.empty() ? "no system that its name tells" : layout.product_system,
        files_.front(), layout_.product_system.empty() ? "none" : layout_.product_system));
    layout_.product_system.clear();
  }
}

// Files that have no location in common may be of several parts of the world; where their codes look otherwise too,
// such as ARG and 32, one country is rather two locations.
void PanelBuilder::compare_locations(const std::string& file) {
  constexpr std::size_t kFew = 3;
  std::set<std::size_t> here;
  for (const auto& locations : seen_) {
    for (std::size_t l = 0; l < locations.size(); ++l) {
      if ((locations[l] & kInThisFile) != 0) here.insert(locations_.same_as[l]);
    }
  }
  if (here.size() < kFew || locations_before_ < kFew || *here.begin() < locations_before_) return;
  const auto form = [](const std::string& code) {
    return std::all_of(code.begin(), code.end(), [](unsigned char c) { return std::isdigit(c) != 0; }) ? 0
                                                                                                       : code.size();
  };
  std::set<std::size_t> forms, forms_before;
  for (const std::size_t l : here) forms.insert(form(locations_.table.code(l)));
  for (std::size_t l = 0; l < locations_before_; ++l) forms_before.insert(form(locations_.table.code(l)));
  const bool alike = std::any_of(forms.begin(), forms.end(), [&](std::size_t f) { return forms_before.contains(f); });
  if (alike) return;
  summary_.remarks.push_back(fmt::format(
      "{}: it has no location of the files before, and codes of another form ({} beside {}): one country may be two "
      "locations; name a column that all files have with --location-column",
      file, locations_.table.code(*here.begin()), locations_.table.code(0)));
}

void PanelBuilder::count_kinds(const CsvReader& reader) {
  for (Kind& kind : kinds_) {
    const std::uint32_t text = kind.texts.index(reader.fields()[kind.column]);
    if (text >= kind.rows.size()) kind.rows.resize(text + 1);
    ++kind.rows[text];
  }
}

// What a value of the row is to be multiplied by, by its unit and year.
double PanelBuilder::rate_of(const CsvReader& reader, const Layout& layout, std::uint32_t year) {
  const auto kind = std::find_if(kinds_.begin(), kinds_.end(), [](const Kind& k) { return k.unit; });
  if (kind == kinds_.end()) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}:header[1]: found no column of units (currency, unit, ...), expected one for --rate; "
                            "use --scale where all values are of one unit",
                            reader.name()));
  }
  const std::string_view unit = reader.fields()[kind->column];
  const auto [known, fresh] = rates_.try_emplace({kind->texts.index(unit), year}, 1.0);
  if (!fresh) return known->second;
  kind->rows.resize(kind->texts.size());
  const std::int32_t label = year_label_[year];
  bool named = false, found = false;
  for (const UnitRate& rate : options_.rates) {
    if (plain_name(rate.unit) != plain_name(unit)) continue;
    named = true;
    if (rate.year ? *rate.year != label : found) continue;
    known->second = rate.factor;
    found = true;
    if (rate.year) break;
  }
  if (named && !found) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: found no rate of {} for {}, expected one; give it with --rate {}:{}=NUMBER",
                            reader.place(layout.value), shown(unit), label, unit, label));
  }
  return known->second;
}

// The unit that the others are changed to, where it is one.
std::vector<std::string> PanelBuilder::units_without_rate(const Kind& kind) const {
  std::vector<std::string> units;
  for (std::size_t text = 0; text < kind.texts.size(); ++text) {
    const std::string& unit = kind.texts.code(text);
    const bool has_rate = std::any_of(options_.rates.begin(), options_.rates.end(),
                                      [&](const UnitRate& rate) { return plain_name(rate.unit) == plain_name(unit); });
    if (!has_rate) units.push_back(unit);
  }
  return units;
}

// A rate of a unit that no row has is a slip of the pen.
void PanelBuilder::require_rates_used(const Kind& kind) const {
  std::vector<std::string> units;
  for (std::size_t text = 0; text < kind.texts.size(); ++text) units.push_back(kind.texts.code(text));
  for (const UnitRate& rate : options_.rates) {
    const bool used = std::any_of(units.begin(), units.end(),
                                  [&](const std::string& unit) { return plain_name(unit) == plain_name(rate.unit); });
    if (!used) {
      throw Error(ExitCode::kBadData, fmt::format("--rate: found {}, a unit that no row has, expected one of {} ({})",
                                                  shown(rate.unit), kind.name, fmt::join(units, ", ")));
    }
  }
}

// Values of several units are never added without a rate; of several classifications, it is said.
void PanelBuilder::check_kinds() {
  for (const Kind& kind : kinds_) {
    if (kind.unit && !options_.rates.empty()) {
      const std::vector<std::string> base = units_without_rate(kind);
      if (base.size() < 2) require_rates_used(kind);
      if (options_.units.empty() && base.size() == 1) options_.units = base.front();
      for (const UnitRate& rate : options_.rates) {
        const std::string in_year = rate.year ? fmt::format(" in {}", *rate.year) : "";
        if (!options_.source.empty() || !layout_.source.empty()) {
          if (options_.source.empty()) options_.source = layout_.source;
          options_.source += "; ";
        }
        options_.source += fmt::format("1 {} = {} {}{}", rate.unit, rate.factor,
                                       options_.units.empty() ? "of the panel's units" : options_.units, in_year);
        summary_.remarks.push_back(
            fmt::format("{} is changed by its rate: 1 {} = {} {}{}", kind.name, rate.unit, rate.factor,
                        options_.units.empty() ? "of the panel's units" : options_.units, in_year));
      }
      if (base.size() < 2) continue;
    }
    if (kind.texts.size() < 2) continue;
    std::vector<std::string> texts;
    for (std::size_t text = 0; text < std::min<std::size_t>(kind.texts.size(), 4); ++text) {
      texts.push_back(
          fmt::format("{}: {} rows", kind.texts.code(text).empty() ? "empty" : kind.texts.code(text), kind.rows[text]));
    }
    const auto most =
        static_cast<std::size_t>(std::max_element(kind.rows.begin(), kind.rows.end()) - kind.rows.begin());
    const std::string choice = shell_word(kind.name + "=" + kind.texts.code(most));
    if (kind.unit) {
      throw Error(
          ExitCode::kBadData,
          fmt::format("{}:{}: found values in {} units ({}), expected one: they are not added without a rate; keep one "
                      "with --where {}, or give all but one a rate with --rate UNIT=NUMBER",
                      first_file(), kind.name, kind.texts.size(), fmt::join(texts, ", "), choice));
    }
    summary_.remarks.push_back(
        fmt::format("rows are of {} classifications by {} ({}): the same code may be other goods; --where {} keeps one",
                    kind.texts.size(), kind.name, fmt::join(texts, ", "), choice));
  }
}

void PanelBuilder::note_choice(const Rule& rule) {
  if (rule.rule.choice == RowRule::kOfPreset) return;
  for (std::size_t i = 0; i < rule.texts.size(); ++i) {
    choice_texts_[rule.rule.choice][rule.texts.code(i)] = (rule.passes[i] != 0) != rule.rule.drop;
  }
}

void PanelBuilder::check_choices() {
  for (std::size_t i = 0; i < options_.where.size(); ++i) {
    const ColumnChoice& choice = options_.where[i];
    std::vector<std::string> found;
    std::size_t named = 0;
    for (const auto& [text, asked] : choice_texts_[i]) {
      found.push_back(text.empty() ? "(empty)" : text);
      named += asked ? 1 : 0;
    }
    const std::string nearest(nearest_name(choice.values.front(), found));
    constexpr std::size_t kListed = 8;
    const std::size_t more = found.size() - std::min(found.size(), kListed);
    found.resize(found.size() - more);
    const std::string here =
        fmt::format("{}{}", fmt::join(found, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
    if (named == 0) {
      throw Error(
          ExitCode::kBadData,
          fmt::format("{}:{}: found no row with --where {}, expected some; the column holds {}; the nearest is {}",
                      first_file(), choice.column, choice.text(), here, nearest));
    }
    if (named < choice.values.size() && found.size() > 0) {
      for (const std::string& value : choice.values) {
        const bool there = std::any_of(choice_texts_[i].begin(), choice_texts_[i].end(), [&](const auto& text) {
          return plain_name(text.first) == plain_name(value) && (text.second || text.first == value);
        });
        if (!there) summary_.remarks.push_back(fmt::format("--where {}: no row holds {}", choice.text(), shown(value)));
      }
    }
  }
}

// A list of codes none of which is there was mistyped; one of which a part is there gets a remark.
void PanelBuilder::check_code_list(const CodeFilter& filter, const Codes& codes, bool product) {
  std::set<std::string, std::less<>> known;
  for (std::size_t i = 0; i < codes.table.size(); ++i) {
    const std::string& code = codes.table.code(i);
    known.insert(product && options_.product_digits > 0 ? first_characters(code, options_.product_digits) : code);
  }
  const char* const what = product ? "product" : "location";
  const auto check = [&](const std::set<std::string, std::less<>>& list, const std::string& flag, const char* remark) {
    std::vector<std::string> absent;
    std::set_difference(list.begin(), list.end(), known.begin(), known.end(), std::back_inserter(absent));
    if (!list.empty() && absent.size() == list.size()) {
      const std::string& asked = *list.begin();
      throw Error(
          ExitCode::kBadData,
          fmt::format("{}:{}: found no row of {} ({}), expected some; the nearest code is {}", first_file(), what,
                      list.size() == 1 ? asked : fmt::format("the {} codes such as {}", list.size(), asked), flag,
                      nearest_name(asked, known)));
    }
    for (const std::string& code : absent) {
      summary_.remarks.push_back(fmt::format("{} {} was {} and has no row", what, code, remark));
    }
  };
  check(filter.keep, product ? "--products" : "--locations", "asked for");
  check(filter.drop, product ? "--drop-products" : "--drop-locations", "to be left out");
}

void PanelBuilder::remark_sums() {
  const RepeatedRows::Repeat& repeat = repeated_rows_.repeat();
  const std::uint64_t added = layout_.sum_rows ? repeat.count : summary_.summed;
  if (options_.sum_duplicates && added > 0) {
    const auto differences = repeated_rows_.differences();
    std::string how = "they differ in their numbers only";
    if (!differences.empty()) {
      how = fmt::format("these rows differ in {}; {} keeps one kind, --sum-over COLUMN adds over that column alone",
                        listed(differences), like_the_first(differences));
    } else if (repeat.count > 0 && repeat.same_value == repeat.count) {
      how = "these rows are the same in every column, so the same trade may count twice";
    }
    summary_.remarks.push_back(
        fmt::format("--duplicates sum added {} rows to an earlier row of the same cell: {}", added, how));
  }
  for (const AddedOver& over : added_over_) {
    double all = 0;
    for (const double total : over.totals) all += total;
    for (std::size_t text = 0; text < over.totals.size() && over.totals.size() > 2; ++text) {
      const double total = over.totals[text];
      if (!(std::abs(2 * total - all) <= kEqualTotals * total)) continue;
      summary_.remarks.push_back(fmt::format(
          "{} {} equals the sum of the other {}, so all trade counts twice; leave it out with --where {}", over.name,
          shown(over.texts.code(text)), over.totals.size() - 1, shell_word(over.name + "!=" + over.texts.code(text))));
    }
  }
}

}  // namespace balassa
