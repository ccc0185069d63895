// The one stub of a build without SLEPc.
#include "kernels/device.hpp"
#include "kernels/solvers/slepc.hpp"

namespace balassa {

std::string slepc_absent() {
  return "this build has no SLEPc; it is optional: install slepc-dev, configure again with "
         "-DBALASSA_SLEPC=ON";
}

std::unique_ptr<EigenSolver> make_slepc_solver(const SolverDescription& description) {
  throw DeviceUnavailable("eigen-solver '" + description.name + "': " + slepc_absent());
}

}  // namespace balassa
