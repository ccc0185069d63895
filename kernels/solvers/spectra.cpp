// Spectra's implicitly restarted Lanczos, where its headers were found.
#include "kernels/solvers/solver_family.hpp"

#if BALASSA_HAS_SPECTRA
#include <Spectra/MatOp/DenseSymMatProd.h>
#include <Spectra/SymEigsSolver.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "kernels/solvers/weighted_graph.hpp"
#endif

namespace balassa {
namespace {

// Spectra stops at residual <= tolerance max(eps^(2/3), |theta|).
constexpr double kTolerance = 1e-10;

std::vector<SolverDescription> descriptions() {
  SolverDescription d;
  d.library = "Spectra";
  d.partial = true;
  d.tolerance = 10 * kTolerance;
  d.smallest_n = 3;
  d.limit = "two pairs of a larger matrix";
  std::vector<SolverDescription> list(3, d);
  list[0].name = "spectra-dense";
  list[0].method = "dsyrk, then restarted Lanczos, 2 pairs of 20 vectors, DenseSymMatProd";
  list[0].dense = true;
  list[1].name = "spectra-matrix-free";
  list[1].method = "restarted Lanczos, 2 pairs of 20 vectors, sparse products by M and M^T";
  list[2].name = "spectra-matrix-free-deflated";
  list[2].method = "restarted Lanczos, 1 pair of 10 vectors, sparse products, the trivial pair deflated";
  list[2].warm = true;
  return list;
}

#if BALASSA_HAS_SPECTRA

constexpr int kMostRestarts = 1000;

// The three members that Spectra asks of an operator.
class LinkOperator {
 public:
  using Scalar = double;
  LinkOperator(const WeightedGraph& graph, bool deflated)
      : product_(graph), trivial_(deflated ? trivial_vector(graph) : std::vector<double>()) {}
  Eigen::Index rows() const { return static_cast<Eigen::Index>(product_.scaled.size()); }
  Eigen::Index cols() const { return rows(); }
  void perform_op(const double* v, double* out) const {
    product_.apply(v, out);
    ++applications_;
    double dot = 0;
    for (std::size_t i = 0; i < trivial_.size(); ++i) dot += trivial_[i] * v[i];
    for (std::size_t i = 0; i < trivial_.size(); ++i) out[i] -= dot * trivial_[i];
  }
  std::int64_t take_applications() const { return std::exchange(applications_, 0); }
  std::size_t bytes() const {
    return (product_.half.size() + product_.scaled.size() + trivial_.size()) * sizeof(double);
  }

 private:
  mutable LinkProduct product_;  // Spectra calls a const operator
  mutable std::int64_t applications_ = 0;
  std::vector<double> trivial_;
};

template <class Operator>
void solve_by_spectra(Operator& op, int pairs, int vectors, const std::vector<double>& start,
                      const WeightedGraph& graph, SpectralSolution& solution) {
  const int n = graph.rows();
  Spectra::SymEigsSolver<Operator> solver(op, pairs, std::min(n, vectors));
  if (start.empty())
    solver.init();
  else
    solver.init(start.data());
  solver.compute(Spectra::SortRule::LargestAlge, kMostRestarts, kTolerance);
  solution.applications = solver.num_operations();
  solution.lambda3 = std::numeric_limits<double>::quiet_NaN();
  if (solver.info() != Spectra::CompInfo::Successful)
    throw std::runtime_error("Spectra: not converged after " + std::to_string(kMostRestarts) + " restarts");
  const Eigen::VectorXd vector = solver.eigenvectors().col(pairs - 1);
  solution.lambda2 = solver.eigenvalues()[pairs - 1];
  solution.vector = from_symmetric(graph, false, vector.data());
}

class SpectraProblem : public PreparedProblem {
 public:
  SpectraProblem(const SpectralProblem& problem, const SolverDescription& description)
      : graph_(make_weighted_graph(problem)),
        deflated_(description.name == "spectra-matrix-free-deflated"),
        links_(graph_, deflated_) {
    check_limits(description, graph_.rows(), 1);
    if (description.dense) {
      const std::vector<double> a = symmetric_matrix(graph_, false);
      matrix_ = Eigen::Map<const Eigen::MatrixXd>(a.data(), graph_.rows(), graph_.rows());
    }
    if (deflated_ && !problem.start.empty()) start_ = rows_of(graph_, problem.start);
  }

  void solve(SpectralSolution& solution) override {
    if (matrix_.size() > 0) {
      Spectra::DenseSymMatProd<double> op(matrix_);
      solve_by_spectra(op, 2, 20, start_, graph_, solution);
    } else if (deflated_) {
      solve_by_spectra(links_, 1, 10, start_, graph_, solution);
    } else {
      solve_by_spectra(links_, 2, 20, start_, graph_, solution);
    }
  }

  std::size_t bytes() const override {
    const std::size_t basis = static_cast<std::size_t>(graph_.rows()) * 21;
    return graph_.bytes() + links_.bytes() + (static_cast<std::size_t>(matrix_.size()) + basis) * sizeof(double);
  }

 private:
  WeightedGraph graph_;
  bool deflated_;
  LinkOperator links_;
  Eigen::MatrixXd matrix_;
  std::vector<double> start_;
};

#endif

}  // namespace

std::vector<ListedSolver> spectra_solvers() {
  std::vector<ListedSolver> list;
  for (SolverDescription& d : descriptions()) {
#if BALASSA_HAS_SPECTRA
    list.push_back({d, make_one_by_one<SpectraProblem>});
#else
    d.absent = "this build found no headers of Spectra and Eigen; install libspectra-dev and configure again";
    list.push_back({d, nullptr});
#endif
  }
  return list;
}

}  // namespace balassa
