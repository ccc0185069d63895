// `balassa export`: any table of a panel or result as CSV (FORMATS section 6).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

#include "host/commands/command.hpp"
#include "io/base/atomic_file.hpp"
#include "io/base/file_lock.hpp"
#include "io/base/output_places.hpp"
#include "io/hdf5/result_file.hpp"
#include "io/panel/panel_file.hpp"
#include "io/tables/result_table.hpp"
#include "io/text/csv_writer.hpp"
#include "kernels/measures/registry.hpp"

namespace balassa {
namespace {

struct ExportOptions {
  std::string input, output, table, panel;  // output "": not said, which is standard output
  bool zeros = false, list = false, describe = false;

  std::string to() const { return output.empty() ? "-" : output; }
};

constexpr const char* kPanelFormat = "balassa-panel";

// A name that promises compression would lie.
void require_plain_text(const std::string& output) {
  for (const auto& [ending, tool] : {std::pair{".gz", "gzip"}, {".zst", "zstd"}, {".xz", "xz"}, {".bz2", "bzip2"}}) {
    if (!output.ends_with(ending)) continue;
    throw Error(ExitCode::kUsage,
                fmt::format("--output: found {}, expected the name of a plain CSV file; compress with "
                            "balassa export ... -o - | {} > {}",
                            output, tool, output));
  }
}

// The panel whose values stand beside the measures is the one that they were computed from.
void require_own_panel(const ResultReader& file, const ExportOptions& options, const Panel& panel) {
  const std::string expected = file.text_attribute("", "panel_hash"), found = panel_hash(panel);
  if (expected.empty() || expected == found) return;
  throw Error(
      ExitCode::kBadData,
      fmt::format("{}: found a panel with content hash {}, expected {} as of {}; give the panel that the result "
                  "was made from",
                  options.panel, found, expected, options.input));
}

// Of the measure that a dataset is of: formula and paper; "" where it is of none.
std::string source_of(const std::string& dataset) {
  static constexpr std::pair<const char*, const char*> kMeasures[] = {
      {"score", "eci"}, {"product_score", "pci"}, {"rank", "eci_rank"}, {"baseline/rank", "eci_rank"}};
  const std::size_t slash = dataset.find('/');
  if (slash == std::string::npos) return "";
  const std::string group = dataset.substr(0, slash);
  std::string name = dataset.substr(slash + 1);
  for (const auto& [of, measure] : kMeasures) {
    if (dataset == of || group == of) name = measure;
  }
  for (const MeasureInfo& measure : measure_registry()) {
    if (measure.name == name) return measure.source;
  }
  return "";
}

struct DescribedTable {
  std::string name;
  std::vector<ColumnDescription> columns;
};

// As text, the first sentence of each, or as CSV where an output is named.
ExitCode describe(const std::vector<DescribedTable>& tables, const ExportOptions& options, bool force) {
  if (options.output.empty()) {
    for (const DescribedTable& table : tables) {
      fmt::print("{}{}\n", &table == &tables.front() ? "" : "\n", table.name);
      std::size_t width = 0;
      for (const ColumnDescription& column : table.columns) width = std::max(width, column.name.size());
      for (const ColumnDescription& column : table.columns) {
        fmt::print("  {:<{}}  {}{}; by {}\n", column.name, width, column.meaning.substr(0, column.meaning.find(". ")),
                   column.unit.empty() ? "" : ", in " + column.unit, fmt::join(column.dimensions, ", "));
      }
    }
    return ExitCode::kDone;
  }
  CsvWriter csv(options.output, force);
  csv.header({"table", "column", "meaning", "unit", "varies_by", "dataset", "source"});
  for (const DescribedTable& table : tables) {
    for (const ColumnDescription& column : table.columns) {
      for (const std::string& text :
           {table.name, column.name, column.meaning, column.unit, fmt::format("{}", fmt::join(column.dimensions, " ")),
            "/" + column.dataset, source_of(column.dataset)})
        csv.field(std::string_view(text));
      csv.end_row();
    }
  }
  csv.commit();
  return ExitCode::kDone;
}

ExitCode export_panel(const ExportOptions& options, bool force) {
  if (!options.table.empty() && options.table != "location_product") {
    throw Error(ExitCode::kUsage,
                fmt::format("--table: found {}, expected location_product, the table of a panel", options.table));
  }
  if (options.list) {
    fmt::print("location_product: year, location, product, value\n");
    return ExitCode::kDone;
  }
  const Panel panel = read_panel(options.input);
  if (options.describe) {
    return describe({{"location_product",
                      {{"year", "year", "", {"year"}, "year"},
                       {"location", "code of the location", "", {"location"}, "location"},
                       {"product", "code of the product", "", {"product"}, "product"},
                       {"value", "exports", panel.units, {"year", "location", "product"}, "value"}}}},
                    options, force);
  }
  CsvWriter csv(options.to(), force);
  write_panel_table(panel, options.zeros, csv);
  csv.commit();
  return ExitCode::kDone;
}

ExitCode export_result(const ResultReader& file, const ExportOptions& options, bool force) {
  const std::vector<TableKind> tables = tables_of(file);
  std::vector<std::string> names;
  for (const TableKind& table : tables) names.push_back(table.name);
  if (tables.empty()) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: found no table (format \"{}\"), expected a balassa result or panel", options.input,
                            file.format()));
  }
  if (options.list) {
    for (const TableKind& table : tables) {
      std::vector<std::string> header = table.labels;
      header.insert(header.end(), table.columns.begin(), table.columns.end());
      fmt::print("{}: {}\n", table.name, fmt::join(header, ", "));
    }
    return ExitCode::kDone;
  }
  auto chosen = tables.begin();
  if (!options.table.empty()) {
    chosen = std::find_if(tables.begin(), tables.end(), [&](const TableKind& t) { return t.name == options.table; });
  }
  if (chosen == tables.end()) {
    throw Error(ExitCode::kUsage, fmt::format("--table: found {}, expected one that {} has: {}", options.table,
                                              options.input, fmt::join(names, ", ")));
  }
  if (options.describe) {
    std::vector<DescribedTable> described;
    for (const TableKind& table : tables) {
      if (options.table.empty() || table.name == options.table)
        described.push_back({table.name, describe_table(file, table)});
    }
    return describe(described, options, force);
  }
  std::unique_ptr<Panel> panel;
  if (!options.panel.empty()) {
    panel = std::make_unique<Panel>(read_panel(options.panel));
    require_own_panel(file, options, *panel);
  }
  CsvWriter csv(options.to(), force);
  write_table(file, *chosen, panel.get(), csv);
  csv.commit();
  return ExitCode::kDone;
}

}  // namespace

