// What each instruction set's copy offers to the study of eigen-solvers, beside whole scenarios
// (kernels/cpu/engine.hpp).
#pragma once

#include <cstdint>

#include "kernels/base/layout.hpp"

namespace balassa {

enum class SpectralRoute : std::uint8_t {
  kDouble,     // a scenario's fp64 solve (spectrum.hpp)
  kFast,       // its fp32 solve, and one fp64 application for the residual
  kCertified,  // its first pass: loose fp32, fp64 residual, fp32 correction
  kMixed,      // the same to the tolerance
  kDavidson,   // preconditioned by base pairs, then as kMixed
  kPower,      // power iteration in fp64
};

// What products of fixed-point numbers need beside a workspace (digit_product.hpp).
struct DigitWorkspace {
  std::uint8_t *by_location, *by_product;  // [Cp Pp / 8] the bits by byte
  double *location_links, *product_links;  // [Cp], [Pp] links of each row
  std::uint8_t* table;                     // [16 max(Cp, Pp)]
  std::int32_t *low, *high;                // [max(Cp, Pp)] limbs
  double* low_sum;                         // [32]
};

// Leading eigenpairs of a similar problem, in fp32.
struct BaseView {
  int count;            // 0: none
  const double* value;  // [count] falling
  const float* vector;  // [count, Cp]
};

struct PresenceBytes {
  const std::uint8_t* presence;  // [C, P] 0 or 1
  const double* weight;          // [P]
  const std::int32_t* drawn;     // [Pp] whether it is positive; 0 beyond P: 16 columns are read at a time
};

// Of `study` they read the sizes, the start and its noise. With `digits` the products are of fixed-point numbers, 22
// bits in place of fp32 and 44 of fp64; null: by tables, as in a scenario.
struct SpectralEngine {
  const char* name;
  void (*load)(const StudyView& study, const PresenceBytes& given, Workspace& work, const DigitWorkspace* digits);
  std::int64_t (*solve)(SpectralRoute route, double tolerance, const StudyView& study, Workspace& work,
                        const BaseView& base, const DigitWorkspace* digits);
};

extern const SpectralEngine kPlainSpectral, kAvx2Spectral, kAvx512Spectral, kAvx512VbmiSpectral;

}  // namespace balassa
