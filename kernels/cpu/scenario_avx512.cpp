// The scenario compiled for AVX-512 F, BW, DQ, VL. No standard containers here: see kernels/README.md, "One copy per
// instruction set".
#include "kernels/cpu/draw_batch.hpp"
#include "kernels/cpu/table_product_avx512.hpp"
#include "kernels/scenario.hpp"

namespace balassa {
namespace {

using Team = CpuTeam<Avx512Product>;

void run(const StudyView& study, const Draw& draw, std::uint64_t replicate, Workspace& work, const TallyView* tallies) {
  Team team(work);
  if (tallies != nullptr)
    run_scenario(team, study, draw, replicate, work, *tallies);
  else
    compute_scenario(team, study, draw, work);
}

void run_timed(const StudyView& study, const Draw& draw, std::uint64_t replicate, Workspace& work,
               const TallyView& tallies, std::uint64_t* ticks) {
  TimedCpuTeam<Avx512Product> team(work, ticks);
  run_scenario(team, study, draw, replicate, work, tallies);
}

}  // namespace

const Engine kAvx512Engine = {Avx512Product::kName, draw_batch<Team>, slot_draw, run, run_timed};

}  // namespace balassa
