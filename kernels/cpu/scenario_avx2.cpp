#include "kernels/cpu/scenario_engine.hpp"
#include "kernels/cpu/table_product_avx2.hpp"
#include "kernels/solvers/digit_product_avx2.hpp"

namespace balassa {

const Engine kAvx2Engine = engine_of<Avx2Product>();
const SpectralEngine kAvx2Spectral = spectral_engine_of<Avx2Product, Avx2Digits>();

}  // namespace balassa
