// Which instruction set the CPU device runs on, and how many threads; shared with `doctor` and the tests.
#pragma once

#include <string>
#include <vector>

#include "kernels/cpu/engine.hpp"

namespace balassa {

// The copies of the scenario that this machine can run, best last: plain, avx2, avx512.
std::vector<const Engine*> available_engines();

// The copy named, or by BALASSA_SIMD, or the best; throws DeviceUnavailable naming what there is.
const Engine& choose_engine(const std::string& name);

// Cores that the process may use: affinity, and a cgroup's CPU limit where there is one.
int usable_cores();

}  // namespace balassa
