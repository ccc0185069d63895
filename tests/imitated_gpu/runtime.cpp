#include "tests/imitated_gpu/runtime.hpp"

#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace balassa::imitated_gpu {
namespace {

constexpr std::size_t kGuard = 64;
thread_local int current_gpu = 0;

template <class Number>
Number number_of(std::string_view name, std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0)
    throw std::invalid_argument("BALASSA_IMITATED_GPU: " + std::string(name) + ": found '" + std::string(text) +
                                "', expected a whole number");
  return number;
}

template <class Choice>
Choice choice_of(std::string_view name, std::string_view text,
                 std::initializer_list<std::pair<std::string_view, Choice>> choices) {
  std::string expected;
  for (const auto& [choice, value] : choices) {
    if (choice == text) return value;
    expected += (expected.empty() ? "" : ", ") + std::string(choice);
  }
  throw std::invalid_argument("BALASSA_IMITATED_GPU: " + std::string(name) + ": found '" + std::string(text) +
                              "', expected one of " + expected);
}

// CUDA versions are 1000 major + 10 minor.
int version_of(std::string_view text) {
  if (text == "none") return 0;
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos) return 1000 * number_of<int>("driver", text);
  return 1000 * number_of<int>("driver", text.substr(0, dot)) + 10 * number_of<int>("driver", text.substr(dot + 1));
}

void turn_knob(Runtime& r, std::string_view name, std::string_view text) {
  if (name == "gpus") {
    r.gpus = number_of<int>(name, text);
  } else if (name == "driver") {
    r.driver = version_of(text);
  } else if (name == "memory") {
    r.memory = number_of<std::size_t>(name, text);
  } else if (name == "local") {
    r.local_bytes = number_of<std::size_t>(name, text);
  } else if (name == "wrong") {
    r.wrong = choice_of<Wrong>(
        name, text,
        {{"draw", Wrong::kDraw}, {"lambda2", Wrong::kLambda2}, {"rank", Wrong::kRank}, {"counters", Wrong::kCounters}});
  } else if (name == "fault") {
    r.kernel_faults = true;
  } else if (name == "hang") {
    r.kernel_hangs = true;
  } else if (name == "rows") {
    r.rows = number_of<int>(name, text);
  } else if (name == "libraries") {
    r.libraries = choice_of<Libraries>(name, text, {{"real", Libraries::kReal}, {"missing", Libraries::kMissing}});
  } else {
    throw std::invalid_argument("BALASSA_IMITATED_GPU: found '" + std::string(name) +
                                "', expected a knob of tests/imitated_gpu/runtime.hpp");
  }
}

void run_all(std::vector<std::function<void()>>& work) {
  const std::vector<std::function<void()>> all = std::exchange(work, {});
  for (const auto& each : all) each();
}

cudaError_t waited() {
  return std::exchange(runtime().fault, cudaSuccess);
}

std::size_t free_bytes(const Runtime& r, int gpu) {
  const auto taken = r.taken.find(gpu);
  return r.memory - (taken == r.taken.end() ? 0 : taken->second);
}

// What counting the GPUs returns.
cudaError_t presence() {
  if (runtime().driver < CUDART_VERSION) return cudaErrorInsufficientDriver;
  return runtime().gpus == 0 ? cudaErrorNoDevice : cudaSuccess;
}

void expect_guard(const std::byte* block, std::size_t bytes) {
  for (std::size_t k = 0; k < kGuard; ++k) {
    if (block[bytes + k] == std::byte{0xFF}) continue;
    std::fprintf(stderr, "imitated GPU: a block of %zu bytes was written past its end\n", bytes);
    std::abort();
  }
}

template <class Handle>
cudaError_t new_handle(Handle* handle) {
  const std::lock_guard lock(runtime().guard);
  *handle = reinterpret_cast<Handle>(++runtime().handles);
  return cudaSuccess;
}

}  // namespace

