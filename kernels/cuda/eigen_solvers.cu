#include "kernels/cuda/eigen_solvers.hpp"

#include <algorithm>
#include <chrono>
#include <climits>
#include <cstdint>

#include "kernels/base/workspace.hpp"
#include "kernels/cuda/library_handles.hpp"
#include "kernels/device.hpp"
#include "kernels/solvers/cusolver.hpp"

namespace balassa {
namespace {

constexpr cusolverEigMode_t kVectors = CUSOLVER_EIG_MODE_VECTOR;
constexpr cublasFillMode_t kLower = CUBLAS_FILL_MODE_LOWER;
constexpr cudaDataType kReal = CUDA_R_64F;
constexpr int kThreads = 256;

// cuSOLVER's eigenvalues rise, and a vector is a column of its matrix: pair k of the result is the one `k` before the
// last of `found`. Block (k, b) copies one vector.
__global__ void take_leading(const double* rising, const double* column, int n, int found, double* value,
                             double* vector) {
  const std::size_t b = blockIdx.y, k = blockIdx.x, wanted = gridDim.x, size = static_cast<std::size_t>(n);
  const std::size_t from = static_cast<std::size_t>(found) - 1 - k;
  if (threadIdx.x == 0) value[b * wanted + k] = rising[b * size + from];
  for (std::size_t i = threadIdx.x; i < size; i += blockDim.x)
    vector[(b * wanted + k) * size + i] = column[(b * size + from) * size + i];
}

// At least one byte, so that there is a pointer.
void grow(DeviceBuffer& buffer, std::size_t& bytes, std::size_t need, const std::string& what) {
  if (buffer.get() != nullptr && need <= bytes) return;
  buffer = {};
  bytes = 0;
  buffer = DeviceBuffer(std::max<std::size_t>(need, 1), what);
  bytes = need;
}

}  // namespace

struct SymmetricEigenSolver::State {
  CusolverRoutine solver;
  cudaStream_t stream;
  SolverHandle handle;
  SolverParams params;
  JacobiOptions jacobi;
  EigenBatch room{0, 0, 0};        // what the memory is taken for,
  bool deterministic_room = true;  // and by which algorithm
  DeviceBuffer result_block, work_block;
  std::size_t result_bytes = 0;  // of result_block
  double* rising = nullptr;      // [matrices, n] eigenvalues
  std::int32_t* info = nullptr;  // [matrices]
  std::byte* work = nullptr;
  std::size_t work_bytes = 0;
  std::vector<std::byte> host_work;
  std::vector<std::int32_t> host_info;

  State(CusolverRoutine which, cudaStream_t where) : solver(which), stream(where), handle(where) {}

  bool one_by_one() const {
    return solver != CusolverRoutine::kSyevjBatched && solver != CusolverRoutine::kXsyevBatched;
  }
  bool by_index() const { return solver == CusolverRoutine::kXsyevdx || solver == CusolverRoutine::kDsyevdx; }
  const std::string& name() const { return eigen_solver_names()[static_cast<std::size_t>(solver)]; }

  // Places the results of a batch; from a null arena, says how many bytes they take.
  std::size_t carve_results(Arena arena, const EigenBatch& batch) {
    const std::size_t matrices = static_cast<std::size_t>(batch.matrices);
    rising = arena.take<double>(matrices * static_cast<std::size_t>(batch.n));
    info = arena.take<std::int32_t>(matrices);
    return arena.used();
  }

