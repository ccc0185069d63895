// What the CUDA runtime lends, given back by destructors. Destructors ignore errors: after a fault all calls fail.
#pragma once

#include <utility>

#include "kernels/cuda/check.hpp"

namespace balassa {

// Makes a device current for this scope.
class CurrentDevice {
 public:
  explicit CurrentDevice(int device) {
    BALASSA_CHECK_CUDA(cudaGetDevice(&before_));
    BALASSA_CHECK_CUDA(cudaSetDevice(device));
  }
  ~CurrentDevice() { (void)cudaSetDevice(before_); }
  CurrentDevice(const CurrentDevice&) = delete;
  CurrentDevice& operator=(const CurrentDevice&) = delete;

 private:
  int before_ = 0;
};

class Stream {
 public:
  Stream() { BALASSA_CHECK_CUDA(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking)); }
  ~Stream() { (void)cudaStreamDestroy(stream_); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  cudaStream_t get() const { return stream_; }

 private:
  cudaStream_t stream_ = nullptr;
};

class Event {
 public:
  Event() { BALASSA_CHECK_CUDA(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming)); }
  ~Event() { (void)cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  cudaEvent_t get() const { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

// Bytes on the device; `what` is named where they can't be had.
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  DeviceBuffer(std::size_t bytes, const std::string& what) {
    const cudaError_t code = cudaMalloc(&block_, bytes);
    if (code == cudaErrorMemoryAllocation) {
      (void)cudaGetLastError();
      throw DeviceOutOfMemory("device memory: no " + std::to_string(bytes) + " bytes for " + what);
    }
    BALASSA_CHECK_CUDA(code, "allocating " + std::to_string(bytes) + " bytes for " + what);
  }
  ~DeviceBuffer() { (void)cudaFree(block_); }
  DeviceBuffer(DeviceBuffer&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  DeviceBuffer& operator=(DeviceBuffer&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  std::byte* get() const { return static_cast<std::byte*>(block_); }

 private:
  void* block_ = nullptr;
};

// Bytes of the host that the device copies to and from without a detour.
class PinnedBuffer {
 public:
  PinnedBuffer() = default;
  PinnedBuffer(std::size_t bytes, const std::string& what) {
    const cudaError_t code = cudaMallocHost(&block_, bytes);
    if (code == cudaErrorMemoryAllocation) {
      (void)cudaGetLastError();
      throw DeviceOutOfMemory("pinned memory: no " + std::to_string(bytes) + " bytes for " + what);
    }
    BALASSA_CHECK_CUDA(code, "pinning " + std::to_string(bytes) + " bytes for " + what);
  }
  ~PinnedBuffer() { (void)cudaFreeHost(block_); }
  PinnedBuffer(PinnedBuffer&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  PinnedBuffer& operator=(PinnedBuffer&& other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  std::byte* get() const { return static_cast<std::byte*>(block_); }

 private:
  void* block_ = nullptr;
};

}  // namespace balassa
