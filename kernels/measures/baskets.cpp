// RCA, presence, diversity and ubiquity, and how concentrated each basket is (METHODS A1 eq. 3 to 5, A2).
#include <cmath>

#include "kernels/measures/measure_context.hpp"

namespace balassa {

void measure_baskets(MeasureContext& context) {
  const Year& year = context.year;
  YearMeasures& measures = context.measures;
  measures.rca = context.machine.cells(RcaOfCell{});
  const std::vector<double> presence = context.machine.cells(PresenceOfCell(context.request.specification));
  measures.presence.assign(presence.begin(), presence.end());
  measures.hhi = context.machine.row_sums(SquaredShareOfCell{});
  for (double& hhi : measures.hhi) hhi = hhi_of(hhi);

  context.graph = make_bipartite_graph(measures.presence, year.locations, year.products);
  const BipartiteGraph& graph = context.graph;
  measures.diversity.assign(static_cast<std::size_t>(year.locations), 0.0);
  measures.ubiquity.assign(static_cast<std::size_t>(year.products), 0.0);
  for (int r = 0; r < graph.rows(); ++r) measures.diversity[graph.location[r]] = graph.diversity(r);
  // By exports per head nothing is known of a location without a population.
  const Presence by = context.request.specification.presence;
  for (std::size_t c = 0; c < measures.diversity.size() && (by == Presence::kRpop || by == Presence::kBoth); ++c) {
    if (c >= year.population.size() || !(year.population[c] > 0)) measures.diversity[c] = std::nan("");
  }
  for (int k = 0; k < graph.columns(); ++k) measures.ubiquity[graph.product[k]] = graph.ubiquity(k);
}

}  // namespace balassa
