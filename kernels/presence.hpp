// Step 2: presence M_cp = [fl(X_cp X) >= fl(fl(t X_c) X_p)] (strict for RCA > t) under the replicate's totals: RCA
// against its threshold by a defined rounding, never a division (METHODS A1 eq. 3, E8; DESIGN, Choices).
#pragma once

#include "kernels/bit_matrix.hpp"

namespace balassa::inline BALASSA_ISA {

BALASSA_HD inline bool present(double value, double grand_total, double cut, double product_total, bool above) {
  const double left = value * grand_total, right = cut * product_total;
  return above ? left > right : left >= right;
}

inline constexpr int kAhead = 4;  // locations whose lines are asked for in advance

// Row c of M is a prefix of location c's products sorted by X_cp / X_p, whatever the weights or threshold
// (SOLVERS 8.3): found by a search that starts at the baseline's position; cells whose ratio is within 2e-15 of the
// cut, more than the eight roundings of both sides, are settled by the test itself.
template <class Team>
BALASSA_HD void presence_by_prefix(Team& team, const StudyView& study, const Draw& draw, const BitMatrix& out) {
  const int products = study.products, locations = study.locations, words = out.words;
  const double threshold = study.specification.rca_threshold;
  const bool above = study.specification.tie == TieRule::kAbove;
  const double *all_ratios = study.prefix_ratio, *values = study.value, *location_total = draw.location_total,
               *product_total = draw.product_total, grand = draw.grand_total;
  const std::int32_t *all_orders = study.prefix_order, *counts = study.prefix_count, *guesses = study.prefix_guess;
  const std::uint32_t* all_snapshots = study.snapshot;
  const int snapshots = study.snapshots, stride = study.padded_products;
  team.for_each(out.tiles * kTile, [=](int c) {
    std::uint32_t* row = out.bits + static_cast<std::ptrdiff_t>(c / kTile) * words * kTile + c % kTile;
    const double total = c < locations ? location_total[c] : 0.0;
    if (!(total > 0.0)) {
      for (int w = 0; w < words; ++w) row[w * kTile] = 0;
      return;
    }
    if (c + kAhead < locations) {
      const std::ptrdiff_t later = c + kAhead, at = later * products + guesses[later];
      Team::Product::prefetch(all_ratios + at);
      Team::Product::prefetch(all_orders + at);
      const std::uint32_t* bits =
          all_snapshots + (later * snapshots + (guesses[later] + kSnapshotStep / 2) / kSnapshotStep) * words;
      for (int w = 0; w < words; w += 16) Team::Product::prefetch(bits + w);
    }
    const double* ratio = all_ratios + static_cast<std::ptrdiff_t>(c) * products;
    const std::int32_t* order = all_orders + static_cast<std::ptrdiff_t>(c) * products;
    const int count = counts[c];
    const double cut = threshold * total, at = cut / grand;
    const double sure = at * (1.0 + 2e-15), never = at * (1.0 - 2e-15);
    // First position below `sure`: gallop from the guess, then halve.
    int low = 0, high = count, step = 1, guess = guesses[c];
    if (guess < count && ratio[guess] >= sure) {
      low = guess + 1;
      while (low + step < count && ratio[low + step] >= sure) {
        low += step + 1;
        step *= 2;
      }
      high = low + step < count ? low + step : count;
    } else {
      high = guess < count ? guess : count;
      while (high - step >= 0 && ratio[high - step] < sure) {
        high -= step;
        step *= 2;
      }
      low = high - step >= 0 ? high - step + 1 : 0;
    }
    while (low < high) {
      const int middle = (low + high) / 2;
      if (ratio[middle] >= sure)
        low = middle + 1;
      else
        high = middle;
    }
    // The nearest snapshot, and the products between.
    const int nearest = (low + kSnapshotStep / 2) / kSnapshotStep;
    const std::uint32_t* snapshot = all_snapshots + (static_cast<std::ptrdiff_t>(c) * snapshots + nearest) * words;
    for (int w = 0; w < words; ++w) row[w * kTile] = snapshot[w];
    const int taken = nearest * kSnapshotStep < count ? nearest * kSnapshotStep : count;
    const int from = low < taken ? low : taken, to = low < taken ? taken : low;
    for (int i = from; i < to; ++i) row[(order[i] >> 5) * kTile] ^= 1u << (order[i] & 31);
    for (int i = low; i < count && ratio[i] >= never; ++i) {
      const int p = order[i];
      const double value = values[static_cast<std::ptrdiff_t>(c) * stride + p];
      if (present(value, grand, cut, product_total[p], above)) row[(p >> 5) * kTile] |= 1u << (p & 31);
    }
  });
}

// Every cell compared: for noisy values, whose order changes. By product; 32 locations a word.
template <class Team>
BALASSA_HD void presence_by_compare(Team& team, const StudyView& study, const Draw& draw, double* cut,
                                    const BitMatrix& out) {
  const int locations = study.locations, stride = study.padded_locations;
  const double threshold = study.specification.rca_threshold, *total = draw.location_total;
  // Locations without trade are absent everywhere: a cut that nothing reaches.
  team.for_each(stride, [=](int c) { cut[c] = c < locations && total[c] > 0.0 ? threshold * total[c] : 1e300; });
  team.pack(out, study.products, draw.value_by_product, stride, draw.grand_total, cut, draw.product_total,
            study.specification.tie == TieRule::kAbove);
}

// Both orientations of M over all products. A fixed M is the baseline's (METHODS C1, V1).
template <class Team>
BALASSA_HD void presence(Team& team, const StudyView& study, const Draw& draw, Workspace& work) {
  const bool fixed = !study.resampling.recompute_presence && study.base_by_location != nullptr;
  team.once([&] {
    work.by_location_full.bits = fixed ? const_cast<std::uint32_t*>(study.base_by_location) : work.block_location_full;
    work.by_product_full.bits = fixed ? const_cast<std::uint32_t*>(study.base_by_product) : work.block_product_full;
  });
  if (fixed) return;
  if (draw.noisy) {
    presence_by_compare(team, study, draw, work.z, work.by_product_full);
    team.transpose(work.by_product_full, work.by_location_full);
  } else {
    presence_by_prefix(team, study, draw, work.by_location_full);
    team.transpose(work.by_location_full, work.by_product_full);
  }
}

}  // namespace balassa::inline BALASSA_ISA
