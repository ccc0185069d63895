#include "kernels/base/blas.hpp"

#include <cblas.h>

#include <mutex>

namespace balassa {

void hold_blas_to_one_thread() {
  static std::once_flag once;
  std::call_once(once, [] { openblas_set_num_threads(1); });
}

std::string blas_name() {
  const std::string config = openblas_get_config();  // "OpenBLAS 0.3.21 NO_LAPACKE DYNAMIC_ARCH ..."
  return config.substr(0, config.find(' ', config.find(' ') + 1)) + ", " + openblas_get_corename();
}

}  // namespace balassa
