// How right a solver's answer is: everything recomputed from the problem in long double, nothing taken from the solver
// but its vector and eigenvalues.
#pragma once

#include <string>
#include <vector>

#include "host/eigbench/eigen_reference.hpp"
#include "kernels/solvers/eigen_solver.hpp"

namespace balassa {

struct SolutionAccuracy {
  bool has_vector = false;
  double residual = 0;       // |A v - theta v| of v / |v|, theta = v . A v
  double trivial = 0;        // |q . v|: what is left of the trivial vector
  double length_error = 0;   // | |v| - 1 |
  double lambda2_error = 0;  // of the solver's own; NaN: it gives none
  double lambda3_error = 0;
  double sine = 0;   // of the angle from v to the eigenspace of lambda_2
  double bound = 0;  // the most that it can be: residual / (theta - the next eigenvalue), and q . v
  double theta = 0;
  int rank_changes = 0;  // locations whose order to another differs from the reference's
};

// Locations that the reference holds apart by more than this, in standard deviations of the score, have an order.
inline constexpr double kScoresApart = 1e-10;

SolutionAccuracy measure_accuracy(const ReferenceOperator& a, const KnownSpectrum& known,
                                  const SpectralSolution& solution);

// (sum v^2)^2 / sum v^4 of the first axis: how many locations carry it (SOLVERS 5).
double participation_of(const KnownSpectrum& known);

enum class FindingKind : std::uint8_t {
  kThrew,          // an exception instead of an answer
  kFailed,         // the solver says so itself
  kNotFinite,      // a vector that holds no numbers
  kWrongVector,    // more than 45 degrees from the second axis
  kPoorVector,     // more than kPoorSine from it
  kTrivialLeft,    // part of the trivial vector beyond what was promised
  kNotUnit,        // a vector of another length
  kBrokenPromise,  // a residual beyond what the solver promises
  kWrongValue,     // lambda_2 farther from the truth than the promised residual
  kRankChange,     // locations in another order than the reference's
  kNotRepeatable,  // another answer to the same problem
};
inline constexpr int kFindingKinds = 11;
inline constexpr double kPoorSine = 1e-3;  // scores off by a thousandth of their spread
const char* finding_text(FindingKind kind);

// What stands out in one answer.
struct Observation {
  FindingKind kind;
  double value = 0;  // the number that it is about, and the one that it was to keep to; NaN: none
  double allowed = 0;
  std::string note;  // in words; a solver's own words for kThrew and kFailed
};
std::vector<Observation> observe(const SolverDescription& solver, const KnownSpectrum& known,
                                 const SpectralSolution& solution, const SolutionAccuracy& accuracy, int locations,
                                 int products);

}  // namespace balassa
