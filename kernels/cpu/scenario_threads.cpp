#include <thread>

#include "kernels/cpu/draw_batch.hpp"
#include "kernels/cpu/threads_team.hpp"
#include "kernels/scenario/scenario.hpp"

namespace balassa {
namespace {

using Team = ThreadsTeam<PlainProduct>;

void run_member(Team& team, const StudyView& study, std::uint64_t replicate, const DrawSlots& slots, Workspace& work,
                const TallyView* tallies) {
  const Draws draws = draws_of(study, replicate);
  const std::int32_t* location_weight = slot_location_weight(study, draws, 0, slots);
  draw_product_weights(team, study, draws.product_weights, replicate, slots.panel_products, slots.word, slots.weight);
  if (draws.location_weights)
    draw_location_weights(team, study, replicate, slots.panel_locations, slots.word, slots.location_weight);
  if (draws.cell_noise) {
    draw_noisy_cells(team, study, replicate, slots.panel_locations, slots.weight, location_weight, slot_cells(slots));
  } else {
    location_totals(team, study, slots.weight, slots.location_total);
    if (draws.location_weights)
      product_totals(team, study, study.value_by_product, location_weight, slots.product_total);
  }
  const double grand = grand_total(team, draws.cell_noise ? slots.noisy_location_total : slots.location_total,
                                   location_weight, study.locations);
  team.once([&] { slots.grand_total[0] = grand; });
  Draw draw = slot_draw(study, replicate, 0, slots);
  draw.total_error = draw.product_error = 0.0;  // a team's totals are the canonical sums
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
