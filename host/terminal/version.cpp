#include "host/terminal/version.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "host/terminal/blas.hpp"
#include "io/hdf5/hdf5.hpp"
#include "kernels/device.hpp"

namespace balassa {

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
                     hdf5::library_version(), describe_blas().build, fmt::join(survey_cpu().simd, ", "));
}

}  // namespace balassa
