// `balassa info`: what a panel or result holds, and what looks wrong.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>

#include "host/commands/command.hpp"
#include "host/panel/panel_overview.hpp"
#include "host/panel/sample_selection.hpp"
#include "io/hdf5/result_file.hpp"
#include "io/panel/aggregates.hpp"
#include "io/panel/panel_file.hpp"
#include "io/tables/result_table.hpp"

namespace balassa {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> remarks_of(const Panel& panel, const PanelOverview& overview) {
  std::vector<std::string> remarks = remarks_of(find_aggregates(panel));
  if (!overview.absent_years.empty()) {
    std::vector<std::string> years;
    for (const std::int32_t year : overview.absent_years) years.push_back(fmt::format("{}", year));
    remarks.push_back(
        fmt::format("{} years are absent between the first and the last: {}", years.size(), some_of(years)));
  }
  const auto list = [&](const std::vector<std::string>& codes, const char* what) {
    if (!codes.empty()) remarks.push_back(fmt::format("{} {}: {}", codes.size(), what, some_of(codes)));
  };
  list(overview.empty_locations, "locations without trade in any year");
  list(overview.empty_products, "products without trade in any year");
  std::vector<std::size_t> all(panel.years.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (std::string& remark : sample_remarks(panel, all, {})) remarks.push_back(std::move(remark));
  for (const YearOverview& year : overview.years) {
    if (year.total <= 0) remarks.push_back(fmt::format("{}: no trade at all", year.year));
    if (year.empty_locations > 0) {
      remarks.push_back(fmt::format("{}: {} locations are observed with no trade", year.year, year.empty_locations));
    }
    if (year.nan_cells > 0)
      remarks.push_back(fmt::format("{}: {} cells not observed (NaN), counted as 0", year.year, year.nan_cells));
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

void print_panel(const std::string& path, const Panel& panel, const PanelOverview& overview) {
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

void print_panel_json(const std::string& path, const Panel& panel, const PanelOverview& overview) {
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

Json json_of(const AttributeValue& value) {
  return std::visit([](const auto& content) { return Json(content); }, value);
}

// Attributes as one line; long ones (a plan) by their first line and length.
std::string line_of(const AttributeValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return json_of(value).dump();
  const std::string first = text->substr(0, std::min<std::size_t>(text->find('\n'), 100));
  return first.size() == text->size() ? first : fmt::format("{} ... ({} characters)", first, text->size());
}

void print_result(const ResultReader& file) {
  fmt::print("{}: {}, version {}\n", file.path(), file.format().empty() ? "no format attribute" : file.format(),
             file.version());
  for (const auto& [name, value] : file.attributes("")) {
    if (name != "format" && name != "version") fmt::print("  {:<18} {}\n", name, line_of(value));
  }
  fmt::print("\n{:<36} {:<8} {:<34} {}\n", "dataset", "type", "on", "shape");
  for (const ResultReader::Dataset& dataset : file.datasets()) {
    fmt::print("{:<36} {:<8} {:<34} [{}]\n", dataset.name, dataset.type,
               fmt::format("{}", fmt::join(dataset.dimensions, ", ")), fmt::join(dataset.shape, ", "));
  }
  const std::vector<TableKind> tables = tables_of(file);
  if (!tables.empty()) fmt::print("\nTables for `balassa export --table`\n");
  for (const TableKind& table : tables) fmt::print("  {:<18} {}\n", table.name, fmt::join(table.columns, ", "));
}

void print_result_json(const ResultReader& file) {
  Json json{{"file", file.path()},          {"format", file.format()},   {"version", file.version()},
            {"attributes", Json::object()}, {"datasets", Json::array()}, {"tables", Json::object()}};
  for (const auto& [name, value] : file.attributes("")) json["attributes"][name] = json_of(value);
  for (const ResultReader::Dataset& dataset : file.datasets()) {
    json["datasets"].push_back(
        {{"name", dataset.name}, {"type", dataset.type}, {"shape", dataset.shape}, {"dimensions", dataset.dimensions}});
  }
  for (const TableKind& table : tables_of(file)) json["tables"][table.name] = table.columns;
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

void add_info_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run) {
  auto path = std::make_shared<std::string>();
  auto names = std::make_shared<PanelNames>();
  CLI::App* command = program.add_subcommand("info", "What a panel or result holds, and what looks wrong");
  command->footer("Example: balassa info world.h5\nOther people's HDF5: balassa info theirs.nc --value-name exports");
  command->add_option("FILE", *path, "panel or result file")->required();
  command->add_option("--value-name", names->value, "dataset of the values, if not ours");
  command->add_option("--year-name", names->year, "dataset of the years");
  command->add_option("--location-name", names->location, "dataset of the location codes");
  command->add_option("--product-name", names->product, "dataset of the product codes");
  command->callback([&global, &run, path, names] {
    run = [&global, path, names] {
      const bool panel_asked = names->foreign();
      const std::string format = panel_asked ? "" : ResultReader(*path).format();
      if (panel_asked || format == "balassa-panel") {
        const Panel panel = read_panel(*path, *names);
        const PanelOverview overview = overview_of(panel);
        global.json ? print_panel_json(*path, panel, overview) : print_panel(*path, panel, overview);
      } else {
        const ResultReader file(*path);
        global.json ? print_result_json(file) : print_result(file);
      }
      return ExitCode::kDone;
    };
  });
}

}  // namespace balassa
