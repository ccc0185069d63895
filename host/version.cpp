#include "host/version.hpp"

#include <fmt/format.h>

#include "host/blas.hpp"
#include "io/hdf5.hpp"
#include "kernels/device.hpp"

namespace balassa {
namespace {

std::string simd_text() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512vl")) {
    return "plain, avx2, avx512";
  }
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return "plain, avx2";
#endif
  return "plain";
}

}  // namespace

std::string version() {
  return BALASSA_VERSION;
}

std::string version_text() {
  return fmt::format("balassa {}\ncompiler: {} {}\nCUDA: {}\nHDF5: {}\nBLAS: {}\nSIMD on this machine: {}", version(),
#if defined(__clang__)
                     "clang",
#else
                     "gcc",
#endif
                     __VERSION__,
                     cuda_runtime_version().empty() ? "not in this build" : "runtime " + cuda_runtime_version(),
                     hdf5::library_version(), describe_blas().build, simd_text());
}

}  // namespace balassa
