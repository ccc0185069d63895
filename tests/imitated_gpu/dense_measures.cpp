// `compute` on the imitated GPU: the CPU's measures, and cuBLAS and cuSOLVER as its knob says.
#include "kernels/cuda/dense_measures.hpp"

#include "kernels/cpu/measures.hpp"
#include "kernels/cuda/math_libraries.hpp"
#include "kernels/device.hpp"
#include "tests/imitated_gpu/runtime.hpp"

namespace balassa {

struct DenseMeasures::Kept {};
DenseMeasures::DenseMeasures(int device) : device_(device) {}
DenseMeasures::~DenseMeasures() = default;

YearMeasures DenseMeasures::measure(const Year& year, const MeasureRequest& request) {
  using imitated_gpu::Libraries;
  const Libraries libraries = imitated_gpu::runtime().libraries;
  if (libraries == Libraries::kMissing)
    throw DeviceUnavailable("imitated GPU: cuBLAS and cuSOLVER are missing, as its knob says");
  if (libraries == Libraries::kReal) {
    math_function(MathLibrary::kCublas, "cublasCreate_v2");
    math_function(MathLibrary::kCusolver, "cusolverDnCreate");
  }
  return measure_year(year, request);
}

}  // namespace balassa
