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

// Scores closer than this are equal, as in a scenario's ranks: ties by symmetry of the matrix, without identical rows,
// come out of fp64 apart by 1e-15.
inline constexpr double kTiedScores = 1e-10;

// What measuring a year asks of a machine.
class DenseMachine {
 public:
  virtual ~DenseMachine() = default;

  // Fills rca, presence by its defined rounding (DESIGN, Choices) and hhi: the same bits on every machine.
  virtual void measure_baskets(const Year& year, const Specification& specification, YearMeasures& measures) = 0;

  // Of a connected graph with >= 3 rows and >= 2 columns; to rounding the same on every machine.
  virtual DenseSpectrum solve_spectrum(const BipartiteGraph& graph) = 0;

  // 1 = highest; a score within kTiedScores of the one above shares its rank; 0 where the score is NaN.
  virtual std::vector<std::int32_t> falling_ranks(const std::vector<double>& score) = 0;

  // Iterate N >= 1; the same bits on every machine.
  virtual Reflections reflect(const BipartiteGraph& graph, int iterations) = 0;
};

YearMeasures measure_year(const Year& year, const MeasureRequest& request, DenseMachine& machine);

}  // namespace balassa
