#include "kernels/cuda/math_libraries.hpp"

#include <cuda_runtime_api.h>
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

// NVIDIA's Python packages carry the library alone; cuSOLVER's asks for cuBLAS's. Its major version is that of the
// library's name; since CUDA 13 all of them share a folder and have no suffix. Debian's pip wants a venv.
std::string math_libraries_remedy() {
  constexpr int kMajor = CUDART_VERSION / 1000;
  const std::string name = BALASSA_CUSOLVER_NAME, major = std::to_string(kMajor),
                    package = "nvidia-cusolver" + (kMajor < 13 ? "-cu" + major : "") +
                              "==" + name.substr(name.rfind('.') + 1) + ".*",
                    folders = kMajor < 13 ? "{cublas,cusolver,cusparse,nvjitlink}" : "cu" + major;
  return "install the CUDA Toolkit " + major + "; or without it: python3 -m venv cuda && cuda/bin/pip install '" +
         package + "' && export LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}" +
         "$(echo $PWD/cuda/lib/python3*/site-packages/nvidia/" + folders + "/lib | tr ' ' :)";
}

}  // namespace balassa
