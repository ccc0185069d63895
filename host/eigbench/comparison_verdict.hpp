// Two studies side by side: is a solver slower than it was, or less accurate?
#pragma once

#include <string>
#include <vector>

#include "host/eigbench/solver_comparison.hpp"

namespace balassa {

enum class Verdict : std::uint8_t { kEqual, kFaster, kSlower, kOtherMachine };

// One solver on one set at one batch size, in both studies. Its time is set-up and solve.
struct TimeChange {
  std::string solver, set;
  int batch = 1;
  double before = 0, after = 0;  // medians, seconds per problem
  double band = 0;               // ratios from 1 / (1 + band) to 1 + band are noise
  Verdict verdict = Verdict::kEqual;
};

// One solver on one set: the worst sine to the second axis over its problems.
struct AccuracyChange {
  std::string solver, set;
  double before = 0, after = 0;
  bool worse = false, better = false;
};

struct Comparison {
  std::vector<TimeChange> times;
  std::vector<AccuracyChange> accuracies;            // where it changed
  std::vector<std::string> only_before, only_after;  // "solver on set"
  std::string other_machine;                         // why times are not comparable; empty: they are
  bool regressed() const;                            // anything slower or less accurate
};

// The band of a pair is three times the half quartile spreads of both, in relation to their medians and added in
// square, and never below kLeastBand. Accuracies are of the same problems and differ where the ratio is over 2 and the
// larger above kRounding.
inline constexpr double kLeastBand = 0.05, kRounding = 1e-13;
Comparison compare_studies(const SolverComparison& before, const SolverComparison& after);

std::string comparison_text(const Comparison& comparison);

}  // namespace balassa
