#include <thread>

#include "kernels/cpu/draw_batch.hpp"
#include "kernels/cpu/threads_team.hpp"
#include "kernels/scenario/scenario.hpp"

namespace balassa {
namespace {

using Team = ThreadsTeam<PlainProduct>;

void run_member(Team& team, const StudyView& study, std::uint64_t replicate, const DrawSlots& slots, Workspace& work,
                const TallyView* tallies) {
  if (study.resampling.scheme == Scheme::kNoise && replicate != 0) {
    draw_weights(team, study, 0, slots.panel_products, slots.word, slots.weight);
    draw_noise(team, study, replicate, slots.panel_locations, slots.noisy, slots.location_part, slots.product_part,
               slots.location_total, slots.noisy_product_total);
  } else {
    draw_weights(team, study, replicate, slots.panel_products, slots.word, slots.weight);
    location_totals(team, study, slots.weight, slots.location_total);
  }
  const double grand = grand_total(team, slots.location_total, study.locations);
  team.once([&] { slots.grand_total[0] = grand; });
  Draw draw = slot_draw(study, replicate, 0, slots);
  draw.total_error = 0.0;  // a team's totals are the canonical sums
  if (tallies != nullptr)
    run_scenario(team, study, draw, replicate, work, *tallies);
  else
    compute_scenario(team, study, draw, work);
}

}  // namespace

void run_by_threads(int members, const StudyView& study, std::uint64_t replicate, DrawSlots& slots, Workspace& work,
                    const TallyView* tallies) {
  ThreadsState state(members);
  std::vector<std::thread> threads;
  for (int rank = 0; rank < members; ++rank) {
    threads.emplace_back([&, rank] {
      Team team(state, rank, members, work);
      run_member(team, study, replicate, slots, work, tallies);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace balassa
