#include "kernels/cuda/gpu_study.hpp"

#include <algorithm>

#include "kernels/cuda/kernels.hpp"
#include "kernels/resident/tally_layout.hpp"

namespace balassa {
namespace {

// f(pointer, elements) for each array of the year.
template <class F>
void for_year_arrays(StudyView& view, F f) {
  const std::size_t c = static_cast<std::size_t>(view.locations), p = static_cast<std::size_t>(view.products),
                    cp = static_cast<std::size_t>(view.padded_locations),
                    pp = static_cast<std::size_t>(view.padded_products);
  f(view.value, c * pp);
  f(view.value_by_product, p * cp);
  f(view.location_total, cp);
  f(view.product_total, pp);
  f(view.prefix_ratio, c * pp);
  f(view.prefix_step, c * static_cast<std::size_t>(prefix_steps(view.snapshots)));
  f(view.prefix_order, c * pp);
  f(view.prefix_count, cp);
  f(view.snapshot, c * static_cast<std::size_t>(view.snapshots) * (pp / kTile));
  f(view.start_noise, cp);
  f(view.probe, cp);
  f(view.location_item, cp);
  f(view.product_item, pp);
  f(view.class_unit, cp);
  if (view.given_p1 != nullptr) f(view.given_p1, pp);
}

// And of what comes with the baseline.
template <class F>
void for_baseline_arrays(StudyView& view, F f) {
  const std::size_t cp = static_cast<std::size_t>(view.padded_locations),
                    words = cp / kTile * static_cast<std::size_t>(view.padded_products);
  f(view.start, cp);
  f(view.reference, cp);
  f(view.has_reference, cp);
  f(view.base_by_location, words);
  f(view.base_by_product, words);
  f(view.rpop_by_location, words);
}

}  // namespace

GpuStudy::GpuStudy(int device, const StudyFrame& frame, const BatchPlan& plan)
    : device_(device),
      frame_(frame),
      plan_(plan),
      arena_(plan.total(), "a study of " + std::to_string(frame.view.locations) + " x " +
                               std::to_string(frame.view.products) + " on cuda:" + std::to_string(device)) {
  view_ = frame.view;
  for_year_arrays(view_, [this]<class T>(const T*& array, std::size_t count) {
    T* there = arena_.take<T>(count, "year");
    upload(there, array, count);
    array = there;
  });
  for_baseline_arrays(view_, [this]<class T>(const T*& array, std::size_t count) {
    T* there = arena_.take<T>(count, "baseline");
    if (array != nullptr) upload(there, array, count);
    array = there;
  });
  Arena measure;
  carve_tallies(measure, view_, frame.study.product_tallies);
  tally_bytes_ = measure.used();
  tally_block_ = arena_.take<std::byte>(tally_bytes_, "tallies");
  Arena place(tally_block_);
  tallies_ = carve_tallies(place, view_, frame.study.product_tallies);
  tally_image_ = PinnedBuffer(tally_bytes_, "tallies");
  replay_block_ = arena_.take<std::byte>(plan_.need.replay_bytes, "replay");

  const std::size_t blocks = static_cast<std::size_t>(plan_.blocks), replicates = plan_.replicates,
                    c = static_cast<std::size_t>(view_.locations), p = static_cast<std::size_t>(view_.products),
                    cp = static_cast<std::size_t>(view_.padded_locations),
                    pp = static_cast<std::size_t>(view_.padded_products);
  ScenarioBatch shared{};
  shared.words = draw_words_needed(view_, std::max(frame.year.panel_locations, frame.year.panel_products));
  shared.word = arena_.take<std::uint32_t>(blocks * shared.words, "draw words");
  shared.slow_bytes = plan_.need.slow_bytes;
  shared.slow = arena_.take<std::byte>(blocks * shared.slow_bytes, "workspaces");
  shared.worst = arena_.take<Worst>(3 * blocks, "extremes");
  shared.panel_locations = frame.year.panel_locations;
  shared.panel_products = frame.year.panel_products;
  shared.placement = plan_.block.placement;
  for (Slot& slot : slots_) {
    slot.batch = shared;
    slot.batch.next = arena_.take<unsigned>(1, "counter");
    slot.batch.weight = arena_.take<std::int32_t>(replicates * pp, "weights");
    slot.batch.location_total = arena_.take<double>(replicates * cp, "totals");
    if (view_.resampling.draws.location_weights) {
      slot.batch.location_weight = arena_.take<std::int32_t>(replicates * cp, "weights");
      slot.batch.product_total = arena_.take<double>(replicates * pp, "totals");
    }
    slot.batch.raw_eci = arena_.take<float>(replicates * c, "raw scores");
    slot.batch.raw_pci = arena_.take<float>(replicates * p, "raw scores");
  }
  if (view_.arithmetic == Arithmetic::kGemm) lock_step_ = std::make_unique<GpuLockStep>(arena_, view_, compute_.get());
  clear_counters();
  BALASSA_CHECK_CUDA(cudaStreamSynchronize(compute_.get()), "making a study resident");
}

void GpuStudy::take_study() {
  CurrentDevice here(device_);
  StudyView next = frame_.view;
  std::vector<const void*> there;
  const auto note = [&]<class T>(const T*& array, std::size_t) { there.push_back(array); };
  for_year_arrays(view_, note);
  for_baseline_arrays(view_, note);
  std::size_t k = 0;
  const auto keep = [&]<class T>(const T*& array, std::size_t) { array = static_cast<const T*>(there[k++]); };
  for_year_arrays(next, keep);
  for_baseline_arrays(next, keep);
  view_ = next;
  if (frame_.view.rpop_by_location != nullptr)
    upload(const_cast<std::uint32_t*>(view_.rpop_by_location), frame_.view.rpop_by_location, frame_.rpop_by_location.size());
  solves_together_ = false;
  if (counted_) clear_counters();
}

void GpuStudy::take_baseline() {
  CurrentDevice here(device_);
  StudyView source = frame_.view;
  std::vector<const void*> host;
  for_baseline_arrays(source, [&]<class T>(const T*& array, std::size_t) { host.push_back(array); });
  std::size_t next = 0;
  for_baseline_arrays(view_, [&]<class T>(const T*& array, std::size_t count) {
    const void* from = host[next++];
    if (from == nullptr) return;
    upload(const_cast<T*>(array), static_cast<const T*>(from), count);
  });
  BALASSA_CHECK_CUDA(cudaStreamSynchronize(compute_.get()), "copying a baseline to " + name());
  if (lock_step_ == nullptr || !frame_.view.has_start) return;
  lock_step_->take_presence(DensePresence(frame_.view.base_by_location, frame_.view));
  solves_together_ = true;
}

// The host's view with this device's pointers.
StudyView GpuStudy::on_device(const StudyView& view) const {
  StudyView there = view_;
  there.has_start = view.has_start;
  there.any_reference = view.any_reference;
  there.turned = view.turned;
  there.precision = view.precision;
  if (view.base_by_location == nullptr) there.base_by_location = there.base_by_product = nullptr;
  return there;
}

void GpuStudy::replay(const StudyView& view, std::uint64_t replicate,
                      const std::function<void(const Workspace& work, const std::int32_t* weight,
                                               const std::int32_t* location_weight)>& use) {
  CurrentDevice here(device_);
  const StudyView there = on_device(view);
  ScenarioBatch one = slots_[0].batch;
  one.first = replicate;
  one.count = 1;
  one.raw_eci = one.raw_pci = nullptr;
  one.tallied = false;
  one.placement = {0, 2};  // all of it where the host can copy it from
  one.slow = replay_block_;
  one.slow_bytes = plan_.need.replay_bytes;
  const std::string during = "computing replicate " + std::to_string(replicate) + " on " + name();
  BALASSA_CHECK_CUDA(cudaMemsetAsync(one.next, 0, sizeof(unsigned), compute_.get()));
  draw(there, one, 1);
  one.axis = solve_together(one);
  launch_scenarios(there, one, tallies_, 1, plan_.block.threads, 0, compute_.get());
  BALASSA_CHECK_CUDA(cudaStreamSynchronize(compute_.get()), during);
  Arena nothing, measure;
  carve_workspace(nothing, measure, one.placement, view.locations, view.products, view.quantiles);
  std::vector<std::max_align_t> copy(measure.used() / sizeof(std::max_align_t) + 1);
  std::vector<std::int32_t> weight(static_cast<std::size_t>(view.padded_products));
  BALASSA_CHECK_CUDA(cudaMemcpy(copy.data(), replay_block_, measure.used(), cudaMemcpyDeviceToHost), during);
  BALASSA_CHECK_CUDA(
      cudaMemcpy(weight.data(), one.weight, weight.size() * sizeof(std::int32_t), cudaMemcpyDeviceToHost), during);
  std::vector<std::int32_t> location_weight;
  if (replicate != 0 && view.resampling.draws.location_weights) {
    location_weight.resize(static_cast<std::size_t>(view.padded_locations));
    BALASSA_CHECK_CUDA(cudaMemcpy(location_weight.data(), one.location_weight,
                                  location_weight.size() * sizeof(std::int32_t), cudaMemcpyDeviceToHost),
                       during);
  }
  Arena place(reinterpret_cast<std::byte*>(copy.data()));
  Workspace work = carve_workspace(nothing, place, one.placement, view.locations, view.products, view.quantiles);
  if (!view.resampling.recompute_presence && view.base_by_location != nullptr)  // the fixed M is the host's too
    work.by_location_full.bits = const_cast<std::uint32_t*>(view.base_by_location);
  use(work, weight.data(), location_weight.empty() ? nullptr : location_weight.data());
}

// Weights of a batch, and the totals under them; noisy cells and theirs are drawn by the scenarios.
void GpuStudy::draw(const StudyView& view, const ScenarioBatch& batch, int blocks) {
  launch_weights(view, batch, blocks, compute_.get());
  if (batch.first == 0 || !view.resampling.draws.cell_noise) launch_totals(view, batch, compute_.get());
}

void GpuStudy::run(std::uint64_t first, std::uint64_t count, float* raw_eci, float* raw_pci) {
  CurrentDevice here(device_);
  const std::size_t scores = static_cast<std::size_t>(view_.locations) + static_cast<std::size_t>(view_.products);
  for (Slot& slot : slots_) slot.pending = false;  // of a run that threw
  int turn = 0;
  for (std::uint64_t offset = 0; offset < count; turn ^= 1) {
    Slot& slot = slots_[static_cast<std::size_t>(turn)];
    finish(slot, raw_eci, raw_pci);
    if ((raw_eci != nullptr || raw_pci != nullptr) && slot.raw.get() == nullptr)
      slot.raw = PinnedBuffer(plan_.replicates * scores * sizeof(float), "raw scores");
    slot.offset = offset;
    slot.keeps_eci = raw_eci != nullptr;
    slot.keeps_pci = raw_pci != nullptr;
    std::uint64_t most = plan_.replicates;
    if (lock_step_ != nullptr) {  // batches end where its columns do
      const auto columns = static_cast<std::uint64_t>(GpuLockStep::columns(view_.locations, view_.products));
      most = std::min(most, columns - (first + offset - 1) % columns);
    }
    const unsigned together = static_cast<unsigned>(std::min(most, count - offset));
    start(slot, first + offset, together);
    offset += together;
  }
  for (int k = 0; k < 2; ++k, turn ^= 1) finish(slots_[static_cast<std::size_t>(turn)], raw_eci, raw_pci);
}

const SolvedAxis* GpuStudy::solve_together(const ScenarioBatch& batch) {
  if (!solves_together_) return nullptr;
  return lock_step_->solve(batch.first, static_cast<int>(batch.count), batch.weight);
}

// Draws, scenarios and copies of one batch, all asynchronous: the copies leave on a stream of their own while the next
// batch runs.
void GpuStudy::start(Slot& slot, std::uint64_t first, unsigned count) {
  const StudyView view = on_device(frame_.view);
  const cudaStream_t compute = compute_.get(), copy = copy_.get();
  ScenarioBatch batch = slot.batch;
  slot.batch.first = batch.first = first;
  slot.batch.count = batch.count = count;
  batch.tallied = counted_ = true;
  if (!slot.keeps_eci) batch.raw_eci = nullptr;
  if (!slot.keeps_pci) batch.raw_pci = nullptr;
  BALASSA_CHECK_CUDA(cudaMemsetAsync(batch.next, 0, sizeof(unsigned), compute));
  draw(view, batch, std::min(plan_.blocks, static_cast<int>(count)));
  batch.axis = solve_together(batch);
  launch_scenarios(view, batch, tallies_, std::min(plan_.blocks, static_cast<int>(count)), plan_.block.threads,
                   plan_.block.fast_bytes, compute);
  BALASSA_CHECK_CUDA(cudaEventRecord(slot.computed.get(), compute));
  BALASSA_CHECK_CUDA(cudaStreamWaitEvent(copy, slot.computed.get(), 0));
  const std::size_t c = static_cast<std::size_t>(view.locations), p = static_cast<std::size_t>(view.products);
  float* eci = reinterpret_cast<float*>(slot.raw.get());
  if (batch.raw_eci != nullptr)
    BALASSA_CHECK_CUDA(cudaMemcpyAsync(eci, batch.raw_eci, count * c * sizeof(float), cudaMemcpyDeviceToHost, copy));
  if (batch.raw_pci != nullptr)
    BALASSA_CHECK_CUDA(cudaMemcpyAsync(eci + plan_.replicates * c, batch.raw_pci, count * p * sizeof(float),
                                       cudaMemcpyDeviceToHost, copy));
  BALASSA_CHECK_CUDA(cudaEventRecord(slot.copied.get(), copy));
  slot.pending = true;
}

void GpuStudy::finish(Slot& slot, float* raw_eci, float* raw_pci) {
  if (!slot.pending) return;
  slot.pending = false;
  const std::uint64_t last = slot.batch.first + slot.batch.count - 1;
  BALASSA_CHECK_CUDA(cudaEventSynchronize(slot.copied.get()), "running replicates " + std::to_string(slot.batch.first) +
                                                                  " to " + std::to_string(last) + " on " + name());
  const std::size_t c = static_cast<std::size_t>(view_.locations), p = static_cast<std::size_t>(view_.products);
  const float* eci = reinterpret_cast<const float*>(slot.raw.get());
  if (slot.keeps_eci) std::copy_n(eci, slot.batch.count * c, raw_eci + slot.offset * c);
  if (slot.keeps_pci) std::copy_n(eci + plan_.replicates * c, slot.batch.count * p, raw_pci + slot.offset * p);
}

void GpuStudy::hand_over(Tallies& sum) {
  CurrentDevice here(device_);
  const std::string during = "collecting tallies from " + name();
  BALASSA_CHECK_CUDA(cudaStreamSynchronize(compute_.get()), during);
  std::vector<Worst> worst(kExtremes * static_cast<std::size_t>(plan_.blocks));
  BALASSA_CHECK_CUDA(cudaMemcpy(tally_image_.get(), tally_block_, tally_bytes_, cudaMemcpyDeviceToHost), during);
  BALASSA_CHECK_CUDA(
      cudaMemcpy(worst.data(), slots_[0].batch.worst, worst.size() * sizeof(Worst), cudaMemcpyDeviceToHost), during);
  Arena place(tally_image_.get());
  add_tallies(frame_.view, carve_tallies(place, frame_.view, frame_.study.product_tallies), sum);
  for (std::size_t block = 0; block < static_cast<std::size_t>(plan_.blocks); ++block)
    add_worst(worst.data() + kExtremes * block, sum);
  clear_counters();
}

// Zero bytes, and ranges that any score replaces.
void GpuStudy::clear_counters() {
  counted_ = false;
  BALASSA_CHECK_CUDA(cudaMemsetAsync(tally_block_, 0, tally_bytes_, compute_.get()));
  BALASSA_CHECK_CUDA(cudaMemsetAsync(slots_[0].batch.worst, 0,
                                     3 * static_cast<std::size_t>(plan_.blocks) * sizeof(Worst), compute_.get()));
  Arena place(tally_image_.get());
  const TallyView image = carve_tallies(place, frame_.view, frame_.study.product_tallies);
  open_ranges(view_.locations, view_.products, image);
  const std::size_t c = static_cast<std::size_t>(view_.locations), p = static_cast<std::size_t>(view_.products);
  upload(tallies_.score_moments, image.score_moments, c);
  if (tallies_.product_moments.sum != nullptr) {
    upload(tallies_.product_moments.minimum, image.product_moments.minimum, p);
    upload(tallies_.product_moments.maximum, image.product_moments.maximum, p);
  }
  BALASSA_CHECK_CUDA(cudaStreamSynchronize(compute_.get()), "clearing the counters of " + name());
}

}  // namespace balassa
