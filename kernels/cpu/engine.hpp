// What each instruction set's copy of the scenario offers to the CPU device: plain function pointers, one table a copy.
#pragma once

#include <cstdint>

#include "kernels/base/layout.hpp"

namespace balassa {

// The draws of up to `capacity` replicates, formed together. Cp, Pp padded.
struct DrawSlots {
  int capacity;
  std::int32_t* weight;           // [capacity, Pp]
  std::int32_t* location_weight;  // [capacity, Cp]; null where locations are not drawn
  double* weight64;               // [capacity, max(Cp, Pp)] those of one side, for fp64 totals
  float* weight32;                // [capacity, max(Cp, Pp)] the same, for fp32 totals
  double* location_total;         // [capacity, Cp]
  double* product_total;          // [capacity, Pp]; null where locations are not drawn
  double* grand_total;            // [capacity]
  std::uint32_t* word;            // [max(Cp, Pp, panel locations, panel products) + 8]
  double *noisy, *noisy_location_total, *noisy_product_total, *raw_location_total;  // [P, Cp] [Cp] [Pp] [Cp]
  double *location_part, *product_part;                                             // [Cp] [Pp]; null without noise
  int panel_locations, panel_products;
};

struct Engine {
  const char* name;
  // Draws replicates [first, first + count), count <= capacity (1 with noise).
  void (*draw)(const StudyView& study, std::uint64_t first, int count, DrawSlots& slots, Workspace& work);
  // The draw of slot k as a scenario reads it.
  Draw (*slot)(const StudyView& study, std::uint64_t replicate, int k, const DrawSlots& slots);
  // One scenario; tallied unless tallies is null.
  void (*run)(const StudyView& study, const Draw& draw, std::uint64_t replicate, Workspace& work,
              const TallyView* tallies);
  // The same, adding the time-stamp ticks of each step to ticks[kSteps]; for benchmarks.
  void (*run_timed)(const StudyView& study, const Draw& draw, std::uint64_t replicate, Workspace& work,
                    const TallyView& tallies, std::uint64_t* ticks);
};

extern const Engine kPlainEngine, kAvx2Engine, kAvx512Engine, kAvx512VbmiEngine;

// Runs one replicate, draw and all, by `members` threads of a ThreadsTeam.
void run_by_threads(int members, const StudyView& study, std::uint64_t replicate, DrawSlots& slots, Workspace& work,
                    const TallyView* tallies);

}  // namespace balassa
