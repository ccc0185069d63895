#include "kernels/cuda/gpu_lock_step.hpp"

#include <algorithm>
#include <vector>

#include "kernels/cuda/library_handles.hpp"
#include "kernels/cuda/lock_step_block.cuh"

namespace balassa {
namespace {

template <class Step>
__global__ void __launch_bounds__(kLockStepThreads) cells_kernel(const __grid_constant__ Step step, int rows) {
  cells_of_block(step, rows, blockIdx.x, gridDim.x);
}

template <class Step>
__global__ void __launch_bounds__(kLockStepThreads) sums_kernel(const __grid_constant__ Step step, int rows) {
  __shared__ double part[Step::kSums * kRowSlices * kWarp];
  sums_of_block(step, rows, blockIdx.x, part);
}

template <class Step>
__global__ void __launch_bounds__(kLockStepThreads) columns_kernel(const __grid_constant__ Step step) {
  columns_of_block(step, blockIdx.x);
}

}  // namespace

struct GpuLockStep::Machine {
  explicit Machine(cudaStream_t on) : stream(on), blas(on) { BALASSA_CHECK_CUDA(cudaGetDevice(&device)); }

  // Row-major [n, R] is column-major [R, n]: out^T = in^T M, or in^T M^T.
  void to_products(const double* in, double* out) const {
    const double one = 1.0, zero = 0.0;
    BALASSA_CHECK_LIBRARY(BALASSA_CUBLAS(cublasDgemm)(blas.get(), CUBLAS_OP_N, CUBLAS_OP_T, s.columns, s.products,
                                                      s.locations, &one, in, s.columns, s.presence, s.products, &zero,
                                                      out, s.columns));
  }
  void to_locations(const double* in, double* out) const {
    const double one = 1.0, zero = 0.0;
    BALASSA_CHECK_LIBRARY(BALASSA_CUBLAS(cublasDgemm)(blas.get(), CUBLAS_OP_N, CUBLAS_OP_N, s.columns, s.locations,
                                                      s.products, &one, in, s.columns, s.presence, s.products, &zero,
                                                      out, s.columns));
  }
  template <class Step>
  void cells(int rows, const Step& step) const {
    constexpr std::ptrdiff_t kMostBlocks = 2048;
    const std::ptrdiff_t wanted =
        (static_cast<std::ptrdiff_t>(rows) * s.columns + kLockStepThreads - 1) / kLockStepThreads;
    cells_kernel<<<static_cast<unsigned>(std::min(wanted, kMostBlocks)), kLockStepThreads, 0, stream>>>(step, rows);
    BALASSA_CHECK_CUDA(cudaGetLastError(), "starting cells_kernel");
  }
  template <class Step>
  void sums(int rows, const Step& step) const {
    sums_kernel<<<static_cast<unsigned>(s.columns / kWarp), kLockStepThreads, 0, stream>>>(step, rows);
    BALASSA_CHECK_CUDA(cudaGetLastError(), "starting sums_kernel");
  }
  template <class Step>
  void columns(const Step& step) const {
    const unsigned blocks = static_cast<unsigned>((s.columns + kLockStepThreads - 1) / kLockStepThreads);
    columns_kernel<<<blocks, kLockStepThreads, 0, stream>>>(step);
    BALASSA_CHECK_CUDA(cudaGetLastError(), "starting columns_kernel");
  }
  bool any_open() {
    BALASSA_CHECK_CUDA(cudaMemcpyAsync(open.get(), s.open, static_cast<std::size_t>(s.columns) * sizeof(std::int32_t),
                                       cudaMemcpyDeviceToHost, stream));
    BALASSA_CHECK_CUDA(cudaStreamSynchronize(stream), "solving in lock-step");
    const auto* of_column = reinterpret_cast<const std::int32_t*>(open.get());
    return std::any_of(of_column, of_column + s.columns, [](std::int32_t is_open) { return is_open != 0; });
  }

