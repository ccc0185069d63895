// The leading eigenpairs of symmetric matrices by a solver of cuSOLVER: for tests of them and comparisons with them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace balassa {

struct EigenProblem {
  int n = 0, matrices = 1, wanted = 1;
  std::vector<double> matrix;  // [matrices, n, n] column-major, of which the lower triangle is read
};
struct EigenSolution {
  std::vector<double> value, vector;  // [matrices, wanted] falling, [matrices, wanted, n] of length 1
  double seconds = 0;                 // of the fastest of the repetitions, from matrices to pairs on the device
};
// Names for solve_on_cuda; empty in a build without CUDA.
std::vector<std::string> cuda_eigen_solver_names();
// Throws std::invalid_argument (an unknown name, sizes that do not fit), DeviceUnavailable, std::bad_alloc, and
// std::runtime_error where a matrix did not converge.
EigenSolution solve_on_cuda(std::string_view solver, int device, const EigenProblem& problem, int repetitions = 1);

}  // namespace balassa
