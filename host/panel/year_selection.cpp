#include "host/panel/year_selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "io/base/error.hpp"

namespace balassa {
namespace {

// Presence compares products of two values or totals, in double, and a convention reads values as float32. Where the
// largest value of a year is within 2^-64 .. 2^100, neither passes its range; other years are read in units that are a
// power of two larger or smaller, which changes no ratio and no digit. The exponent of that power; 0: as they are.
int unit_exponent(const Panel& panel, std::size_t year) {
  constexpr int kLeast = -64, kMost = 100;
  const std::size_t cells = panel.locations.size() * panel.products.size();
  const double* value = panel.value.data() + panel.index(year, 0);
  double largest = 0;
  for (std::size_t i = 0; i < cells; ++i) largest = std::max(largest, std::isnan(value[i]) ? 0.0 : value[i]);
  if (!(largest > 0) || std::isinf(largest)) return 0;
  const int exponent = std::ilogb(largest);
  return exponent >= kLeast && exponent < kMost ? 0 : -exponent;
}

// Value of one cell as the kernels see it: NaN is 0 (FORMATS 1), and Stata's float where asked.
class Reading {
 public:
  Reading(int exponent, bool as_float32) : exponent_(exponent), as_float32_(as_float32) {}
  double operator()(double value) const {
    if (std::isnan(value)) return 0.0;
    value = in_units(value);
    return as_float32_ ? static_cast<double>(static_cast<float>(value)) : value;
  }
  double in_units(double value) const { return exponent_ != 0 ? std::ldexp(value, exponent_) : value; }

 private:
  int exponent_;
  bool as_float32_;
};

void mark_class_units(const Panel& panel, bool regions_only, Year& year) {
  const bool any_region =
      std::find(panel.location_kind.begin(), panel.location_kind.end(), "region") != panel.location_kind.end();
  for (const std::int32_t item : year.location_item) {
    year.class_unit.push_back(!regions_only || !any_region || panel.location_kind[item] == "region");
  }
}

void mark_given_p1(const Panel& panel, const YearOptions& options, Year& year) {
  const std::string& scheme = options.given_p1;
  if (scheme.empty()) return;
  const auto found = panel.product_class.find(scheme);
  if (found == panel.product_class.end()) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}:/product_class/{}: found nothing, expected the given P1 set; import "
                            "it with the panel or take P1 from a quantile of the PCI",
                            options.file, scheme));
  }
  for (const std::int32_t item : year.product_item) {
    const std::string& mark = found->second[item];
    year.given_p1.push_back(!mark.empty() && mark != "0");
  }
}

void take_population(const Panel& panel, std::size_t index, const YearOptions& options, Year& year) {
  if (!panel.population.empty()) {
    for (const std::int32_t item : year.location_item) {
      const double persons = panel.population[index * panel.locations.size() + static_cast<std::size_t>(item)];
      year.population.push_back(persons > 0 ? persons : 0.0);
    }
  }
  const bool any = std::any_of(year.population.begin(), year.population.end(), [](double x) { return x > 0; });
  if (options.per_head && !any) {
    throw Error(
        ExitCode::kBadData,
        fmt::format("{}:/population[{}]: found no number for {}, expected the persons of each location, by which "
                    "presence compares exports; choose other years with --years, make the panel with balassa import "
                    "--population FILE, or use --presence rca",
                    options.file, index, year.label));
  }
}

std::int32_t parse_year(std::string_view text, std::string_view whole) {
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error(ExitCode::kUsage, fmt::format("--years: found '{}' in '{}', expected a year; write all, 2017, "
                                              "1962,1980,2017 or 1995-2016",
                                              text, whole));
  }
  return value;
}

// Locations with trade in the year, and with no less than the floor.
void choose_locations(const Panel& panel, std::size_t index, const YearOptions& options, const Reading& reading,
                      SelectedYear& selected) {
  const std::size_t locations = panel.locations.size(), products = panel.products.size();
  for (std::size_t c = 0; c < locations; ++c) {
    const auto item = static_cast<std::int32_t>(c);
    if (!panel.missing.empty() && panel.missing[index * locations + c] != 0) {
      selected.dropped.push_back({true, item, DroppedItem::Reason::kMissing});
      continue;
    }
    const double* row = panel.value.data() + panel.index(index, c);
    double total = 0;
    for (std::size_t p = 0; p < products; ++p) {
      selected.unobserved_cells += std::isnan(row[p]);
      total += reading(row[p]);
    }
    if (!(total > 0)) {
      selected.dropped.push_back({true, item, DroppedItem::Reason::kNoTrade});
    } else if (total < reading.in_units(options.min_total)) {
      selected.dropped.push_back({true, item, DroppedItem::Reason::kBelowMinTotal});
    } else {
      selected.year.location_item.push_back(item);
    }
  }
}

