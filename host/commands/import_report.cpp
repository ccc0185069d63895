#include "host/commands/import_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "io/panel/panel_file.hpp"
#include "io/text/counted.hpp"

namespace balassa {
namespace {

using Json = nlohmann::ordered_json;

std::string some_of(const std::vector<std::string>& codes) {
  constexpr std::size_t kNamed = 6;
  const auto count = static_cast<std::ptrdiff_t>(std::min(kNamed, codes.size()));
  const std::string text = fmt::format("{}", fmt::join(codes.begin(), codes.begin() + count, ", "));
  return codes.size() > kNamed ? fmt::format("{} and {} more", text, codes.size() - kNamed) : text;
}

}  // namespace

void print_import(const ImportSummary& summary, const Panel& panel, const SideSummaries& sides,
                  const std::vector<std::string>& remarks) {
  if (summary.rows > 0) fmt::print(stderr, "rows: {} read, {} kept", summary.rows, summary.kept);
  for (const auto& [cause, count] : summary.filtered) fmt::print(stderr, "; {} left out: {}", count, cause);
  if (summary.repeated_headers > 0) fmt::print(stderr, "; {}", counted(summary.repeated_headers, "repeated header"));
  fmt::print(
      stderr, "{}missing values: {}\n",
      summary.rows > 0 ? fmt::format("\nrows added to an earlier one of the same cell: {}; ", summary.summed) : "",
      summary.missing_values);
  fmt::print(stderr, "panel: {} x {} x {}, {:.1f} % of the cells filled{}\n", counted(summary.years, "year"),
             counted(summary.locations, "location"), counted(summary.products, "product"),
             100.0 * static_cast<double>(summary.cells_seen) / static_cast<double>(panel.value.size()),
             summary.sparse ? " (accumulated sparsely)" : "");
  for (const auto& [year, total] : summary.totals) {
    const auto absent = std::find_if(summary.absent.begin(), summary.absent.end(),
                                     [year = year](const auto& a) { return a.first == year; });
    fmt::print(
        stderr, "  {}: total {:.6g}{}{}\n", year, total, panel.units.empty() ? "" : " " + panel.units,
        absent == summary.absent.end()
            ? ""
            : fmt::format("; no row of {} ({})", counted(absent->second.size(), "location"), some_of(absent->second)));
  }
  fmt::print(stderr, "unspecified: {:.2f} % of the total in products, {:.2f} % in locations\n",
             100 * summary.unspecified_products, 100 * summary.unspecified_locations);
  for (const auto& [what, side] : sides) {
    fmt::print(stderr, "{}: {} used, {} for codes or years that the panel does not have\n", what,
               counted(side.used, "row"), side.unknown);
  }
  for (const std::string& remark : remarks) fmt::print(stderr, "remark: {}\n", remark);
}

Json import_json(const ImportSummary& summary, const Panel& panel, const SideSummaries& sides,
                 const std::vector<std::string>& remarks, const std::string& output) {
  Json json;
  if (!output.empty()) json["output"] = output;
  json["preset"] = summary.presets.front().second;
  json["columns"] = Json::array();
  for (const ColumnUse& use : summary.columns) {
    json["columns"].push_back({{"file", use.file},
                               {"year", use.year.empty() ? Json() : Json(use.year)},
                               {"location", use.location},
                               {"product", use.product},
                               {"value", use.value},
                               {"chosen_by", use.chosen_by},
                               {"summed_over", use.summed_over},
                               {"ignored", use.ignored}});
  }
  json["rows"] = {{"read", summary.rows},
                  {"kept", summary.kept},
                  {"summed", summary.summed},
                  {"missing", summary.missing_values},
                  {"repeated_headers", summary.repeated_headers}};
  json["filtered"] = summary.filtered;
  json["size"] = {{"years", summary.years}, {"locations", summary.locations}, {"products", summary.products}};
  json["cells_filled"] = summary.cells_seen;
  json["units"] = panel.units;
  json["years"] = Json::array();
  for (const auto& [year, total] : summary.totals) {
    Json entry = {{"year", year}, {"total", total}, {"absent", Json::array()}};
    for (const auto& [absent_year, locations] : summary.absent) {
      if (absent_year == year) entry["absent"] = locations;
    }
    json["years"].push_back(entry);
  }
  json["unspecified_share"] = {{"products", summary.unspecified_products},
                               {"locations", summary.unspecified_locations}};
  json["side_files"] = Json::object();
  for (const auto& [what, side] : sides) json["side_files"][what] = {{"used", side.used}, {"unknown", side.unknown}};
  json["remarks"] = remarks;
  json["panel_hash"] = panel_hash(panel);
  return json;
}

}  // namespace balassa
