// What a machine does for measures: linear algebra over the cells of a year. A measure is written over these verbs, so
// that it runs on the CPU and on a GPU alike (METHODS A1, B4).
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/formulas/cells.hpp"
#include "kernels/formulas/pairs.hpp"
#include "kernels/measures/bipartite_graph.hpp"
#include "kernels/measures/dense_spectrum.hpp"
#include "kernels/study.hpp"

namespace balassa {

enum class Side : std::uint8_t { kLocations, kProducts };

class DenseMachine {
 public:
  virtual ~DenseMachine() = default;

  // Takes a year [C, P], which outlives what is asked of it.
  virtual void hold(const Year& year) = 0;

  // A formula of each cell, [C, P]; its canonical sum over the products of each location, [C]. The same bits on every
  // machine.
  virtual std::vector<double> cells(const CellFormula& formula) = 0;
  virtual std::vector<double> row_sums(const CellFormula& formula) = 0;

  // A formula of each pair of a side's vertices, [n, n], from the neighbours that they share. The same bits on every
  // machine.
  virtual std::vector<double> pairs(const BipartiteGraph& graph, Side side, const PairFormula& formula);

  // Rows of a table [columns, n], added over the products of each location: [rows, n], each row by its weight where
  // there are weights. In ascending order: the same bits on every machine.
  virtual std::vector<double> sum_rows(const BipartiteGraph& graph, const std::vector<double>& table,
                                       const std::vector<double>& weight);

  // M z, on the side of the locations, from z by product; or M^T z by product, from z by location. Summed along a
  // vertex's links as they ascend: the same bits on every machine.
  virtual std::vector<double> multiply(const BipartiteGraph& graph, Side to, const std::vector<double>& z) = 0;

  // Of D^-1/2 M U^-1 M^T D^-1/2, or the same by product, minus its trivial pair (dense_spectrum.hpp). Of a connected
  // graph with >= 3 rows and >= 2 columns; to rounding the same on every machine.
  virtual LeadingPairs leading_pairs(const BipartiteGraph& graph) = 0;

  // 1 = highest; a score that is tied with the one above (rank_in_falling) shares its rank; 0 where the score is NaN.
  virtual std::vector<std::int32_t> ranks(const std::vector<double>& score) = 0;
};

}  // namespace balassa
