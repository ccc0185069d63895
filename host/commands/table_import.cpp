#include "host/commands/table_import.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "host/commands/import_report.hpp"
#include "host/terminal/progress.hpp"
#include "io/base/error.hpp"
#include "io/base/free_memory.hpp"
#include "io/panel/aggregates.hpp"
#include "io/text/sampled_text.hpp"
#include "io/text/tables_in_place.hpp"

namespace balassa {
namespace {

constexpr std::uint64_t kMegabyte = 1000000;
constexpr std::size_t kSamplePieces = 512;  // 2 MiB of rows in all: half a second on a disk that seeks
constexpr std::size_t kSampleMemory = 64 << 20;
constexpr std::size_t kBaseMemory =
    24 * kMegabyte;  // the program, its libraries and the buffers of reading and writing

// About the memory that the panel takes while it is built, by the codes and years in a sample of the rows; none where
// an input can't be sampled. A fault in a row is left to the reading, which names it.
std::optional<std::size_t> estimated_memory(const std::vector<std::string>& inputs, const ImportOptions& options) {
  ImportOptions sampling = options;
  sampling.memory_limit = kSampleMemory;
  sampling.dense_limit = 1;  // no slab of the full size
  PanelBuilder builder(sampling);
  const std::size_t pieces = std::max<std::size_t>(kSamplePieces / inputs.size(), 2);
  try {
    for (const std::string& input : inputs) {
      const std::optional<std::string> text = sample_text(input, pieces);
      if (!text) return std::nullopt;
      const auto source = text_from_memory(*text, input);
      CsvReader reader(*source, input, options.delimiter, options.skip_lines);
      builder.add(reader, *source);
    }
  } catch (const Error&) {
    return std::nullopt;
  }
  return kBaseMemory + builder.building_bytes();
}

// Says what will be read and how much memory that may take, before any is taken.
void announce(const std::vector<std::string>& inputs, const ImportOptions& options, std::size_t memory_limit,
              bool quiet) {
  std::uint64_t stored = 0;
  for (const std::string& input : inputs) stored += stored_size(input);
  if (quiet) return;
  const std::optional<std::size_t> estimate = estimated_memory(inputs, options);
  fmt::print(
      stderr, "import: reading {} file{} ({:.1f} MB stored); memory: {}at most {:.2f} GB ({})\n", inputs.size(),
      inputs.size() == 1 ? "" : "s", static_cast<double>(stored) / 1e6,
      estimate ? fmt::format("about {:.0f} MB by a sample of the rows, ", static_cast<double>(*estimate) / 1e6) : "",
      static_cast<double>(memory_limit) / 1e9, options.memory_limit > 0 ? "--memory" : "what is free");
  if (estimate && *estimate > memory_limit) {
    fmt::print(stderr,
               "import: remark: the rows may not fit; fewer --years, --products or --product-digits need less\n");
  }
}

void read_inputs(const std::vector<std::string>& inputs, const ImportOptions& options, PanelBuilder& builder,
                 Progress*& progress, bool quiet) {
  for (const std::string& input : inputs) {
    const auto source = open_text(input);
    CsvReader reader(*source, input == "-" ? "standard input" : input, options.delimiter, options.skip_lines);
    Progress bar("import " + reader.name(), "MB", stored_size(input) / kMegabyte, quiet);
    progress = &bar;
    builder.add(reader, *source);
    progress = nullptr;
    if (!quiet) {
      fmt::print(stderr, "import: {}: preset {}, separated by {}: {}\n", reader.name(),
                 builder.summary().presets.back().second,
                 reader.delimiter() == '\t' ? "tab" : fmt::format("'{}'", reader.delimiter()),
                 builder.summary().columns.back().text());
    }
  }
}

}  // namespace

Panel import_tables(const std::vector<std::string>& inputs, const ImportOptions& options, bool quiet,
                    Manifest& manifest, ImportSummary& summary) {
  const std::size_t memory = options.memory_limit > 0 ? options.memory_limit : free_memory().free;
  announce(inputs, options, memory, quiet);
  Progress* progress = nullptr;
  PanelBuilder builder(options, [&](std::uint64_t bytes) {
    if (progress != nullptr) progress->update(bytes / kMegabyte);
  });
  read_inputs(inputs, options, builder, progress, quiet);
  if (!quiet) {
    fmt::print(stderr, "import: the panel takes {:.1f} MB of memory\n",
               static_cast<double>(builder.panel_bytes()) / 1e6);
  }
  manifest.phase("build");
  Panel panel = builder.build();
  summary = builder.summary();
  return panel;
}

Panel import_on_the_fly(const std::string& table, bool quiet, Manifest& manifest) {
  const std::string command = import_command(table);
  if (!quiet) {
    fmt::print(stderr, "{} is a table: imported here with the defaults; to keep its panel, and for options: {}\n",
               table == "-" ? "standard input" : table, command);
  }
  ImportSummary summary;
  Panel panel;
  try {
    panel = import_tables({table}, {}, quiet, manifest, summary);
  } catch (const Error& error) {
    if (error.code() != ExitCode::kBadData) throw;
    throw Error(error.code(), fmt::format("{}; give such options to: {}", error.what(), command));
  }
  std::vector<std::string> remarks = summary.remarks;
  for (std::string& remark : remarks_of(find_aggregates(panel))) remarks.push_back(std::move(remark));
  manifest.set_json("import", import_json(summary, panel, {}, remarks, "").dump());
  if (!quiet) print_import(summary, panel, {}, remarks);
  return panel;
}

}  // namespace balassa
