// How the scenario kernel is written, where its bits leave a choice. Each was decided from the compiler's listing and
// not by the clock (bench/results/2026-11-27-sm90-scenario-kernel.md); `bench_gpu_undo_NAME` times the kernel without
// it.
#pragma once

#include <string_view>

namespace balassa {

enum class Choice {
  kNone,
  kOneCopy,        // steps that several places call are functions: a scenario's code is larger than the caches
  kThreadIndex,    // a thread asks for its number where it needs it: kept, it lies in local memory
  kSumsByWarp,     // a warp ends each of several sums: all warps ending all of them saves a barrier
  kJoinedAddress,  // a look-up joins the bits of its group and entry: an addition takes two instructions more
  kSplitTiles,     // the last tiles of a product are spread over warps by chains: they would leave most warps idle
  kTwoBlocks       // two blocks a multiprocessor where the drawn columns fit: one wait hides the other's
};

#if !defined(BALASSA_UNDO)
#define BALASSA_UNDO kNone
#endif
// Never a call, and no symbol below, so that files that undo different choices can be linked together.
consteval bool chosen(Choice choice) {
  return choice != Choice::BALASSA_UNDO;
}
#define BALASSA_QUOTED(name) #name
#define BALASSA_NAME_OF_CHOICE(name) BALASSA_QUOTED(name)
constexpr std::string_view kUndone = BALASSA_NAME_OF_CHOICE(BALASSA_UNDO);

// Whether the kernel counts the clocks of each step (`bench_gpu_steps`).
#if !defined(BALASSA_STEP_CLOCKS)
#define BALASSA_STEP_CLOCKS false
#endif
constexpr bool kStepClocks = BALASSA_STEP_CLOCKS;

}  // namespace balassa
