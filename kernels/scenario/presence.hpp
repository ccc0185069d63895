// Step 2: presence M_cp = [fl(X_cp X) >= fl(fl(t X_c) X_p)] (strict for RCA > t) under the replicate's totals: RCA
// against its threshold by a defined rounding, never a division (METHODS A1 eq. 3, E8; DESIGN, Choices).
#pragma once

#include "kernels/formulas/baskets.hpp"
#include "kernels/scenario/bit_matrix.hpp"
#include "kernels/scenario/draw.hpp"

namespace balassa::inline BALASSA_ISA {

// Row c of M is a prefix of location c's products sorted by X_cp / X_p, whatever the weights or threshold
// (SOLVERS 8.3): found among every 32nd ratio, then among the 32 that follow it. Cells whose ratio is within 2e-15 of
// the cut, more than the eight roundings of both sides, are settled by the test itself. Where X_c / X is known within
// an error only, cells that it leaves open are not settled.
template <class Product>
class PrefixRows {
 public:
  BALASSA_HD PrefixRows(const StudyView& study, const Draw& draw)
      : ratio_(study.prefix_ratio),
        step_(study.prefix_step),
        value_(study.value),
        product_total_(draw.product_total),
        order_(study.prefix_order),
        count_(study.prefix_count),
        snapshot_(study.snapshot),
        snapshots_(study.snapshots),
        stride_(study.padded_products),
        threshold_(study.specification.rca_threshold),
        above_(study.specification.tie == TieRule::kAbove) {}

  // Row c under X_c and X, their quotient within `error`; 0: they are the canonical sums. Whether a cell is left open.
  template <class Row>
  BALASSA_HD bool write(int c, double total, double grand, double error, Row row) const {
    const double* ratio = ratio_ + static_cast<std::ptrdiff_t>(c) * stride_;
    const std::int32_t* order = order_ + static_cast<std::ptrdiff_t>(c) * stride_;
    const double cut = threshold_ * total, never = cut / grand * (1.0 - (error + kRounding));
    const int count = count_[c], words = stride_ / kTile, block = block_of(c, total, grand, error);
    // First position that is not surely present.
    const int low = block + Product::count_not_below(ratio + block, kSnapshotStep, surely(total, grand, error));
    // The nearest snapshot, and the products between.
    const int nearest = (low + kSnapshotStep / 2) / kSnapshotStep;
    const std::uint32_t* snapshot = snapshot_ + (static_cast<std::ptrdiff_t>(c) * snapshots_ + nearest) * words;
    for (int w = 0; w < words; ++w) row[w] = snapshot[w];
    const int taken = nearest * kSnapshotStep < count ? nearest * kSnapshotStep : count;
    const int from = low < taken ? low : taken, to = low < taken ? taken : low;
    for (int i = from; i < to; ++i) row[order[i] >> 5] ^= 1u << (order[i] & 31);
    if (error != 0.0) return low < count && ratio[low] >= never;
    for (int i = low; i < count && ratio[i] >= never; ++i) {
      const int p = order[i];
      const double value = value_[static_cast<std::ptrdiff_t>(c) * stride_ + p];
      if (present(value, grand, cut, product_total_[p], above_)) row[p >> 5] |= 1u << (p & 31);
    }
    return false;
  }

  // Asks for the lines that the row will be made of.
  BALASSA_HD void ask_for(int c, double total, double grand, double error) const {
    const int words = stride_ / kTile, block = block_of(c, total, grand, error);
    const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(c) * stride_ + block;
    for (int i = 0; i < kSnapshotStep; i += 8) Product::prefetch(ratio_ + at + i);
    for (int i = 0; i < kSnapshotStep; i += 16) Product::prefetch(order_ + at + i);
    const std::uint32_t* bits =
        snapshot_ + (static_cast<std::ptrdiff_t>(c) * snapshots_ + block / kSnapshotStep) * words;
    for (int w = 0; w < 2 * words; w += 16) Product::prefetch(bits + w);
  }

