// LAPACK's dense solvers, on the C x C matrix and on the P x P one.
#include <lapacke.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "kernels/solvers/solver_family.hpp"
#include "kernels/solvers/weighted_graph.hpp"

namespace balassa {
namespace {

// A backward stable symmetric solver leaves p(n) eps |A|, p a modest polynomial (LAPACK Users' Guide 4.7). That of W is
// not normal: D^1/2 or U^1/2 between it and A takes up to two more digits.
constexpr double kSymmetricRoundings = 10, kUnsymmetricRoundings = 1000;

enum class Driver { kDsyevd, kDsyevr, kDsyevx, kDgeev };

struct Variant {
  const char* name;
  const char* method;
  Driver driver;
  bool by_product = false;
  bool sorted = true;  // dgeev: by |lambda|, falling; else its columns as they come
};

constexpr Variant kVariants[] = {
    {"lapack-dsyevd", "dsyrk, then tridiagonal form and divide and conquer", Driver::kDsyevd},
    {"lapack-dsyevr", "dsyrk, then tridiagonal form and MRRR, the last two by index", Driver::kDsyevr},
    {"lapack-dsyevx", "dsyrk, then tridiagonal form, bisection and inverse iteration, the last two by index",
     Driver::kDsyevx},
    {"lapack-dgeev", "dgemm, then QR of the unsymmetric W, columns sorted by |lambda|", Driver::kDgeev},
    {"lapack-dgeev-unsorted", "the same, its second column taken for the second eigenvector", Driver::kDgeev, false,
     false},
    {"lapack-dsyevd-pxp", "dsyevd on the P x P matrix", Driver::kDsyevd, true},
    {"lapack-dsyevr-pxp", "dsyevr on the P x P matrix", Driver::kDsyevr, true},
    {"lapack-dsyevx-pxp", "dsyevx on the P x P matrix", Driver::kDsyevx, true},
    {"lapack-dgeev-pxp", "dgeev on the P x P matrix, sorted: what py-ecomplexity does", Driver::kDgeev, true},
    {"lapack-dgeev-pxp-unsorted", "the same, its second column taken for the second eigenvector", Driver::kDgeev, true,
     false},
};

const Variant& variant_of(const SolverDescription& description) {
  return *std::find_if(std::begin(kVariants), std::end(kVariants),
                       [&](const Variant& v) { return description.name == v.name; });
}

void expect_zero(const char* routine, lapack_int info) {
  if (info != 0)
    throw std::runtime_error("LAPACK " + std::string(routine) + ": found info " + std::to_string(info) +
                             ", expected 0");
}

// The drivers overwrite their matrix, so each solve begins with a copy: about one hundredth of its time.
class LapackProblem : public PreparedProblem {
 public:
  LapackProblem(const SpectralProblem& problem, const SolverDescription& description)
      : variant_(variant_of(description)), graph_(make_weighted_graph(problem)) {
    n_ = variant_.by_product ? graph_.columns() : graph_.rows();
    check_limits(description, n_, 1);
    given_ = variant_.driver == Driver::kDgeev ? transition_matrix(graph_, variant_.by_product)
                                               : symmetric_matrix(graph_, variant_.by_product);
    const std::size_t n = static_cast<std::size_t>(n_);
    matrix_.resize(n * n);
    value_.resize(n);
    if (variant_.driver == Driver::kDgeev) imaginary_.resize(n);
    if (variant_.driver != Driver::kDsyevd) vector_.resize(variant_.driver == Driver::kDgeev ? n * n : 2 * n);
    integer_.resize(std::max<std::size_t>(n, 4));
  }

  void solve(SpectralSolution& solution) override {
    matrix_ = given_;
    solution.lambda3 = std::numeric_limits<double>::quiet_NaN();
    if (variant_.driver == Driver::kDgeev)
      solve_unsymmetric(solution);
    else
      solve_symmetric(solution);
  }

  std::size_t bytes() const override {
    return graph_.bytes() + integer_.size() * sizeof(lapack_int) +
           (given_.size() + matrix_.size() + value_.size() + imaginary_.size() + vector_.size()) * sizeof(double);
  }

 private:
  void solve_symmetric(SpectralSolution& solution) {
    double *a = matrix_.data(), *w = value_.data();
    lapack_int found = 2;
    const std::size_t n = static_cast<std::size_t>(n_);
    if (variant_.driver == Driver::kDsyevd) {
      expect_zero("dsyevd", LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', n_, a, n_, w));
      if (n_ > 2) solution.lambda3 = w[n - 3];
      solution.lambda2 = w[n - 2];
      solution.vector = from_symmetric(graph_, variant_.by_product, a + (n - 2) * n);
      return;
    }
    if (variant_.driver == Driver::kDsyevr) {
      expect_zero("dsyevr", LAPACKE_dsyevr(LAPACK_COL_MAJOR, 'V', 'I', 'L', n_, a, n_, 0.0, 0.0, n_ - 1, n_, 0.0,
                                           &found, w, vector_.data(), n_, integer_.data()));
    } else {
      const double abstol =
          2 * std::numeric_limits<double>::min();  // the guide's most accurate; eigenvalues by bisection
      expect_zero("dsyevx", LAPACKE_dsyevx(LAPACK_COL_MAJOR, 'V', 'I', 'L', n_, a, n_, 0.0, 0.0, n_ - 1, n_, abstol,
                                           &found, w, vector_.data(), n_, integer_.data()));
    }
    if (found != 2) throw std::runtime_error("LAPACK: found " + std::to_string(found) + " of 2 eigenvalues");
    solution.lambda2 = w[0];
    solution.vector = from_symmetric(graph_, variant_.by_product, vector_.data());
  }

  void solve_unsymmetric(SpectralSolution& solution) {
    expect_zero("dgeev", LAPACKE_dgeev(LAPACK_COL_MAJOR, 'N', 'V', n_, matrix_.data(), n_, value_.data(),
                                       imaginary_.data(), nullptr, n_, vector_.data(), n_));
    std::vector<std::size_t> order(value_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    if (variant_.sorted) {
      std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return std::hypot(value_[a], imaginary_[a]) > std::hypot(value_[b], imaginary_[b]);
      });
    }
    // Of a conjugate pair the first column holds the real part, the second the imaginary one.
    std::size_t column = order[1];
    if (imaginary_[column] < 0) --column;
    solution.lambda2 = value_[order[1]];
    if (n_ > 2) solution.lambda3 = value_[order[2]];
    solution.vector =
        from_transition(graph_, variant_.by_product, vector_.data() + column * static_cast<std::size_t>(n_));
  }

  const Variant& variant_;
  WeightedGraph graph_;
  lapack_int n_ = 0;
  std::vector<double> given_, matrix_, value_, imaginary_, vector_;
  std::vector<lapack_int> integer_;
};

}  // namespace

std::vector<ListedSolver> lapack_solvers() {
  std::vector<ListedSolver> list;
  for (const Variant& variant : kVariants) {
    SolverDescription d;
    d.name = variant.name;
    d.library = "LAPACK";
    d.method = variant.method;
    d.symmetric = variant.driver != Driver::kDgeev;
    d.partial = variant.driver == Driver::kDsyevr || variant.driver == Driver::kDsyevx;
    d.dense = true;
    d.by_product = variant.by_product;
    if (variant.sorted) d.roundings = d.symmetric ? kSymmetricRoundings : kUnsymmetricRoundings;
    d.largest_n = 46340;
    d.limit = "n^2 counted in 32 bits";
    list.push_back({d, make_one_by_one<LapackProblem>});
  }
  return list;
}

}  // namespace balassa
