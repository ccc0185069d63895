#include "kernels/solvers/eigen_solver.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "kernels/device.hpp"
#include "kernels/solvers/solver_family.hpp"

namespace balassa {
namespace {

const std::vector<ListedSolver>& listed_solvers() {
  static const std::vector<ListedSolver> all = [] {
    std::vector<ListedSolver> list;
    for (const auto family : {own_solvers, reflection_solvers, lapack_solvers, spectra_solvers, arpack_solvers,
                              slepc_solvers, cuda_solvers}) {
      for (ListedSolver& solver : family()) list.push_back(std::move(solver));
    }
    return list;
  }();
  return all;
}

}  // namespace

double SolverDescription::promised_residual(std::int64_t n) const {
  if (tolerance == 0 && roundings == 0) return std::numeric_limits<double>::infinity();
  return std::max(tolerance, roundings * static_cast<double>(n) * 0x1p-52);
}

const std::vector<SolverDescription>& eigen_solvers() {
  static const std::vector<SolverDescription> descriptions = [] {
    std::vector<SolverDescription> list;
    for (const ListedSolver& solver : listed_solvers()) list.push_back(solver.description);
    return list;
  }();
  return descriptions;
}

std::unique_ptr<EigenSolver> make_eigen_solver(std::string_view name) {
  const std::vector<ListedSolver>& all = listed_solvers();
  for (const ListedSolver& solver : all) {
    if (solver.description.name != name) continue;
    if (!solver.description.absent.empty())
      throw DeviceUnavailable("eigen-solver '" + std::string(name) + "': " + solver.description.absent);
    return solver.make(solver.description);
  }
  std::string there;
  for (const ListedSolver& solver : all) there += (there.empty() ? "" : ", ") + solver.description.name;
  throw std::invalid_argument("eigen-solver: found '" + std::string(name) + "', expected one of " + there);
}

void check_limits(const SolverDescription& description, std::int64_t n, std::int64_t batch) {
  const auto refuse = [&](const std::string& found, const std::string& expected) {
    throw std::invalid_argument("eigen-solver '" + description.name + "': found " + found + ", expected " + expected +
                                (description.limit.empty() ? "" : " (" + description.limit + ")"));
  };
  if (n < description.smallest_n)
    refuse("a matrix of side " + std::to_string(n), "at least " + std::to_string(description.smallest_n));
  if (description.largest_n > 0 && n > description.largest_n)
    refuse("a matrix of side " + std::to_string(n), "at most " + std::to_string(description.largest_n));
  if (description.largest_batch > 0 && batch > description.largest_batch)
    refuse(std::to_string(batch) + " problems in a batch", "at most " + std::to_string(description.largest_batch));
  if (description.largest_elements > 0 && n > 0 && batch > description.largest_elements / (n * n))
    refuse(std::to_string(batch) + " matrices of side " + std::to_string(n),
           "at most " + std::to_string(description.largest_elements) + " elements in all, " +
               std::to_string(description.largest_elements / (n * n)) + " matrices of this side");
}

void OneByOne::prepare(std::span<const SpectralProblem> problems) {
  prepared_.clear();
  for (const SpectralProblem& problem : problems) prepared_.push_back(prepare_one(problem));
}

void OneByOne::solve(std::span<SpectralSolution> solutions) {
  if (solutions.size() != prepared_.size())
    throw std::invalid_argument("eigen-solver '" + description_.name + "': found room for " +
                                std::to_string(solutions.size()) + " solutions, expected " +
                                std::to_string(prepared_.size()) + " as prepared");
  for (std::size_t k = 0; k < prepared_.size(); ++k) {
    solutions[k] = SpectralSolution{};
    try {
      prepared_[k]->solve(solutions[k]);
    } catch (const std::runtime_error& error) {
      solutions[k].failure = error.what();
    }
  }
}

std::size_t OneByOne::memory_bytes() const {
  std::size_t bytes = 0;
  for (const auto& problem : prepared_) bytes += problem->bytes();
  return bytes;
}

}  // namespace balassa
