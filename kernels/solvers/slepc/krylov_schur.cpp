// SLEPc's Krylov-Schur on a shell matrix, where the library was found. PETSc keeps its state for the process: it is
// begun with the first problem and on this process alone, whatever MPI job that is a rank of.
#define OMPI_SKIP_MPICXX  // its C++ classes are gone from the standard
#include <slepceps.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <vector>

#include "kernels/solvers/slepc.hpp"
#include "kernels/solvers/weighted_graph.hpp"

namespace balassa {
namespace {

static_assert(std::is_same_v<PetscScalar, double>, "expected a PETSc of real double precision");

constexpr PetscInt kMostRestarts = 1000;
constexpr PetscInt kBasis = 16;  // what SLEPc takes of itself for one pair

void check(PetscErrorCode code, const char* call) {
  if (code == PetscErrorCode{}) return;
  const char* text = nullptr;
  PetscErrorMessage(code, &text, nullptr);
  throw std::runtime_error(std::string("SLEPc, ") + call + ": " + (text != nullptr ? text : "unknown error"));
}

// Whoever began MPI ends it. Where that has already happened, PETSc has nothing left to end.
bool began_mpi = false;

void end_slepc() {
  int ended = 0;
  MPI_Finalized(&ended);
  if (ended != 0) return;
  SlepcFinalize();
  if (began_mpi) MPI_Finalize();
}

void begin_slepc() {
  static const bool begun = [] {
    int mpi = 0, provided = 0;
    MPI_Initialized(&mpi);
    if (mpi == 0) {
      MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided);  // does not return from a failure
      began_mpi = true;
    }
    // The caller's signal handlers stay, and no file of the user's changes the solver.
    static char name[] = "balassa", no_handler[] = "-no_signal_handler", no_file[] = "-skip_petscrc";
    static char* arguments[] = {name, no_handler, no_file, nullptr};
    static int count = 3;
    char** first = arguments;
    PETSC_COMM_WORLD = MPI_COMM_SELF;
    check(SlepcInitialize(&count, &first, nullptr, nullptr), "SlepcInitialize");
    check(PetscPushErrorHandler(PetscReturnErrorHandler, nullptr), "PetscPushErrorHandler");
    std::atexit(end_slepc);
    return true;
  }();
  (void)begun;
}

// Destroy(&object) at the end of the owner.
template <class Object, PetscErrorCode (*Destroy)(Object*)>
struct Owned {
  Object object = nullptr;
  Owned() = default;
  Owned(const Owned&) = delete;
  Owned& operator=(const Owned&) = delete;
  ~Owned() { Destroy(&object); }
};
using OwnedVec = Owned<Vec, VecDestroy>;

PetscErrorCode multiply(Mat matrix, Vec in, Vec out);

class SlepcProblem : public PreparedProblem {
 public:
  SlepcProblem(const SpectralProblem& problem, const SolverDescription& description)
      : graph_(make_weighted_graph(problem)), links_(graph_) {
    const PetscInt n = graph_.rows();
    check_limits(description, n, 1);
    begin_slepc();
    check(MatCreateShell(PETSC_COMM_SELF, n, n, n, n, this, &matrix_.object), "MatCreateShell");
    check(MatShellSetOperation(matrix_.object, MATOP_MULT, reinterpret_cast<void (*)()>(multiply)),
          "MatShellSetOperation");
    check(MatCreateVecs(matrix_.object, &start_.object, &vector_.object), "MatCreateVecs");
    write(start_.object, problem.start.empty() ? cold_start(n) : rows_of(graph_, problem.start));

    check(VecDuplicate(vector_.object, &trivial_.object), "VecDuplicate");
    write(trivial_.object, trivial_vector(graph_));
    basis_ = std::min<PetscInt>(n, kBasis);
  }

