// Leading spectrum of W = D^-1 M U^-1 M^T in fp64, from its symmetric form on the smaller side (METHODS A1.1).
#pragma once

#include <array>
#include <vector>

#include "kernels/measures/bipartite_graph.hpp"

namespace balassa {

struct DenseSpectrum {
  std::array<double, 4> lambda{};    // 1, lambda_2..4 of W [rows x rows]; NaN where W has fewer
  std::vector<double> raw_location;  // [rows] K_c = D^-1 M K_p, no sign chosen
  std::vector<double> raw_product;   // [columns] K_p = U^-1/2 v_2 with |v_2| = 1 (METHODS C0.8)
  double residual = 0;               // |S u - lambda_2 u| of u = D^1/2 K_c / |.|, S = D^-1/2 M U^-1 M^T D^-1/2, |S| = 1
  double participation = 0;          // (sum u^2)^2 / sum u^4 (SOLVERS 5)
};

// For a connected graph with >= 3 rows and >= 2 columns. Locations with equal rows get equal bits in raw_location,
// products with equal columns in raw_product. Throws std::runtime_error if LAPACK does not converge.
DenseSpectrum solve_dense_spectrum(const BipartiteGraph& graph);

// The parts of it that any solver of the smaller side shares. Whether that is the locations; how many pairs there are
// to find; and the spectrum from what a solver found for D^-1/2 M U^-1 M^T D^-1/2 (or the same by product) minus its
// trivial pair.
struct LeadingPairs {
  std::vector<double> value;   // [wanted] falling
  std::vector<double> vector;  // [smaller side] of the first, length 1
};
LeadingPairs leading_pairs(const BipartiteGraph& graph);  // by LAPACK
bool solves_by_location(const BipartiteGraph& graph);
int wanted_pairs(const BipartiteGraph& graph);
DenseSpectrum spectrum_from(const BipartiteGraph& graph, const LeadingPairs& pairs);

// |S u - theta u| / |u| of u = D^1/2 raw for any vector raw[rows] of W, theta its Rayleigh quotient, also returned:
// computed from the links alone, independently of the solver.
struct ResidualCheck {
  double theta = 0, residual = 0;
};
ResidualCheck check_residual(const BipartiteGraph& graph, const std::vector<double>& raw);

}  // namespace balassa
