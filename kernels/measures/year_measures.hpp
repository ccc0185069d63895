// Measuring one year, as far as it does not depend on the machine: the order of the steps, sign and scale, quartiles,
// and which numbers are not defined (METHODS A1, C0.6). The CPU and the CUDA device each are a DenseMachine.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/measures.hpp"
#include "kernels/measures/bipartite_graph.hpp"
#include "kernels/measures/dense_spectrum.hpp"
#include "kernels/measures/reflections.hpp"

namespace balassa {

// What measuring a year asks of a machine.
class DenseMachine {
 public:
  virtual ~DenseMachine() = default;

  // Fills rca, presence and hhi (formulas/baskets.hpp): the same bits on every machine.
  virtual void measure_baskets(const Year& year, const Specification& specification, YearMeasures& measures) = 0;

  // Of a connected graph with >= 3 rows and >= 2 columns; to rounding the same on every machine.
  virtual DenseSpectrum solve_spectrum(const BipartiteGraph& graph) = 0;

  // rank_in_falling (formulas/scoring.hpp), by item; 0 where the score is NaN.
  virtual std::vector<std::int32_t> falling_ranks(const std::vector<double>& score) = 0;

  // Iterate N >= 1; the same bits on every machine.
  virtual Reflections reflect(const BipartiteGraph& graph, int iterations) = 0;
};

YearMeasures measure_year(const Year& year, const MeasureRequest& request, DenseMachine& machine);

}  // namespace balassa
