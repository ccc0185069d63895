// ARPACK's implicitly restarted Lanczos, dsaupd and dseupd, where the library was found. It keeps state between calls
// in Fortran's saved variables: one solve at a time in a process.
#include "kernels/solvers/solver_family.hpp"

#if BALASSA_HAS_ARPACK
#include <arpack/arpack.h>
#include <cblas.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "kernels/solvers/weighted_graph.hpp"
#endif

namespace balassa {
namespace {

constexpr double kTolerance = 1e-10;  // of the Ritz estimate relative to theta

std::vector<SolverDescription> descriptions() {
  SolverDescription d;
  d.library = "ARPACK";
  d.partial = true;
  d.tolerance = 10 * kTolerance;
  d.smallest_n = 3;
  d.limit = "two pairs of a larger matrix";
  std::vector<SolverDescription> list(2, d);
  list[0].name = "arpack-dense";
  list[0].method = "dsyrk, then dsaupd, 2 pairs of 20 vectors, dsymv";
  list[0].dense = true;
  list[1].name = "arpack-matrix-free";
  list[1].method = "dsaupd, 2 pairs of 20 vectors, sparse products by M and M^T";
  return list;
}

#if BALASSA_HAS_ARPACK

class ArpackProblem : public PreparedProblem {
 public:
  ArpackProblem(const SpectralProblem& problem, const SolverDescription& description)
      : graph_(make_weighted_graph(problem)), links_(graph_) {
    n_ = graph_.rows();
    check_limits(description, n_, 1);
    if (description.dense) matrix_ = symmetric_matrix(graph_, false);
    vectors_ = std::min(n_, 20);
    const std::size_t n = static_cast<std::size_t>(n_), v = static_cast<std::size_t>(vectors_);
    residual_.resize(n);
    basis_.resize(n * v);
    work_.resize(3 * n);
    small_.resize(v * (v + 8));
    chosen_.resize(v);
    pairs_.resize(2 * n);
  }

  void solve(SpectralSolution& solution) override {
    // A start of our own: ARPACK's changes from call to call.
    std::uint64_t state = 1;
    for (double& x : residual_) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      x = static_cast<double>(state >> 11) * 0x1p-52 - 1.0;
    }
    const std::size_t n = static_cast<std::size_t>(n_);
    a_int what = 0, info = 1, parameter[11] = {1, 0, 1000, 1, 0, 0, 1}, pointer[14] = {};
    const a_int small = static_cast<a_int>(small_.size());
    for (;;) {
      dsaupd_c(&what, "I", n_, "LA", 2, kTolerance, residual_.data(), vectors_, basis_.data(), n_, parameter, pointer,
               work_.data(), small_.data(), small, &info);
      if (what != 1 && what != -1) break;
      const double* in = work_.data() + pointer[0] - 1;
      double* out = work_.data() + pointer[1] - 1;
      if (matrix_.empty())
        links_.apply(in, out);
      else
        cblas_dsymv(CblasColMajor, CblasLower, n_, 1.0, matrix_.data(), n_, in, 1, 0.0, out, 1);
      ++solution.applications;
    }
    solution.lambda3 = std::numeric_limits<double>::quiet_NaN();
    if (info != 0) throw std::runtime_error("ARPACK dsaupd: found info " + std::to_string(info) + ", expected 0");
    double value[2] = {};
    dseupd_c(1, "A", chosen_.data(), value, pairs_.data(), n_, 0.0, "I", n_, "LA", 2, kTolerance, residual_.data(),
             vectors_, basis_.data(), n_, parameter, pointer, work_.data(), small_.data(), small, &info);
    if (info != 0) throw std::runtime_error("ARPACK dseupd: found info " + std::to_string(info) + ", expected 0");
    // Ascending, as dseupd leaves them.
    solution.lambda2 = value[0];
    solution.vector = from_symmetric(graph_, false, pairs_.data());
    (void)n;
  }

  std::size_t bytes() const override {
    return graph_.bytes() + chosen_.size() * sizeof(a_int) +
           (matrix_.size() + residual_.size() + basis_.size() + work_.size() + small_.size() + pairs_.size() +
            links_.half.size() + links_.scaled.size()) *
               sizeof(double);
  }

 private:
  WeightedGraph graph_;
  LinkProduct links_;
  a_int n_ = 0, vectors_ = 0;
  std::vector<double> matrix_, residual_, basis_, work_, small_, pairs_;
  std::vector<a_int> chosen_;
};

#endif

}  // namespace

std::vector<ListedSolver> arpack_solvers() {
  std::vector<ListedSolver> list;
  for (SolverDescription& d : descriptions()) {
#if BALASSA_HAS_ARPACK
    list.push_back({d, make_one_by_one<ArpackProblem>});
#else
    d.absent = "this build found no ARPACK; install libarpack2-dev and configure again";
    list.push_back({d, nullptr});
#endif
  }
  return list;
}

}  // namespace balassa
