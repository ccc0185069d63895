// The country bootstrap: weights v on the rows. They make the world that locations are compared with: totals, ubiquity
// and the axis. A location with v = 0 is scored by projection (METHODS C0.2, C2).
#pragma once

#include "kernels/scenario/draws/weights.hpp"

namespace balassa::inline BALASSA_ISA {

// weight[Cp].
template <class Team>
BALASSA_HD void draw_location_weights(Team& team, const StudyView& study, std::uint64_t replicate, int panel_locations,
                                      std::uint32_t* word, std::int32_t* weight) {
  draw_weights(team, study.resampling,
               {study.resampling.location_weights, Purpose::kLocationWeights, study.locations, study.padded_locations,
                panel_locations, study.location_item},
               replicate, word, weight);
}

}  // namespace balassa::inline BALASSA_ISA
