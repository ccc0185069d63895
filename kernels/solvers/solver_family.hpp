// How a family of solvers enters the list of kernels/solvers/eigen_solver.hpp, and what most of them share.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kernels/solvers/eigen_solver.hpp"

namespace balassa {

// A solver of the list: what it is, and how it is made where it is not absent.
struct ListedSolver {
  SolverDescription description;
  std::unique_ptr<EigenSolver> (*make)(const SolverDescription& description);
};

// One function a family, in its own file.
std::vector<ListedSolver> own_solvers();
std::vector<ListedSolver> reflection_solvers();
std::vector<ListedSolver> lapack_solvers();
std::vector<ListedSolver> spectra_solvers();
std::vector<ListedSolver> arpack_solvers();
std::vector<ListedSolver> slepc_solvers();
std::vector<ListedSolver> cuda_solvers();

// Throws std::invalid_argument, naming the limit, for `batch` problems of side n.
void check_limits(const SolverDescription& description, std::int64_t n, std::int64_t batch);

// One problem, prepared: what it holds and how it is solved.
class PreparedProblem {
 public:
  virtual ~PreparedProblem() = default;
  virtual void solve(SpectralSolution& solution) = 0;  // a thrown std::runtime_error becomes the failure
  virtual std::size_t bytes() const = 0;
};

// For solvers that know nothing of batches. Work(problem, description) prepares.
class OneByOne : public EigenSolver {
 public:
  const SolverDescription& describe() const override { return description_; }
  void prepare(std::span<const SpectralProblem> problems) override;
  void solve(std::span<SpectralSolution> solutions) override;
  std::size_t memory_bytes() const override;

 protected:
  explicit OneByOne(const SolverDescription& description) : description_(description) {}
  virtual std::unique_ptr<PreparedProblem> prepare_one(const SpectralProblem& problem) = 0;

 private:
  SolverDescription description_;
  std::vector<std::unique_ptr<PreparedProblem>> prepared_;
};

template <class Work>
std::unique_ptr<EigenSolver> make_one_by_one(const SolverDescription& of) {
  class Solver : public OneByOne {
   public:
    explicit Solver(const SolverDescription& description) : OneByOne(description) {}

   private:
    std::unique_ptr<PreparedProblem> prepare_one(const SpectralProblem& problem) override {
      return std::make_unique<Work>(problem, describe());
    }
  };
  return std::make_unique<Solver>(of);
}

}  // namespace balassa
