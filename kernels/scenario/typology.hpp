// Step 8: P1 sets, shares and HHI within P1, splits, and the class of every location in every cell of the grid
// (METHODS A2 step 3, C0.9, C7; FORMATS 4). Shares and HHI are of raw values; weights decide PCI only. O: S > split and
// HHI > cut, both beyond rounding; F-O: S > split only; L: the rest, and every location without P1 exports
// (tallying.hpp counts them).
#pragma once

#include "kernels/scenario/ranking.hpp"

namespace balassa::inline BALASSA_ISA {

// work.p1_group[p]: which P1 sets hold the product (in_p1_set), so that one pass over the values gives all of them.
// Ties at a cut go up together.
template <class Team>
BALASSA_HD void p1_sets(Team& team, const StudyView& study, Workspace& work) {
  const int products = study.products;
  const double* pci = work.pci;
  std::uint8_t* group = work.p1_group;
  if (study.p1_given) {
    const std::uint8_t* given = study.given_p1;
    team.for_each(study.padded_products, [=](int p) { group[p] = p < products && given[p] != 0 ? 1 : 0; });
    return;
  }
  double *key = work.key, *cut = work.p1_cut;
  const int padded_products = study.padded_products;
  team.for_each(padded_products, [=](int p) { key[p] = p < products && pci[p] == pci[p] ? -pci[p] : 1e300; });
  const double ranked =
      team.template sums<1>(products, [=](int p, Sums<1>& s) { s[0] += pci[p] == pci[p] ? 1.0 : 0.0; })[0];
  const int n = static_cast<int>(ranked), quantiles = study.quantiles;
  // The last product inside each set and the first outside; quantiles rise, so the last has the smallest set.
  int position[2 * kMaxQuantiles], count = 0;
  for (int q = quantiles - 1; q >= 0; --q) {
    const int size = p1_size(study.quantile[q], n);
    position[count++] = size > 0 ? size - 1 : 0;
    position[count++] = size < n ? size : n - 1;
  }
  team.select(key, products, count, position, cut);
  // A pass per set, which vectorises over products.
  double* first_set = work.p1_code();
  team.for_each_free(padded_products, [=](int p) { first_set[p] = 0.0; });
  for (int g = quantiles; g >= 1; --g) {
    const double least = cut[2 * (g - 1)] + kTie, index = g;
    team.for_each_free(padded_products, [=](int p) { first_set[p] = key[p] <= least ? index : first_set[p]; });
  }
  team.for_each(padded_products, [=](int p) { group[p] = static_cast<std::uint8_t>(first_set[p]); });
}

// Share S_j = 100 sum_{P1} x_jp / X_j and HHI_j = 10^4 sum_{P1} x^2 / (sum_{P1} x)^2 (METHODS A2 F2 reading B), for
// every quantile; products in order of their set, then of their index. Lane = location.
template <class Team>
BALASSA_HD void shares(Team& team, const StudyView& study, const Draw& draw, Workspace& work) {
  const int stride = study.padded_locations, products = study.products, quantiles = study.quantiles;
  double *sum = work.p1_value(), *square = work.p1_square(), *share = work.share, *hhi = work.hhi;
  const double *value = draw.value_by_product, *total = draw.raw_location_total;
  const std::uint8_t* group = work.p1_group;
  std::int32_t* member = work.scratch_index;
  team.for_each_free(stride, [=](int c) { sum[c] = square[c] = 0.0; });
  int from = 0;
  for (int g = 1; g <= quantiles; ++g) {
    // Products of each set in a list, so that every member walks the same short one.
    const int begin = from, q = quantiles - g;
    const int to = begin + team.compact(
                               products, [=](int p) { return group[p] == g; }, member + begin);
    team.for_spans(stride, [=](int first, int last) {
      Team::Product::accumulate(value, stride, member, begin, to, first, last, sum, square);
    });
    double *share_q = share + static_cast<std::ptrdiff_t>(q) * stride,
           *hhi_q = hhi + static_cast<std::ptrdiff_t>(q) * stride;
    team.for_each(stride, [=](int c) {
      // The total is a sum of its own: of a basket wholly in P1 it may be some eps smaller.
      share_q[c] = !(total[c] > 0.0) ? 0.0 : sum[c] >= total[c] ? 100.0 : 100.0 * sum[c] / total[c];
      hhi_q[c] = sum[c] > 0.0 ? 10000.0 * square[c] / (sum[c] * sum[c]) : 0.0;
    });
    from = to;
  }
}

// The one or two order statistics that a split needs among n units, and how they are mixed.
struct SplitPoint {
  int positions, position[2];
  double fraction;
};
BALASSA_HD inline SplitPoint split_point(const Split& split, int n) {
  if (n == 0 || split.kind == Split::Kind::kMean || split.kind == Split::Kind::kFixed) return {0, {0, 0}, 0.0};
  // Type 7; the median of an even number averages the two middle values.
  const double at = (n - 1) * (split.kind == Split::Kind::kMedian ? 0.5 : split.parameter);
  const int low = static_cast<int>(at);
  return {low + 1 < n ? 2 : 1, {low, low + 1}, at - low};
}

// The order statistics that all splits need, ascending, so that one selection serves them.
struct SplitPositions {
  int count, position[2 * kMaxSplits];
};
BALASSA_HD inline SplitPositions split_positions(const StudyView& study, int n) {
  SplitPositions all{};
  for (int i = 0; i < study.splits; ++i) {
    const SplitPoint at = split_point(study.split[i], n);
    for (int k = 0; k < at.positions; ++k) {
      int slot = all.count++;
      for (; slot > 0 && all.position[slot - 1] > at.position[k]; --slot) all.position[slot] = all.position[slot - 1];
      all.position[slot] = at.position[k];
    }
  }
  return all;
}

// sorted[i]: the share at wanted.position[i].
BALASSA_HD inline double split_value(const Split& split, const SplitPoint& at, double mean,
                                     const SplitPositions& wanted, const double* sorted) {
  if (split.kind == Split::Kind::kMean) return mean;
  if (split.kind == Split::Kind::kFixed) return split.parameter;
  int slot = 0;
  while (wanted.position[slot] != at.position[0]) ++slot;
  const double low = sorted[slot];
  if (at.positions == 1 || !(at.fraction > 0.0)) return low;
  while (wanted.position[slot] != at.position[1]) ++slot;
  return fused(at.fraction, sorted[slot] - low, low);
}

// work.split_value[q, s] over the valid class units.
template <class Team>
BALASSA_HD void splits(Team& team, const StudyView& study, Workspace& work) {
  const int n = study.locations, stride = study.padded_locations, quantiles = study.quantiles;
  const double* d = work.diversity;
  const std::uint8_t* unit = study.class_unit;
  double *key = work.key, *values = work.split_value, *sorted = work.split_order();
  const Split* split = study.split;
  const int split_count = study.splits;
  const double units_counted =
      team.template sums<1>(n, [=](int c, Sums<1>& s) { s[0] += unit[c] != 0 && d[c] > 0.0 ? 1.0 : 0.0; })[0];
  const int units = static_cast<int>(units_counted);
  const SplitPositions wanted = split_positions(study, units);
  for (int q = 0; q < quantiles; ++q) {
    const double* share = work.share + static_cast<std::ptrdiff_t>(q) * stride;
    team.for_each(n, [=](int c) { key[c] = unit[c] != 0 && d[c] > 0.0 ? share[c] : 1e300; });
    const double sum = team.template sums<1>(n, [=](int c, Sums<1>& s) { s[0] += key[c] < 1e300 ? key[c] : 0.0; })[0];
    if (wanted.count > 0) team.select(key, n, wanted.count, wanted.position, sorted);
    const double mean = units > 0 ? sum / units : 0.0;
    team.for_each(study.splits, [=](int i) {
      values[q * split_count + i] =
          units > 0 ? split_value(split[i], split_point(split[i], units), mean, wanted, sorted) : __builtin_nan("");
    });
  }
}

template <class Team>
BALASSA_HD void classes(Team& team, const StudyView& study, const Draw& draw, Workspace& work) {
  p1_sets(team, study, work);
  shares(team, study, draw, work);
  splits(team, study, work);
}

}  // namespace balassa::inline BALASSA_ISA
