// Step 2: presence M_cp = [fl(X_cp X) >= fl(fl(t X_c) X_p)] (strict for RCA > t) under the replicate's totals: RCA
// against its threshold by a defined rounding, never a division (METHODS A1 eq. 3, E8). Absent where
// X_c or X_p is 0.
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
    const int count = count_[c], low = first_below(c, total, grand, error);
    row_from_snapshot(c, low, count, order, row);
    if (error != 0.0) return low < count && ratio[low] >= never;
    settle_edge(c, low, count, grand, cut, never, row);
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

  // The first position of row c's order that is not surely present.
  BALASSA_HD int first_below(int c, double total, double grand, double error) const {
    const int block = block_of(c, total, grand, error);
    const double* ratio = ratio_ + static_cast<std::ptrdiff_t>(c) * stride_ + block;
    return block + Product::count_not_below(ratio, kSnapshotStep, surely(total, grand, error));
  }

  // The first `low` of row c's `count` products: the nearest snapshot, and the products between.
  template <class Row>
  BALASSA_HD void row_from_snapshot(int c, int low, int count, const std::int32_t* order, Row row) const {
    const int words = stride_ / kTile, nearest = (low + kSnapshotStep / 2) / kSnapshotStep;
    const std::uint32_t* snapshot = snapshot_ + (static_cast<std::ptrdiff_t>(c) * snapshots_ + nearest) * words;
    for (int w = 0; w < words; ++w) row[w] = snapshot[w];
    const int taken = nearest * kSnapshotStep < count ? nearest * kSnapshotStep : count;
    const int from = low < taken ? low : taken, to = low < taken ? taken : low;
    for (int i = from; i < to; ++i) row[order[i] >> 5] ^= 1u << (order[i] & 31);
  }

  // The products from `low` on whose ratio may still reach the cut, by the test itself.
  template <class Row>
  BALASSA_HD void settle_edge(int c, int low, int count, double grand, double cut, double never, Row row) const {
    const std::ptrdiff_t first = static_cast<std::ptrdiff_t>(c) * stride_;
    for (int i = low; i < count && ratio_[first + i] >= never; ++i) {
      const int p = order_[first + i];
      if (present(value_[first + p], grand, cut, product_total_[p], above_)) row[p >> 5] |= 1u << (p & 31);
    }
  }

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
  const double canonical = grand_total(team, total, nullptr, study.locations);
  for (int c = 0; c < study.locations; ++c) {
    if (near[c] != 0) rows.write(c, total[c], canonical, 0.0, row_of(out, c));
  }
}

// Every cell compared: where values are noisy or locations are weighted, which moves the X_p, the order changes. By
// product; 32 locations a word. RCA is not defined where X_c or X_p is 0: a cut or total that nothing reaches. cut,
// reach: scratch, [Cp] and [Pp]. product_total: the canonical X_p.
template <class Team>
BALASSA_HD void presence_by_compare(Team& team, const StudyView& study, const Draw& draw, const double* product_total,
                                    double* cut, double* reach, const BitMatrix& out) {
  const int locations = study.locations, products = study.products, stride = study.padded_locations;
  const double threshold = study.specification.rca_threshold, *total = draw.location_total, nothing = __builtin_inf();
  team.for_each_free(products, [=](int p) { reach[p] = product_total[p] > 0.0 ? product_total[p] : nothing; });
  team.for_each(stride, [=](int c) { cut[c] = c < locations && total[c] > 0.0 ? threshold * total[c] : nothing; });
  team.pack(out, products, draw.value_by_product, stride, draw.grand_total, cut, reach,
            study.specification.tie == TieRule::kAbove);
}

// The same cells compared in fp32, row by row, and settled by the test where that leaves them open. With h_p = t X_p /
// X, a cell is present where X_cp >= X_c h_p. Each of x = fl32(X_cp), fl32(h_p), fl32(X_c) and their product is within
// u = 2^-24, relative, of what it rounds, as long as nothing underflows, and X_p within its error g; the test itself
// rounds three times in fp64, h_p twice, all of which is below u / 10^7. So x >= fl32(fl32((1 + e) X_c) fl32(h_p)) says
// X_cp >= (1 + e) (1 - 4u) (1 - g) X_c h_p or more, up to terms in u^2, which with e = 6u + 2g is beyond what fp64 can
// turn; x < the same with 1 - e says that the cell is absent. About one cell in 10^5 lies between: it is settled under
// the canonical X_p.
inline constexpr double kScreen = 6 * 0x1p-24;
// Beyond these fp32 might underflow or overflow.
inline constexpr double kLeastScreened = 1e-30, kMostScreened = 1e30;

