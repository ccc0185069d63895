// Step 7: P1 sets, shares and HHI within P1, splits, and the class of every location in every cell of the grid
// (METHODS A2 step 3, C0.9, C7; FORMATS 4). Shares and HHI are of raw values; weights decide PCI only.
#pragma once

#include "kernels/team.hpp"

namespace balassa::inline BALASSA_ISA {

enum class LocationClass : std::uint8_t { kO, kFO, kL };

// Products in the P1 set of quantile q among n with a PCI: n - floor(q n).
BALASSA_HD inline int p1_size(const P1Quantile& q, int n) {
  return n - static_cast<int>(q.numerator * n / q.denominator);
}

// work.p1_group[p]: 1 + the index, in falling order of the quantiles, of the first P1 set that holds the product; the
// sets are nested, so that one pass over the values gives all of them. Ties at a cut go up together.
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
  double* key = work.key;
  team.for_each(products, [=](int p) { key[p] = pci[p] == pci[p] ? -pci[p] : 1e300; });
  team.order(key, products, work.product_order);
  const double ranked = team.template sums<1>(products, [=](int p, Sums<1>& s) { s[0] += pci[p] == pci[p] ? 1.0 : 0.0; })[0];
  const int n = static_cast<int>(ranked), quantiles = study.quantiles;
  const std::int32_t* order = work.product_order;
  const StudyView view = study;
  team.for_each(study.padded_products, [=](int p) {
    std::uint8_t first = 0;
    if (p < products && pci[p] == pci[p]) {
      for (int g = quantiles - 1; g >= 0; --g) {  // quantiles rise, so the last has the smallest set
        const int size = p1_size(view.quantile[g], n);
        if (size > 0 && pci[p] >= pci[order[size - 1]]) {
          first = static_cast<std::uint8_t>(quantiles - g);
          break;
        }
      }
    }
    group[p] = first;
  });
}

// Share S_j = 100 sum_{P1} x_jp / X_j and HHI_j = 10^4 sum_{P1} x^2 / (sum_{P1} x)^2 (METHODS A2 F2 reading B), for every
// quantile; products in order of their set, then of their index. Lane = location.
template <class Team>
BALASSA_HD void shares(Team& team, const StudyView& study, const Draw& draw, Workspace& work) {
  const int stride = study.padded_locations, products = study.products, quantiles = study.p1_given ? 1 : study.quantiles;
  double *sum = work.part, *square = work.part + stride, *share = work.share, *hhi = work.hhi;
  const double *value = draw.value_by_product, *total = draw.raw_location_total;
  const std::uint8_t* group = work.p1_group;
  std::int32_t* member = work.scratch_index;
  // Products of each set in a list, so that every member walks the same short one.
  team.once([=] {
    int count = 0;
    for (int g = 1; g <= quantiles; ++g) {
      for (int p = 0; p < products; ++p) {
        member[count] = p;
        count += group[p] == g ? 1 : 0;
      }
      member[products + g] = count;
    }
  });
  int from = 0;
  for (int g = 1; g <= quantiles; ++g) {
    const int to = member[products + g], q = study.p1_given ? 0 : study.quantiles - g;
    const int begin = from;
    team.for_each(stride / kTile, [=](int t) {
      if (g == 1) {
        for (int l = 0; l < kTile; ++l) sum[t * kTile + l] = square[t * kTile + l] = 0.0;
      }
      Team::Product::accumulate(value + t * kTile, stride, member, begin, to, sum + t * kTile, square + t * kTile);
    });
    double *share_q = share + static_cast<std::ptrdiff_t>(q) * stride, *hhi_q = hhi + static_cast<std::ptrdiff_t>(q) * stride;
    team.for_each(stride, [=](int c) {
      share_q[c] = total[c] > 0.0 ? 100.0 * sum[c] / total[c] : 0.0;
      hhi_q[c] = sum[c] > 0.0 ? 10000.0 * square[c] / (sum[c] * sum[c]) : 0.0;
    });
    from = to;
  }
}

// The value of a split over the class units, from their shares in ascending order; n >= 1.
template <class Sorted>
BALASSA_HD double split_value(const Split& split, int n, double mean, Sorted sorted) {
  switch (split.kind) {
    case Split::Kind::kMean:
      return mean;
    case Split::Kind::kFixed:
      return split.parameter;
    case Split::Kind::kMedian:
      return n % 2 == 1 ? sorted(n / 2) : 0.5 * (sorted(n / 2 - 1) + sorted(n / 2));
    case Split::Kind::kQuantile:
      break;
  }
  const double position = (n - 1) * split.parameter;
  const int low = static_cast<int>(position);
  const double fraction = position - low;
  return low + 1 < n ? fused(fraction, sorted(low + 1) - sorted(low), sorted(low)) : sorted(n - 1);
}

// work.split_value[q, s] over the valid class units.
template <class Team>
BALASSA_HD void splits(Team& team, const StudyView& study, Workspace& work) {
  const int n = study.locations, stride = study.padded_locations, quantiles = study.p1_given ? 1 : study.quantiles;
  const double* d = work.diversity;
  const std::uint8_t* unit = study.class_unit;
  double *key = work.key, *values = work.split_value;
  std::int32_t* order = work.scratch_index;
  const StudyView view = study;
  for (int q = 0; q < quantiles; ++q) {
    const double* share = work.share + static_cast<std::ptrdiff_t>(q) * stride;
    team.for_each(n, [=](int c) { key[c] = unit[c] != 0 && d[c] > 0.0 ? share[c] : 1e300; });
    const auto sums = team.template sums<2>(n, [=](int c, Sums<2>& s) {
      if (unit[c] == 0 || !(d[c] > 0.0)) return;
      s[0] += share[c];
      s[1] += 1.0;
    });
    team.order(key, n, order);
    const int units = static_cast<int>(sums[1]);
    const double mean = units > 0 ? sums[0] / units : 0.0;
    team.for_each(view.splits, [=](int s) {
      values[q * view.splits + s] =
          units > 0 ? split_value(view.split[s], units, mean, [=](int i) { return share[order[i]]; }) : __builtin_nan("");
    });
  }
}

// O: S > split and HHI > cut; F-O: S > split only; L: the rest, and every location without P1 exports.
BALASSA_HD inline LocationClass classify(double share, double hhi, double split, double cut) {
  if (!(share > split)) return LocationClass::kL;
  return hhi > cut ? LocationClass::kO : LocationClass::kFO;
}

template <class Team>
BALASSA_HD void classes(Team& team, const StudyView& study, const Draw& draw, Workspace& work) {
  p1_sets(team, study, work);
  shares(team, study, draw, work);
  splits(team, study, work);
}

}  // namespace balassa::inline BALASSA_ISA
