#include "kernels/solvers/solver_family.hpp"

namespace balassa {

std::vector<ListedSolver> slepc_solvers() {
  SolverDescription d;
  d.name = "slepc-krylovschur";
  d.library = "SLEPc";
  d.method = "Krylov-Schur, 1 pair, the trivial pair deflated, sparse products by M and M^T";
  d.partial = true;
  d.absent = "this build found no SLEPc; it is optional, install slepc-dev and configure again";
  return {{d, nullptr}};
}

}  // namespace balassa
