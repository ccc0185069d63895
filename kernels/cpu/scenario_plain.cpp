#include "kernels/cpu/scenario_engine.hpp"

namespace balassa {

const Engine kPlainEngine = engine_of<PlainProduct>();
const SpectralEngine kPlainSpectral = spectral_engine_of<PlainProduct, PlainDigits>();

}  // namespace balassa
