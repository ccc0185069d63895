// The lock-step solve on a GPU: vector steps by kernels of its own, products by cuBLAS.
#pragma once

#include <memory>
#include <string>

#include "kernels/cuda/device_arena.hpp"
#include "kernels/resident/dense_presence.hpp"

namespace balassa {

class GpuLockStep {
 public:
  // Replicates of one solve, of a panel's size only: the bits of a product depend on its shape and on a column's place
  // in it. Replicate r is column (r - 1) mod columns.
  static int columns(int locations, int products);
  // Bytes of device memory; `view`: sizes.
  static std::size_t bytes(const StudyView& view);

  // Takes its memory from the arena; `view` has device pointers, and the current device's.
  GpuLockStep(DeviceArena& arena, const StudyView& view, cudaStream_t stream);
  ~GpuLockStep();
  GpuLockStep(const GpuLockStep&) = delete;
  GpuLockStep& operator=(const GpuLockStep&) = delete;

  // The presence that all replicates share; copied when this returns.
  void take_presence(const DensePresence& presence);

  // Solves for the replicates [first, first + count), all in one set of columns, under weight [count, Pp] on the
  // device. What it found for them: [count] on the device, until the next solve. Waits for the stream now and then.
  const SolvedAxis* solve(std::uint64_t first, int count, const std::int32_t* weight);

 private:
  struct Machine;
  std::unique_ptr<Machine> machine_;
};

// Library, version and architecture whose products these are, of the current device: "cuBLAS 13.1.0, sm_90".
std::string gemm_library_name();

}  // namespace balassa
