// What PanelBuilder does once all rows are read: the last checks, the dense panel, and the account of it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <numeric>

#include "io/base/error.hpp"
#include "io/panel/panel_builder.hpp"
#include "io/text/utf8.hpp"

namespace balassa {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kUnseen = -1.0;  // values are >= 0

}  // namespace

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
  check_choices();
  check_code_list(options_.locations, locations_, false);
  check_code_list(options_.products, products_, true);
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
  // Single partners count only where the location has no row of partner World for the product in this year.
  const std::size_t products = product_target.size();
  std::vector<bool> world(layout_.partner ? location_target.size() * products : 0);
  cells_->take_year(year, [&](std::uint32_t location, std::uint32_t product, double value) {
    put(location, product, value);
    if (layout_.partner && was_seen(location, Side::kTotal)) {
      world[location * products + product] = true;
      ++summary_.world_cells;
    }
  });
  partner_cells_->take_year(year, [&](std::uint32_t location, std::uint32_t product, double value) {
    if (world[location * products + product]) {
      ++summary_.partner_cells_beside_world;
      return;
    }
    put(location, product, value);
    if (was_seen(location, Side::kTotal)) ++summary_.partner_cells_instead;
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
  // "hs92" becomes "hs92_4" where all codes have four digits, and nothing where they are no codes of HS.
  std::set<std::size_t> lengths;
  std::string system = layout_.product_system;
  for (const std::string& code : panel.products) {
    if (is_unspecified(code)) continue;
    if (!is_code_of(layout_.product_system, code)) system.clear();
    lengths.insert(code.size());
  }
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
  if (summary_.partner_cells_beside_world > 0) {
    summary_.remarks.push_back(
        fmt::format("{} cells have rows of partner World: only these are used for them, and the single "
                    "partners of {} of these cells are left out",
                    summary_.world_cells, summary_.partner_cells_beside_world));
  }
  if (summary_.partner_cells_instead > 0) {
    summary_.remarks.push_back(
        fmt::format("{} cells have no row of partner World, though their location has some in that "
                    "year: the sum of their partners is used",
                    summary_.partner_cells_instead));
  }
  remark_sums();
}

}  // namespace balassa
