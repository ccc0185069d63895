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
  BipartiteGraph graph;  // of presence, once that is measured
};

// The groups of measures, a file each; the registry says what each of them gives.
void measure_baskets(MeasureContext& context);      // RCA, presence, its margins and HHI
void measure_complexity(MeasureContext& context);   // ECI, PCI and their certificate
void measure_ranks(MeasureContext& context);        // ranks and quartiles
void measure_reflections(MeasureContext& context);  // the method of reflections

}  // namespace balassa
