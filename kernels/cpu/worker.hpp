// What one worker owns: scratch, draws and counters, each in one block.
#pragma once

#include <memory>

#include "kernels/cpu/engine.hpp"
#include "kernels/tally_layout.hpp"

namespace balassa {

inline constexpr std::size_t kBlockAlignment = std::size_t{1} << 21;  // a huge page

class Worker {
 public:
  Worker(const StudyView& view, const Year& year, int batch, bool product_tallies);

  Workspace& work() { return work_; }
  DrawSlots& slots() { return slots_; }
  const TallyView& tallies() const { return tallies_; }

  // Adds what was tallied to `sum` (shaped) and starts from zero.
  void hand_over(const StudyView& view, Tallies& sum);

  static std::size_t bytes(const StudyView& view, int panel_products, int batch, bool product_tallies);

 private:
  struct Release {
    void operator()(std::byte* block) const { ::operator delete[](block, std::align_val_t{kBlockAlignment}); }
  };
  std::unique_ptr<std::byte[], Release> scratch_block_, tally_block_;
  std::size_t tally_bytes_ = 0;
  Workspace work_{};
  DrawSlots slots_{};
  TallyView tallies_{};
};

}  // namespace balassa
