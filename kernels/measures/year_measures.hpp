// Every measure of one year that the registry has and the request asks for, on a machine: the CPU and the CUDA device
// each are one.
#pragma once

#include "kernels/measures.hpp"
#include "kernels/measures/dense_machine.hpp"

namespace balassa {

YearMeasures measure_year(const Year& year, const MeasureRequest& request, DenseMachine& machine);

}  // namespace balassa
