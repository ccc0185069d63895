// Every measure of one year on one core, in fp64 (METHODS A1, B4): the dense operation behind `compute`.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/measures.hpp"

namespace balassa {

// Measures of value[C, P] under one specification; presence by a defined rounding, spectrum from the symmetric form on
// the smaller side (METHODS A1.1). Runs on the calling thread only and may be called from several; the same bits for
// the same input on the same machine. Throws std::bad_alloc; std::runtime_error if LAPACK fails.
YearMeasures measure_year(const Year& year, const MeasureRequest& request);

// 1 = highest; a score that is tied with the one above shares its rank; 0 where the score is NaN (METHODS C0.7).
std::vector<std::int32_t> ranks_by_sorting(const std::vector<double>& score);

}  // namespace balassa
