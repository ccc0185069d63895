#include "kernels/cpu/scenario_engine.hpp"
#include "kernels/cpu/table_product_avx512.hpp"
#include "kernels/solvers/digit_product_avx2.hpp"

namespace balassa {

const Engine kAvx512Engine = engine_of<Avx512Product>();
const SpectralEngine kAvx512Spectral = spectral_engine_of<Avx512Product, Avx2Digits>();

}  // namespace balassa
