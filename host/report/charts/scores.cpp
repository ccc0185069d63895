// Scores of a computed year: the ECI of each location, in the order of rank.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/report/charts/rows.hpp"
#include "host/report/result_cells.hpp"
#include "host/report/row_plot.hpp"

namespace balassa {
namespace {

Figure figure_of(const ResultReader& file, const ResultCell& cell, const ResultLocations& locations) {
  const std::vector<double> eci = of_cell(file, "measure/eci", cell), rank = of_cell(file, "measure/eci_rank", cell);
  std::vector<std::size_t> order(eci.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto place = [&](std::size_t location) { return std::isnan(rank[location]) ? INFINITY : rank[location]; };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return place(a) < place(b); });
  RowPlot plot;
  plot.title = "ECI: " + cell.title;
  plot.axis = {"ECI", false};
  plot.series = {"location"};
  Table table{{"rank", "location", "ECI"}, {}};
  for (const std::size_t location : order) {
    const double score = eci[location];
    table.rows.push_back({number_cell(rank[location]), {locations.codes[location]}, number_cell(score, "{:.4f}")});
    if (std::isnan(score)) continue;
    plot.rows.push_back({locations.label(location),
                         {{score, score, score, 0,
                           fmt::format("{}: ECI {:.4f}, rank {}", locations.label(location), score, rank[location])}}});
  }
  const std::size_t without = order.size() - plot.rows.size();
  std::string caption =
      "Each dot is a location's ECI; the highest is first. A dot has no interval: balassa sweep gives one.";
  if (plot.rows.empty())
    caption = "No location has an ECI in this year.";
  else if (without > 0)
    caption += fmt::format(" Locations without an ECI in this year: {}.", without);
  return {"scores-" + cell.name, svg_of(plot), caption, std::move(table)};
}

Drawing draw(const ResultReader& file) {
  return drawn_by_cell(file, figure_of);
}

}  // namespace

Chart scores_chart() {
  return {.name = "scores",
          .title = "Scores",
          .help = "ECI of each location, in the order of rank",
          .needs = {{"measure/eci", {"year", "location"}}, {"measure/eci_rank", {"year", "location"}}},
          .keep = "make the result with balassa compute",
          .draw = draw};
}

}  // namespace balassa
