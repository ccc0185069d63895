#include "kernels/solvers/spectral_routes.hpp"

namespace balassa {

const SpectralEngine kPlainSpectral = spectral_engine_of<PlainProduct, PlainDigits>();

}  // namespace balassa
