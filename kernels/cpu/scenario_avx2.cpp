#include "kernels/cpu/scenario_engine.hpp"
#include "kernels/cpu/table_product_avx2.hpp"

namespace balassa {

const Engine kAvx2Engine = engine_of<Avx2Product>();

}  // namespace balassa