 private:
  static constexpr double kRounding = 2e-15;

  BALASSA_HD double surely(double total, double grand, double error) const {
    return threshold_ * total / grand * (1.0 + (error + kRounding));
  }
  // Where the last 32nd ratio that is surely present lies; 0 where there is none.
  BALASSA_HD int block_of(int c, double total, double grand, double error) const {
    const int steps = prefix_steps(snapshots_);
    const int there =
        Product::count_not_below(step_ + static_cast<std::ptrdiff_t>(c) * steps, steps, surely(total, grand, error));
    return there > 0 ? kSnapshotStep * (there - 1) : 0;
  }

  const double *ratio_, *step_, *value_, *product_total_;
  const std::int32_t *order_, *count_;
  const std::uint32_t* snapshot_;
  int snapshots_, stride_;
  double threshold_;
  bool above_;
};

inline constexpr int kAhead = 6;  // locations whose lines are asked for in advance

// near[c]: whether row c has a cell that draw.total_error leaves open; untouched where there is no such error.
template <class Team>
BALASSA_HD void presence_by_prefix(Team& team, const StudyView& study, const Draw& draw, const BitMatrix& out,
                                   std::uint8_t* near) {
  const PrefixRows<typename Team::Product> rows(study, draw);
  const int locations = study.locations, words = out.words;
  const double *location_total = draw.location_total, grand = draw.grand_total;
  const double error = Team::kAlone ? draw.total_error : 0.0;  // only a core is handed totals with an error
  team.write_rows(out, [=](int c, auto row) {
    const double total = c < locations ? location_total[c] : 0.0;
    bool open = false;
    if (total > 0.0) {
      if constexpr (Team::kAlone) {
        if (c + kAhead < locations) rows.ask_for(c + kAhead, location_total[c + kAhead], grand, error);
      }
      open = rows.write(c, total, grand, error, row);
    } else {
      for (int w = 0; w < words; ++w) row[w] = 0;
    }
    if (error != 0.0 && c < locations) near[c] = open ? 1 : 0;
  });
}

// The rows that were left open again, each under its canonical sum and X as sum_p w_p X_p, within 1e-12 of the sum of
// the X_c: a few hundred roundings of fp64. A row that this leaves open too gets the canonical sums of all locations
// (total, [C]). On one core.
template <class Team>
BALASSA_HD void settle_near_rows(Team& team, const StudyView& study, const Draw& draw, const BitMatrix& out,
                                 const std::uint8_t* near, double* total) {
  constexpr double kError = 1e-12;
  const PrefixRows<typename Team::Product> rows(study, draw);
  const std::int32_t* weight = draw.weight;
  const double* product_total = draw.product_total;
  const double grand = team.template sums<1>(study.products, [=](int p, Sums<1>& sum) {
    sum[0] = fused(static_cast<double>(weight[p]), product_total[p], sum[0]);
  })[0];
  bool open = false;
  for (int c = 0; c < study.locations && !open; ++c) {
    if (near[c] == 0) continue;
    const double* values = study.value + static_cast<std::ptrdiff_t>(c) * study.padded_products;
    open = rows.write(c, Team::sum_alone(values, 1, weight, study.products), grand, kError, row_of(out, c));
  }
  if (!open) return;
  location_totals(team, study, weight, total);
  const double canonical = grand_total(team, total, study.locations);
  for (int c = 0; c < study.locations; ++c) {
    if (near[c] != 0) rows.write(c, total[c], canonical, 0.0, row_of(out, c));
  }
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
    std::uint8_t* near = work.component_label;  // [C]
    presence_by_prefix(team, study, draw, work.by_location_full, near);
    if constexpr (Team::kAlone) {
      if (draw.total_error != 0.0 && team.largest(study.locations, [=](int c) { return near[c]; }) != 0.0)
        settle_near_rows(team, study, draw, work.by_location_full, near, work.z);
    }
    team.transpose(work.by_location_full, work.by_product_full);
  }
}

}  // namespace balassa::inline BALASSA_ISA
