// Step 2: presence M_cp = [fl(X_cp X) >= fl(fl(t X_c) X_p)] (strict for RCA > t) under the replicate's totals: RCA
// against its threshold by a defined rounding, never a division (METHODS A1 eq. 3, E8; DESIGN, Choices).
#pragma once

#include "kernels/bit_matrix.hpp"

namespace balassa::inline BALASSA_ISA {

BALASSA_HD inline bool present(double value, double grand_total, double cut, double product_total, bool above) {
  const double left = value * grand_total, right = cut * product_total;
  return above ? left > right : left >= right;
}

inline constexpr int kAhead = 6;  // locations whose lines are asked for in advance

// Row c of M is a prefix of location c's products sorted by X_cp / X_p, whatever the weights or threshold
// (SOLVERS 8.3): found among every 32nd ratio, then among the 32 that follow it; cells whose ratio is within 2e-15 of
// the cut, more than the eight roundings of both sides, are settled by the test itself.
template <class Team>
BALASSA_HD void presence_by_prefix(Team& team, const StudyView& study, const Draw& draw, const BitMatrix& out) {
  const int locations = study.locations, words = out.words;
  const double threshold = study.specification.rca_threshold;
  const bool above = study.specification.tie == TieRule::kAbove;
  const double *all_ratios = study.prefix_ratio, *all_steps = study.prefix_step, *values = study.value,
               *location_total = draw.location_total, *product_total = draw.product_total, grand = draw.grand_total;
  const std::int32_t *all_orders = study.prefix_order, *counts = study.prefix_count;
  const std::uint32_t* all_snapshots = study.snapshot;
  const int snapshots = study.snapshots, steps = prefix_steps(snapshots), stride = study.padded_products;
  const auto surely_present = [=](int c) { return threshold * location_total[c] / grand * (1.0 + 2e-15); };
  // Where the last 32nd ratio that is surely present lies; 0 where there is none.
  const auto block_of = [=](int c) {
    const int there =
        Team::Product::count_not_below(all_steps + static_cast<std::ptrdiff_t>(c) * steps, steps, surely_present(c));
    return there > 0 ? kSnapshotStep * (there - 1) : 0;
  };
  team.write_rows(out, [=](int c, auto row) {
    const double total = c < locations ? location_total[c] : 0.0;
    if (!(total > 0.0)) {
      for (int w = 0; w < words; ++w) row[w] = 0;
      return;
    }
    if constexpr (Team::kAlone) {
      if (c + kAhead < locations) {
        const std::ptrdiff_t later = c + kAhead, block = block_of(c + kAhead), at = later * stride + block;
        for (int i = 0; i < kSnapshotStep; i += 8) Team::Product::prefetch(all_ratios + at + i);
        for (int i = 0; i < kSnapshotStep; i += 16) Team::Product::prefetch(all_orders + at + i);
        const std::uint32_t* bits = all_snapshots + (later * snapshots + block / kSnapshotStep) * words;
        for (int w = 0; w < 2 * words; w += 16) Team::Product::prefetch(bits + w);
      }
    }
    const double* ratio = all_ratios + static_cast<std::ptrdiff_t>(c) * stride;
    const std::int32_t* order = all_orders + static_cast<std::ptrdiff_t>(c) * stride;
    const int count = counts[c], block = block_of(c);
    const double cut = threshold * total, never = cut / grand * (1.0 - 2e-15);
    // First position that is not surely present.
    const int low = block + Team::Product::count_not_below(ratio + block, kSnapshotStep, surely_present(c));
    // The nearest snapshot, and the products between.
    const int nearest = (low + kSnapshotStep / 2) / kSnapshotStep;
    const std::uint32_t* snapshot = all_snapshots + (static_cast<std::ptrdiff_t>(c) * snapshots + nearest) * words;
    for (int w = 0; w < words; ++w) row[w] = snapshot[w];
    const int taken = nearest * kSnapshotStep < count ? nearest * kSnapshotStep : count;
    const int from = low < taken ? low : taken, to = low < taken ? taken : low;
    for (int i = from; i < to; ++i) row[order[i] >> 5] ^= 1u << (order[i] & 31);
    for (int i = low; i < count && ratio[i] >= never; ++i) {
      const int p = order[i];
      const double value = values[static_cast<std::ptrdiff_t>(c) * stride + p];
      if (present(value, grand, cut, product_total[p], above)) row[p >> 5] |= 1u << (p & 31);
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
