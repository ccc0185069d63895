// Errors of the CUDA runtime as exceptions that name the call, its file and line.
#pragma once

#include <cuda_runtime_api.h>

#include <new>
#include <stdexcept>
#include <string>

namespace balassa {

class CudaError : public std::runtime_error {
 public:
  CudaError(cudaError_t code, const std::string& what) : std::runtime_error(what), code_(code) {}
  cudaError_t code() const { return code_; }

 private:
  cudaError_t code_;
};

// Device or pinned memory that could not be had, with the bytes asked for.
class DeviceOutOfMemory : public std::bad_alloc {
 public:
  explicit DeviceOutOfMemory(std::string what) : what_(std::move(what)) {}
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
};

// Throws for all but success. `during` says what the device was doing, where the call only waited for it.
inline void check_cuda(cudaError_t code, const char* call, const char* file, int line, const std::string& during = {}) {
  if (code == cudaSuccess) return;
  (void)cudaGetLastError();  // so that the next call does not report this one
  throw CudaError(code, std::string(file) + ":" + std::to_string(line) + ": " + call + ": " + cudaGetErrorString(code) +
                            " (" + cudaGetErrorName(code) + ")" + (during.empty() ? "" : ", while " + during));
}

}  // namespace balassa

#define BALASSA_CHECK_CUDA(call, ...) \
  ::balassa::check_cuda((call), #call, __FILE__, __LINE__ __VA_OPT__(, ) __VA_ARGS__)
