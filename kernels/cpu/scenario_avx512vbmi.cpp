#include "kernels/cpu/scenario_engine.hpp"
#include "kernels/cpu/table_product_avx512vbmi.hpp"

namespace balassa {

const Engine kAvx512VbmiEngine = engine_of<Avx512VbmiProduct>();

}  // namespace balassa
