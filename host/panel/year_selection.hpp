// From a panel's year to the compact Year that the kernels work on.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "io/panel/panel.hpp"
#include "kernels/study.hpp"

namespace balassa {

struct YearOptions {
  bool read_as_float32 = false;  // values rounded to float first (FORMATS 5, stata)
  bool regions_only = true;      // class_unit: regions if the panel has any, else every location
  std::string file = "panel";    // names the panel in errors
  double min_total = 0;          // locations below it go, then products below the other (host/panel/sample_selection)
  double min_product_total = 0;
  bool per_head = false;  // presence looks at exports per head: the panel has to know the population
  std::string given_p1;   // product class scheme whose non-empty, non-"0" entries are P1; "" = none given
};

// A location or product that is not in the compact year.
struct DroppedItem {
  enum class Reason : std::uint8_t { kMissing, kNoTrade, kBelowMinTotal };
  bool location = false;  // else a product
  std::int32_t item = 0;  // index in the panel
  Reason reason = Reason::kNoTrade;
};

struct SelectedYear {
  Year year;                           // locations and products with a positive total
  std::vector<DroppedItem> dropped;    // locations first, in panel order
  std::uint64_t unobserved_cells = 0;  // NaN cells of present locations, counted as 0
};

// Compacts year `index` of the panel: /missing locations and those without trade go, or with less than `min_total`;
// then products without trade, or with less than `min_product_total`; then locations that these leave without trade.
// A location whose population is not known, or 0, has 0 there. Throws Error kBadData where a year has no trade at all,
// or no population that is asked for.
SelectedYear select_year(const Panel& panel, std::size_t index, const YearOptions& options = {});

// Indices into `years` named by "all", "1995", "1962,1980,2017", "1995-2016" or a mix of these, ascending, unique. A
// range takes the years that are there. Throws Error kUsage for text that can't be read or a year that the panel lacks.
std::vector<std::size_t> parse_years(std::string_view text, const std::vector<std::int32_t>& years);

}  // namespace balassa