// Whether fp32 spans every X_cp, X_c, h_p and X_c h_p that is not 0.
template <class Team>
BALASSA_HD bool is_spanned(Team& team, const StudyView& study, const Draw& draw) {
  const double *total = draw.location_total, *product_total = draw.product_total,
               of_world = study.specification.rca_threshold / draw.grand_total;
  const auto share = [=](int p) { return product_total[p] * of_world; };
  const int products = study.products, locations = study.locations;
  const double most = team.largest(products, [=](int p) { return product_total[p] > 0.0 ? share(p) : 0.0; }),
               least =
                   1.0 / team.largest(products, [=](int p) { return product_total[p] > 0.0 ? 1.0 / share(p) : 0.0; }),
               largest = team.largest(locations, [=](int c) { return total[c]; }),
               smallest = 1.0 / team.largest(locations, [=](int c) { return total[c] > 0.0 ? 1.0 / total[c] : 0.0; });
  return most > 0.0 && most < kMostScreened && largest < kMostScreened && largest * most < kMostScreened &&
         least > kLeastScreened && smallest > kLeastScreened && smallest * least > kLeastScreened;
}

// cut: scratch, [Pp] fp32. On one core.
template <class Team>
BALASSA_HD void presence_by_screen(Team& team, const StudyView& study, const Draw& draw, float* cut,
                                   const BitMatrix& out) {
  const int products = study.products, locations = study.locations, stride = study.padded_products,
            stride_c = study.padded_locations, words = out.words;
  const double threshold = study.specification.rca_threshold, grand = draw.grand_total, of_world = threshold / grand,
               error = kScreen + 2.0 * draw.product_error;
  const double *total = draw.location_total, *product_total = draw.product_total;
  const std::int32_t* location_weight = draw.location_weight;
  const bool above = study.specification.tie == TieRule::kAbove;
  const float nothing = __builtin_inff();
  team.for_each(stride, [=](int p) {
    cut[p] = p < products && product_total[p] > 0.0 ? static_cast<float>(product_total[p] * of_world) : nothing;
  });
  team.write_rows(out, [=](int c, auto row) {
    if (c >= locations || !(total[c] > 0.0)) {
      for (int w = 0; w < words; ++w) row[w] = 0;
      return;
    }
    const double* value = study.value + static_cast<std::ptrdiff_t>(c) * stride;
    const float* x = study.value32 + static_cast<std::ptrdiff_t>(c) * stride;
    const float high = static_cast<float>(total[c] * (1.0 + error)), low = static_cast<float>(total[c] * (1.0 - error));
    for (int w = 0; w < words; ++w) {
      const int first = w * kTile;
      const Screened tile = Team::Product::screen(x + first, cut + first, high, low);
      std::uint32_t word = tile.present;
      for (std::uint32_t open = tile.open; open != 0; open &= open - 1) {
        const int b = __builtin_ctz(open), p = first + b;
        const double of_product = Team::sum_alone(study.value_by_product + static_cast<std::ptrdiff_t>(p) * stride_c, 1,
                                                  location_weight, locations);
        if (present(value[p], grand, threshold * total[c], of_product, above)) word |= 1u << b;
      }
      row[w] = word;
    }
  });
}

// RPOP in place of RCA, or beside it (METHODS A1). Its bits are the year's.
template <class Team>
BALASSA_HD void admit_by_rpop(Team& team, const StudyView& study, const BitMatrix& rows) {
  const Presence by = study.specification.presence;
  const std::uint32_t* rpop = study.rpop_by_location;
  std::uint32_t* bits = rows.bits;
  team.for_each(rows.tiles * rows.words * kTile, [=](int i) {
    bits[i] = by == Presence::kRpop ? rpop[i] : by == Presence::kBoth ? bits[i] & rpop[i] : bits[i] | rpop[i];
  });
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
  if (draw.noisy || draw.location_weight != nullptr) {
    const double* product_total = draw.product_total;
    if constexpr (Team::kAlone) {
      if (!draw.noisy && study.value32 != nullptr) {
        if (is_spanned(team, study, draw)) {
          presence_by_screen(team, study, draw, work.screen_cut(), work.by_location_full);
          team.transpose(work.by_location_full, work.by_product_full);
          return;
        }
        product_totals(team, study, study.value_by_product, draw.location_weight, work.weighted_product_total());
        product_total = work.weighted_product_total();
      }
    }
    presence_by_compare(team, study, draw, product_total, work.presence_cut(), work.presence_reach(),
                        work.by_product_full);
    team.transpose(work.by_product_full, work.by_location_full);
  } else {
    std::uint8_t* near = work.near_rows();
    presence_by_prefix(team, study, draw, work.by_location_full, near);
    if constexpr (Team::kAlone) {
      if (draw.total_error != 0.0 && team.largest(study.locations, [=](int c) { return near[c]; }) != 0.0)
        settle_near_rows(team, study, draw, work.by_location_full, near, work.canonical_total());
    }
    if (study.specification.presence != Presence::kRca) admit_by_rpop(team, study, work.by_location_full);
    team.transpose(work.by_location_full, work.by_product_full);
  }
}

}  // namespace balassa::inline BALASSA_ISA
