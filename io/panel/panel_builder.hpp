// Rows of text -> panel: checks, filters, sums (FORMATS section 1, "Absent rows").
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/panel/cell_table.hpp"
#include "io/panel/code_table.hpp"
#include "io/panel/column_use.hpp"
#include "io/panel/panel.hpp"
#include "io/panel/presets.hpp"
#include "io/panel/repeated_rows.hpp"
#include "io/panel/row_choice.hpp"
#include "io/panel/year_format.hpp"
#include "io/text/csv_reader.hpp"
#include "io/text/number_format.hpp"

namespace balassa {

// Years "1995-2016,2017". A year that stands alone has to be in the input; a range only has to bring one.
struct YearFilter {
  std::vector<std::pair<std::int32_t, std::int32_t>> ranges;  // inclusive; empty = all years
  bool keeps(std::int32_t year) const;
};
YearFilter parse_years(const std::string& text);  // throws Error 64

// Codes that are kept (empty = all) and codes that are dropped.
struct CodeFilter {
  std::set<std::string, std::less<>> keep, drop;
  bool keeps(std::string_view code) const { return (keep.empty() || keep.contains(code)) && !drop.contains(code); }
};

struct ImportOptions {
  std::string preset;  // "" = detected from the header of each file
  ColumnNames columns;
  std::optional<std::int32_t> year;  // of files without a year column
  char delimiter = 0;                // 0 = detected
  std::uint64_t skip_lines = 0;      // > 0: the header is below so many lines
  bool wide = false;                 // a column for each year
  NumberFormat numbers;
  FiscalYear fiscal = FiscalYear::kRefuse;
  bool sum_duplicates = false;
  std::vector<ColumnChoice> where;    // which rows count
  std::vector<std::string> sum_over;  // columns whose rows are added
  std::vector<UnitRate> rates;        // of units in a column of units
  std::optional<double> scale;        // default: the preset's
  std::string units, title, source, location_system, product_system;
  YearFilter years;
  CodeFilter locations, products;  // products: codes after truncation
  int product_digits = 0;          // > 0: codes are cut to so many characters, and their values summed
  int product_pad = 0;             // > 0: codes of digits get leading zeros up to so many
  bool keep_codes = false;         // codes that a tool has altered stay as they are
  int product_length = 0;          // > 0: only codes of exactly so many characters
  std::size_t memory_limit = 0;    // bytes; 0 = what is free
  std::size_t dense_limit = 0;     // bytes of dense accumulation before it goes sparse; 0 = chosen from memory
};

struct ImportSummary {
  std::vector<std::pair<std::string, std::string>> presets;  // file, preset
  std::vector<ColumnUse> columns;                            // of each file
  std::uint64_t rows = 0, kept = 0, summed = 0, missing_values = 0, repeated_headers = 0;
  std::map<std::string, std::uint64_t> filtered;  // cause -> rows
  std::size_t years = 0, locations = 0, products = 0;
  std::size_t cells_seen = 0;
  bool sparse = false;
  std::vector<std::pair<std::int32_t, double>> totals;                    // year, total in units of the panel
  std::vector<std::pair<std::int32_t, std::vector<std::string>>> absent;  // year, locations that are /missing
  double unspecified_products = 0, unspecified_locations = 0;             // shares of the total
  std::uint64_t world_rows = 0;  // Comtrade: location-years read from partner World
  // ... and their cells that only single partners have, with their value in units of the panel.
  std::uint64_t partner_cells = 0;
  double partner_value = 0;
  std::vector<std::string> remarks;
};

// The shares of a panel's total in products and in locations whose codes name none (is_unspecified).
struct UnspecifiedShares {
  double products = 0, locations = 0;
};
UnspecifiedShares unspecified_shares(const Panel& panel);

// Takes files one after the other, then builds the panel once. Codes come out sorted by bytes, years ascending, so the
// order of rows and files changes nothing but the rounding of sums.
class PanelBuilder {
 public:
  // `report(bytes)` is called now and then with the stored bytes taken from the current file; may be empty.
  explicit PanelBuilder(ImportOptions options, std::function<void(std::uint64_t)> report = {});

  // Reads all rows. Throws Error 65 with FILE:COLUMN[LINE] and the text found, 71 where memory does not suffice.
  void add(CsvReader& reader, const TextSource& source);

  // The panel: 0 for an absent product, NaN for a value that is missing and for a location without any row in a year
  // (`missing` = 1). Throws Error 65 where nothing was kept or a year has no trade, 71 with the figure.
  Panel build();

  // Bytes that the dense panel of what was read so far takes.
  std::size_t panel_bytes() const;
  // Bytes that reading and building such a panel takes at the peak, about: the dense cells that rows are added to, a
  // quarter of each side to grow into, and the panel.
  std::size_t building_bytes() const;
  const ImportSummary& summary() const { return summary_; }

