#include "kernels/cpu/scenario_engine.hpp"
#include "kernels/cpu/table_product_avx512.hpp"

namespace balassa {

const Engine kAvx512Engine = engine_of<Avx512Product>();

}  // namespace balassa