void add_export_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command = program.add_subcommand("export", "Write a table of a panel or result as CSV");
  command->footer(
      "Numbers are the shortest that read back to the same double; not defined is empty.\n"
      "Example: balassa export world-sweep.h5 --table location -o world.csv");
  command->add_option("FILE", options->input, "panel, measures or sweep file")->required();
  command->add_option("-o,--output", options->output, "CSV file [-, standard output]");
  command->add_option("--table", options->table, "which table, as --list names them [the first]");
  command->add_option("--panel", options->panel,
                      "of this panel: value to location_product, total to location where the result has none");
  command->add_flag("--zeros", options->zeros, "of a panel: cells of value 0 too");
  command->add_flag("--list", options->list, "names the tables and their columns");
  command->add_flag("--describe", options->describe, "what each column is; with -o as CSV (-o -: on stdout)");
  command->callback([&global, &run, options] {
    run = [&global, options] {
      if (options->to() != "-" && !options->list) {
        require_apart({options->input, options->panel}, {options->output});
        require_no_run(options->output);
        require_plain_text(options->output);
        require_absent(options->output, global.force);
      }
      const ResultReader file(options->input);
      return file.format() == kPanelFormat ? export_panel(*options, global.force)
                                           : export_result(file, *options, global.force);
    };
  });
}

}  // namespace balassa
