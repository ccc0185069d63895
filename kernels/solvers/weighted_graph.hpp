// A spectral problem as the solvers of libraries take it: links with their weights, and the matrices formed from them.
#pragma once

#include <span>
#include <vector>

#include "kernels/measures/bipartite_graph.hpp"
#include "kernels/solvers/eigen_solver.hpp"

namespace balassa {

// Throws std::invalid_argument for sizes that do not fit, values that are none, and fewer than two locations.
void check_problem(const SpectralProblem& problem);

struct WeightedGraph {
  int locations = 0;                        // C of the problem
  BipartiteGraph graph;                     // links of positive weight; rows and columns without one dropped
  std::vector<double> weight;               // [columns] w
  std::vector<double> diversity, ubiquity;  // [rows] d, weighted; [columns] u
  std::vector<double> scale;                // [columns] w / u
  std::vector<double> inv_sqrt_d;           // [rows]

  int rows() const { return graph.rows(); }
  int columns() const { return graph.columns(); }
  std::size_t bytes() const;
};
// Checks the problem first.
WeightedGraph make_weighted_graph(const SpectralProblem& problem);

// out = A v from the links; half[columns] and scaled[rows] are scratch.
struct LinkProduct {
  const WeightedGraph* graph;
  std::vector<double> half, scaled;
  explicit LinkProduct(const WeightedGraph& of)
      : graph(&of), half(static_cast<std::size_t>(of.columns())), scaled(static_cast<std::size_t>(of.rows())) {}
  void apply(const double* v, double* out);
};

// The trivial eigenvector of A, D^1/2 1 of length 1, [rows].
std::vector<double> trivial_vector(const WeightedGraph& graph);

// Column-major, the lower triangle. A = B B^T, or B^T B by product, B = D^-1/2 M S^1/2 (dsyrk).
std::vector<double> symmetric_matrix(const WeightedGraph& graph, bool by_product);
// W = D^-1 M S M^T, or U^-1 M^T D^-1 M diag(w) by product: what is asked for its second eigenvector K_c or K_p (dgemm).
std::vector<double> transition_matrix(const WeightedGraph& graph, bool by_product);

// The vector of A, [C] of length 1, from what a matrix above gave.
std::vector<double> from_symmetric(const WeightedGraph& graph, bool by_product, const double* vector);
std::vector<double> from_transition(const WeightedGraph& graph, bool by_product, const double* vector);

// The rows of a [C] vector, and back with zeros in between.
std::vector<double> rows_of(const WeightedGraph& graph, std::span<const double> vector);
std::vector<double> spread_rows(const WeightedGraph& graph, std::span<const double> rows);

}  // namespace balassa
