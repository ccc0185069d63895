// The eigen-solver study: every solver on every problem set, timed side by side and held to a reference.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "host/eigbench/eigen_accuracy.hpp"
#include "host/eigbench/eigen_problems.hpp"
#include "kernels/solvers/eigen_solver.hpp"

namespace balassa {

struct StudyRequest {
  std::vector<std::string> solvers;
  bool by_name = false;             // each was asked for: one that can't take a set is an error, not an omission
  std::vector<int> batches{1, 16};  // problems that a solver gets at once; at most as many as a set holds
  int repetitions = 11;             // timed, after one that is not
  double limit = 10;                // seconds that a solver may take on a set and batch; it is cut short, or not begun
  bool flush = true;                // caches emptied before each timed solve
};

// Quartiles of repetitions.
struct Spread {
  double low = 0, median = 0, high = 0;
  int count = 0;
};
Spread spread_of(std::vector<double> values);

struct SetSummary {
  std::string name, family, statement, source;  // source: of what is known
  int locations = 0, products = 0, problems = 0;
  // Of the first problem; NaN: there is none.
  double density = 0, lambda2 = 0, lambda3 = 0, gap = 0, participation = 0;
};

// One solver on one set at one batch size.
struct SolverTrial {
  std::string solver;
  bool cold = false;  // starts and base pairs, of which the set has some, were withheld
  int set = 0, batch = 1;
  Spread setup, solve;      // seconds per problem
  double applications = 0;  // of A, mean per problem; 0: the solver forms a matrix
  double memory = 0;        // bytes held, for the whole batch
};

// One answer, from the largest batch.
struct SolverAnswer {
  std::string solver;
  bool cold = false;
  int set = 0, problem = 0;
  SolutionAccuracy accuracy;
};

struct Finding {
  std::string solver;
  bool cold = false;
  int set = 0, problem = 0;
  Observation observation;
};

// What was not run, and why.
struct Omission {
  std::string solver, set, reason;
};

struct StudyConditions {
  std::string version, cpu, simd, blas, blas_core, system, start;
  int cores = 0, blas_threads = 0, repetitions = 0;
  double limit = 0, flushed_bytes = 0, load_before = 0, load_after = 0;  // load: of a minute, runnable processes
  std::uint64_t seed = 0;
  std::vector<std::string> problems;  // as asked for
};

struct SolverComparison {
  StudyConditions conditions;
  std::vector<SolverDescription> solvers;
  std::vector<SetSummary> sets;
  std::vector<SolverTrial> trials;
  std::vector<SolverAnswer> answers;
  std::vector<Finding> findings;
  std::vector<Omission> omissions;
};

// "lanczos-fp64", "lanczos-fp64, cold".
std::string entrant_name(const std::string& solver, bool cold);

// How many problems of a set are held to a reference.
inline constexpr int kMostAnswers = 16;

struct StudyHooks {
  std::function<std::unique_ptr<EigenSolver>(const std::string&)> make = make_eigen_solver;
  // Called before each piece of work, with what it is: "synth-240x1240, batch of 16, round 2 of 12: lapack-dsyevr".
  std::function<void(const std::string& what)> begins = [](const std::string&) {};
};

// Rounds go through the solvers in turn, each round from the next one on, so that a drift of the machine hits all
// alike. Throws Error kUsage where `by_name` and a set is over a limit of a solver, before anything is run.
SolverComparison compare_solvers(const StudyRequest& request, std::vector<ProblemSet> sets,
                                 const StudyHooks& hooks = {});

}  // namespace balassa
