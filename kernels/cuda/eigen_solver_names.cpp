// cuSOLVER's symmetric eigen-solvers by name, and their failures: no CUDA here, so that an imitated GPU has the same.
#include <algorithm>

#include "kernels/cuda/eigen_solvers.hpp"

namespace balassa {

const std::vector<std::string>& eigen_solver_names() {
  static const std::vector<std::string> names{"xsyevdx", "xsyevd",  "syevj_batched", "xsyev_batched",
                                              "dsyevd",  "dsyevdx", "dsyevj"};
  return names;
}

CusolverRoutine eigen_solver_by_name(std::string_view name) {
  const std::vector<std::string>& names = eigen_solver_names();
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<CusolverRoutine>(found - names.begin());
  std::string there;
  for (const std::string& each : names) there += (there.empty() ? "" : ", ") + each;
  throw std::invalid_argument("eigen-solver '" + std::string(name) + "' is not known; there are " + there);
}

EigenSolverFailed::EigenSolverFailed(const std::string& solver, int matrix, int info)
    : std::runtime_error(
          "cuSOLVER " + solver + ": found info " + std::to_string(info) + " for matrix " + std::to_string(matrix) +
          " of the batch, expected 0: " + (info > 0 ? "it did not converge" : "an argument was refused")),
      matrix_(matrix),
      info_(info) {}

}  // namespace balassa
