// The product bootstrap: weights w on the columns (METHODS C1).
#pragma once

#include "kernels/scenario/draws/weights.hpp"

namespace balassa::inline BALASSA_ISA {

// weight[Pp]; 1 where products are not drawn.
template <class Team>
BALASSA_HD void draw_product_weights(Team& team, const StudyView& study, bool drawn, std::uint64_t replicate,
                                     int panel_products, std::uint32_t* word, std::int32_t* weight) {
  const int products = study.products;
  if (!drawn) {
    team.for_each(study.padded_products, [=](int p) { weight[p] = p < products ? 1 : 0; });
    return;
  }
  draw_weights(team, study.resampling,
               {study.resampling.weights, Purpose::kProductWeights, products, study.padded_products, panel_products,
                study.product_item},
               replicate, word, weight);
}

}  // namespace balassa::inline BALASSA_ISA
