// How a study is laid out on a device, decided on the host before anything is allocated: no CUDA here, so that tests
// need no GPU.
#pragma once

#include <string>

#include "kernels/base/workspace.hpp"

namespace balassa {

// Bytes of device memory.
struct BatchNeed {
  std::size_t resident = 0;       // the year's layouts, baseline, counters, one workspace for replays
  std::size_t per_block = 0;      // of the scenario kernel
  std::size_t per_replicate = 0;  // of the two batches in flight
  std::size_t slow_bytes = 0;     // of per_block: workspace and noise
  std::size_t replay_bytes = 0;   // of resident: the replay's workspace and noise
};

// view: sizes and options of the study, no pointers read. panel_items: locations or products, whichever are more.
// lock_step_bytes: of a solve of many replicates together; 0.
BatchNeed batch_need(const StudyView& view, const Placement& placement, int panel_items, bool product_tallies,
                     std::size_t lock_step_bytes = 0);

// A block of the scenario kernel.
struct BlockShape {
  Placement placement;
  std::size_t fast_bytes = 0;  // of shared memory, beside the static part
  int threads = 0;
};

// Products that a replicate draws at most, padded, but for one in 10^9: a multinomial or Poisson weight is zero with
// probability 1 / e, and Poisson weights are independent, so that the count's variance is P (1 - 1 / e) / e; six
// deviations. Bayesian weights and noise draw all.
int likely_columns(const StudyView& view);

// Half a multiprocessor's registers and shared memory where both orientations of the drawn presence fit in that, if not
// of all products, then of as many as are likely to be drawn; else all that a block may take. fast_limit: of one block;
// shared_bytes: of the multiprocessor; static_bytes: what a block takes beside fast_bytes, the system's part included.
BlockShape plan_block(const StudyView& view, std::size_t fast_limit, std::size_t shared_bytes,
                      std::size_t static_bytes);
BlockShape plan_whole_block(const StudyView& view, std::size_t fast_limit);  // all that a block may take

struct BatchPlan {
  BlockShape block;
  int blocks = 0;           // of the scenario kernel; 0: does not fit
  unsigned replicates = 0;  // of a batch
  BatchNeed need;
  std::size_t usable_bytes = 0;  // of the device's memory
  std::size_t total() const {
    return need.resident + need.per_block * static_cast<std::size_t>(blocks) +
           need.per_replicate * static_cast<std::size_t>(replicates);
  }
};

// The blocks wanted with `each` replicates a block, or as many as fit in `free_bytes`: first fewer replicates, then
// fewer blocks.
BatchPlan fit_batch(const BatchNeed& need, int blocks_wanted, int each, std::size_t free_bytes);

// Why a plan does not fit and what would help, for a message.
std::string memory_message(const std::string& device, const BatchNeed& need, std::size_t free_bytes);

// Words of a draw's scratch, of one block.
std::size_t draw_words_needed(const StudyView& view, int panel_items);

}  // namespace balassa
