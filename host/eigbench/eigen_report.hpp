// What a study says: as text for the terminal, as HDF5 for analysis, and as one HTML page.
#pragma once

#include <string>
#include <vector>

#include "host/eigbench/solver_comparison.hpp"

namespace balassa {

// "31.2 us", "1.86 ms", "2.1 s".
std::string time_text(double seconds);

// Findings of one solver and kind, drawn together.
struct FindingGroup {
  std::string entrant;
  FindingKind kind;
  std::vector<std::string> sets;  // without repetition, in the order of the study
  int count = 0;
  const Finding* worst = nullptr;  // by its number; of the study
};
std::vector<FindingGroup> grouped_findings(const SolverComparison& study);

// Over the problems of a set that were held to the reference.
struct WorstAnswer {
  bool answered = false;
  double residual = 0, sine = 0, bound = 0, trivial = 0, lambda2_error = 0;
  int rank_changes = 0, without_vector = 0;
};
WorstAnswer worst_answer(const SolverComparison& study, const std::string& solver, bool cold, int set);

std::string study_text(const SolverComparison& study);
std::string solver_list_text(const std::vector<SolverDescription>& solvers);

// Tables as one-dimensional datasets of groups of their names, on dimensions of their own.
void write_study_hdf5(const SolverComparison& study, const std::string& path, bool force);

// Self-contained: plots as inline SVG, no script, nothing from elsewhere.
std::string study_html(const SolverComparison& study);

}  // namespace balassa
