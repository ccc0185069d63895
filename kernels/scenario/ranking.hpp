// Step 7: ranks of the valid locations: 1 = highest score, ties take the smallest (METHODS C0.7, FORMATS 4).
#pragma once

#include "kernels/scenario/team.hpp"

namespace balassa::inline BALASSA_ISA {

// Scores closer than this are equal: ties by symmetry of the matrix, without identical rows, come out of fp64 apart by
// 1e-15; no sample tells 1e-10 of a deviation.
inline constexpr double kTie = 1e-10;

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
    if (i >= valid) {
      rank[c] = 0;
      return;
    }
    int first = i;
    while (first > 0 && eci[order[first - 1]] - eci[order[first]] <= kTie) --first;
    rank[c] = first + 1;
  });
}

}  // namespace balassa::inline BALASSA_ISA
