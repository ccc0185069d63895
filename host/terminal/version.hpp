#pragma once

#include <string>

namespace balassa {

// "0.1.0".
std::string version();

// Version and build: compiler, CUDA, HDF5, BLAS, SIMD; for --version.
std::string version_text();

}  // namespace balassa