  int device = 0;
  cudaStream_t stream;
  BlasHandle blas;
  LockStep s{};
  double *presence = nullptr, *ubiquity = nullptr;
  PinnedBuffer open;
};

namespace {

LockStep shaped(const StudyView& view) {
  LockStep s{};
  s.locations = view.locations;
  s.products = view.products;
  s.columns = GpuLockStep::columns(view.locations, view.products);
  s.padded_locations = view.padded_locations;
  s.padded_products = view.padded_products;
  return s;
}

}  // namespace

// Enough for the products to fill a GPU, and a basis of at most 1 GiB.
int GpuLockStep::columns(int locations, int) {
  constexpr std::size_t kMostBytes = std::size_t{1} << 30;
  int columns = 2048;
  while (columns > kWarp &&
         static_cast<std::size_t>(locations) * (kMaxSteps + 1) * sizeof(double) * static_cast<std::size_t>(columns) >
             kMostBytes)
    columns /= 2;
  return columns;
}

std::size_t GpuLockStep::bytes(const StudyView& view) {
  LockStep s = shaped(view);
  Arena measure;
  carve_lock_step(measure, s);
  const std::size_t p = static_cast<std::size_t>(view.products), c = static_cast<std::size_t>(view.locations);
  return measure.used() + (c + 1) * p * sizeof(double) + 4096;
}

GpuLockStep::GpuLockStep(DeviceArena& arena, const StudyView& view, cudaStream_t stream)
    : machine_(std::make_unique<Machine>(stream)) {
  LockStep& s = machine_->s;
  s = shaped(view);
  Arena measure;
  carve_lock_step(measure, s);
  Arena place(arena.take<std::byte>(measure.used(), "lock-step solve"));
  carve_lock_step(place, s);
  const std::size_t p = static_cast<std::size_t>(view.products), c = static_cast<std::size_t>(view.locations);
  s.presence = machine_->presence = arena.take<double>(c * p, "presence");
  s.ubiquity = machine_->ubiquity = arena.take<double>(p, "presence");
  s.start = view.start;
  s.start_noise = view.start_noise;
  machine_->open = PinnedBuffer(static_cast<std::size_t>(s.columns) * sizeof(std::int32_t), "lock-step solve");
}

// cuBLAS wants a handle to end where it began.
GpuLockStep::~GpuLockStep() {
  int before = 0;
  (void)cudaGetDevice(&before);
  (void)cudaSetDevice(machine_->device);
  machine_.reset();
  (void)cudaSetDevice(before);
}

void GpuLockStep::take_presence(const DensePresence& presence) {
  const auto copy = [this](double* to, const std::vector<double>& from) {
    BALASSA_CHECK_CUDA(
        cudaMemcpyAsync(to, from.data(), from.size() * sizeof(double), cudaMemcpyHostToDevice, machine_->stream));
  };
  copy(machine_->presence, presence.cell);
  copy(machine_->ubiquity, presence.ubiquity);
  BALASSA_CHECK_CUDA(cudaStreamSynchronize(machine_->stream), "copying the fixed presence");
}

const SolvedAxis* GpuLockStep::solve(std::uint64_t first, int count, const std::int32_t* weight) {
  LockStep& s = machine_->s;
  s.first = static_cast<int>((first - 1) % static_cast<std::uint64_t>(s.columns));
  s.count = count;
  s.weight = weight;
  solve_together(*machine_, s);
  return s.axis + s.first;
}

std::string gemm_library_name() {
  int version[3] = {}, device = 0, major = 0, minor = 0, multiprocessors = 0;
  const libraryPropertyType part[3] = {MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL};
  for (int k = 0; k < 3; ++k) BALASSA_CHECK_LIBRARY(BALASSA_CUBLAS(cublasGetProperty)(part[k], &version[k]));
  BALASSA_CHECK_CUDA(cudaGetDevice(&device));
  BALASSA_CHECK_CUDA(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device));
  BALASSA_CHECK_CUDA(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device));
  BALASSA_CHECK_CUDA(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device));
  return library_name(version, major, minor, multiprocessors);
}

}  // namespace balassa
