// What each instruction set's copy offers to the study of eigen-solvers, beside whole scenarios
// (kernels/cpu/engine.hpp).
#pragma once

#include <cstdint>

#include "kernels/layout.hpp"

namespace balassa {

enum class SpectralRoute : std::uint8_t {
  kDouble,     // a scenario's fp64 solve (spectrum.hpp)
  kFast,       // its fp32 solve, and one fp64 application for the residual
  kCertified,  // its first pass: loose fp32, fp64 residual, fp32 correction
  kMixed,      // the same to the tolerance
  kPower,      // power iteration in fp64
};

struct PresenceBytes {
  const std::uint8_t* presence;  // [C, P] 0 or 1
  const double* weight;          // [P]
  const std::int32_t* drawn;     // [P] whether it is positive
};

// Of `study` they read the sizes, the start and its noise.
struct SpectralEngine {
  const char* name;
  void (*load)(const StudyView& study, const PresenceBytes& given, Workspace& work);
  std::int64_t (*solve)(SpectralRoute route, double tolerance, const StudyView& study, Workspace& work);
};

extern const SpectralEngine kPlainSpectral, kAvx2Spectral, kAvx512Spectral;

}  // namespace balassa