  // Bytes of workspace on the device and on the host.
  void query(const EigenBatch& batch, double* matrix, std::size_t& device, std::size_t& host) {
    double low = 0, high = 0;
    std::int64_t found = 0;
    int length = 0, number = 0;
    device = host = 0;
    switch (solver) {
      case CusolverRoutine::kXsyevdx:
        BALASSA_SOLVE(handle, cusolverDnXsyevdx_bufferSize, params.get(), kVectors, CUSOLVER_EIG_RANGE_I, kLower,
                      batch.n, kReal, matrix, batch.n, &low, &high, batch.n - batch.wanted + 1, batch.n, &found, kReal,
                      rising, kReal, &device, &host);
        return;
      case CusolverRoutine::kXsyevd:
        BALASSA_SOLVE(handle, cusolverDnXsyevd_bufferSize, params.get(), kVectors, kLower, batch.n, kReal, matrix,
                      batch.n, kReal, rising, kReal, &device, &host);
        return;
      case CusolverRoutine::kSyevjBatched:
        BALASSA_SOLVE(handle, cusolverDnDsyevjBatched_bufferSize, kVectors, kLower, batch.n, matrix, batch.n, rising,
                      &length, jacobi.get(), batch.matrices);
        device = static_cast<std::size_t>(length) * sizeof(double);
        return;
      case CusolverRoutine::kXsyevBatched:
        BALASSA_SOLVE(handle, cusolverDnXsyevBatched_bufferSize, params.get(), kVectors, kLower, batch.n, kReal, matrix,
                      batch.n, kReal, rising, kReal, &device, &host, batch.matrices);
        return;
      case CusolverRoutine::kDsyevd:
        BALASSA_SOLVE(handle, cusolverDnDsyevd_bufferSize, kVectors, kLower, batch.n, matrix, batch.n, rising, &length);
        device = static_cast<std::size_t>(length) * sizeof(double);
        return;
      case CusolverRoutine::kDsyevdx:
        BALASSA_SOLVE(handle, cusolverDnDsyevdx_bufferSize, kVectors, CUSOLVER_EIG_RANGE_I, kLower, batch.n, matrix,
                      batch.n, 0.0, 0.0, batch.n - batch.wanted + 1, batch.n, &number, rising, &length);
        device = static_cast<std::size_t>(length) * sizeof(double);
        return;
      case CusolverRoutine::kDsyevj:
        BALASSA_SOLVE(handle, cusolverDnDsyevj_bufferSize, kVectors, kLower, batch.n, matrix, batch.n, rising, &length,
                      jacobi.get());
        device = static_cast<std::size_t>(length) * sizeof(double);
        return;
    }
  }

  // One matrix by a routine with 32-bit sizes.
  void run_32(const EigenBatch& batch, double* a, double* w, std::int32_t* state) {
    double* scratch = reinterpret_cast<double*>(work);
    const int length = static_cast<int>(work_bytes / sizeof(double));
    if (solver == CusolverRoutine::kDsyevd) {
      BALASSA_SOLVE(handle, cusolverDnDsyevd, kVectors, kLower, batch.n, a, batch.n, w, scratch, length, state);
      return;
    }
    if (solver == CusolverRoutine::kDsyevj) {
      BALASSA_SOLVE(handle, cusolverDnDsyevj, kVectors, kLower, batch.n, a, batch.n, w, scratch, length, state,
                    jacobi.get());
      return;
    }
    int found = 0;
    BALASSA_SOLVE(handle, cusolverDnDsyevdx, kVectors, CUSOLVER_EIG_RANGE_I, kLower, batch.n, a, batch.n, 0.0, 0.0,
                  batch.n - batch.wanted + 1, batch.n, &found, w, scratch, length, state);
    expect_found(batch, found);
  }

  void expect_found(const EigenBatch& batch, std::int64_t found) const {
    if (found != batch.wanted)
      throw LibraryError("cuSOLVER " + name() + ": found " + std::to_string(found) + " eigenvalues, expected " +
                         std::to_string(batch.wanted));
  }

