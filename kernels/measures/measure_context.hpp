// What a measure is computed from: the year, the machine, and the measures that it needs.
#pragma once

#include "kernels/measures.hpp"
#include "kernels/measures/bipartite_graph.hpp"
#include "kernels/measures/dense_machine.hpp"

namespace balassa {

struct MeasureContext {
  const Year& year;
  const MeasureRequest& request;
  DenseMachine& machine;  // holds the year
  YearMeasures& measures;
  BipartiteGraph graph = {};  // of presence, once that is measured
  // [columns, columns] of the graph, once a measure has asked for it (proximity.hpp).
  std::vector<double> proximity = {};
};

}  // namespace balassa