std::size_t Runtime::allocated() const {
  std::size_t sum = 0;
  for (const auto& [block, size] : blocks) sum += size.bytes;
  return sum;
}

Runtime& runtime() {
  static Runtime* const made = [] {  // outlives whatever gives memory back at the end
    auto* all = new Runtime;
    try {
      if (const char* knobs = std::getenv("BALASSA_IMITATED_GPU")) turn_knobs(*all, knobs);
    } catch (const std::invalid_argument& error) {  // the callers have no exceptions to expect
      std::fprintf(stderr, "%s\n", error.what());
      std::_Exit(64);
    }
    return all;
  }();
  return *made;
}

void turn_knobs(Runtime& runtime, std::string_view text) {
  while (!text.empty()) {
    const std::string_view knob = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), knob.size() + 1));
    const std::size_t equals = knob.find('=');
    if (!knob.empty())
      turn_knob(runtime, knob.substr(0, equals), equals == std::string_view::npos ? "" : knob.substr(equals + 1));
  }
}

void enqueue(cudaStream_t stream, std::function<void()> work) {
  const std::lock_guard lock(runtime().guard);
  runtime().queue[stream].push_back(std::move(work));
}

void run_stream(cudaStream_t stream) {
  const std::lock_guard lock(runtime().guard);
  run_all(runtime().queue[stream]);
}

}  // namespace balassa::imitated_gpu

using balassa::imitated_gpu::current_gpu;
using balassa::imitated_gpu::runtime;

