// The scenario compiled for AVX2 and FMA. No standard containers here: see kernels/README.md, "One copy per instruction
// set".
#include "kernels/cpu/draw_batch.hpp"
#include "kernels/cpu/table_product_avx2.hpp"
#include "kernels/scenario.hpp"

namespace balassa {
namespace {

using Team = CpuTeam<Avx2Product>;

void run(const StudyView& study, const Draw& draw, std::uint64_t replicate, Workspace& work, const TallyView* tallies) {
  Team team(work);
  if (tallies != nullptr)
    run_scenario(team, study, draw, replicate, work, *tallies);
  else
    compute_scenario(team, study, draw, work);
}

void run_timed(const StudyView& study, const Draw& draw, std::uint64_t replicate, Workspace& work,
               const TallyView& tallies, std::uint64_t* ticks) {
  TimedCpuTeam<Avx2Product> team(work, ticks);
  run_scenario(team, study, draw, replicate, work, tallies);
}

}  // namespace

const Engine kAvx2Engine = {Avx2Product::kName, draw_batch<Team>, slot_draw, run, run_timed};

}  // namespace balassa
