#include "kernels/solvers/slepc.hpp"

namespace balassa {

std::vector<ListedSolver> slepc_solvers() {
  SolverDescription d;
  d.name = "slepc-krylovschur";
  d.library = "SLEPc";
  d.method = "Krylov-Schur, 1 pair, the trivial pair deflated, sparse products by M and M^T";
  d.partial = true;
  d.warm = true;
  d.tolerance = 10 * kSlepcTolerance;
  d.smallest_n = 3;
  d.limit = "a pair of a larger matrix beside the trivial one";
  d.absent = slepc_absent();
  return {{d, make_slepc_solver}};
}

}  // namespace balassa
