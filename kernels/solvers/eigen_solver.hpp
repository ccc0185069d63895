// Eigen-solvers by name, on the one problem of this field: the second eigenvector of A = D^-1/2 M S M^T D^-1/2 (METHODS
// A1.1). Ours and the peers that it is compared with, each used as one who knows it would, none of them repaired.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace balassa {

// Leading eigenpairs of a problem that resembles the one to solve: those of a sweep's baseline.
struct BasePairs {
  std::vector<double> value;   // [k] falling, without the trivial 1
  std::vector<double> vector;  // [k, C] of length 1, orthogonal to each other
};

// D = diag(sum_p M_cp w_p), S = diag(w_p / sum_c M_cp). Locations and products without a link of positive weight take
// no part: their entries of the result are 0.
struct SpectralProblem {
  int locations = 0, products = 0;
  std::vector<std::uint8_t> presence;     // [C, P] 0 or 1
  std::vector<double> weight;             // [P] >= 0; empty: 1 each
  std::vector<double> start;              // [C] a vector of A to start from; empty: a cold start
  std::shared_ptr<const BasePairs> base;  // for those that use one; null: none, they do without
};

struct SpectralSolution {
  double lambda2 = 0, lambda3 = 0;  // as the solver gives them, ours a Ritz value for lambda_3; NaN: none
  std::vector<double> vector;       // [C] of A, of length 1; empty: none
  std::int64_t applications = 0;    // of A, or of M and M^T once each; 0 for solvers that form a matrix
  std::string failure;              // why there is no vector, or what the solver says against it; empty: nothing
};

enum class Acceptance : std::uint8_t { kOne, kBatch };  // what one call of the solver takes

struct SolverDescription {
  std::string name;         // "lanczos-fp64", "lapack-dsyevr"
  std::string library;      // "balassa", "LAPACK", "Spectra", "ARPACK", "SLEPc", "cuSOLVER", "cuBLAS"
  std::string method;       // in a few words
  bool partial = false;     // only leading pairs, not the whole spectrum
  bool symmetric = true;    // false: works on W = D^-1 M S M^T
  bool dense = false;       // forms the matrix; else multiplies by M and M^T
  bool by_product = false;  // on the P x P matrix, not the C x C one
  bool warm = false;        // makes use of `start`
  bool uses_base = false;   // makes use of `base`
  Acceptance accepts = Acceptance::kOne;
  std::string device = "cpu";      // or "cuda"
  std::string precision = "fp64";  // "fp32", "fp32+fp64"
  // |A v - theta v| <= the larger of `tolerance` and `roundings` n 2^-52, n the side of its matrix, |A| = 1; both 0:
  // promises nothing.
  double tolerance = 0, roundings = 0;
  std::int64_t smallest_n = 2;
  std::int64_t largest_n = 0;         // 0: only memory limits it
  std::int64_t largest_batch = 0;     // 0: only memory limits it
  std::int64_t largest_elements = 0;  // of n n batch; 0: only memory limits it
  std::string limit;                  // where these come from; empty where they are 0
  std::string absent;                 // why this build or machine can't run it; empty: it can

  double promised_residual(std::int64_t n) const;  // infinite: none
};

// Not thread-safe. Runs on the calling thread; a BLAS underneath uses as many as the process has set.
class EigenSolver {
 public:
  virtual ~EigenSolver() = default;
  virtual const SolverDescription& describe() const = 0;

  // All that is not the solve: checks, matrices, copies, workspace; timed apart. The problems, all C x P of one size
  // where accepts is kBatch, must outlive the next solve(). Throws std::invalid_argument for a problem that is none and
  // for one over a limit, which it names; std::bad_alloc.
  virtual void prepare(std::span<const SpectralProblem> problems) = 0;

  // Solves what was prepared, again at each call. What goes wrong with one problem is its `failure`, not an exception.
  virtual void solve(std::span<SpectralSolution> solutions) = 0;

  // Seconds of the last solve() by the device's own clock; none where that is the caller's.
  virtual std::optional<double> device_seconds() const { return std::nullopt; }

  // Drives out of the device's caches what a solve would find there; the host's are the caller's.
  virtual void flush_device() {}

  // What is held for the prepared problems beside the problems themselves.
  virtual std::size_t memory_bytes() const = 0;
};

// Every solver that is known, the absent ones too; ours first, then by library.
const std::vector<SolverDescription>& eigen_solvers();

// Throws std::invalid_argument for an unknown name, with all that exist; DeviceUnavailable with the reason for one that
// is absent.
std::unique_ptr<EigenSolver> make_eigen_solver(std::string_view name);

}  // namespace balassa
