// Between the list of SLEPc's solver and what runs it: slepc/krylov_schur.cpp, or slepc/absent.cpp in a build without.
#pragma once

#include "kernels/solvers/solver_family.hpp"

namespace balassa {

constexpr double kSlepcTolerance = 1e-10;  // SLEPc stops at an estimated residual <= tolerance |theta|

// Why this build cannot run it; empty: it can.
std::string slepc_absent();

// Throws DeviceUnavailable in a build without SLEPc.
std::unique_ptr<EigenSolver> make_slepc_solver(const SolverDescription& description);

}  // namespace balassa
