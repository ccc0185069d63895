// What one GPU can do at most, measured: the rates that a scenario's floor is made of.
#pragma once

namespace balassa {

struct GpuCeilings {
  double copy_bytes = 0;                // /s read and written by a copy within device memory
  double lookups32 = 0, lookups64 = 0;  // /s of fp32 and fp64 table entries in shared memory, each added to a sum
  double fused32 = 0, fused64 = 0;      // fused multiply-adds /s
};

// Takes about a second. Throws CudaError.
GpuCeilings measure_gpu_ceilings(int device);

}  // namespace balassa
