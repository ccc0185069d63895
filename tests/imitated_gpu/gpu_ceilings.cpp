#include "bench/gpu_ceilings.hpp"

namespace balassa {

// Round, so that nobody takes them for a measurement.
GpuCeilings measure_gpu_ceilings(int) {
  return {1e9, 1e9, 1e9, 1e9, 1e9};
}

}  // namespace balassa
