#include "kernels/cpu/table_product_avx512vbmi.hpp"
#include "kernels/solvers/digit_product_avx2.hpp"
#include "kernels/solvers/spectral_routes.hpp"

namespace balassa {

const SpectralEngine kAvx512VbmiSpectral = spectral_engine_of<Avx512VbmiProduct, Avx2Digits>();

}  // namespace balassa
