#include "kernels/cpu/scenario_engine.hpp"
#include "kernels/cpu/table_product_avx512vbmi.hpp"
#include "kernels/solvers/digit_product_avx2.hpp"

namespace balassa {

const Engine kAvx512VbmiEngine = engine_of<Avx512VbmiProduct>();
const SpectralEngine kAvx512VbmiSpectral = spectral_engine_of<Avx512VbmiProduct, Avx2Digits>();

}  // namespace balassa
