// One GPU's share of a study: its copy of the year, its counters, two batches in flight.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "kernels/cuda/batch.hpp"
#include "kernels/cuda/batch_plan.hpp"
#include "kernels/cuda/gpu_lock_step.hpp"
#include "kernels/resident/study_frame.hpp"

namespace balassa {

class GpuStudy {
 public:
  // The frame outlives this; plan.blocks > 0.
  GpuStudy(int device, const StudyFrame& frame, const BatchPlan& plan);
  GpuStudy(const GpuStudy&) = delete;
  GpuStudy& operator=(const GpuStudy&) = delete;

  // Takes start, reference and fixed presence from the frame once it has its baseline.
  void take_baseline();

  // Takes the knobs of the study that the frame has become; then its baseline. The blocks keep their shape, which was
  // planned for the first study's law of weights.
  void take_study();

  // One scenario alone under `view` (a view of the frame's), handed to `use` as a workspace on the host.
  void replay(const StudyView& view, std::uint64_t replicate,
              const std::function<void(const Workspace& work, const std::int32_t* weight,
                                       const std::int32_t* location_weight)>& use);

  // Replicates [first, first + count) into the counters; raw scores where not null.
  void run(std::uint64_t first, std::uint64_t count, float* raw_eci, float* raw_pci);

  // Adds the counters to `sum` (shaped) and starts from zero.
  void hand_over(Tallies& sum);

 private:
  // A batch on the device and what it leaves in pinned memory.
  struct Slot {
    ScenarioBatch batch{};
    Event computed, copied;
    PinnedBuffer raw;
    bool pending = false, keeps_eci = false, keeps_pci = false;
    std::uint64_t offset = 0;  // of its first replicate in the range
  };

  // On the stream of the kernels: a plain copy from pageable memory may return before it has arrived, and a
  // non-blocking stream does not wait for it.
  template <class T>
  void upload(T* to, const T* from, std::size_t count) {
    BALASSA_CHECK_CUDA(cudaMemcpyAsync(to, from, count * sizeof(T), cudaMemcpyHostToDevice, compute_.get()));
  }
  StudyView on_device(const StudyView& view) const;
  // Solves for a batch whose weights are drawn, where the study asks for it.
  const SolvedAxis* solve_together(const ScenarioBatch& batch);
  void draw(const StudyView& view, const ScenarioBatch& batch, int blocks);
  void start(Slot& slot, std::uint64_t first, unsigned count);
  void finish(Slot& slot, float* raw_eci, float* raw_pci);
  void clear_counters();
  std::string name() const { return "cuda:" + std::to_string(device_); }

  int device_;
  const StudyFrame& frame_;
  BatchPlan plan_;
  DeviceArena arena_;
  Stream compute_, copy_;
  StudyView view_{};                  // device pointers
  std::byte* tally_block_ = nullptr;  // device
  std::size_t tally_bytes_ = 0;
  TallyView tallies_{};       // device
  PinnedBuffer tally_image_;  // the counters on the host, while they are handed over
  std::byte* replay_block_ = nullptr;
  std::unique_ptr<GpuLockStep> lock_step_;  // null: each scenario solves for itself
  bool counted_ = false;                    // since the counters were cleared
  bool solves_together_ = false;            // from the baseline on, where there is one to start from
  std::array<Slot, 2> slots_;
};

}  // namespace balassa
