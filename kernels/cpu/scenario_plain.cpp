#include "kernels/cpu/scenario_engine.hpp"

namespace balassa {

const Engine kPlainEngine = engine_of<PlainProduct>();

}  // namespace balassa
