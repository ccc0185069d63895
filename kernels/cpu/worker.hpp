// What one worker owns: scratch, draws and counters, each in one block.
#pragma once

#include <memory>

#include "kernels/base/large_array.hpp"
#include "kernels/cpu/engine.hpp"
#include "kernels/resident/tally_layout.hpp"

namespace balassa {

// Memory that the system gives as zeros, page by page as it is touched.
struct Unmap {
  void* start = nullptr;
  std::size_t bytes = 0;
  void operator()(std::byte* block) const;
};
using MappedBlock = std::unique_ptr<std::byte[], Unmap>;

class Worker {
 public:
  Worker(const StudyView& view, const Year& year, int batch, bool product_tallies);

  Workspace& work() { return work_; }
  DrawSlots& slots() { return slots_; }
  const TallyView& tallies() const { return tallies_; }

  // Adds what was tallied to `sum` (shaped) and starts from zero.
  void hand_over(const StudyView& view, Tallies& sum);

  static std::size_t bytes(const StudyView& view, int panel_locations, int panel_products, int batch,
                           bool product_tallies);

 private:
  MappedBlock scratch_block_, tally_block_;
  Workspace work_{};
  DrawSlots slots_{};
  TallyView tallies_{};
};

}  // namespace balassa
