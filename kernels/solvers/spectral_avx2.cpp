#include "kernels/cpu/table_product_avx2.hpp"
#include "kernels/solvers/digit_product_avx2.hpp"
#include "kernels/solvers/spectral_routes.hpp"

namespace balassa {

const SpectralEngine kAvx2Spectral = spectral_engine_of<Avx2Product, Avx2Digits>();

}  // namespace balassa
