// RCA, presence, diversity and ubiquity, and how concentrated each basket is (METHODS A1 eq. 3 to 5, A2).
#include "kernels/measures/measure_context.hpp"

namespace balassa {

void measure_baskets(MeasureContext& context) {
  const Year& year = context.year;
  const Specification& specification = context.request.specification;
  YearMeasures& measures = context.measures;
  measures.rca = context.machine.cells(RcaOfCell{});
  const std::vector<double> presence =
      context.machine.cells(PresenceOfCell{specification.presence, specification.rca_threshold,
                                           specification.rpop_threshold, specification.tie == TieRule::kAbove});
  measures.presence.assign(presence.begin(), presence.end());
  measures.hhi = context.machine.row_sums(SquaredShareOfCell{});
  for (double& hhi : measures.hhi) hhi = hhi_of(hhi);

  context.graph = make_bipartite_graph(measures.presence, year.locations, year.products);
  const BipartiteGraph& graph = context.graph;
  measures.diversity.assign(static_cast<std::size_t>(year.locations), 0.0);
  measures.ubiquity.assign(static_cast<std::size_t>(year.products), 0.0);
  for (int r = 0; r < graph.rows(); ++r) measures.diversity[graph.location[r]] = graph.diversity(r);
  for (int k = 0; k < graph.columns(); ++k) measures.ubiquity[graph.product[k]] = graph.ubiquity(k);
}

}  // namespace balassa
