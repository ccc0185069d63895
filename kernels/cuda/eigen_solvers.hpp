// The symmetric eigen-solvers of cuSOLVER, by name: a batch of fp64 matrices on the device to their leading pairs.
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/cuda/handles.hpp"

namespace balassa {

enum class CusolverRoutine {
  kXsyevdx,       // one matrix after another; only the pairs that are wanted, after the whole tridiagonal form
  kXsyevd,        // one matrix after another; all pairs, divide and conquer
  kSyevjBatched,  // the batch at once; all pairs, Jacobi
  kXsyevBatched,  // the batch at once; all pairs
  kDsyevd,        // as kXsyevd, sizes in 32 bits
  kDsyevdx,       // as kXsyevdx, sizes in 32 bits
  kDsyevj,        // one matrix after another; all pairs, Jacobi
};

// "xsyevdx", "xsyevd", "syevj_batched", "xsyev_batched", "dsyevd", "dsyevdx", "dsyevj", in the order of
// CusolverRoutine.
const std::vector<std::string>& eigen_solver_names();

// Throws std::invalid_argument for any other name, saying which exist.
CusolverRoutine eigen_solver_by_name(std::string_view name);

// A solver that gave no result for a matrix: no convergence, or an argument that it refused (info < 0).
class EigenSolverFailed : public std::runtime_error {
 public:
  EigenSolverFailed(const std::string& solver, int matrix, int info);
  int matrix() const { return matrix_; }  // its place in the batch
  int info() const { return info_; }      // as LAPACK's

 private:
  int matrix_, info_;
};

// A batch: `matrices` symmetric n x n matrices, the `wanted` largest eigenvalues of each and their vectors.
struct EigenBatch {
  int n = 0, matrices = 1, wanted = 1;
  bool operator==(const EigenBatch&) const = default;
};

// One solver on one stream of the current device. Not thread-safe. cuSOLVER is set to its deterministic algorithms:
// equal input, equal bits, on one kind of GPU and version; not the bits of a CPU. Where it has none, deterministic()
// says so.
class SymmetricEigenSolver {
 public:
  SymmetricEigenSolver(CusolverRoutine solver, cudaStream_t stream);
  ~SymmetricEigenSolver();

  // Throws std::invalid_argument for a batch that is none or over the solver's limits.
  void check(const EigenBatch& batch) const;

  // Takes the workspace for a batch that lies in `matrix` on the device; solve() then allocates nothing, nor does this
  // where an earlier batch took as much. cuSOLVER sizes the workspace by pointers that must be real. Throws
  // std::invalid_argument for a batch over the solver's limits, DeviceOutOfMemory.
  void prepare(const EigenBatch& batch, double* matrix);

  // matrix[matrices, n, n], lower triangle in column-major order, is overwritten; value[matrices, wanted] falls;
  // vector[matrices, wanted, n] of length 1, signs arbitrary. All on the device. Waits for the stream. Throws
  // EigenSolverFailed.
  void solve(const EigenBatch& batch, double* matrix, double* value, double* vector);

  std::size_t workspace_bytes() const;  // on the device
  // Whether cuSOLVER had deterministic algorithms for what was asked so far.
  bool deterministic() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace balassa
