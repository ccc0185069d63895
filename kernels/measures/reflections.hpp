// The method of reflections (METHODS A1 eq. 6, 7).
#pragma once

#include <vector>

#include "kernels/measures/dense_machine.hpp"

namespace balassa {

struct Reflections {
  std::vector<double> location;  // [rows] k_{c,N}
  std::vector<double> product;   // [columns] k_{p,N}
  // The spread of either side is lost: at ~1e-15 of rounding a step, what is left of
  // the differences no longer has digits to rank by (METHODS A1.1.5).
  bool lost = false;
};

// (maximum - minimum) / mean < 1e-9; false of nothing.
bool spread_is_lost(const std::vector<double>& score);

// Iterate N >= 0 on both sides, from diversity and ubiquity.
Reflections reflect(const BipartiteGraph& graph, int iterations, DenseMachine& machine);

}  // namespace balassa
