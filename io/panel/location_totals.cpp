#include "io/panel/location_totals.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace balassa {

std::vector<double> location_totals(const Panel& panel, std::size_t year) {
  const std::size_t locations = panel.locations.size();
  std::vector<double> totals(locations, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t c = 0; c < locations; ++c) {
    if (panel.missing[year * locations + c] != 0) continue;
    totals[c] = 0;
    for (std::size_t p = 0; p < panel.products.size(); ++p) {
      const double value = panel.value[panel.index(year, c, p)];
      if (!std::isnan(value)) totals[c] += value;
    }
  }
  return totals;
}

void write_location_totals(ResultFile& file, const Panel& panel, const std::vector<std::int32_t>& years) {
  std::vector<double> all;
  for (const std::int32_t year : years) {
    const auto place = std::find(panel.years.begin(), panel.years.end(), year);
    const std::vector<double> totals = location_totals(panel, static_cast<std::size_t>(place - panel.years.begin()));
    all.insert(all.end(), totals.begin(), totals.end());
  }
  Attributes attributes{{"long_name", "total exports of the year, with products below the floor of min_product_total"}};
  if (!panel.units.empty()) attributes.emplace_back("units", panel.units);
  file.write("total", all, {"year", "location"}, attributes);
}

}  // namespace balassa
