#include "host/report/charts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "host/report/charts/rows.hpp"
#include "io/base/error.hpp"

namespace balassa {

Drawing drawn_by_cell(const ResultReader& file, FigureOfCell figure_of) {
  const ResultLocations locations = locations_of(file);
  const ChosenCells chosen = chosen_cells(file, locations.codes.size(), "location");
  Drawing drawing{{}, chosen.left_out};
  for (const ResultCell& cell : chosen.cells) drawing.figures.push_back(figure_of(file, cell, locations));
  return drawing;
}

namespace {

constexpr int kVersion = 1;  // of both formats (FORMATS sections 2 and 3)

void check_result(const ResultReader& file) {
  const std::string format = file.format(), &path = file.path();
  const auto refuse = [&](const std::string& found, const std::string& remedy) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: found {}, expected a result of compute or sweep; {}", path, found, remedy));
  };
  if (format == "balassa-panel")
    refuse("a panel", fmt::format("do balassa compute {0} -o measures.h5, or balassa sweep {0} -o sweep.h5", path));
  if (format == "balassa-eigbench")
    refuse("a comparison of solvers", "its page comes from balassa eigbench --from STUDY.json --html PAGE.html");
  if (format != "balassa-measures" && format != "balassa-sweep")
    refuse(format.empty() ? "no attribute `format`" : fmt::format("format \"{}\"", format),
           "give a file that one of them wrote");
  if (file.version() != kVersion) {
    throw Error(
        ExitCode::kBadData,
        fmt::format("{}: found version {} of {}, expected {}; do it with the program that wrote the file (balassa "
                    "{}), or compute the file anew",
                    path, file.version(), format, kVersion, file.text_attribute("", "balassa_version")));
  }
}

// A dataset that is there lies on the dimensions that its name promises, and is as long as their scales.
void check_dimensions(const ResultReader& file, const NeededDataset& needed) {
  const ResultReader::Dataset& dataset = file.require(needed.name);
  bool agree = dataset.dimensions == needed.dimensions;
  for (std::size_t axis = 0; agree && axis < dataset.shape.size(); ++axis)
    agree = file.require(needed.dimensions[axis]).size() == dataset.shape[axis];
  if (agree) return;
  throw Error(
      ExitCode::kBadData,
      fmt::format("{}:/{}: found dimensions [{}], expected [{}] and the lengths of their scales; make the result "
                  "anew",
                  file.path(), needed.name, fmt::join(dataset.dimensions, ", "), fmt::join(needed.dimensions, ", ")));
}

}  // namespace

std::span<const Chart> charts() {
  static const std::vector<Chart> kCharts = {rank_intervals_chart(), health_chart(), scores_chart()};
  return kCharts;
}

ResultCharts draw_charts(const ResultReader& file) {
  check_result(file);
  ResultCharts result;
  for (const Chart& chart : charts()) {
    const auto absent = std::find_if(chart.needs.begin(), chart.needs.end(),
                                     [&](const NeededDataset& needed) { return file.find(needed.name) == nullptr; });
    if (absent != chart.needs.end()) {
      result.left_out.push_back({&chart, "/" + absent->name, chart.keep});
      continue;
    }
    for (const NeededDataset& needed : chart.needs) check_dimensions(file, needed);
    const Lack lack = chart.lacks == nullptr ? Lack{} : chart.lacks(file);
    if (!lack.what.empty())
      result.left_out.push_back({&chart, lack.what, lack.keep});
    else
      result.drawn.push_back({&chart, chart.draw(file)});
  }
  if (result.drawn.empty()) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: found the datasets of no chart, expected those of one; {} needs {}: {}", file.path(),
                            result.left_out.front().chart->name, result.left_out.front().missing,
                            result.left_out.front().keep));
  }
  return result;
}

}  // namespace balassa
