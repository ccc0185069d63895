#include "host/commands/info_panel.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "host/panel/panel_overview.hpp"
#include "host/panel/sample_selection.hpp"
#include "io/base/error.hpp"
#include "io/panel/aggregates.hpp"
#include "io/panel/location_totals.hpp"
#include "io/panel/panel_file.hpp"
#include "io/text/counted.hpp"
#include "io/text/csv_writer.hpp"

namespace balassa {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> remarks_of(const Panel& panel, const PanelOverview& overview) {
  std::vector<std::string> remarks = remarks_of(find_aggregates(panel));
  if (!overview.absent_years.empty()) {
    std::vector<std::string> years;
    for (const std::int32_t year : overview.absent_years) years.push_back(fmt::format("{}", year));
    remarks.push_back(fmt::format("{} absent between the first and the last: {}",
                                  years.size() == 1 ? "1 year is" : fmt::format("{} years are", years.size()),
                                  some_of(years)));
  }
  const auto list = [&](const std::vector<std::string>& codes, const char* what) {
    if (!codes.empty())
      remarks.push_back(fmt::format("{} without trade in any year: {}", counted(codes.size(), what), some_of(codes)));
  };
  list(overview.empty_locations, "location");
  list(overview.empty_products, "product");
  std::vector<std::size_t> all(panel.years.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (std::string& remark : sample_remarks(panel, all, {})) remarks.push_back(std::move(remark));
  for (const YearOverview& year : overview.years) {
    if (year.total <= 0) remarks.push_back(fmt::format("{}: no trade at all", year.year));
    if (year.empty_locations > 0) {
      remarks.push_back(
          fmt::format("{}: observed without trade: {}", year.year, counted(year.empty_locations, "location")));
    }
    if (year.nan_cells > 0)
      remarks.push_back(
          fmt::format("{}: {} not observed (NaN), counted as 0", year.year, counted(year.nan_cells, "cell")));
    if (!year.entered.empty()) remarks.push_back(fmt::format("{}: entered {}", year.year, some_of(year.entered)));
    if (!year.left.empty()) remarks.push_back(fmt::format("{}: left {}", year.year, some_of(year.left)));
  }
  for (std::size_t i = 1; i < overview.years.size(); ++i) {
    const double before = overview.years[i - 1].total, now = overview.years[i].total;
    const std::int32_t gap = overview.years[i].year - overview.years[i - 1].year;
    if (before > 0 && now > 0 && gap == 1 && (now > 2 * before || now < before / 2)) {
      remarks.push_back(fmt::format("{}: the total is {:.2f} times that of {}", overview.years[i].year, now / before,
                                    overview.years[i - 1].year));
    }
  }
  if (panel.location_name.empty()) remarks.emplace_back("no location names");
  if (panel.product_name.empty()) remarks.emplace_back("no product names");
  if (panel.population.empty()) remarks.emplace_back("no population");
  return remarks;
}

// Locations of a year by what they export, the highest first; without those of which nothing is known.
std::vector<std::size_t> by_total(const std::vector<double>& total) {
  std::vector<std::size_t> order;
  for (std::size_t c = 0; c < total.size(); ++c) {
    if (!std::isnan(total[c])) order.push_back(c);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return total[a] > total[b]; });
  return order;
}

double sum_of(const std::vector<double>& total) {
  double sum = 0;
  for (const double x : total) sum += std::isnan(x) ? 0 : x;
  return sum;
}

void write_exporters(const Panel& panel, const RankingChoice& choice) {
  const bool named = !panel.location_name.empty();
  CsvWriter csv("-", false);
  std::vector<std::string> header = {"year", "location", "location_name", "total", "share"};
  if (!named) header.erase(header.begin() + 2);
  csv.header(header);
  for (std::size_t y = 0; y < panel.years.size(); ++y) {
    if (!choice.shows_year(panel.years[y])) continue;
    const std::vector<double> total = location_totals(panel, y);
    for (const std::size_t c : chosen_rows(by_total(total), choice)) {
      csv.field(std::int64_t{panel.years[y]});
      csv.field(std::string_view(panel.locations[c]));
      if (named) csv.field(std::string_view(panel.location_name[c]));
      csv.field(total[c]);
      csv.field(total[c] / sum_of(total));
      csv.end_row();
    }
  }
  csv.commit();
}

}  // namespace

