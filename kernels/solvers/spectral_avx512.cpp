#include "kernels/cpu/table_product_avx512.hpp"
#include "kernels/solvers/digit_product_avx2.hpp"
#include "kernels/solvers/spectral_routes.hpp"

namespace balassa {

const SpectralEngine kAvx512Spectral = spectral_engine_of<Avx512Product, Avx2Digits>();

}  // namespace balassa
