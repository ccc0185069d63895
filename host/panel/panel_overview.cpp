#include "host/panel/panel_overview.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <iterator>

namespace balassa {
namespace {

bool all_of(const std::string& code, char c) {
  return std::all_of(code.begin(), code.end(), [c](char d) { return d == c; });
}

// Sums over one year of the panel.
struct Totals {
  std::vector<double> location, product;  // [C], [P]
  std::size_t positive = 0, nan = 0;
};

Totals totals_of(const Panel& panel, std::size_t year) {
  Totals totals{std::vector<double>(panel.locations.size()), std::vector<double>(panel.products.size()), 0, 0};
  for (std::size_t location = 0; location < panel.locations.size(); ++location) {
    const bool missing = panel.missing[year * panel.locations.size() + location] != 0;
    for (std::size_t product = 0; product < panel.products.size(); ++product) {
      const double value = panel.value[panel.index(year, location, product)];
      if (std::isnan(value)) {
        totals.nan += missing ? 0 : 1;
      } else if (value > 0) {
        totals.location[location] += value;
        totals.product[product] += value;
        ++totals.positive;
      }
    }
  }
  return totals;
}

std::vector<std::string> unspecified_of(const std::vector<std::string>& codes) {
  std::vector<std::string> found;
  std::copy_if(codes.begin(), codes.end(), std::back_inserter(found), is_unspecified);
  return found;
}

double unspecified_value(const Panel& panel, std::size_t year) {
  double value = 0;
  for (std::size_t location = 0; location < panel.locations.size(); ++location) {
    const bool whole = is_unspecified(panel.locations[location]);
    for (std::size_t product = 0; product < panel.products.size(); ++product) {
      const double cell = panel.value[panel.index(year, location, product)];
      if (cell > 0 && (whole || is_unspecified(panel.products[product]))) value += cell;
    }
  }
  return value;
}

}  // namespace

bool is_unspecified(const std::string& code) {
  static const char* const kKnown[] = {"ANS", "XX", "XXX", "ZZZ", "WLD", "W00", "_X", "UNDECLARED", "UNSPECIFIED"};
  std::string upper = code;
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  if (std::find(std::begin(kKnown), std::end(kKnown), upper) != std::end(kKnown)) return true;
  return upper.size() >= 4 && (all_of(upper, '9') || all_of(upper, 'Z') || all_of(upper, 'X'));
}

PanelOverview overview_of(const Panel& panel) {
  PanelOverview overview;
  overview.values = panel.value.size();
  overview.unspecified_locations = unspecified_of(panel.locations);
  overview.unspecified_products = unspecified_of(panel.products);
  std::vector<bool> location_seen(panel.locations.size()), product_seen(panel.products.size()), before;
  for (std::size_t year = 0; year < panel.years.size(); ++year) {
    const Totals totals = totals_of(panel, year);
    YearOverview row;
    row.year = panel.years[year];
    std::vector<bool> here(panel.locations.size());
    for (std::size_t i = 0; i < here.size(); ++i) {
      const bool missing = panel.missing[year * here.size() + i] != 0;
      here[i] = totals.location[i] > 0;
      row.total += totals.location[i];
      row.locations += here[i];
      row.missing += missing;
      row.empty_locations += !missing && !here[i];
      if (here[i]) location_seen[i] = true;
      if (!before.empty() && here[i] && !before[i]) row.entered.push_back(panel.locations[i]);
      if (!before.empty() && !here[i] && before[i]) row.left.push_back(panel.locations[i]);
    }
    for (std::size_t i = 0; i < product_seen.size(); ++i) {
      row.products += totals.product[i] > 0;
      if (totals.product[i] > 0) product_seen[i] = true;
    }
    const double cells = static_cast<double>(row.locations) * static_cast<double>(row.products);
    row.density = cells > 0 ? static_cast<double>(totals.positive) / cells : 0;
    row.nan_cells = totals.nan;
    row.unspecified_share = row.total > 0 ? unspecified_value(panel, year) / row.total : 0;
    overview.positive += totals.positive;
    overview.nan += totals.nan;
    overview.years.push_back(std::move(row));
    before = std::move(here);
    for (std::int32_t gap = year > 0 ? panel.years[year - 1] + 1 : panel.years[year]; gap < panel.years[year]; ++gap) {
      overview.absent_years.push_back(gap);
    }
  }
  for (std::size_t i = 0; i < location_seen.size(); ++i) {
    if (!location_seen[i]) overview.empty_locations.push_back(panel.locations[i]);
  }
  for (std::size_t i = 0; i < product_seen.size(); ++i) {
    if (!product_seen[i]) overview.empty_products.push_back(panel.products[i]);
  }
  return overview;
}

}  // namespace balassa
