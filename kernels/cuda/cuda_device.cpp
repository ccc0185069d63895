// The CUDA device: one or more GPUs that share out a study's replicates.
#include <algorithm>
#include <charconv>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>

#include "kernels/cpu/cpu_device.hpp"
#include "kernels/cuda/dense_measures.hpp"
#include "kernels/cuda/gpu_study.hpp"
#include "kernels/cuda/kernels.hpp"
#include "kernels/device.hpp"
#include "kernels/resident/tally_layout.hpp"

namespace balassa {
namespace {

constexpr std::size_t kSpared = std::size_t{256}
                                << 20;  // of free memory, for the driver's own needs beside local memory

// GPUs of a name: cuda, cuda:1, cuda:0,2, cuda:all.
std::vector<int> devices_named(std::string_view name) {
  const std::string asked = "device '" + std::string(name) + "': ";
  int present = 0;
  const cudaError_t code = cudaGetDeviceCount(&present);
  if (code != cudaSuccess) {
    (void)cudaGetLastError();
    throw DeviceUnavailable(asked + cudaGetErrorString(code) + "; ask `balassa doctor`, or use --device cpu");
  }
  if (present == 0) throw DeviceUnavailable(asked + "no CUDA device is visible; use --device cpu");
  std::vector<int> devices;
  if (name == "cuda") return {0};
  if (name == "cuda:all") {
    for (int k = 0; k < present; ++k) devices.push_back(k);
    return devices;
  }
  std::string_view list = name.substr(std::min(name.size(), std::string_view("cuda:").size()));
  const std::string expected = "expected cuda, cuda:N, cuda:N,M or cuda:all, there are " + std::to_string(present);
  if (!name.starts_with("cuda:")) throw DeviceUnavailable(asked + expected);
  for (;;) {
    int device = -1;
    const auto [end, error] = std::from_chars(list.data(), list.data() + list.size(), device);
    if (error != std::errc{} || device < 0 || device >= present) throw DeviceUnavailable(asked + expected);
    if (std::find(devices.begin(), devices.end(), device) != devices.end())
      throw DeviceUnavailable(asked + "names a device twice; " + expected);
    devices.push_back(device);
    list.remove_prefix(static_cast<std::size_t>(end - list.data()));
    if (list.empty()) return devices;
    if (list.front() != ',') throw DeviceUnavailable(asked + expected);
    list.remove_prefix(1);
  }
}

// How a study would lie on a GPU; blocks = 0 where it does not fit. `view`: sizes and options.
BatchPlan plan_on(int device, const StudyView& view, int panel_items, bool product_tallies, int each) {
  CurrentDevice here(device);
  std::size_t free_bytes = 0, all_bytes = 0;
  int multiprocessors = 0;
  BALASSA_CHECK_CUDA(cudaMemGetInfo(&free_bytes, &all_bytes));
  BALASSA_CHECK_CUDA(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device));
  const SharedMemory shared = scenario_shared_memory(device);
  BlockShape block = plan_block(view, shared.fast_limit, shared.all, shared.beside);
  int resident = scenario_blocks_per_multiprocessor(block.threads, block.fast_bytes);
  if (block.threads < kScenarioThreads && resident < 2) {  // the driver holds one alone: let it have all
    block = plan_whole_block(view, shared.fast_limit);
    resident = scenario_blocks_per_multiprocessor(block.threads, block.fast_bytes);
  }
  resident = std::max(1, resident);
  const int blocks = multiprocessors * resident;
  std::size_t lock_step_bytes = 0;
  if (view.arithmetic == Arithmetic::kGemm) {
    lock_step_bytes = GpuLockStep::bytes(view);
    each = std::max(each, (GpuLockStep::columns(view.locations, view.products) + blocks - 1) / blocks);
  }
  const std::size_t spared = kSpared + scenario_local_bytes(device),
                    usable = free_bytes > spared ? free_bytes - spared : 0;
  BatchPlan plan =
      fit_batch(batch_need(view, block.placement, panel_items, product_tallies, lock_step_bytes), blocks, each, usable);
  plan.usable_bytes = usable;
  plan.block = block;
  return plan;
}

std::size_t free_memory(int device) {
  CurrentDevice here(device);
  std::size_t free_bytes = 0, all_bytes = 0;
  BALASSA_CHECK_CUDA(cudaMemGetInfo(&free_bytes, &all_bytes));
  return free_bytes;
}

class CudaStudy final : public ResidentStudy {
 public:
  CudaStudy(const CellStudy& study, const std::vector<int>& devices, int each) : frame_(study) {
    for (const int device : devices) {
      const BatchPlan plan =
          plan_on(device, frame_.view, std::max(frame_.year.panel_locations, frame_.year.panel_products),
                  study.product_tallies, each);
      if (plan.blocks == 0)
        throw DeviceOutOfMemory(memory_message("cuda:" + std::to_string(device), plan.need, plan.usable_bytes));
      CurrentDevice here(device);
      gpus_.push_back(std::make_unique<GpuStudy>(device, frame_, plan));
    }
    compute_baseline();
  }

