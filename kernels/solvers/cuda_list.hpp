// Between the list of NVIDIA's solvers and what runs them.
#pragma once

#include "kernels/solvers/solver_family.hpp"

namespace balassa {

// Throws DeviceUnavailable in a build without CUDA.
std::unique_ptr<EigenSolver> make_library_solver(const SolverDescription& description);

}  // namespace balassa
