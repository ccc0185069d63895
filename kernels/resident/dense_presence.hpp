// A fixed presence matrix as a BLAS reads it.
#pragma once

#include <vector>

#include "kernels/base/layout.hpp"

namespace balassa {

struct DensePresence {
  // bits: [C / 32, P / 32, 32], by location.
  DensePresence(const std::uint32_t* bits, const StudyView& view);

  std::vector<double> cell;      // [C, P] 0 or 1
  std::vector<double> ubiquity;  // [P]
};

}  // namespace balassa
