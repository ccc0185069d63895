#include "host/commands/info_result.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "host/panel/sample_selection.hpp"
#include "host/results/ranking_table.hpp"
#include "host/results/stored_measures.hpp"
#include "host/results/stored_sweep.hpp"
#include "io/base/error.hpp"
#include "io/tables/result_table.hpp"

namespace balassa {
namespace {

using Json = nlohmann::ordered_json;

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

void print_format(const ResultReader& file) {
  fmt::print("{}: {}, version {}\n", file.path(), file.format().empty() ? "no format attribute" : file.format(),
             file.version());
}

void print_datasets(const ResultReader& file) {
  print_format(file);
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

Json datasets_json(const ResultReader& file) {
  Json json{{"file", file.path()},          {"format", file.format()},   {"version", file.version()},
            {"attributes", Json::object()}, {"datasets", Json::array()}, {"tables", Json::object()}};
  for (const auto& [name, value] : file.attributes("")) json["attributes"][name] = json_of(value);
  for (const ResultReader::Dataset& dataset : file.datasets()) {
    json["datasets"].push_back(
        {{"name", dataset.name}, {"type", dataset.type}, {"shape", dataset.shape}, {"dimensions", dataset.dimensions}});
  }
  for (const TableKind& table : tables_of(file)) json["tables"][table.name] = table.columns;
  return json;
}

// How the ranking of a result is said in each form; the file says which of the two it is.
struct RankingForms {
  std::function<std::string()> text, latex;
  std::function<void(CsvWriter&)> csv;
  std::function<void(Json&)> json;
};

RankingForms forms_of(const SweepSummary& summary, const RankingChoice& choice) {
  return {[&] { return summary.text(choice); }, [&] { return ranking_latex(summary, choice); },
          [&](CsvWriter& csv) { write_ranking(summary, choice, csv); },
          [&](Json& json) { json["cells"] = Json::parse(summary.cells_json(choice)); }};
}

RankingForms forms_of(const StoredMeasures& measures, const RankingChoice& choice) {
  return {[&] { return measures.text(choice); }, [&] { return ranking_latex(measures, choice); },
          [&](CsvWriter& csv) { write_ranking(measures, choice, csv); },
          [&](Json& json) {
            json["years"] = Json::array();
            for (const YearSummary& year : measures.years) {
              if (choice.shows_year(year.year))
                json["years"].push_back(
                    {{"year", year.year}, {"ranking", Json::parse(ranking_json(measures.panel, year, choice))}});
            }
          }};
}

void print_ranking(const ResultReader& file, const RankingOptions& options, bool as_json, const RankingForms& forms) {
  if (as_json) {
    Json json = datasets_json(file);
    forms.json(json);
    fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
  } else if (options.csv) {
    CsvWriter csv("-", false);
    forms.csv(csv);
    csv.commit();
  } else if (options.latex) {
    fmt::print("{}", forms.latex());
  } else {
    print_format(file);
    fmt::print("\n{}\n", forms.text());
    fmt::print("Attributes, datasets and tables: balassa info {} --datasets\n", file.path());
  }
}

}  // namespace

void print_result(const ResultReader& file, const RankingOptions& options, bool as_json) {
  const bool sweep = file.format() == "balassa-sweep";
  const auto has = [&file](const char* dataset) { return file.find(dataset) != nullptr; };
  const bool ranks = sweep ? has("rank/quantiles") || has("rank/quantile")  // older files
                           : has("measure/eci") && has("certificate/residual");
  if (!ranks && options.asked()) {
    throw Error(ExitCode::kBadData, fmt::format("{}: found no ranking (format \"{}\"), expected a result of compute or "
                                                "sweep; leave out the options that choose of one",
                                                file.path(), file.format()));
  }
  if (!ranks || options.datasets) {
    as_json ? fmt::print("{}\n", datasets_json(file).dump(2, ' ', false, Json::error_handler_t::replace))
            : print_datasets(file);
    return;
  }
  const RankingChoice choice = options.choice(labels_of_result(file), file.path());
  if (!sweep) return print_ranking(file, options, as_json, forms_of(read_measures(file), choice));
  const StoredSweep stored(file);
  if (options.classes && !stored.summary().shows_classes(choice)) {
    throw Error(ExitCode::kUsage, fmt::format("--classes: found no classes in {}, expected some; sweep with "
                                              "--p1-quantile 0.75",
                                              file.path()));
  }
  if (const std::size_t all = file.strings("label").size(); all > 1 && !as_json && (options.csv || options.latex)) {
    say_remarks({fmt::format("the ranking is of one of {} specifications; balassa export {} --table location has all",
                             all, file.path())},
                false);
  }
  print_ranking(file, options, as_json, forms_of(stored.summary(), choice));
}

}  // namespace balassa
