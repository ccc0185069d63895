#include "bench/gpu_ceilings.hpp"

#include <algorithm>
#include <chrono>

#include "kernels/cuda/handles.hpp"

namespace balassa {
namespace {

constexpr int kThreads = 256;
constexpr int kBlocksEach = 8;   // of a multiprocessor: 2,048 threads, all that it holds
constexpr int kRepetitions = 5;  // the fastest counts

// As in the bit-matrix product: the lanes of a warp read one table of 16 entries each at a nibble of its own. The
// nibbles are ready in registers, so that nothing but the look-up and its addition is in the way.
constexpr int kTables = 32, kEntries = 16, kChains = 4, kLookupRounds = 256;
template <class T>
__global__ void look_up(T* result) {
  __shared__ T table[kTables * kEntries];
  for (int i = static_cast<int>(threadIdx.x); i < kTables * kEntries; i += kThreads) table[i] = static_cast<T>(i);
  __syncthreads();
  unsigned entry[kChains];
  T sum[kChains];
  for (int k = 0; k < kChains; ++k) {
    entry[k] = (threadIdx.x * 2654435761u >> (8 + 4 * k)) % kEntries;
    sum[k] = T(0);
  }
  for (int round = 0; round < kLookupRounds; ++round) {
#pragma unroll
    for (int t = 0; t < kTables; ++t) {
#pragma unroll
      for (int k = 0; k < kChains; ++k) sum[k] += table[t * kEntries + entry[k]];
    }
    for (int k = 0; k < kChains; ++k) entry[k] = (entry[k] + 5) % kEntries;  // else the loads leave the loop
  }
  result[blockIdx.x * blockDim.x + threadIdx.x] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
}

constexpr int kFusedChains = 8, kFusedRounds = 4096;
template <class T>
__global__ void fuse(T factor, T* result) {
  T x[kFusedChains];
  for (int k = 0; k < kFusedChains; ++k) x[k] = static_cast<T>(threadIdx.x + k);
  for (int round = 0; round < kFusedRounds; ++round) {
#pragma unroll
    for (int k = 0; k < kFusedChains; ++k) x[k] = fma(x[k], factor, x[k]);
  }
  T sum = T(0);
  for (int k = 0; k < kFusedChains; ++k) sum += x[k];
  result[blockIdx.x * blockDim.x + threadIdx.x] = sum;
}

// Seconds of the fastest of some launches, after one that is not counted.
template <class Launch>
double fastest(cudaStream_t stream, Launch launch) {
  double best = 0;
  for (int k = 0; k <= kRepetitions; ++k) {
    const auto start = std::chrono::steady_clock::now();
    launch();
    BALASSA_CHECK_CUDA(cudaPeekAtLastError(), "measuring a ceiling");
    BALASSA_CHECK_CUDA(cudaStreamSynchronize(stream), "measuring a ceiling");
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (k == 1 || (k > 1 && seconds < best)) best = seconds;
  }
  return best;
}

}  // namespace

GpuCeilings measure_gpu_ceilings(int device) {
  const CurrentDevice here(device);
  const Stream stream;
  int multiprocessors = 0;
  std::size_t free_bytes = 0, all_bytes = 0;
  BALASSA_CHECK_CUDA(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device));
  BALASSA_CHECK_CUDA(cudaMemGetInfo(&free_bytes, &all_bytes));
  const std::size_t bytes = std::min(std::size_t{1} << 30, free_bytes / 4);  // beyond every second-level cache
  const DeviceBuffer from(bytes, "the copy's source"), to(bytes, "the copy's target");
  BALASSA_CHECK_CUDA(cudaMemsetAsync(from.get(), 1, bytes, stream.get()));
  // Waves of blocks enough for ~10 ms, beside which a launch's microseconds do not count.
  const unsigned blocks = static_cast<unsigned>(multiprocessors * kBlocksEach * 8);
  const double threads = static_cast<double>(blocks) * kThreads;
  const DeviceBuffer results(blocks * kThreads * sizeof(double), "the ceilings' results");
  float* single = reinterpret_cast<float*>(results.get());
  double* twice = reinterpret_cast<double*>(results.get());

  GpuCeilings found;
  found.copy_bytes =
      2.0 * static_cast<double>(bytes) / fastest(stream.get(), [&] {
        BALASSA_CHECK_CUDA(cudaMemcpyAsync(to.get(), from.get(), bytes, cudaMemcpyDeviceToDevice, stream.get()));
      });
  const double lookups = threads * kLookupRounds * kTables * kChains;
  found.lookups32 =
      lookups / fastest(stream.get(), [&] { look_up<float><<<blocks, kThreads, 0, stream.get()>>>(single); });
  found.lookups64 =
      lookups / fastest(stream.get(), [&] { look_up<double><<<blocks, kThreads, 0, stream.get()>>>(twice); });
  const double fused = threads * kFusedRounds * kFusedChains;
  found.fused32 =
      fused / fastest(stream.get(), [&] { fuse<float><<<blocks, kThreads, 0, stream.get()>>>(1e-9f, single); });
  found.fused64 =
      fused / fastest(stream.get(), [&] { fuse<double><<<blocks, kThreads, 0, stream.get()>>>(1e-9, twice); });
  return found;
}

}  // namespace balassa
