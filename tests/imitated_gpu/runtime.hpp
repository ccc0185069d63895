// An imitated CUDA runtime, so that the device's host side and whole programs run where there is no GPU: memory with
// guards around it, streams whose work waits in a queue until somebody asks for it (a copy that nobody waited for is
// seen as old bytes), events, faults. The kernels are emulated blocks (tests/emulated_block.hpp), cuSOLVER is LAPACK.
// One GPU computes at a time; nothing here says how fast a GPU is.
//
// A whole program takes its knobs from the environment, e.g. BALASSA_IMITATED_GPU="wrong=lambda2 rows=65":
//   gpus=N                0: the driver sees none
//   driver=13.0           the CUDA version that it serves; `none`: there is no driver
//   memory=BYTES          of a GPU
//   local=BYTES           that the driver takes of it when the scenario kernel first runs
//   wrong=draw|lambda2|rank|counters   a result that is wrong on purpose
//   fault, hang           a scenario kernel that reads a wrong address, or never ends
//   rows=N                from how many locations on the three above do so; 1
//   libraries=real        cuBLAS and cuSOLVER must be there, as for a GPU; `missing`: they are not
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <string_view>
#include <vector>

namespace balassa::imitated_gpu {

enum class Wrong { kNothing, kDraw, kLambda2, kRank, kCounters };
enum class Libraries { kImitated, kReal, kMissing };

struct Runtime {
  std::recursive_mutex guard;
  // Knobs.
  int gpus = 1;
  int driver = CUDART_VERSION;
  std::size_t memory = std::size_t{1} << 30;
  std::size_t local_bytes = 0;
  Wrong wrong = Wrong::kNothing;
  bool kernel_faults = false, kernel_hangs = false;
  int rows = 1;
  Libraries libraries = Libraries::kImitated;
  cudaError_t fault = cudaSuccess;  // of the next wait
  // State.
  struct Block {
    std::size_t bytes;
    int gpu;
  };
  std::map<void*, Block> blocks;
  std::map<int, std::size_t> taken;  // bytes of a GPU
  std::map<int, bool> local_taken;   // whether the driver has its local_bytes
  std::map<cudaStream_t, std::vector<std::function<void()>>> queue;
  std::map<cudaEvent_t, std::vector<std::function<void()>>> before;  // what an event waits for
  std::map<cudaEvent_t, double> seconds;                             // when it came
  std::size_t handles = 0;

  std::size_t allocated() const;
  bool acts_on(int locations) const { return locations >= rows; }
};

// The one of this process.
Runtime& runtime();

// Sets the knobs of a text as above. Throws std::invalid_argument.
void turn_knobs(Runtime& runtime, std::string_view text);

// Puts work into a stream's queue.
void enqueue(cudaStream_t stream, std::function<void()> work);
// Runs what waits in a stream.
void run_stream(cudaStream_t stream);

}  // namespace balassa::imitated_gpu
