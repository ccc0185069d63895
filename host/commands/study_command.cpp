// `balassa study KIND FILE`: tables and findings of a study (host/studies/studies.hpp).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "host/commands/command.hpp"
#include "host/commands/output_folder.hpp"
#include "host/studies/studies.hpp"
#include "io/base/output_places.hpp"
#include "io/text/csv_writer.hpp"

namespace balassa {
namespace {

using Json = nlohmann::ordered_json;

struct StudyOptions {
  std::string kind, file, csv;
  std::map<std::string, std::function<StudyReport(const std::string&)>> run;  // by kind
};

const std::function<StudyReport(const std::string&)>& study_named(const StudyOptions& options) {
  const auto found = options.run.find(options.kind);
  if (found != options.run.end()) return found->second;
  std::vector<std::string> names;
  for (const StudyKind& kind : studies()) names.push_back(kind.name);
  throw Error(ExitCode::kUsage, fmt::format("KIND: found {}, expected {}; balassa study --help says what each does",
                                            options.kind, fmt::join(names, ", ")));
}

// Numbers to four digits; the CSV and JSON have all.
std::string text_of(const StudyValue& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* count = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *count);
  const double number = std::get<double>(value);
  return std::isfinite(number) ? fmt::format("{:.4g}", number) : "-";
}

void print_table(const StudyTable& table) {
  std::vector<std::size_t> width;
  for (const std::string& column : table.columns) width.push_back(column.size());
  for (const auto& row : table.rows) {
    for (std::size_t k = 0; k < row.size(); ++k) width[k] = std::max(width[k], text_of(row[k]).size());
  }
  const auto line = [&](std::size_t k, const std::string& text, bool left) {
    fmt::print("{}{}", k == 0 ? "" : "  ",
               left ? fmt::format("{:<{}}", text, width[k]) : fmt::format("{:>{}}", text, width[k]));
  };
  const auto is_text = [&](std::size_t k) {
    return !table.rows.empty() && std::holds_alternative<std::string>(table.rows[0][k]);
  };
  fmt::print("{}\n", table.name);
  for (std::size_t k = 0; k < width.size(); ++k) line(k, table.columns[k], is_text(k));
  fmt::print("\n");
  for (const auto& row : table.rows) {
    for (std::size_t k = 0; k < row.size(); ++k) line(k, text_of(row[k]), is_text(k));
    fmt::print("\n");
  }
  fmt::print("\n");
}

Json json_of(const StudyTable& table) {
  Json rows = Json::array();
  for (const auto& row : table.rows) {
    Json object = Json::object();
    for (std::size_t k = 0; k < row.size(); ++k) {
      std::visit([&](const auto& value) { object[table.columns[k]] = value; }, row[k]);
      if (const auto* number = std::get_if<double>(&row[k]); number != nullptr && !std::isfinite(*number))
        object[table.columns[k]] = nullptr;
    }
    rows.push_back(std::move(object));
  }
  return rows;
}

void print_report(const StudyOptions& options, const StudyReport& report, bool json) {
  if (!json) {
    for (const StudyTable& table : report.tables) print_table(table);
    for (const std::string& finding : report.findings) fmt::print("{}\n", finding);
    return;
  }
  Json out{{"study", options.kind}, {"file", options.file}, {"findings", report.findings}, {"tables", Json::object()}};
  for (const StudyTable& table : report.tables) out["tables"][table.name] = json_of(table);
  fmt::print("{}\n", out.dump(2, ' ', false, Json::error_handler_t::replace));
}

void write_csv(const StudyTable& table, const std::string& path, bool force) {
  CsvWriter csv(path, force);
  csv.header(table.columns);
  for (const auto& row : table.rows) {
    for (const StudyValue& value : row) {
      if (const auto* text = std::get_if<std::string>(&value))
        csv.field(std::string_view(*text));
      else if (const auto* count = std::get_if<std::int64_t>(&value))
        csv.field(*count);
      else
        csv.field(std::get<double>(value));
    }
    csv.end_row();
  }
  csv.commit();
}

ExitCode run_study(const GlobalOptions& global, const StudyOptions& options) {
  const StudyReport report = study_named(options)(options.file);
  if (!options.csv.empty()) {
    make_output_folder("--csv", options.csv);
    std::vector<std::string> paths;
    for (const StudyTable& table : report.tables)
      paths.push_back(
          (std::filesystem::path(options.csv) / fmt::format("{}-{}.csv", options.kind, table.name)).string());
    require_apart({options.file}, paths);
    for (const std::string& path : paths) require_new_file(path, global.force);
    for (std::size_t k = 0; k < paths.size(); ++k) write_csv(report.tables[k], paths[k], global.force);
  }
  print_report(options, report, global.json);
  return ExitCode::kDone;
}

std::string footer() {
  std::string text = "Kinds:\n";
  for (const StudyKind& kind : studies()) text += fmt::format("  {:<12} {}\n", kind.name, kind.help);
  return text +
         "FILE of a comparison: a column of units, then one for each rating, where a higher number is a better place.\n"
         "It gives Spearman and Kendall (tau-b) with 95 % intervals, and whether two ratings go with a third equally.\n"
         "Example: balassa study comparison ratings.csv --exclude Moscow,Chukotka";
}

}  // namespace

void add_study_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run) {
  auto options = std::make_shared<StudyOptions>();
  CLI::App* command = program.add_subcommand("study", "A study: tables, and findings in words");
  command->footer(footer());
  std::vector<std::string> names;
  for (const StudyKind& kind : studies()) {
    names.push_back(kind.name);
    options->run[kind.name] = kind.add_options(*command);
  }
  command->add_option("KIND", options->kind, fmt::format("which study: {}", fmt::join(names, " | ")))->required();
  command->add_option("FILE", options->file, "what it reads; - is standard input")->required();
  command->add_option("--csv", options->csv, "folder for each table as a CSV file, KIND-TABLE.csv");
  command->callback([&global, &run, options] { run = [&global, options] { return run_study(global, *options); }; });
}

}  // namespace balassa
