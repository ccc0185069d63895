// The one stub of a build without the CUDA device.
#include "kernels/device.hpp"
#include "kernels/solvers/cuda_list.hpp"
#include "kernels/solvers/cusolver.hpp"

namespace balassa {

std::unique_ptr<Device> make_cuda_device(std::string_view name, const DeviceOptions&) {
  throw DeviceUnavailable("device '" + std::string(name) + "': this build has no CUDA device; use --device cpu");
}

CudaSurvey survey_cuda() {
  CudaSurvey survey;
  survey.problem = "this build has no CUDA device";
  survey.remedy = "build with -DBALASSA_CUDA=ON where nvcc of the CUDA Toolkit 12.6 or later is found";
  return survey;
}

std::vector<std::string> cuda_eigen_solver_names() {
  return {};
}

EigenSolution solve_on_cuda(std::string_view solver, int, const EigenProblem&, int) {
  throw DeviceUnavailable("eigen-solver '" + std::string(solver) + "': this build has no CUDA device");
}

std::unique_ptr<EigenSolver> make_library_solver(const SolverDescription& description) {
  throw DeviceUnavailable("eigen-solver '" + description.name + "': this build has no CUDA device");
}

std::string cuda_runtime_version() {
  return {};
}

}  // namespace balassa
