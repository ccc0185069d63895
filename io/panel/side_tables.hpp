// What a panel's codes are called and what else is known of them, from files beside the trade data.
#pragma once

#include <cstdint>
#include <string>

#include "io/panel/panel.hpp"
#include "io/panel/side_text.hpp"

namespace balassa {

// Rows that were used, and rows whose code, or year, the panel does not have (they are no error); a remark where no
// code was found at all, and on what was left out below the table.
struct SideSummary {
  std::uint64_t used = 0, unknown = 0;
  std::string remark;
};

// Each adds one part to the panel and throws Error: 66, 77 as open_text; 65 for a malformed row or two rows that
// disagree about a code, naming FILE:COLUMN[LINE].
SideSummary add_location_names(Panel& panel, const SideFile& file);
SideSummary add_product_names(Panel& panel, const SideFile& file);
SideSummary add_location_parents(Panel& panel, const SideFile& file);  // an unknown parent counts as unknown, and is -1
SideSummary add_location_kinds(Panel& panel, const SideFile& file);    // "country" or "region"; default "country"
SideSummary add_product_class(Panel& panel, const std::string& scheme, const SideFile& file);

// population, gdp, or a further table [years, locations] named `name`; NaN where nothing is said. Values >= 0 or
// missing for population and gdp, any finite value elsewhere. A file may have a column for each year, as the World
// Bank's have ("2016", "2016 [YR2016]"). A file without years needs year=N, or a panel of one year.
SideSummary add_table(Panel& panel, const std::string& name, const SideFile& file);

}  // namespace balassa
