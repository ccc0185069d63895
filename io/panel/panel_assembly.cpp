// What PanelBuilder does once all rows are read: the last checks, the dense panel, and the account of it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "io/base/error.hpp"
#include "io/panel/panel_builder.hpp"
#include "io/text/utf8.hpp"

namespace balassa {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kUnseen = -1.0;  // values are >= 0

}  // namespace

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

void PanelBuilder::refuse_nothing_kept() const {
  if (summary_.rows == 0) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: found a header and no row, expected rows; fetch the file again", first_file()));
  }
  std::vector<std::string> causes;
  for (const auto& [cause, count] : summary_.filtered) causes.push_back(fmt::format("{}: {}", cause, count));
  throw Error(ExitCode::kBadData, fmt::format("{}: found no row to keep among {} (left out: {}), expected some; {}",
                                              first_file(), summary_.rows, fmt::join(causes, "; "),
                                              summary_.filtered.contains("not annual")
                                                  ? "add monthly rows up with --where freqCode=M --sum-over period"
                                                  : "check the filters and the preset"));
}

// How texts were read that are no plain years, numbers and codes.
void PanelBuilder::remark_reading() {
  for (const auto& [form, example] : year_forms_) {
    summary_.remarks.push_back(fmt::format("years are taken from {}: {}", name_of(form), example));
  }
  std::vector<std::string> marks;
  for (const auto& [mark, count] : missing_marks_) marks.push_back(fmt::format("{} {} times", shown(mark), count));
  if (!marks.empty()) {
    summary_.remarks.push_back(fmt::format("taken as missing values: {}", fmt::join(marks, ", ")));
  }
  constexpr std::uint64_t kTelling = 10;  // fewer values may all have three decimals by chance
  if (may_be_thousands_ && with_three_decimals_ >= kTelling && layout_.preset != "baci") {
    summary_.remarks.push_back(fmt::format(
        "every value is below 1,000 and those with decimals have three: if the {0} separates thousands, say "
        "--thousands {0}",
        options_.numbers.decimal == '.' ? "point" : "comma"));
  }
  if (!bared_.empty()) {
    summary_.remarks.push_back(fmt::format("marks that a program had put around codes are taken off: {}", bared_));
  }
  const auto imports = summary_.filtered.find("flow is not export");
  if (imports != summary_.filtered.end()) {
    summary_.remarks.push_back(
        fmt::format("only exports are kept: {} rows of imports and other flows are left out", imports->second));
  }
  if (numbered_.empty()) return;
  std::vector<std::string> named;
  for (const auto& [number, words] : numbered_) {
    if (named.size() < 3) named.push_back(words.empty() ? number : fmt::format("{} ({})", number, words));
  }
  summary_.remarks.push_back(fmt::format("{} location{} without ISO code {} the number in its place: {}{}",
                                         numbered_.size(), numbered_.size() == 1 ? "" : "s",
                                         numbered_.size() == 1 ? "has" : "have", fmt::join(named, ", "),
                                         numbered_.size() > named.size() ? ", ..." : ""));
  if (numbered_.size() == locations_.table.size()) layout_.location_system = "m49";
}

