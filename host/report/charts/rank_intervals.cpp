// Rank intervals: where each location stands over the replicates of a sweep.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/report/charts/rows.hpp"
#include "host/report/result_cells.hpp"
#include "host/report/row_plot.hpp"

namespace balassa {
namespace {

constexpr double kMedian = 0.5;

Lack lacks_quantiles(const ResultReader& file) {
  const std::vector<double> q = file.numbers("quantile");
  const bool median = std::find(q.begin(), q.end(), kMedian) != q.end();
  if (median && q.front() < kMedian && q.back() > kMedian) return {};
  return {"the quantile 0.5 with one on either side",
          "keep quantiles = [0.025, 0.5, 0.975] in [output] of the plan, or sweep with --quantiles 0.025,0.5,0.975"};
}

// Best median first; without a rank last.
std::vector<std::size_t> by_median(const std::vector<double>& ranks, std::size_t quantiles, std::size_t median) {
  std::vector<std::size_t> order(ranks.size() / quantiles);
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto key = [&](std::size_t location, std::size_t k) {
    const double rank = ranks[location * quantiles + k];
    return std::isnan(rank) ? INFINITY : rank;
  };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    for (const std::size_t k : {median, std::size_t{0}, quantiles - 1}) {
      if (key(a, k) != key(b, k)) return key(a, k) < key(b, k);
    }
    return false;
  });
  return order;
}

Figure figure_of(const ResultReader& file, const ResultCell& cell, const ResultLocations& locations) {
  const std::vector<double> q = file.numbers("quantile"), ranks = of_cell(file, "rank/quantiles", cell);
  const std::size_t last = q.size() - 1;
  const auto median = static_cast<std::size_t>(std::find(q.begin(), q.end(), kMedian) - q.begin());
  RowPlot plot;
  plot.title = "Ranks: " + cell.title;
  plot.axis = {"rank by ECI, 1 is the highest", false};
  plot.series = {"location"};
  Table table{{"location"}, {}};
  if (!locations.names.empty()) table.head.push_back("name");
  for (const double quantile : q) table.head.push_back(fmt::format("rank, quantile {}", quantile));
  std::size_t without = 0;
  for (const std::size_t location : by_median(ranks, q.size(), median)) {
    const double* rank = &ranks[location * q.size()];
    std::vector<TableCell> row{{locations.codes[location]}};
    if (!locations.names.empty()) row.push_back({locations.names[location]});
    for (std::size_t k = 0; k < q.size(); ++k) row.push_back(number_cell(rank[k]));
    table.rows.push_back(std::move(row));
    without += std::isnan(rank[median]) ? 1 : 0;
    if (std::isnan(rank[median])) continue;
    plot.rows.push_back(
        {locations.label(location),
         {{rank[median], rank[0], rank[last], 0,
           fmt::format("{}: median {}, {} to {}", locations.label(location), rank[median], rank[0], rank[last])}}});
  }
  std::string caption = fmt::format(
      "Each dot is the median of a location's rank over the replicates in which it has one; the bar reaches from the "
      "quantile {} to {}. A long bar: the data leave the rank open.",
      q[0], q[last]);
  if (plot.rows.empty())
    caption = "No location has a rank in any replicate; the chart of health says why.";
  else if (without > 0)
    caption += fmt::format(" Locations without a rank in any replicate: {}.", without);
  return {"rank_intervals-" + cell.name, svg_of(plot), caption, std::move(table)};
}

Drawing draw(const ResultReader& file) {
  return drawn_by_cell(file, figure_of);
}

}  // namespace

Chart rank_intervals_chart() {
  return {.name = "rank_intervals",
          .title = "Rank intervals",
          .help = "median rank of each location, and how far it moves",
          .needs = {{"rank/quantiles", {"year", "specification", "location", "quantile"}},
                    {"quantile", {"quantile"}},
                    {"label", {"specification"}}},
          .keep = "make the result with balassa sweep",
          .lacks = lacks_quantiles,
          .draw = draw};
}

}  // namespace balassa
