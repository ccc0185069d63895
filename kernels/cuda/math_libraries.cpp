#include "kernels/cuda/math_libraries.hpp"

#include <dlfcn.h>

#include <string>

#include "kernels/device.hpp"

namespace balassa {
namespace {

// By its versioned name where the system looks, else where the toolkit of this build has it. Never closed.
void* open_library(const std::string& name) {
  void* library = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library != nullptr) return library;
  const std::string reason = dlerror();
  library = dlopen((std::string(BALASSA_CUDA_LIBRARIES) + "/" + name).c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library != nullptr) return library;
  throw DeviceUnavailable(reason + "; `balassa doctor` says how to get it; or use --device cpu");
}

}  // namespace

void* math_function(MathLibrary library, const char* name) {
  static void* const cublas = open_library(BALASSA_CUBLAS_NAME);
  if (library == MathLibrary::kCublas) {
    if (void* function = dlsym(cublas, name)) return function;
  } else {
    static void* const cusolver = open_library(BALASSA_CUSOLVER_NAME);
    if (void* function = dlsym(cusolver, name)) return function;
  }
  throw LibraryError(dlerror());
}

std::string library_name(const int (&version)[3], int major, int minor, int multiprocessors) {
  return "cuBLAS " + std::to_string(version[0]) + "." + std::to_string(version[1]) + "." + std::to_string(version[2]) +
         ", sm_" + std::to_string(major) + std::to_string(minor) + ", " + std::to_string(multiprocessors) +
         " multiprocessors";
}

}  // namespace balassa