void print_exporters(const std::string& path, const Panel& panel, const RankingOptions& options) {
  if (options.latex || options.classes) {
    throw Error(ExitCode::kUsage, fmt::format("{}: found a panel, expected a result of compute or sweep; run balassa "
                                              "compute {}",
                                              options.latex ? "--latex" : "--classes", path));
  }
  const RankingChoice choice = options.choice(panel, path);
  if (options.csv) return write_exporters(panel, choice);
  for (std::size_t y = 0; y < panel.years.size(); ++y) {
    if (!choice.shows_year(panel.years[y])) continue;
    const std::vector<double> total = location_totals(panel, y);
    fmt::print("{}\n{:>8}  {:>9}  {}\n", panel.years[y], "total", "share", "location");
    for (const std::optional<std::size_t> row : shown_rows(by_total(total), choice)) {
      if (!row) {
        fmt::print("{:>8}\n", "...");
        continue;
      }
      const std::size_t c = *row;
      fmt::print("{:>8}  {:>9}  {}{}\n", std::isnan(total[c]) ? "-" : amount_text(total[c]),
                 std::isnan(total[c]) ? "-" : fmt::format("{:.3f} %", 100 * total[c] / sum_of(total)),
                 panel.locations[c], panel.location_name.empty() ? "" : " " + panel.location_name[c]);
    }
  }
}

void print_panel(const std::string& path, const Panel& panel) {
  const PanelOverview overview = overview_of(panel);
  fmt::print("{}: panel{}{}\n", path, panel.title.empty() ? "" : ", ", panel.title);
  if (!panel.source.empty()) fmt::print("source      {}\n", panel.source);
  fmt::print("years       {} ({} to {})\n", panel.years.size(), panel.years.front(), panel.years.back());
  const auto system = [](const std::string& name) { return name.empty() ? "" : fmt::format(" ({})", name); };
  fmt::print("locations   {}{}\n", panel.locations.size(), system(panel.location_code_system));
  fmt::print("products    {}{}\n", panel.products.size(), system(panel.product_code_system));
  fmt::print("values      {} of {} cells > 0, {} NaN{}\n", overview.positive, overview.values, overview.nan,
             panel.units.empty() ? "" : ", in " + panel.units);
  std::vector<std::string> extras;
  if (!panel.location_name.empty()) extras.emplace_back("location names");
  if (!panel.product_name.empty()) extras.emplace_back("product names");
  if (!panel.location_parent.empty()) extras.emplace_back("regions");
  if (!panel.population.empty()) extras.emplace_back("population");
  if (!panel.gdp.empty()) extras.emplace_back("gdp");
  for (const auto& [scheme, classes] : panel.product_class) extras.push_back("product class " + scheme);
  for (const auto& [name, values] : panel.table) extras.push_back("table " + name);
  if (!extras.empty()) fmt::print("also        {}\n", fmt::join(extras, ", "));
  fmt::print("content     {}\n\n", panel_hash(panel));
  fmt::print("{:>6} {:>10} {:>9} {:>8} {:>8} {:>7} {:>7} {:>5} {:>12}\n", "year", "total", "locations", "products",
             "density", "missing", "entered", "left", "unspecified");
  for (const YearOverview& year : overview.years) {
    fmt::print("{:>6} {:>10} {:>9} {:>8} {:>7.1f}% {:>7} {:>7} {:>5} {:>11.2f}%\n", year.year, amount_text(year.total),
               year.locations, year.products, 100 * year.density, year.missing, year.entered.size(), year.left.size(),
               100 * year.unspecified_share);
  }
  const std::vector<std::string> remarks = remarks_of(panel, overview);
  if (!remarks.empty()) fmt::print("\nWorth a look\n");
  for (const std::string& remark : remarks) fmt::print("  {}\n", remark);
}

void print_panel_json(const std::string& path, const Panel& panel) {
  const PanelOverview overview = overview_of(panel);
  Json json{{"file", path},
            {"format", "balassa-panel"},
            {"title", panel.title},
            {"source", panel.source},
            {"units", panel.units},
            {"locations", panel.locations.size()},
            {"products", panel.products.size()},
            {"values", overview.values},
            {"positive", overview.positive},
            {"nan", overview.nan},
            {"content_xxh3_128", panel_hash(panel)},
            {"has",
             {{"location_name", !panel.location_name.empty()},
              {"product_name", !panel.product_name.empty()},
              {"location_parent", !panel.location_parent.empty()},
              {"population", !panel.population.empty()},
              {"gdp", !panel.gdp.empty()}}},
            {"absent_years", overview.absent_years},
            {"empty_locations", overview.empty_locations},
            {"empty_products", overview.empty_products},
            {"unspecified_locations", overview.unspecified_locations},
            {"unspecified_products", overview.unspecified_products},
            {"years", Json::array()},
            {"remarks", remarks_of(panel, overview)}};
  for (const YearOverview& year : overview.years) {
    json["years"].push_back({{"year", year.year},
                             {"total", year.total},
                             {"density", year.density},
                             {"locations", year.locations},
                             {"products", year.products},
                             {"missing", year.missing},
                             {"empty_locations", year.empty_locations},
                             {"nan_cells", year.nan_cells},
                             {"unspecified_share", year.unspecified_share},
                             {"entered", year.entered},
                             {"left", year.left}});
  }
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace balassa
