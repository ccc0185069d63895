// `balassa report`: a result as one page that opens from disk.
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "host/commands/command.hpp"
#include "host/commands/output_folder.hpp"
#include "host/report/charts.hpp"
#include "host/terminal/manifest.hpp"
#include "io/base/atomic_file.hpp"
#include "io/base/file_lock.hpp"
#include "io/base/output_places.hpp"

namespace balassa {
namespace {

using Json = nlohmann::ordered_json;

struct ReportOptions {
  std::string input, output, charts;
};

void write_text(const std::string& path, const std::string& text, bool force) {
  AtomicFile file(path, force);
  file.write(text);
  file.commit();
}

// Each figure that shows something, as (file, SVG).
std::vector<std::pair<std::string, std::string>> chart_files(const ResultCharts& charts, const std::string& folder) {
  std::vector<std::pair<std::string, std::string>> files;
  for (const DrawnChart& drawn : charts.drawn) {
    for (const Figure& figure : drawn.drawing.figures) {
      if (!figure.svg.empty())
        files.emplace_back((std::filesystem::path(folder) / (figure.name + ".svg")).string(), svg_file(figure.svg));
    }
  }
  return files;
}

void print_json(const ReportOptions& options, const ResultCharts& charts, const std::vector<std::string>& files) {
  Json json{{"output", options.output}, {"charts", Json::array()}, {"left_out", Json::array()}, {"files", files}};
  for (const DrawnChart& drawn : charts.drawn)
    json["charts"].push_back({{"chart", drawn.chart->name}, {"figures", drawn.drawing.figures.size()}});
  for (const ChartLeftOut& out : charts.left_out)
    json["left_out"].push_back({{"chart", out.chart->name}, {"missing", out.missing}, {"keep", out.keep}});
  fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
}

void print_summary(const ReportOptions& options, const ResultCharts& charts, std::size_t files) {
  for (const DrawnChart& drawn : charts.drawn) {
    const std::size_t figures = drawn.drawing.figures.size();
    fmt::print("{:<16} {} figure{}: {}\n", drawn.chart->name, figures, figures == 1 ? "" : "s", drawn.chart->help);
    if (!drawn.drawing.left_out.empty()) fmt::print("{:<16} {}\n", "", drawn.drawing.left_out);
  }
  for (const ChartLeftOut& out : charts.left_out)
    fmt::print("{:<16} left out: needs {}; {}\n", out.chart->name, out.missing, out.keep);
  fmt::print("{}: open it in a browser{}\n", options.output,
             files > 0 ? fmt::format("; {} SVG files are in {}", files, options.charts) : "");
}

ExitCode run_report(const GlobalOptions& global, const ReportOptions& options) {
  require_apart({options.input}, {options.output, manifest_of(options.output)});
  require_no_run(options.output);
  require_new_file(options.output, global.force);
  Manifest manifest("report", global.verbose);
  const ResultReader file(options.input);
  manifest.phase("draw");
  const ResultCharts charts = draw_charts(file);
  std::vector<std::string> names;
  std::vector<std::pair<std::string, std::string>> files;
  if (!options.charts.empty()) {
    make_output_folder("--charts", options.charts);
    files = chart_files(charts, options.charts);
    std::vector<std::string> outputs = {options.output};
    for (const auto& [path, svg] : files) {
      require_new_file(path, global.force);
      outputs.push_back(path);
    }
    require_apart({options.input}, outputs);
  }
  manifest.phase("write");
  for (const auto& [path, svg] : files) {
    write_text(path, svg, global.force);
    names.push_back(path);
  }
  write_text(options.output, result_page(file, charts), global.force);
  manifest.phase("");
  manifest.input(options.input);
  manifest.write(options.output);
  if (global.json)
    print_json(options, charts, names);
  else
    print_summary(options, charts, names.size());
  return ExitCode::kDone;
}

std::string footer() {
  std::string text = "Charts, each where the result has its datasets:\n";
  for (const Chart& chart : charts()) text += fmt::format("  {:<16} {}\n", chart.name, chart.help);
  return text +
         "The page says which charts it left out, and how to get them.\n"
         "Example: balassa report world-sweep.h5 -o world.html";
}

}  // namespace

void add_report_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run) {
  auto options = std::make_shared<ReportOptions>();
  CLI::App* command = program.add_subcommand("report", "A result as one page with charts, which opens from disk");
  command->footer(footer());
  command->add_option("RESULT", options->input, "result of compute or sweep")->required();
  command->add_option("-o,--output", options->output, "HTML file; nothing in it comes from the network")->required();
  command->add_option("--charts", options->charts, "folder for each figure as an SVG file too");
  command->callback([&global, &run, options] { run = [&global, options] { return run_report(global, *options); }; });
}

}  // namespace balassa