 private:
  static constexpr int kLineBits = 40;  // of an origin; the file is above them
  enum class Fate : std::uint8_t { kKept, kNotSelected, kOtherLength, kTotal };
  // Distinct codes, each with what was decided of it when it was first seen. A text that is another code with marks
  // around it has that code's index in `same_as`.
  struct Codes {
    CodeTable table;
    std::vector<Fate> fate;
    std::vector<std::uint32_t> same_as;
    std::vector<std::uint32_t> repaired_as;  // the first code with the same repaired one; its own index where alone
    std::vector<std::uint8_t> merged;        // whether a repair made one of it and another code
  };
  // A rule of the layout with what it decided for each distinct text of its column.
  struct Rule {
    RowRule rule;
    CodeTable texts;
    std::vector<std::uint8_t> passes;
    std::uint64_t dropped = 0;
  };
  // Totals by the texts of a column of --sum-over.
  struct AddedOver {
    std::size_t column;  // of the file that is read
    std::string name;
    CodeTable texts;
    std::vector<double> totals;
    void add(std::string_view text, double value) {
      const std::uint32_t index = texts.index(text);
      if (index >= totals.size()) totals.resize(index + 1);
      if (value == value) totals[index] += value;
    }
  };
  // A column that says in which unit or classification a row is, with its texts and their rows.
  struct Kind {
    std::size_t column;  // of the file that is read
    std::string name;
    bool unit;
    CodeTable texts;
    std::vector<std::uint64_t> rows;
  };
  enum class Side : std::uint8_t { kTotal = 1, kPartner = 2 };  // bits of seen_
  static constexpr std::uint8_t kInThisFile = 4;                // another

  void begin_file(const CsvReader& reader, const Layout& layout);
  void count_lines(const CsvReader& reader);
  void add_row(const CsvReader& reader, const Layout& layout, std::vector<Rule>& rules, std::uint64_t file);
  bool passes(std::vector<Rule>& rules, const CsvReader& reader) const;
  std::uint32_t year_of(const CsvReader& reader, const Layout& layout);
  std::uint32_t code_of(const CsvReader& reader, Codes& codes, std::size_t column, bool product);
  std::uint32_t new_code(const CsvReader& reader, Codes& codes, std::size_t column, bool product);
  Fate fate_of(std::string_view code, bool product) const;
  std::size_t location_column(const CsvReader& reader, const Layout& layout);
  double value_of(const CsvReader& reader, std::size_t column);
  Side side_of(const CsvReader& reader, const Layout& layout);
  void see(std::uint32_t year, std::uint32_t location, Side side);
  // Of row_checks.cpp: rows that come again, choices that choose nothing.
  std::string cell_of(const CsvReader& reader, const Layout& layout) const;
  std::string second_row(const std::string& file, std::uint64_t line, const std::string& cell,
                         std::uint64_t first_origin) const;
  void check_repeats();
  void begin_kinds(const CsvReader& reader, const Layout& layout);
  void count_kinds(const CsvReader& reader);
  double rate_of(const CsvReader& reader, const Layout& layout, std::uint32_t year);
  std::vector<std::string> units_without_rate(const Kind& kind) const;
  void require_rates_used(const Kind& kind) const;
  void compare_locations(const std::string& file);
  void check_kinds();
  void note_choice(const Rule& rule);
  void check_choices();
  void check_code_list(const CodeFilter& filter, const Codes& codes, bool product);
  void remark_sums();
  std::vector<std::string> kept_codes(Codes& codes, bool product);
  void check_choice_of_repaired(const Codes& codes, bool product) const;
  void check_codes(const std::vector<std::string>& products, bool zeros_put_back);
  void remark_reading();
  [[noreturn]] void refuse_nothing_kept() const;
  void check_years() const;
  // Sorted codes of the panel and, by index in the table, where each goes (-1 = nowhere).
  static std::vector<std::int64_t> sort_codes(const std::vector<std::string>& codes, std::vector<std::string>& sorted);
  void fill_year(Panel& panel, std::size_t y, std::uint32_t year, const std::vector<std::int64_t>& location_target,
                 const std::vector<std::int64_t>& product_target);
  void describe(Panel& panel);
  void summarise(const Panel& panel);
  std::string first_file() const { return files_.empty() ? "import" : files_.front(); }

  ImportOptions options_;
  std::function<void(std::uint64_t)> report_;
  ImportSummary summary_;
  Codes locations_, products_;
  CodeTable year_texts_, partners_;
  std::map<YearReading::Form, std::string> year_forms_;  // forms that are not plain years, with an example
  std::string bared_;                                    // a code with marks around it, as an example
  std::map<std::string, std::uint64_t> missing_marks_;   // marks in place of values, but for NA and the like
  bool may_be_thousands_ = true;                         // of every value so far
  std::uint64_t with_three_decimals_ = 0;                // values of which that holds, and that have decimals
  std::map<std::string, std::string> numbered_;          // locations without ISO code: number -> words
  std::vector<std::uint32_t> year_index_;                // by text; kDropped = not selected
  std::vector<std::int32_t> year_label_;                 // by year index
  std::vector<Side> partner_side_;                       // by partner
  std::vector<std::vector<std::uint8_t>> seen_;          // [year][location] bits of Side
  std::optional<CellTable> cells_, partner_cells_;       // totals over partners; single partners
  std::vector<std::string> files_;
  std::size_t locations_before_ = 0;  // of the files before this one
  Layout layout_;                     // of the first file
  RepeatedRows repeated_rows_;
  std::optional<std::string> second_row_;  // the place of a row that may not be there
  // For each --where the texts that were found, and which of them were asked for.
  std::vector<std::map<std::string, bool>> choice_texts_;
  std::vector<AddedOver> added_over_;  // for each --sum-over
  std::vector<Kind> kinds_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, double> rates_;  // by text of the column of units, and year
};

}  // namespace balassa
