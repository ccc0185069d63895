// What the CUDA runtime says of the machine. No GPU, no driver and a driver too old are answers here, not errors.
#include <string>

#include "kernels/cuda/check.hpp"
#include "kernels/cuda/handles.hpp"
#include "kernels/cuda/math_libraries.hpp"
#include "kernels/device.hpp"

namespace balassa {
namespace {

// CUDA versions are 1000 major + 10 minor.
std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

// The first driver for a CUDA version's runtime (NVIDIA's release notes of CUDA 12 and 13).
std::string driver_for(int cuda) {
  return cuda / 1000 == 12   ? "525 or later"
         : cuda / 1000 == 13 ? "580 or later"
                             : "that serves CUDA " + version_text(cuda);
}

// Why there is no GPU, from what counting them returned.
void explain(cudaError_t code, int driver, CudaSurvey& survey) {
  if (code == cudaErrorInsufficientDriver && survey.driver.empty()) {
    survey.problem = "no NVIDIA driver answers";
    survey.remedy = "install NVIDIA's driver " + driver_for(CUDART_VERSION) +
                    "; in a container, start it with the GPUs (docker run --gpus all)";
  } else if (code == cudaErrorInsufficientDriver) {
    survey.problem = "the driver serves CUDA " + survey.driver + ", this build has the runtime of " + survey.runtime;
    survey.remedy = "install NVIDIA's driver " + driver_for(CUDART_VERSION);
    if (driver / 1000 == 12) survey.remedy += ", or build with a CUDA Toolkit 12.6 or later of 12";
  } else if (code == cudaErrorNoDevice || code == cudaSuccess) {
    survey.problem = "no GPU is visible";
    survey.remedy = "see whether nvidia-smi lists one, and what CUDA_VISIBLE_DEVICES and the job's allocation allow";
  } else {
    survey.problem = std::string(cudaGetErrorString(code)) + " (" + cudaGetErrorName(code) + ")";
    survey.remedy = "see what nvidia-smi and the system's log say of the GPU";
  }
}

GpuSurvey survey_gpu(int device) {
  GpuSurvey gpu;
  gpu.name = "cuda:" + std::to_string(device);
  try {
    cudaDeviceProp properties{};
    BALASSA_CHECK_CUDA(cudaGetDeviceProperties(&properties, device));
    gpu.model = properties.name;
    gpu.compute_capability = std::to_string(properties.major) + "." + std::to_string(properties.minor);
    gpu.multiprocessors = properties.multiProcessorCount;
    gpu.shared_memory = properties.sharedMemPerBlockOptin;
    gpu.memory_total = properties.totalGlobalMem;
    CurrentDevice here(device);
    BALASSA_CHECK_CUDA(cudaMemGetInfo(&gpu.memory_free, &gpu.memory_total));
  } catch (const CudaError& error) {
    gpu.problem = error.what();
    gpu.remedy = "see in nvidia-smi whether another process holds it, and its compute mode";
  }
  return gpu;
}

}  // namespace

std::string cuda_runtime_version() {
  return version_text(CUDART_VERSION);
}

CudaSurvey survey_cuda() {
  CudaSurvey survey;
  survey.built = true;
  survey.runtime = cuda_runtime_version();
  survey.libraries_remedy = math_libraries_remedy();
  int driver = 0, count = 0;
  if (cudaDriverGetVersion(&driver) == cudaSuccess && driver > 0) survey.driver = version_text(driver);
  const cudaError_t code = cudaGetDeviceCount(&count);
  (void)cudaGetLastError();
  for (int device = 0; code == cudaSuccess && device < count; ++device) survey.gpus.push_back(survey_gpu(device));
  if (survey.gpus.empty()) explain(code, driver, survey);
  return survey;
}

}  // namespace balassa
