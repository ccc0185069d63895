// The table of functions of one instruction set's copy of the scenario. The files that include it use no standard
// containers: see kernels/README.md, "One copy per instruction set".
#pragma once

#include "kernels/cpu/draw_batch.hpp"
#include "kernels/scenario/scenario.hpp"

namespace balassa::inline BALASSA_ISA {

template <class Product>
void run_on_core(const StudyView& study, const Draw& draw, std::uint64_t replicate, Workspace& work,
                 const TallyView* tallies) {
  CpuTeam<Product> team(work);
  if (tallies != nullptr)
    run_scenario(team, study, draw, replicate, work, *tallies);
  else
    compute_scenario(team, study, draw, work);
}

template <class Product>
void run_timed_on_core(const StudyView& study, const Draw& draw, std::uint64_t replicate, Workspace& work,
                       const TallyView& tallies, std::uint64_t* ticks) {
  TimedCpuTeam<Product> team(work, ticks);
  run_scenario(team, study, draw, replicate, work, tallies);
}

template <class Product>
constexpr Engine engine_of() {
  return {Product::kName, draw_batch<CpuTeam<Product>>, slot_draw, run_on_core<Product>, run_timed_on_core<Product>};
}

}  // namespace balassa::inline BALASSA_ISA
