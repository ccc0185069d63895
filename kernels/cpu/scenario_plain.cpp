// The scenario compiled for x86-64 without intrinsics. No standard containers here: see kernels/README.md, "One copy
// per instruction set".
#include "kernels/bit_matrix.hpp"
#include "kernels/cpu/draw_batch.hpp"
#include "kernels/scenario.hpp"

namespace balassa {
namespace {

using Team = CpuTeam<PlainProduct>;

void run(const StudyView& study, const Draw& draw, std::uint64_t replicate, Workspace& work, const TallyView* tallies) {
  Team team(work);
  if (tallies != nullptr)
    run_scenario(team, study, draw, replicate, work, *tallies);
  else
    compute_scenario(team, study, draw, work);
}

void run_timed(const StudyView& study, const Draw& draw, std::uint64_t replicate, Workspace& work,
               const TallyView& tallies, std::uint64_t* ticks) {
  TimedCpuTeam<PlainProduct> team(work, ticks);
  run_scenario(team, study, draw, replicate, work, tallies);
}

}  // namespace

const Engine kPlainEngine = {PlainProduct::kName, draw_batch<Team>, slot_draw, run, run_timed};

}  // namespace balassa
