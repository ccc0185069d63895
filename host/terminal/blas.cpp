#include "host/terminal/blas.hpp"

// OpenBLAS says how it was built; another BLAS lacks these and says nothing.
extern "C" {
__attribute__((weak)) char* openblas_get_config();
__attribute__((weak)) char* openblas_get_corename();
__attribute__((weak)) int openblas_get_num_threads();
__attribute__((weak)) void openblas_set_num_threads(int threads);
}

namespace balassa {

BlasDescription describe_blas() {
  BlasDescription blas;
  blas.build = openblas_get_config != nullptr ? openblas_get_config() : "not OpenBLAS";
  if (openblas_get_corename != nullptr) blas.core = openblas_get_corename();
  if (openblas_get_num_threads != nullptr) blas.threads = openblas_get_num_threads();
  return blas;
}

void set_blas_threads(int threads) {
  if (openblas_set_num_threads != nullptr) openblas_set_num_threads(threads);
}

}  // namespace balassa