extern "C" {

cudaError_t cudaGetLastError() {
  return cudaSuccess;
}
cudaError_t cudaPeekAtLastError() {
  return cudaSuccess;
}
const char* cudaGetErrorString(cudaError_t code) {
  switch (code) {
    case cudaSuccess:
      return "no error";
    case cudaErrorMemoryAllocation:
      return "out of memory";
    case cudaErrorInsufficientDriver:
      return "CUDA driver version is insufficient for CUDA runtime version";
    case cudaErrorNoDevice:
      return "no CUDA-capable device is detected";
    case cudaErrorInvalidDevice:
      return "invalid device ordinal";
    case cudaErrorIllegalAddress:
      return "an illegal memory access was encountered";
    default:
      return "imitated error";
  }
}
const char* cudaGetErrorName(cudaError_t code) {
  switch (code) {
    case cudaSuccess:
      return "cudaSuccess";
    case cudaErrorMemoryAllocation:
      return "cudaErrorMemoryAllocation";
    case cudaErrorInsufficientDriver:
      return "cudaErrorInsufficientDriver";
    case cudaErrorNoDevice:
      return "cudaErrorNoDevice";
    case cudaErrorInvalidDevice:
      return "cudaErrorInvalidDevice";
    case cudaErrorIllegalAddress:
      return "cudaErrorIllegalAddress";
    default:
      return "cudaErrorImitated";
  }
}

cudaError_t cudaDriverGetVersion(int* version) {
  return *version = runtime().driver, cudaSuccess;
}
cudaError_t cudaGetDeviceCount(int* count) {
  *count = balassa::imitated_gpu::presence() == cudaSuccess ? runtime().gpus : 0;
  return balassa::imitated_gpu::presence();
}
cudaError_t cudaGetDevice(int* device) {
  return *device = current_gpu, cudaSuccess;
}
cudaError_t cudaSetDevice(int device) {
  if (device < 0 || device >= runtime().gpus) return cudaErrorInvalidDevice;
  return current_gpu = device, cudaSuccess;
}
cudaError_t cudaDeviceSynchronize() {
  const std::lock_guard lock(runtime().guard);
  for (auto& [stream, work] : runtime().queue) balassa::imitated_gpu::run_all(work);
  return balassa::imitated_gpu::waited();
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  *value = attribute == cudaDevAttrL2CacheSize              ? 1 << 20
           : attribute == cudaDevAttrComputeCapabilityMajor ? 9
           : attribute == cudaDevAttrComputeCapabilityMinor ? 0
                                                            : 2;
  return cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int device) {
  if (device < 0 || device >= runtime().gpus) return cudaErrorInvalidDevice;
  *properties = {};
  std::strcpy(properties->name, "imitated GPU");
  properties->major = 9;
  properties->multiProcessorCount = 2;
  properties->sharedMemPerBlockOptin = 100 << 10;
  properties->totalGlobalMem = runtime().memory;
  return cudaSuccess;
}

cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* all) {
  const std::lock_guard lock(runtime().guard);
  *free_bytes = balassa::imitated_gpu::free_bytes(runtime(), current_gpu);
  return *all = runtime().memory, cudaSuccess;
}
cudaError_t cudaMalloc(void** block, std::size_t bytes) {
  using balassa::imitated_gpu::kGuard;
  const std::lock_guard lock(runtime().guard);
  if (bytes > balassa::imitated_gpu::free_bytes(runtime(), current_gpu)) return cudaErrorMemoryAllocation;
  *block = std::aligned_alloc(256, (bytes + kGuard + 255) / 256 * 256);
  std::memset(*block, 0xFF, bytes + kGuard);  // NaN as doubles: what nobody has written yet
  runtime().blocks[*block] = {bytes, current_gpu};
  runtime().taken[current_gpu] += bytes;
  return cudaSuccess;
}
cudaError_t cudaFree(void* block) {
  if (block == nullptr) return cudaSuccess;
  const std::lock_guard lock(runtime().guard);
  const auto found = runtime().blocks.find(block);
  if (found == runtime().blocks.end()) {
    std::fprintf(stderr, "imitated GPU: a block is given back that was never taken\n");
    std::abort();
  }
  balassa::imitated_gpu::expect_guard(static_cast<const std::byte*>(block), found->second.bytes);
  runtime().taken[found->second.gpu] -= found->second.bytes;
  runtime().blocks.erase(found);
  std::free(block);
  return cudaSuccess;
}
cudaError_t cudaMallocHost(void** block, std::size_t bytes) {
  return *block = std::malloc(bytes), cudaSuccess;
}
cudaError_t cudaFreeHost(void* block) {
  return std::free(block), cudaSuccess;
}
cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind) {
  return std::memcpy(to, from, bytes), cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
  balassa::imitated_gpu::enqueue(stream, [=] { std::memcpy(to, from, bytes); });
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  balassa::imitated_gpu::enqueue(stream, [=] { std::memset(to, value, bytes); });
  return cudaSuccess;
}

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  return balassa::imitated_gpu::new_handle(stream);
}
cudaError_t cudaStreamDestroy(cudaStream_t) {
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const std::lock_guard lock(runtime().guard);
  balassa::imitated_gpu::run_stream(stream);
  return balassa::imitated_gpu::waited();
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  balassa::imitated_gpu::enqueue(stream, [=] { balassa::imitated_gpu::run_all(runtime().before[event]); });
  return cudaSuccess;
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  return balassa::imitated_gpu::new_handle(event);
}
cudaError_t cudaEventCreate(cudaEvent_t* event) {
  return balassa::imitated_gpu::new_handle(event);
}
cudaError_t cudaEventDestroy(cudaEvent_t) {
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const std::lock_guard lock(runtime().guard);
  balassa::imitated_gpu::enqueue(stream, [=] {
    runtime().seconds[event] =
        std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  });
  runtime().before[event] = {[=] { balassa::imitated_gpu::run_stream(stream); }};
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  const std::lock_guard lock(runtime().guard);
  balassa::imitated_gpu::run_all(runtime().before[event]);
  return balassa::imitated_gpu::waited();
}
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end) {
  const std::lock_guard lock(runtime().guard);
  return *milliseconds = static_cast<float>(1e3 * (runtime().seconds[end] - runtime().seconds[begin])), cudaSuccess;
}

}  // extern "C"