  void solve(SpectralSolution& solution) override {
    solution.lambda3 = std::numeric_limits<double>::quiet_NaN();
    // A basis with a deflation space can't be set up twice (SLEPc 3.18), so its set-up is part of each solve.
    Owned<EPS, EPSDestroy> solver;
    EPS& eps = solver.object;
    check(EPSCreate(PETSC_COMM_SELF, &eps), "EPSCreate");
    check(EPSSetOperators(eps, matrix_.object, nullptr), "EPSSetOperators");
    check(EPSSetProblemType(eps, EPS_HEP), "EPSSetProblemType");
    check(EPSSetType(eps, EPSKRYLOVSCHUR), "EPSSetType");
    check(EPSSetWhichEigenpairs(eps, EPS_LARGEST_REAL), "EPSSetWhichEigenpairs");
    check(EPSSetDimensions(eps, 1, basis_, PETSC_DEFAULT), "EPSSetDimensions");
    check(EPSSetTolerances(eps, kSlepcTolerance, kMostRestarts), "EPSSetTolerances");
    check(EPSSetDeflationSpace(eps, 1, &trivial_.object), "EPSSetDeflationSpace");
    check(EPSSetInitialSpace(eps, 1, &start_.object), "EPSSetInitialSpace");
    restart_random_numbers(eps);
    applications_ = 0;
    check(EPSSolve(eps), "EPSSolve");
    solution.applications = applications_;
    PetscInt converged = 0;
    check(EPSGetConverged(eps, &converged), "EPSGetConverged");
    if (converged < 1) {
      EPSConvergedReason reason{};
      check(EPSGetConvergedReason(eps, &reason), "EPSGetConvergedReason");
      throw std::runtime_error("SLEPc: found no converged pair, reason " + std::string(EPSConvergedReasons[reason]) +
                               ", expected one within " + std::to_string(kMostRestarts) + " restarts");
    }
    check(EPSGetEigenpair(eps, 0, &solution.lambda2, nullptr, vector_.object, nullptr), "EPSGetEigenpair");
    const double* vector = nullptr;
    check(VecGetArrayRead(vector_.object, &vector), "VecGetArrayRead");
    solution.vector = from_symmetric(graph_, false, vector);
    check(VecRestoreArrayRead(vector_.object, &vector), "VecRestoreArrayRead");
  }

  std::size_t bytes() const override {
    // The basis, one vector more for the residual, the trivial one, start and result.
    const std::size_t n = static_cast<std::size_t>(graph_.rows()), vectors = static_cast<std::size_t>(basis_) + 4;
    return graph_.bytes() + (links_.half.size() + links_.scaled.size() + n * vectors) * sizeof(double);
  }

  PetscErrorCode apply(Vec in, Vec out) {
    const double* v = nullptr;
    double* product = nullptr;
    PetscCall(VecGetArrayRead(in, &v));
    PetscCall(VecGetArrayWrite(out, &product));
    links_.apply(v, product);
    ++applications_;
    PetscCall(VecRestoreArrayWrite(out, &product));
    PetscCall(VecRestoreArrayRead(in, &v));
    return PetscErrorCode{};
  }

 private:
  static std::vector<double> cold_start(PetscInt n) {
    std::vector<double> start;
    std::uint64_t state = 1;
    for (PetscInt i = 0; i < n; ++i) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      start.push_back(static_cast<double>(state >> 11) * 0x1p-52 - 1.0);
    }
    return start;
  }

  static void write(Vec to, const std::vector<double>& from) {
    double* array = nullptr;
    check(VecGetArrayWrite(to, &array), "VecGetArrayWrite");
    std::copy(from.begin(), from.end(), array);
    check(VecRestoreArrayWrite(to, &array), "VecRestoreArrayWrite");
  }

  // Drawn where the Krylov space is closed: the same at each solve.
  static void restart_random_numbers(EPS eps) {
    BV basis = nullptr;
    PetscRandom random = nullptr;
    check(EPSGetBV(eps, &basis), "EPSGetBV");
    check(BVGetRandomContext(basis, &random), "BVGetRandomContext");
    check(PetscRandomSetSeed(random, 1), "PetscRandomSetSeed");
    check(PetscRandomSeed(random), "PetscRandomSeed");
  }

  WeightedGraph graph_;
  LinkProduct links_;
  std::int64_t applications_ = 0;
  PetscInt basis_ = 0;
  Owned<Mat, MatDestroy> matrix_;
  OwnedVec start_, trivial_, vector_;
};

PetscErrorCode multiply(Mat matrix, Vec in, Vec out) {
  void* problem = nullptr;
  PetscCall(MatShellGetContext(matrix, &problem));
  return static_cast<SlepcProblem*>(problem)->apply(in, out);
}

}  // namespace

std::string slepc_absent() {
  return {};
}

std::unique_ptr<EigenSolver> make_slepc_solver(const SolverDescription& description) {
  return make_one_by_one<SlepcProblem>(description);
}

}  // namespace balassa
