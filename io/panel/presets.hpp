// Which column is what: the layouts of well-known trade files, and guesses for the rest.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace balassa {

// Columns that the user named; empty = by preset, else guessed from common names.
struct ColumnNames {
  std::string year, location, product, value;
};

// Rows are kept whose field in `column` is one of `keep` (any case), or with `drop` none of them; others are counted
// under `cause`. Where the field is empty, that in `code_column` stands for it: Comtrade leaves its ISO columns empty
// without descriptions.
struct RowRule {
  std::size_t column;
  std::vector<std::string> keep;
  std::string cause;
  std::optional<std::size_t> code_column = {};
  bool drop = false;
  std::size_t choice = kOfPreset;  // which --where it is
  static constexpr std::size_t kOfPreset = ~std::size_t{0};
};

// How one file is to be read.
struct Layout {
  std::string preset;               // one of kPresetNames
  std::optional<std::size_t> year;  // none: the whole file is of one year
  std::size_t location = 0, product = 0, value = 0;
  std::optional<std::size_t> partner;  // rows of partner World are told from those of single partners
  // Comtrade: numbers that stand in for empty ISO codes, and the location in words.
  std::optional<std::size_t> location_number, partner_number, location_words;
  std::vector<RowRule> rules;
  bool sum_rows = false;                 // bilateral: rows are summed over partners by definition; or by --sum-over
  std::vector<std::size_t> summed_over;  // columns that tell apart the rows which are summed
  bool hs_codes = false;                 // by the name of the column or by the preset
  bool one_code_length = false;          // product codes of several lengths are several levels: refuse them
  double scale = 1.0;                    // from the file's unit to `units`
  std::string units, source, location_system, product_system;
};

inline constexpr std::string_view kPresetNames[] = {"baci", "atlas", "atlas-old", "comtrade", "wits", "generic"};

// Layout of a file from its header. `preset` "" = detected; `has_year` = a year is given for the whole file, so no year
// column is needed. Throws Error 65 naming the columns found (missing, none or several that could be meant), 64 for an
// unknown preset. Deterministic.
Layout detect_layout(const std::vector<std::string>& header, const std::string& file, const std::string& preset,
                     const ColumnNames& columns, bool has_year);

// What a column may hold, for guessing.
enum class Role { kYear, kLocation, kProduct, kValue, kName, kParent, kKind, kClass };

// Whether a column or dimension of this name usually holds that.
bool is_common_name(std::string_view name, Role role);

// The only column whose name is common for `role`, or the one called `wanted` where that is not empty. `more` are
// further names. Throws Error 65 naming the candidates or the columns found.
std::size_t find_column(const std::vector<std::string>& header, const std::string& file, Role role,
                        const std::string& wanted, std::span<const std::string> more = {});

// As find_column, but none where nothing matches.
std::optional<std::size_t> guess_column(const std::vector<std::string>& header, const std::string& file, Role role,
                                        const std::string& wanted, std::span<const std::string> more = {});

// Lower case, letters and digits only: "Trade Value (US$)" -> "tradevalueus".
std::string plain_name(std::string_view name);

// Whether a code looks like one of `system` ("hs92", "sitc2", "nace"): digits alone, as many as one of its levels has.
// A system that was read off a column's name is worth nothing where the codes do not bear it out.
bool is_code_of(std::string_view system, std::string_view code);

// Whether a code is one of the usual labels of trade not allotted to a product or partner: 9999, 999999, ZZZZ, XXXX,
// ANS.
bool is_unspecified(std::string_view code);

}  // namespace balassa
