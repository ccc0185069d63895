// Problems for the eigen-solver study whose answer is known in closed form, and a few hard ones without; problems from
// panels are in eigen_panels.hpp.
//
// What gives most of them: for M = N (x) B with weights w (x) 1 the eigenpairs of A are the Kronecker products of those
// of N's and B's A. N joins two or three communities, so that its pairs are written down; B is any pattern, whose own
// second eigenvalue lies below.
#pragma once

#include <string>
#include <vector>

#include "host/eigbench/eigen_reference.hpp"
#include "kernels/solvers/eigen_solver.hpp"

namespace balassa {

// Problems of one size that are solved together.
struct ProblemSet {
  std::string name;    // "gap-1e-06", "world.h5/2017/t=1"
  std::string family;  // "panel", "synth", "gap", "tie", "bridge", "cell", "disconnected", "localised", "nested", ...
  std::string statement;  // what is known of it, in words
  int locations = 0, products = 0;
  std::vector<SpectralProblem> problems;
  std::vector<KnownSpectrum> known;  // [problems]; empty: by solve_reference
};

// Upper-triangular ones, n x n, n >= 2: eigenvalues 1 / k^2 (METHODS B4).
ProblemSet nested_problem(int n);

// Locations on a ring, a product shared by each two neighbours, n >= 4: eigenvalues (1 + cos(2 pi k / n)) / 2, so that
// lambda_2 = lambda_3. The path, n >= 3: (1 + cos(pi k / (n - 1))) / 2, as crowded at 1 as n is large.
ProblemSet ring_problem(int n);
ProblemSet path_problem(int n);

// Table 1 of Lyubimov et al. (METHODS A1.2), by its characteristic polynomial.
ProblemSet worked_problem();

// Three communities: lambda_2 = .4 and lambda_2 - lambda_3 = gap, a multiple of 2^-50 (`statement` says which) in
// (0, .2); gap = 0: a tie. Locations are rounded down to a multiple of 3, products to one of 6.
ProblemSet gap_problem(int locations, int products, double gap);

// Two communities that share a product of weight `link` to their own ones' 1 - link for each pattern of B: lambda_2 =
// 1 - link exactly, link a multiple of 2^-50; link = 0: disconnected, lambda_2 = 1. Locations are rounded down to a
// multiple of 2, products to one of 3.
ProblemSet bridge_problem(int locations, int products, double link);

// Two copies of B joined by one cell; no closed form.
ProblemSet bridging_cell_problem(int locations, int products);

// The synthetic panel at a high threshold: few locations carry the vector; no closed form.
ProblemSet localised_problem(int locations, int products, double threshold);

// All of the above from 4 to 5,570 locations, gaps from 1e-1 to 1e-12.
std::vector<ProblemSet> hard_problems();

}  // namespace balassa
