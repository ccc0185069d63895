// The BLAS of this machine.
#pragma once

#include <string>

namespace balassa {

// Workers run in parallel above; a BLAS that starts threads of its own would only get in their way. Any thread.
void hold_blas_to_one_thread();

// Library, version and the processor whose kernels it runs, which together decide the bits of its sums:
// "OpenBLAS 0.3.21, Haswell".
std::string blas_name();

}  // namespace balassa
