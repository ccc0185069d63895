// The BLAS that this program is linked with, where it says so itself (OpenBLAS).
#pragma once

#include <string>

namespace balassa {

struct BlasDescription {
  std::string build;  // "OpenBLAS 0.3.21 ...", "not OpenBLAS"
  std::string core;   // whose kernels it took: "Zen", "SkylakeX"; "" where it does not say
  int threads = 0;    // 0 where it does not say
};
BlasDescription describe_blas();

// Without effect on a BLAS that is not OpenBLAS.
void set_blas_threads(int threads);

}  // namespace balassa
