// Every measure of one year on one core, in fp64 (METHODS A1, B4): the dense operation behind `compute`.
#pragma once

#include "kernels/measures.hpp"

namespace balassa {

// Measures of value[C, P] under one specification; presence by a defined rounding, spectrum from the symmetric form on
// the smaller side (METHODS A1.1). Runs on the calling thread only and may be called from several; the same bits for
// the same input on the same machine. Throws std::bad_alloc; std::runtime_error if LAPACK fails.
YearMeasures measure_year(const Year& year, const MeasureRequest& request);

}  // namespace balassa
