// The page of a result (charts.hpp).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "host/report/charts.hpp"
#include "host/terminal/version.hpp"

namespace balassa {
namespace {

struct AsText {
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
  std::string operator()(double number) const { return fmt::format("{}", number); }
  template <class T>
  std::string operator()(const std::vector<T>& numbers) const {
    return fmt::format("{}", fmt::join(numbers, ", "));
  }
};

std::string attribute_text(const ResultReader& file, const std::string& name) {
  const AttributeValue* value = file.attribute("", name);
  return value == nullptr ? "" : std::visit(AsText{}, *value);
}

// What a fact is called in the line, and the attribute that holds it.
constexpr std::pair<const char*, const char*> kFacts[] = {
    {"convention", "convention"}, {"seed", "seed"},           {"replicates", "replicates"}, {"plan hash", "plan_hash"},
    {"panel hash", "panel_hash"}, {"precision", "precision"}, {"arithmetic", "arithmetic"}, {"source", "source"},
};

void add_provenance(const ResultReader& file, Page& page) {
  for (const auto& [attribute, heading] :
       {std::pair{"plan", "The plan that decides these numbers"}, std::pair{"specification", "The specification"}}) {
    const std::string text = attribute_text(file, attribute);
    if (text.empty()) continue;
    page.begin_details(heading);
    page.html("<pre>" + escaped(text) + "</pre>\n");
    page.end_details();
  }
  std::vector<std::pair<std::string, std::string>> facts = {
      {"Numbers:", fmt::format("{}, {} version {}", std::filesystem::path(file.path()).filename().string(),
                               file.format(), file.version())},
      {"by balassa", attribute_text(file, "balassa_version")}};
  for (const auto& [name, attribute] : kFacts) facts.emplace_back(name, attribute_text(file, attribute));
  facts.emplace_back("page by balassa", version());
  page.provenance(facts);
}

}  // namespace

std::string result_page(const ResultReader& file, const ResultCharts& charts) {
  const std::string title = attribute_text(file, "title");
  const std::string heading = title.empty() ? std::filesystem::path(file.path()).filename().string() : title;
  Page page(heading, escaped(heading));
  for (const DrawnChart& drawn : charts.drawn) {
    page.section(drawn.chart->title);
    if (!drawn.drawing.left_out.empty()) page.paragraph(escaped(drawn.drawing.left_out));
    for (const Figure& figure : drawn.drawing.figures) page.figure(figure);
  }
  if (!charts.left_out.empty()) {
    page.section("Charts left out");
    Table table{{"chart", "what it shows", "what it needs", "how to get it"}, {}};
    for (const ChartLeftOut& out : charts.left_out)
      table.rows.push_back({{out.chart->name}, {out.chart->help}, {out.missing}, {out.keep}});
    page.table(table);
  }
  page.section("Where the numbers come from");
  add_provenance(file, page);
  return page.text();
}

}  // namespace balassa