// Products of these locations, likewise. A location whose products all go has no trade left.
void choose_products(const Panel& panel, std::size_t index, const YearOptions& options, const Reading& reading,
                     SelectedYear& selected) {
  const std::size_t products = panel.products.size();
  const auto row_of = [&](std::int32_t c) {
    return panel.value.data() + panel.index(index, static_cast<std::size_t>(c));
  };
  std::vector<double> total(products, 0);
  for (const std::int32_t c : selected.year.location_item) {
    for (std::size_t p = 0; p < products; ++p) total[p] += reading(row_of(c)[p]);
  }
  for (std::size_t p = 0; p < products; ++p) {
    const auto item = static_cast<std::int32_t>(p);
    if (!(total[p] > 0)) {
      selected.dropped.push_back({false, item, DroppedItem::Reason::kNoTrade});
    } else if (total[p] < reading.in_units(options.min_product_total)) {
      selected.dropped.push_back({false, item, DroppedItem::Reason::kBelowMinTotal});
    } else {
      selected.year.product_item.push_back(item);
    }
  }
  if (!(options.min_product_total > 0)) return;
  std::erase_if(selected.year.location_item, [&](std::int32_t c) {
    const bool sells = std::any_of(selected.year.product_item.begin(), selected.year.product_item.end(),
                                   [&](std::int32_t p) { return reading(row_of(c)[p]) > 0; });
    if (!sells) selected.dropped.push_back({true, c, DroppedItem::Reason::kNoTrade});
    return !sells;
  });
}

}  // namespace

SelectedYear select_year(const Panel& panel, std::size_t index, const YearOptions& options) {
  const std::size_t locations = panel.locations.size(), products = panel.products.size();
  SelectedYear selected;
  Year& year = selected.year;
  year.label = panel.years[index];
  year.panel_locations = static_cast<int>(locations);
  year.panel_products = static_cast<int>(products);

  const Reading reading(unit_exponent(panel, index), options.read_as_float32);
  choose_locations(panel, index, options, reading, selected);
  choose_products(panel, index, options, reading, selected);
  if (year.location_item.empty() || year.product_item.empty()) {
    const bool floor = options.min_total > 0 || options.min_product_total > 0;
    throw Error(ExitCode::kBadData,
                fmt::format("{}:/value[{}]: found no {} in year {}, expected trade; leave the year out with --years{}",
                            options.file, index, floor ? "trade above the floors" : "positive value", year.label,
                            floor ? ", or lower --min-total and --min-product-total" : ""));
  }

  year.locations = static_cast<int>(year.location_item.size());
  year.products = static_cast<int>(year.product_item.size());
  year.value.reserve(year.location_item.size() * year.product_item.size());
  for (const std::int32_t c : year.location_item) {
    const double* row = panel.value.data() + panel.index(index, static_cast<std::size_t>(c));
    for (const std::int32_t p : year.product_item) year.value.push_back(reading(row[p]));
  }
  mark_class_units(panel, options.regions_only, year);
  mark_given_p1(panel, options, year);
  take_population(panel, index, options, year);
  return selected;
}

std::vector<std::size_t> parse_years(std::string_view text, const std::vector<std::int32_t>& years) {
  std::set<std::size_t> chosen;
  for (std::string_view rest = text;;) {
    const std::size_t comma = rest.find(',');
    const std::string_view part = rest.substr(0, comma);
    const std::size_t dash = part.find('-', 1);
    std::int32_t first = 0, last = 0;
    if (part == "all") {
      first = years.front();
      last = years.back();
    } else {
      first = parse_year(part.substr(0, dash), text);
      last = dash == std::string_view::npos ? first : parse_year(part.substr(dash + 1), text);
    }
    bool any = false;
    for (std::size_t i = 0; i < years.size(); ++i) {
      if (years[i] < first || years[i] > last) continue;
      chosen.insert(i);
      any = true;
    }
    if (!any) {
      throw Error(ExitCode::kUsage, fmt::format("--years: found '{}', expected years of the panel ({} to {}); choose "
                                                "from these",
                                                part, years.front(), years.back()));
    }
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  return {chosen.begin(), chosen.end()};
}

}  // namespace balassa
