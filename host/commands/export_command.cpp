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

namespace balassa {
namespace {

struct ExportOptions {
  std::string input, output = "-", table, panel;
  bool zeros = false, list = false;
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
  CsvWriter csv(options.output, force);
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
  std::unique_ptr<Panel> panel;
  if (!options.panel.empty()) {
    panel = std::make_unique<Panel>(read_panel(options.panel));
    require_own_panel(file, options, *panel);
  }
  CsvWriter csv(options.output, force);
  write_table(file, *chosen, panel.get(), csv);
  csv.commit();
  return ExitCode::kDone;
}

}  // namespace

void add_export_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run) {
  auto options = std::make_shared<ExportOptions>();
  CLI::App* command = program.add_subcommand("export", "write a table of a panel or result as CSV");
  command->footer(
      "Numbers are the shortest that read back to the same double; not defined is empty.\n"
      "Example: balassa export world-sweep.h5 --table location -o world.csv");
  command->add_option("FILE", options->input, "panel, measures or sweep file")->required();
  command->add_option("-o,--output", options->output, "CSV file; - is standard output (default)");
  command->add_option("--table", options->table, "which table (--list names them); default: the first");
  command->add_option("--panel", options->panel, "adds the column `value` of this panel to location_product");
  command->add_flag("--zeros", options->zeros, "of a panel: cells of value 0 too");
  command->add_flag("--list", options->list, "names the tables and their columns");
  command->callback([&global, &run, options] {
    run = [&global, options] {
      if (options->output != "-" && !options->list) {
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
