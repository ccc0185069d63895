// Every measure of one year on a GPU (METHODS A1, B4): the CUDA device's dense operation behind `compute`.
#pragma once

#include <memory>

#include "kernels/measures.hpp"

namespace balassa {

// Measures years on one GPU, one at a time: callers from several threads wait for each other. What it takes of the
// device - stream, handles of cuBLAS and cuSOLVER, memory for the largest year so far - it takes at the first year and
// keeps.
class DenseMeasures {
 public:
  explicit DenseMeasures(int device);
  ~DenseMeasures();

  // The contract of kernels/cpu/measures.hpp. RCA, presence, HHI and reflections have the CPU's bits; the spectrum and
  // what follows from it agree to rounding (cuBLAS and cuSOLVER sum in orders of their own). Throws DeviceOutOfMemory,
  // EigenSolverFailed, CudaError.
  YearMeasures measure(const Year& year, const MeasureRequest& request);

 private:
  class Gpu;
  int device_;
  struct Kept;
  std::unique_ptr<Kept> kept_;
};

}  // namespace balassa
