// Health of a sweep: replicates without scores by cause, and what the diagnostics counted.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "host/report/charts/rows.hpp"
#include "host/report/result_cells.hpp"
#include "host/report/row_plot.hpp"

namespace balassa {
namespace {

constexpr std::array<const char*, 6> kDiagnostics = {"not_certified", "sign_disagree", "sign_undefined",
                                                     "axis_swap",     "few_locations", "giant_component"};
constexpr std::size_t kCells = 400;  // rows of the plot and its table

// One column of the table: a count for each cell.
struct Count {
  std::string name;
  std::vector<double> of_cell;  // [cell]; NaN: not tested
};

std::string words(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

std::vector<Count> counts_of(const ResultReader& file) {
  std::vector<Count> counts;
  const std::vector<std::string>& causes = file.strings("cause");
  const std::vector<double> invalid = measured(file, "invalid");  // [cell, cause]
  for (std::size_t k = 0; k < causes.size(); ++k) {
    Count count{"no scores: " + words(causes[k]), {}};
    for (std::size_t at = k; at < invalid.size(); at += causes.size()) count.of_cell.push_back(invalid[at]);
    counts.push_back(std::move(count));
  }
  for (const char* name : kDiagnostics)
    counts.push_back({words(name), measured(file, fmt::format("diagnostic/{}", name))});
  return counts;
}

// A mark for each condition that some replicate met, at its share of all.
PlotRow row_of(const std::string& label, std::size_t cell, const std::vector<Count>& counts, double replicates) {
  PlotRow row{label, {}};
  for (std::size_t k = 0; k < counts.size(); ++k) {
    const double count = counts[k].of_cell[cell];
    if (!(count > 0) || !(replicates > 0)) continue;
    const double share = 100 * count / replicates;
    row.marks.push_back(
        {share, share, share, static_cast<int>(k), fmt::format("{}: {} of {}", counts[k].name, count, replicates)});
  }
  return row;
}

Drawing draw(const ResultReader& file) {
  const std::vector<Count> counts = counts_of(file);
  const std::vector<double> replicates = measured(file, "tally/scenarios"),
                            valid = measured(file, "tally/valid_scenarios");
  RowPlot plot;
  plot.title = "What replicates met";
  plot.axis = {"share of replicates, per cent", false};
  Table table{{"year and specification", "replicates", "valid"}, {}};
  for (const Count& count : counts) {
    plot.series.push_back(count.name);
    table.head.push_back(count.name);
  }
  const std::vector<ResultCell> cells = cells_of(file);
  Drawing drawing;
  if (cells.size() > kCells) {
    drawing.left_out = fmt::format(
        "Drawn are the first {} of {} years and specifications. The numbers of all: balassa export RESULT --table "
        "year.",
        kCells, cells.size());
  }
  for (std::size_t cell = 0; cell < std::min(cells.size(), kCells); ++cell) {
    std::vector<TableCell> row{{cells[cell].title}, number_cell(replicates[cell]), number_cell(valid[cell])};
    for (const Count& count : counts) row.push_back(number_cell(count.of_cell[cell]));
    table.rows.push_back(std::move(row));
    plot.rows.push_back(row_of(cells[cell].title, cell, counts, replicates[cell]));
  }
  const std::string svg = svg_of(plot);
  const std::string caption =
      svg.empty()
          ? "Every replicate has scores, and no diagnostic counted anything."
          : "Each mark is the share of replicates of a year and specification that met the condition; what none "
            "met has no mark. Replicates without scores are in no rank and no interval.";
  drawing.figures.push_back({"health", svg, caption + " A dash in the table: not tested.", std::move(table)});
  return drawing;
}

}  // namespace

Chart health_chart() {
  Chart chart{.name = "health",
              .title = "Health of the sweep",
              .help = "replicates without scores by cause, and what diagnostics counted",
              .needs = {{"invalid", {"year", "specification", "cause"}},
                        {"cause", {"cause"}},
                        {"label", {"specification"}},
                        {"tally/scenarios", {"year", "specification"}},
                        {"tally/valid_scenarios", {"year", "specification"}}},
              .keep = "make the result with balassa sweep",
              .draw = draw};
  for (const char* name : kDiagnostics)
    chart.needs.push_back({fmt::format("diagnostic/{}", name), {"year", "specification"}});
  return chart;
}

}  // namespace balassa
