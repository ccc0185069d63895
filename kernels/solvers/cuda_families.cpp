#include "kernels/solvers/solver_family.hpp"

namespace balassa {

std::vector<ListedSolver> cuda_solvers() {
  return {};
}

}  // namespace balassa