  void run(const EigenBatch& batch, double* matrix) {
    const std::size_t n = static_cast<std::size_t>(batch.n);
    double low = 0, high = 0;
    std::int64_t found = 0;
    for (std::size_t b = 0; one_by_one() && b < static_cast<std::size_t>(batch.matrices); ++b) {
      double *a = matrix + b * n * n, *w = rising + b * n;
      if (solver != CusolverRoutine::kXsyevd && solver != CusolverRoutine::kXsyevdx) {
        run_32(batch, a, w, info + b);
        continue;
      }
      if (solver == CusolverRoutine::kXsyevd) {
        BALASSA_SOLVE(handle, cusolverDnXsyevd, params.get(), kVectors, kLower, batch.n, kReal, a, batch.n, kReal, w,
                      kReal, work, work_bytes, host_work.data(), host_work.size(), info + b);
        continue;
      }
      BALASSA_SOLVE(handle, cusolverDnXsyevdx, params.get(), kVectors, CUSOLVER_EIG_RANGE_I, kLower, batch.n, kReal, a,
                    batch.n, &low, &high, batch.n - batch.wanted + 1, batch.n, &found, kReal, w, kReal, work,
                    work_bytes, host_work.data(), host_work.size(), info + b);
      expect_found(batch, found);
    }
    if (solver == CusolverRoutine::kSyevjBatched) {
      BALASSA_SOLVE(handle, cusolverDnDsyevjBatched, kVectors, kLower, batch.n, matrix, batch.n, rising,
                    reinterpret_cast<double*>(work), static_cast<int>(work_bytes / sizeof(double)), info, jacobi.get(),
                    batch.matrices);
    } else if (solver == CusolverRoutine::kXsyevBatched) {
      BALASSA_SOLVE(handle, cusolverDnXsyevBatched, params.get(), kVectors, kLower, batch.n, kReal, matrix, batch.n,
                    kReal, rising, kReal, work, work_bytes, host_work.data(), host_work.size(), info, batch.matrices);
    }
  }
};

SymmetricEigenSolver::SymmetricEigenSolver(CusolverRoutine solver, cudaStream_t stream)
    : state_(std::make_unique<State>(solver, stream)) {}

SymmetricEigenSolver::~SymmetricEigenSolver() = default;

std::size_t SymmetricEigenSolver::workspace_bytes() const {
  return state_->result_bytes + state_->work_bytes;
}

bool SymmetricEigenSolver::deterministic() const {
  return state_->handle.deterministic();
}

void SymmetricEigenSolver::check(const EigenBatch& batch) const {
  const State& s = *state_;
  if (batch.n < 1 || batch.matrices < 1 || batch.wanted < 1 || batch.wanted > batch.n)
    throw std::invalid_argument("eigen-solver: found n " + std::to_string(batch.n) + ", " +
                                std::to_string(batch.matrices) + " matrices and " + std::to_string(batch.wanted) +
                                " pairs, expected all positive and no more pairs than n");
  // The batched routines count elements in 32 bits.
  const double elements = static_cast<double>(batch.n) * batch.n * batch.matrices;
  if (!s.one_by_one() && elements > INT_MAX)
    throw std::invalid_argument("cuSOLVER " + s.name() + ": found " + std::to_string(batch.matrices) +
                                " matrices of side " + std::to_string(batch.n) +
                                ", expected at most 2^31 - 1 elements; run smaller batches");
}

void SymmetricEigenSolver::prepare(const EigenBatch& batch, double* matrix) {
  check(batch);
  State& s = *state_;
  if (s.room == batch && s.deterministic_room == deterministic()) return;
  s.room = {0, 0, 0};
  const std::size_t of_results = s.carve_results(Arena(), batch);
  grow(s.result_block, s.result_bytes, of_results, "the results of the eigen-solver " + s.name());
  s.carve_results(Arena(s.result_block.get()), batch);
  std::size_t device = 0, host = 0;
  with_either_algorithm([&] { s.query(batch, matrix, device, host); });
  grow(s.work_block, s.work_bytes, device, "the eigen-solver " + s.name());
  s.work = s.work_block.get();
  s.host_work.resize(host);
  s.host_info.resize(static_cast<std::size_t>(batch.matrices));
  s.room = batch;
  s.deterministic_room = deterministic();
}

void SymmetricEigenSolver::solve(const EigenBatch& batch, double* matrix, double* value, double* vector) {
  State& s = *state_;
  // Whether there is a deterministic algorithm depends on the sizes alone, so the first matrix tells.
  with_either_algorithm([&] {
    prepare(batch, matrix);
    s.run(batch, matrix);
  });
  const std::size_t matrices = static_cast<std::size_t>(batch.matrices);
  BALASSA_CHECK_CUDA(
      cudaMemcpyAsync(s.host_info.data(), s.info, matrices * sizeof(std::int32_t), cudaMemcpyDeviceToHost, s.stream));
  const int found = s.by_index() ? batch.wanted : batch.n;
  constexpr unsigned kMostMatrices = 65'535;  // of a grid's second dimension
  for (unsigned first = 0; first < matrices; first += kMostMatrices) {
    const unsigned count = std::min(kMostMatrices, static_cast<unsigned>(matrices) - first);
    const std::size_t n = static_cast<std::size_t>(batch.n), wanted = static_cast<std::size_t>(batch.wanted);
    take_leading<<<dim3(static_cast<unsigned>(batch.wanted), count), kThreads, 0, s.stream>>>(
        s.rising + first * n, matrix + first * n * n, batch.n, found, value + first * wanted,
        vector + first * wanted * n);
    BALASSA_CHECK_CUDA(cudaPeekAtLastError(), "taking the leading pairs");
  }
  BALASSA_CHECK_CUDA(cudaStreamSynchronize(s.stream), "solving by " + s.name());
  for (std::size_t b = 0; b < matrices; ++b) {
    if (s.host_info[b] != 0) throw EigenSolverFailed(s.name(), static_cast<int>(b), s.host_info[b]);
  }
}

std::vector<std::string> cuda_eigen_solver_names() {
  return eigen_solver_names();
}

EigenSolution solve_on_cuda(std::string_view solver, int device, const EigenProblem& problem, int repetitions) {
  const CusolverRoutine named = eigen_solver_by_name(solver);
  const EigenBatch batch{problem.n, problem.matrices, problem.wanted};
  const std::size_t n = static_cast<std::size_t>(std::max(0, batch.n)), elements = problem.matrix.size();
  if (elements != n * n * static_cast<std::size_t>(std::max(0, batch.matrices)))
    throw std::invalid_argument("eigen-solver: found " + std::to_string(elements) + " elements, expected matrices n^2");
  int present = 0;
  if (cudaGetDeviceCount(&present) != cudaSuccess || device < 0 || device >= present) {
    (void)cudaGetLastError();
    throw DeviceUnavailable("device 'cuda:" + std::to_string(device) + "': there are " + std::to_string(present));
  }
  const CurrentDevice here(device);
  const Stream stream;
  SymmetricEigenSolver cusolver(named, stream.get());
  cusolver.check(batch);
  EigenSolution found;
  found.value.resize(static_cast<std::size_t>(batch.matrices) * static_cast<std::size_t>(batch.wanted));
  found.vector.resize(found.value.size() * n);
  const std::size_t bytes = elements * sizeof(double);
  const DeviceBuffer given(bytes, "matrices"), matrix(bytes, "matrices to overwrite"),
      value(found.value.size() * sizeof(double), "eigenvalues"),
      vector(found.vector.size() * sizeof(double), "eigenvectors");
  const auto doubles = [](const DeviceBuffer& buffer) { return reinterpret_cast<double*>(buffer.get()); };
  cusolver.prepare(batch, doubles(matrix));
  BALASSA_CHECK_CUDA(  // by the stream of what follows: a plain copy may return before it has arrived
      cudaMemcpyAsync(given.get(), problem.matrix.data(), bytes, cudaMemcpyHostToDevice, stream.get()));
  for (int k = 0; k < std::max(1, repetitions); ++k) {
    BALASSA_CHECK_CUDA(cudaMemcpyAsync(matrix.get(), given.get(), bytes, cudaMemcpyDeviceToDevice, stream.get()));
    BALASSA_CHECK_CUDA(cudaStreamSynchronize(stream.get()));
    const auto start = std::chrono::steady_clock::now();
    cusolver.solve(batch, doubles(matrix), doubles(value), doubles(vector));
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (k == 0 || seconds < found.seconds) found.seconds = seconds;
  }
  const auto fetch = [](const DeviceBuffer& from, std::vector<double>& to) {
    BALASSA_CHECK_CUDA(cudaMemcpy(to.data(), from.get(), to.size() * sizeof(double), cudaMemcpyDeviceToHost));
  };
  fetch(value, found.value);
  fetch(vector, found.vector);
  return found;
}

}  // namespace balassa
