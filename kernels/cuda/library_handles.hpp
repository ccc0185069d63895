// Handles of cuBLAS and cuSOLVER, given back by destructors, and their errors as exceptions that name the call.
#pragma once

#include <cublas_v2.h>
#include <cusolverDn.h>

#include "kernels/cuda/handles.hpp"
#include "kernels/cuda/math_libraries.hpp"

namespace balassa {

[[noreturn]] inline void fail_library(const std::string& status, const char* call, const char* file, int line) {
  (void)cudaGetLastError();  // so that the next call of the runtime does not report this one
  throw LibraryError(std::string(file) + ":" + std::to_string(line) + ": " + call + ": " + status);
}

inline void check_library(cublasStatus_t status, const char* call, const char* file, int line) {
  if (status == CUBLAS_STATUS_ALLOC_FAILED) throw DeviceOutOfMemory(std::string("device memory: none for ") + call);
  if (status != CUBLAS_STATUS_SUCCESS) fail_library(BALASSA_CUBLAS(cublasGetStatusString)(status), call, file, line);
}

// cuSOLVER has no texts; the numbers are those of cusolverStatus_t.
inline void check_library(cusolverStatus_t status, const char* call, const char* file, int line) {
  if (status == CUSOLVER_STATUS_ALLOC_FAILED) throw DeviceOutOfMemory(std::string("device memory: none for ") + call);
  if (status != CUSOLVER_STATUS_SUCCESS)
    fail_library("cuSOLVER status " + std::to_string(static_cast<int>(status)), call, file, line);
}

#define BALASSA_CHECK_LIBRARY(call) ::balassa::check_library((call), #call, __FILE__, __LINE__)

// Works on one stream, on the device that was current when it was made.
class BlasHandle {
 public:
  explicit BlasHandle(cudaStream_t stream) {
    BALASSA_CHECK_LIBRARY(BALASSA_CUBLAS(cublasCreate)(&handle_));
    BALASSA_CHECK_LIBRARY(BALASSA_CUBLAS(cublasSetStream)(handle_, stream));
  }
  ~BlasHandle() {
    if (handle_ != nullptr) (void)BALASSA_CUBLAS(cublasDestroy)(handle_);
  }
  BlasHandle(const BlasHandle&) = delete;
  BlasHandle& operator=(const BlasHandle&) = delete;
  cublasHandle_t get() const { return handle_; }

 private:
  cublasHandle_t handle_ = nullptr;
};

// cuSOLVER has no deterministic algorithm for a routine. Its handle allows the other one from now on; the workspace has
// to be asked for anew, and the routine called again.
class NotDeterministic : public LibraryError {
 public:
  using LibraryError::LibraryError;
};

// f(), and once more where cuSOLVER changes to another algorithm.
template <class F>
void with_either_algorithm(F f) {
  try {
    f();
  } catch (const NotDeterministic&) {
    f();
  }
}

// Whether a library keeps to algorithms that give the same bits each time: as long as it has one for what is asked.
class Determinism {
 public:
  // The status as it is. The first that says that there is no such algorithm makes it allow() any, and throws
  // NotDeterministic.
  template <class Allow>
  cusolverStatus_t judge(cusolverStatus_t status, const char* call, Allow allow) {
    if (status != CUSOLVER_STATUS_NOT_SUPPORTED || !held_) return status;
    held_ = false;
    const cusolverStatus_t allowed = allow();
    if (allowed != CUSOLVER_STATUS_SUCCESS) return allowed;
    throw NotDeterministic(std::string(call) + ": no deterministic algorithm");
  }
  bool held() const { return held_; }

 private:
  bool held_ = true;
};

// The same for cuSOLVER, kept to its deterministic algorithms where it has them.
class SolverHandle {
 public:
  explicit SolverHandle(cudaStream_t stream) {
    BALASSA_CHECK_LIBRARY(BALASSA_CUSOLVER(cusolverDnCreate)(&handle_));
    BALASSA_CHECK_LIBRARY(BALASSA_CUSOLVER(cusolverDnSetStream)(handle_, stream));
    BALASSA_CHECK_LIBRARY(BALASSA_CUSOLVER(cusolverDnSetDeterministicMode)(handle_, CUSOLVER_DETERMINISTIC_RESULTS));
  }
  ~SolverHandle() {
    if (handle_ != nullptr) (void)BALASSA_CUSOLVER(cusolverDnDestroy)(handle_);
  }
  SolverHandle(const SolverHandle&) = delete;
  SolverHandle& operator=(const SolverHandle&) = delete;
  cusolverDnHandle_t get() const { return handle_; }
  bool deterministic() const { return determinism_.held(); }

  // What a routine of this handle returned. Throws LibraryError, NotDeterministic.
  void check(cusolverStatus_t status, const char* call, const char* file, int line) {
    const auto allow = [this] {
      return BALASSA_CUSOLVER(cusolverDnSetDeterministicMode)(handle_, CUSOLVER_ALLOW_NON_DETERMINISTIC_RESULTS);
    };
    check_library(determinism_.judge(status, call, allow), call, file, line);
  }

 private:
  cusolverDnHandle_t handle_ = nullptr;
  Determinism determinism_;
};

#define BALASSA_SOLVE(handle, name, ...) \
  (handle).check(BALASSA_CUSOLVER(name)((handle).get(), __VA_ARGS__), #name, __FILE__, __LINE__)

// Options of cuSOLVER's 64-bit routines, all at their defaults.
class SolverParams {
 public:
  SolverParams() { BALASSA_CHECK_LIBRARY(BALASSA_CUSOLVER(cusolverDnCreateParams)(&params_)); }
  ~SolverParams() {
    if (params_ != nullptr) (void)BALASSA_CUSOLVER(cusolverDnDestroyParams)(params_);
  }
  SolverParams(const SolverParams&) = delete;
  SolverParams& operator=(const SolverParams&) = delete;
  cusolverDnParams_t get() const { return params_; }

 private:
  cusolverDnParams_t params_ = nullptr;
};

// Options of cuSOLVER's Jacobi solvers: eigenvalues sorted, the tolerance at its default of machine precision.
class JacobiOptions {
 public:
  JacobiOptions() {
    BALASSA_CHECK_LIBRARY(BALASSA_CUSOLVER(cusolverDnCreateSyevjInfo)(&info_));
    BALASSA_CHECK_LIBRARY(BALASSA_CUSOLVER(cusolverDnXsyevjSetSortEig)(info_, 1));
    BALASSA_CHECK_LIBRARY(BALASSA_CUSOLVER(cusolverDnXsyevjSetMaxSweeps)(info_, kMostSweeps));
  }
  ~JacobiOptions() {
    if (info_ != nullptr) (void)BALASSA_CUSOLVER(cusolverDnDestroySyevjInfo)(info_);
  }
  JacobiOptions(const JacobiOptions&) = delete;
  JacobiOptions& operator=(const JacobiOptions&) = delete;
  syevjInfo_t get() const { return info_; }

 private:
  static constexpr int kMostSweeps = 100;  // cuSOLVER's own default, said so that another version keeps it
  syevjInfo_t info_ = nullptr;
};

}  // namespace balassa
