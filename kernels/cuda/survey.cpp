// What the CUDA runtime says of the machine. No GPU, no driver and a driver too old are answers here, not errors.
#include <string>

#include "kernels/cuda/check.hpp"
#include "kernels/cuda/handles.hpp"
#include "kernels/device.hpp"

namespace balassa {
namespace {

// CUDA versions are 1000 major + 10 minor.
std::string version_text(int version) {
  return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

// Why there is no GPU, from what counting them returned.
void explain(cudaError_t code, CudaSurvey& survey) {
  if (code == cudaErrorInsufficientDriver && survey.driver.empty()) {
    survey.problem = "no NVIDIA driver answers";
    survey.remedy = "install one that serves CUDA " + survey.runtime +
                    "; in a container, start it with the GPUs (docker run --gpus all)";
  } else if (code == cudaErrorInsufficientDriver) {
    survey.problem = "the driver serves CUDA " + survey.driver + ", this build has the runtime of " + survey.runtime;
    survey.remedy = "update the driver, or build with a CUDA Toolkit that it serves";
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
  int driver = 0, count = 0;
  if (cudaDriverGetVersion(&driver) == cudaSuccess && driver > 0) survey.driver = version_text(driver);
  const cudaError_t code = cudaGetDeviceCount(&count);
  (void)cudaGetLastError();
  for (int device = 0; code == cudaSuccess && device < count; ++device) survey.gpus.push_back(survey_gpu(device));
  if (survey.gpus.empty()) explain(code, survey);
  return survey;
}

}  // namespace balassa