  void become(const CellStudy& study) override {
    frame_.become(study);
    for (const std::unique_ptr<GpuStudy>& gpu : gpus_) gpu->take_study();
    since_handover_ = 0;
    pending_ = {};
    compute_baseline();
  }

  const ScenarioRecord& baseline() const override { return frame_.baseline; }

  void run(std::uint64_t first, std::uint64_t count, float* raw_eci, float* raw_pci) override {
    if (first == 0) throw std::invalid_argument("replicate 0 is the baseline; run from 1");
    if (since_handover_ + count > kMostBetweenHandovers) flush();
    since_handover_ += count;
    const std::uint64_t gpus = gpus_.size(), c = static_cast<std::uint64_t>(frame_.view.locations),
                        p = static_cast<std::uint64_t>(frame_.view.products);
    const auto share = [&](std::uint64_t k) {
      const std::uint64_t from = count * k / gpus, to = count * (k + 1) / gpus;
      gpus_[k]->run(first + from, to - from, raw_eci == nullptr ? nullptr : raw_eci + from * c,
                    raw_pci == nullptr ? nullptr : raw_pci + from * p);
    };
    if (gpus == 1) return share(0);
    std::vector<std::exception_ptr> failure(gpus);
    std::vector<std::thread> threads;
    for (std::uint64_t k = 0; k < gpus; ++k) {
      threads.emplace_back([&, k] {
        try {
          share(k);
        } catch (...) {
          failure[k] = std::current_exception();
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    for (const std::exception_ptr& each : failure) {
      if (each) std::rethrow_exception(each);
    }
  }

  Tallies collect() override {
    flush();
    Tallies result = std::move(pending_);
    pending_ = {};
    return result;
  }

  ScenarioRecord replay(std::uint64_t replicate) override {
    if (replicate == 0) return frame_.baseline;
    ScenarioRecord found;
    gpus_.front()->replay(frame_.view, replicate,
                          [&](const Workspace& work, const std::int32_t* weight, const std::int32_t* location_weight) {
                            found = frame_.record(work, weight, location_weight, replicate);
                          });
    return found;
  }

 private:
  void compute_baseline() {
    gpus_.front()->replay(frame_.cold_view(), 0,
                          [this](const Workspace& work, const std::int32_t* weight, const std::int32_t*) {
                            frame_.take_baseline(frame_.record(work, weight, nullptr, 0), work);
                          });
    for (const std::unique_ptr<GpuStudy>& gpu : gpus_) gpu->take_baseline();
  }

  void flush() {
    if (pending_.validity.empty()) pending_ = shaped_tallies(shape_of(frame_.view, frame_.study.product_tallies));
    for (const std::unique_ptr<GpuStudy>& gpu : gpus_) gpu->hand_over(pending_);
    since_handover_ = 0;
  }

  StudyFrame frame_;
  std::vector<std::unique_ptr<GpuStudy>> gpus_;
  Tallies pending_;
  std::uint64_t since_handover_ = 0;
};

class CudaDevice final : public Device {
 public:
  CudaDevice(std::string_view name, const DeviceOptions& options)
      : devices_(devices_named(name)),
        each_(std::max(1, options.batch)),
        threads_(options.threads > 0 ? options.threads : usable_cores()),
        dense_(devices_.front()) {
    for (const int device : devices_) {
      try {
        CurrentDevice here(device);
        scenario_shared_memory(device);  // loads the kernels
      } catch (const CudaError& error) {
        throw DeviceUnavailable("device 'cuda:" + std::to_string(device) + "': " + error.what() +
                                "; build with CMAKE_CUDA_ARCHITECTURES for this GPU, or use --device cpu");
      }
    }
  }

  DeviceDescription describe() const override {
    DeviceDescription d;
    cudaDeviceProp properties{};
    d.threads = threads_;
    int multiprocessors = 0;
    for (const int device : devices_) {
      BALASSA_CHECK_CUDA(cudaGetDeviceProperties(&properties, device));
      d.name += (d.name.empty() ? "cuda:" : ",") + std::to_string(device);
      d.model += (d.model.empty() ? "" : " + ") + std::string(properties.name);
      multiprocessors += properties.multiProcessorCount;
      const std::size_t free_bytes = free_memory(device);
      d.memory_free = d.memory_free == 0 ? free_bytes : std::min(d.memory_free, free_bytes);
    }
    d.model += ", " + std::to_string(multiprocessors) + " multiprocessors";
    d.simd = "sm_" + std::to_string(properties.major) + std::to_string(properties.minor);
    d.spectrum = "cusolver-fp64";
    return d;
  }

  std::string arithmetic_name(Arithmetic arithmetic) const override {
    if (arithmetic == Arithmetic::kCanonical) return "canonical-1";
    std::string library;
    for (const int device : devices_) {
      CurrentDevice here(device);
      const std::string mine = gemm_library_name();
      if (!library.empty() && library != mine)
        throw DeviceUnavailable("gemm arithmetic: " + library + " and " + mine + " give different bits; name one GPU");
      library = mine;
    }
    return "gemm-1 (" + library + ")";
  }

  // One year keeps no more than one GPU busy.
  YearMeasures measure(const Year& year, const MeasureRequest& request) override {
    return dense_.measure(year, request);
  }

  MemoryNeed memory_need(int locations, int products, const CellStudy& study) const override {
    StudyView view = view_of(study);
    view.locations = locations;
    view.products = products;
    view.padded_locations = padded(locations);
    view.padded_products = padded(products);
    const BatchPlan plan = plan_on(devices_.front(), view, std::max(locations, products), study.product_tallies, each_);
    const std::size_t blocks = static_cast<std::size_t>(std::max(1, plan.blocks));
    MemoryNeed need;
    need.resident = plan.need.resident;
    need.per_worker =
        plan.need.per_block + plan.need.per_replicate * std::max<std::size_t>(1, plan.replicates / blocks);
    need.workers = static_cast<int>(blocks);
    return need;
  }

  std::unique_ptr<ResidentStudy> make_resident(const CellStudy& study) override {
    return std::make_unique<CudaStudy>(study, devices_, each_);
  }

 private:
  std::vector<int> devices_;
  int each_;     // replicates of a batch per block
  int threads_;  // of the host, for what runs there
  DenseMeasures dense_;
};

}  // namespace

std::unique_ptr<Device> make_cuda_device(std::string_view name, const DeviceOptions& options) {
  return std::make_unique<CudaDevice>(name, options);
}

}  // namespace balassa
