// The lock-step solve: vector steps by emulated blocks, products by plain sums where a GPU asks cuBLAS.
#define BALASSA_ISA emulated
#include "tests/emulated_block.hpp"

#include <algorithm>

#include "kernels/cuda/gpu_lock_step.hpp"
#include "kernels/cuda/lock_step_block.cuh"
#include "tests/imitated_gpu/runtime.hpp"

namespace balassa {

struct GpuLockStep::Machine {
  void to_products(const double* in, double* out) const { multiply(in, out, s.products, s.locations, 1, s.products); }
  void to_locations(const double* in, double* out) const { multiply(in, out, s.locations, s.products, s.products, 1); }
  // out[i, r] = sum over k of presence[i outer + k inner] in[k, r]
  void multiply(const double* in, double* out, int n, int terms, int outer, int inner) const {
    for (int i = 0; i < n; ++i) {
      for (int r = 0; r < s.columns; ++r) {
        double sum = 0.0;
        for (int k = 0; k < terms; ++k) sum += s.presence[i * outer + k * inner] * in[k * s.columns + r];
        out[i * s.columns + r] = sum;
      }
    }
  }
  template <class Step>
  void cells(int rows, const Step& step) {
    for (unsigned block = 0; block < 3; ++block) threads.run([&] { cells_of_block(step, rows, block, 3); });
  }
  template <class Step>
  void sums(int rows, const Step& step) {
    std::vector<double> part(Step::kSums * kRowSlices * kWarp, std::bit_cast<double>(~0ull));
    for (int block = 0; block < s.columns / kWarp; ++block)
      threads.run([&] { sums_of_block(step, rows, static_cast<unsigned>(block), part.data()); });
  }
  template <class Step>
  void columns(const Step& step) {
    threads.run([&] { columns_of_block(step, 0); });
  }
  bool any_open() const {
    return std::any_of(s.open, s.open + s.columns, [](std::int32_t open) { return open != 0; });
  }
  LockStep s{};
  cudaStream_t stream = nullptr;
  double *presence = nullptr, *ubiquity = nullptr;
  EmulatedBlock threads{kLockStepThreads, 4};
};

static LockStep shaped_lock_step(const StudyView& view) {
  LockStep s{};
  s.locations = view.locations;
  s.products = view.products;
  s.columns = GpuLockStep::columns(view.locations, view.products);
  s.padded_locations = view.padded_locations;
  s.padded_products = view.padded_products;
  return s;
}

int GpuLockStep::columns(int, int) {
  return 64;
}

std::size_t GpuLockStep::bytes(const StudyView& view) {
  LockStep s = shaped_lock_step(view);
  Arena measure;
  carve_lock_step(measure, s);
  return measure.used() + static_cast<std::size_t>((view.locations + 1) * view.products) * 8 + 4096;
}

GpuLockStep::GpuLockStep(DeviceArena& arena, const StudyView& view, cudaStream_t stream)
    : machine_(std::make_unique<Machine>()) {
  LockStep& s = machine_->s;
  s = shaped_lock_step(view);
  machine_->stream = stream;
  Arena measure;
  carve_lock_step(measure, s);
  Arena place(arena.take<std::byte>(measure.used(), "lock-step solve"));
  carve_lock_step(place, s);
  s.presence = machine_->presence = arena.take<double>(static_cast<std::size_t>(s.locations * s.products), "presence");
  s.ubiquity = machine_->ubiquity = arena.take<double>(static_cast<std::size_t>(s.products), "presence");
  s.start = view.start;
  s.start_noise = view.start_noise;
}

GpuLockStep::~GpuLockStep() = default;

void GpuLockStep::take_presence(const DensePresence& presence) {
  std::copy(presence.cell.begin(), presence.cell.end(), machine_->presence);
  std::copy(presence.ubiquity.begin(), presence.ubiquity.end(), machine_->ubiquity);
}

const SolvedAxis* GpuLockStep::solve(std::uint64_t first, int count, const std::int32_t* weight) {
  const std::lock_guard lock(imitated_gpu::runtime().guard);
  imitated_gpu::run_stream(machine_->stream);
  LockStep& s = machine_->s;
  s.first = static_cast<int>((first - 1) % static_cast<std::uint64_t>(s.columns));
  s.count = count;
  s.weight = weight;
  solve_together(*machine_, s);
  return s.axis + s.first;
}

std::string gemm_library_name() {
  return "imitated";
}

}  // namespace balassa
