// Step 7: ranks of the valid locations: 1 = highest score, ties take the smallest (METHODS C0.7, FORMATS 4).
#pragma once

#include "kernels/formulas/scoring.hpp"
#include "kernels/scenario/team.hpp"

namespace balassa::inline BALASSA_ISA {

// work.order: locations by falling ECI, those without a score last; work.rank.
template <class Team>
BALASSA_HD void ranks(Team& team, const StudyView& study, Workspace& work) {
  const int n = study.locations, valid = work.outcome->rows;
  const double *eci = work.eci, *d = work.diversity;
  double* key = work.key;
  std::int32_t *order = work.order, *rank = work.rank;
  team.for_each(n, [=](int c) { key[c] = d[c] > 0.0 ? -eci[c] : 1e300; });
  team.order(key, n, order);
  team.for_each(n, [=](int i) {
    const int c = order[i];
    rank[c] = i < valid ? rank_in_falling(i, [=](int k) { return eci[order[k]]; }) : 0;
  });
}

}  // namespace balassa::inline BALASSA_ISA
