// What a panel holds and what looks wrong with it, for `balassa info`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "io/panel/panel.hpp"

namespace balassa {

// One year of a panel. Totals and shares in the panel's units; NaN cells count as 0.
struct YearOverview {
  std::int32_t year = 0;
  double total = 0;
  double density = 0;                       // cells > 0 among locations and products with a positive total
  std::size_t locations = 0, products = 0;  // with a positive total
  std::size_t missing = 0;                  // locations flagged /missing
  std::size_t empty_locations = 0;          // not missing, yet without trade
  std::size_t nan_cells = 0;                // of locations that are not missing
  double unspecified_share = 0;             // of the total, on codes that name no location or product
  std::vector<std::string> entered, left;   // locations with trade against the year before in the panel
};

struct PanelOverview {
  std::vector<YearOverview> years;
  std::vector<std::int32_t> absent_years;                    // between the first and the last
  std::vector<std::string> empty_locations, empty_products;  // without trade in every year
  std::vector<std::string> unspecified_locations, unspecified_products;
  std::size_t values = 0, positive = 0, nan = 0;
};

// True for codes that stand for "not specified", in either case: four or more of 9, Z or X (9999, ZZZZ, XXXX), and ANS,
// XX, XXX, ZZZ, WLD, W00, _X as Comtrade and the Atlas have them.
bool is_unspecified(const std::string& code);

PanelOverview overview_of(const Panel& panel);

}  // namespace balassa
