// The solvers of NVIDIA's libraries: what they are and what limits them, listed in every build. What runs them is in
// kernels/cuda/library_solvers.cpp, for a build without CUDA in absent.cpp.
#include <climits>

#include "kernels/device.hpp"
#include "kernels/solvers/cuda_list.hpp"

namespace balassa {
namespace {

constexpr double kSymmetricRoundings = 10, kUnsymmetricRoundings = 1000;  // as LAPACK's (lapack.cpp)
// Jacobi stops at |off-diagonal| <= eps |A|, the approximate SVD squares the condition of its matrix.
constexpr double kJacobiRoundings = 100, kSquaredTolerance = 1e-7;
constexpr std::int64_t kInt32 = INT_MAX;

SolverDescription of(const char* name, const char* method, std::int64_t largest_n = 0, const char* limit = "") {
  SolverDescription d;
  d.name = name;
  d.library = "cuSOLVER";
  d.method = method;
  d.dense = true;
  d.device = "cuda";
  d.roundings = kSymmetricRoundings;
  d.largest_n = largest_n;
  d.limit = limit;
  return d;
}

}  // namespace

std::vector<ListedSolver> cuda_solvers() {
  // A workspace of 2 n^2 and more, its length a 32-bit number.
  constexpr std::int64_t kWorkspaceSide = 32'765;
  const char* kWorkspaceLimit = "the length of the workspace, 2 n^2 and more, is a 32-bit number";
  std::vector<SolverDescription> list{
      of("cusolver-dsyevd", "tridiagonal form and divide and conquer", kWorkspaceSide, kWorkspaceLimit),
      of("cusolver-xsyevd", "the same with 64-bit sizes"),
      of("cusolver-dsyevdx", "tridiagonal form, the last two by index", kWorkspaceSide, kWorkspaceLimit),
      of("cusolver-xsyevdx", "the same with 64-bit sizes"),
      of("cusolver-dsyevj", "Jacobi", kWorkspaceSide, kWorkspaceLimit),
      of("cusolver-dsyevj-batched", "Jacobi, the batch at once"),
      of("cusolver-xsyev-batched", "the batch at once"),
      of("cusolver-xgeev", "QR of the unsymmetric W, columns sorted by |lambda|"),
      of("cusolver-dgesvda-strided-batched", "approximate SVD of D^-1/2 M S^1/2, 2 triplets, the batch at once")};
  for (SolverDescription& d : list) {
    d.partial = d.name.find("dx") != std::string::npos || d.name.find("gesvda") != std::string::npos;
    if (d.name.find("batched") != std::string::npos) {
      d.accepts = Acceptance::kBatch;
      d.largest_elements = kInt32;
      d.limit = "n lda batch is counted in 32 bits";
    }
    if (d.name.find("syevj") != std::string::npos) d.roundings = kJacobiRoundings;
  }
  SolverDescription& xgeev = list[7];
  xgeev.symmetric = false;
  xgeev.roundings = kUnsymmetricRoundings;
  SolverDescription& gesvda = list[8];
  gesvda.roundings = 0;
  gesvda.tolerance = kSquaredTolerance;
  gesvda.limit = "C P batch is counted in 32 bits; P >= C";

  std::vector<ListedSolver> listed;
  const CudaSurvey survey = survey_cuda();
  std::string problem = survey.problem;
  if (problem.empty() && !survey.gpus.empty()) problem = survey.gpus.front().problem;
  for (SolverDescription& d : list) {
    d.absent = problem;
    listed.push_back({d, make_library_solver});
  }
  SolverDescription lock_step;
  lock_step.name = "cublas-lock-step";
  lock_step.library = "cuBLAS";
  lock_step.method = "Lanczos with a column for each replicate of one presence, two GEMMs a step";
  lock_step.partial = true;
  lock_step.warm = true;
  lock_step.accepts = Acceptance::kBatch;
  lock_step.device = "cuda";
  lock_step.absent = "it takes replicates of one presence from a sweep, not problems that each bring their own";
  listed.push_back({lock_step, nullptr});
  return listed;
}

}  // namespace balassa