Panel PanelBuilder::build() {
  check_choices();
  check_code_list(options_.locations, locations_, false);
  check_code_list(options_.products, products_, true);
  if (summary_.kept == 0) refuse_nothing_kept();
  check_kinds();
  check_years();
  remark_reading();
  Panel panel;
  const std::vector<std::string> locations = kept_codes(locations_, false), products = kept_codes(products_, true);
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
    if (layout_.partner && was_seen(l, Side::kTotal)) ++summary_.world_rows;
  }
  // Two codes that a repair made one, with a row of each: a second row of the cell like any other. Whatever else is
  // added up - partners, digits, a column - the same trade would count twice.
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::pair<std::uint32_t, std::uint32_t>> row_of;
  const auto refuse_second = [&](std::uint32_t location, std::uint32_t product) {
    if (options_.sum_duplicates || (locations_.merged[location] == 0 && products_.merged[product] == 0)) return;
    const std::pair own(location, product);
    const auto [first, fresh] =
        row_of.try_emplace({locations_.repaired_as[location], products_.repaired_as[product]}, own);
    if (fresh || first->second == own) return;
    const bool of_product = first->second.second != product;
    throw Error(ExitCode::kBadData,
                fmt::format("{}:{}: found rows for {} with and without its leading zeros in year {}, location {}, "
                            "expected one; correct them, add them up with --duplicates sum, or say --keep-codes",
                            first_file(), of_product ? "product" : "location",
                            of_product ? products_.table.code(product) : locations_.table.code(location),
                            panel.years[y], locations_.table.code(location)));
  };
  const auto put = [&](std::uint32_t location, std::uint32_t product, double value) {
    refuse_second(location, product);
    double& cell = panel.value[panel.index(y, static_cast<std::size_t>(location_target[location]),
                                           static_cast<std::size_t>(product_target[product]))];
    if (cell == kUnseen) {
      cell = value;
      ++summary_.cells_seen;
      return;
    }
    if (!std::isnan(value)) cell = std::isnan(cell) ? value : cell + value;
  };
  // A product's partners are summed only where it has no row of partner World: of some products there may be one, of
  // others none (Comtrade sends what fits its limit of rows).
  const std::size_t products = product_target.size();
  const auto of_repaired = [&](std::uint32_t location, std::uint32_t product) {
    return locations_.repaired_as[location] * products + products_.repaired_as[product];
  };
  // A row of World without a value is none, but for cells that no partner fills.
  std::vector<bool> of_world(layout_.partner ? location_target.size() * products : 0);
  std::vector<std::size_t> world_missing;  // cells of the panel
  cells_->take_year(year, [&](std::uint32_t location, std::uint32_t product, double value) {
    if (layout_.partner && std::isnan(value)) {
      world_missing.push_back(panel.index(y, static_cast<std::size_t>(location_target[location]),
                                          static_cast<std::size_t>(product_target[product])));
      return;
    }
    if (layout_.partner) of_world[of_repaired(location, product)] = true;
    put(location, product, value);
  });
  partner_cells_->take_year(year, [&](std::uint32_t location, std::uint32_t product, double value) {
    if (of_world[of_repaired(location, product)]) return;
    put(location, product, value);
    if (!was_seen(location, Side::kTotal) || !(value > 0)) return;
    ++summary_.partner_cells;
    summary_.partner_value += value * options_.scale.value_or(layout_.scale);
  });
  for (const std::size_t cell : world_missing) {
    if (panel.value[cell] == kUnseen) panel.value[cell] = kNaN;
  }

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

UnspecifiedShares unspecified_shares(const Panel& panel) {
  std::vector<std::uint8_t> product(panel.products.size()), location(panel.locations.size());
  std::transform(panel.products.begin(), panel.products.end(), product.begin(), is_unspecified);
  std::transform(panel.locations.begin(), panel.locations.end(), location.begin(), is_unspecified);
  UnspecifiedShares shares;
  double total = 0;
  for (std::size_t cell = 0; cell < panel.value.size(); ++cell) {
    const double value = panel.value[cell];
    if (std::isnan(value)) continue;
    total += value;
    if (product[cell % product.size()] != 0) shares.products += value;
    if (location[cell / product.size() % location.size()] != 0) shares.locations += value;
  }
  return total > 0 ? UnspecifiedShares{shares.products / total, shares.locations / total} : UnspecifiedShares{};
}

void PanelBuilder::summarise(const Panel& panel) {
  summary_.years = panel.years.size();
  summary_.locations = panel.locations.size();
  summary_.products = panel.products.size();
  double total = 0;
  for (std::size_t y = 0; y < panel.years.size(); ++y) {
    std::vector<std::string> absent;
    for (std::size_t l = 0; l < panel.locations.size(); ++l) {
      if (panel.missing[y * panel.locations.size() + l] != 0) absent.push_back(panel.locations[l]);
    }
    if (!absent.empty()) summary_.absent.emplace_back(panel.years[y], std::move(absent));
  }
  for (const auto& [year, sum] : summary_.totals) total += sum;
  const UnspecifiedShares shares = unspecified_shares(panel);
  summary_.unspecified_products = shares.products;
  summary_.unspecified_locations = shares.locations;
  if (layout_.partner && summary_.world_rows > 0) {
    summary_.remarks.push_back(
        fmt::format("{} location-years have rows of partner World: these are used for each product that has one",
                    summary_.world_rows));
  }
  if (summary_.partner_cells > 0) {
    summary_.remarks.push_back(
        fmt::format("{} cells of them have no row of partner World, and are the sum of their "
                    "partners: {:.1f} % of the total",
                    summary_.partner_cells, 100 * summary_.partner_value / total));
  }
  remark_sums();
}

}  // namespace balassa
