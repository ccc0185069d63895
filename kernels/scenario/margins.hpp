// Step 3: diversity and ubiquity under the weights, zero rows and columns dropped, products sorted into drawn and
// undrawn, and the diagonal factors of A = D^-1/2 M S M^T D^-1/2, S = diag(w_p / k_p) (METHODS A1 eq. 4, 5, C0.1,
// C0.2).
#pragma once

#include "kernels/formulas/scoring.hpp"
#include "kernels/scenario/bit_matrix.hpp"

namespace balassa::inline BALASSA_ISA {

// Drawn products with ubiquity > 0 first, then undrawn ones: work.column, outcome.drawn and .columns, and both
// orientations over these columns. Products nobody has are dropped. Only locations in `kept` [words] count; null: all.
template <class Team>
BALASSA_HD void partition_columns(Team& team, const StudyView& study, const Draw& draw, Workspace& work,
                                  const std::uint32_t* kept) {
  const int products = study.products;
  const BitMatrix full = work.by_product_full;
  std::int32_t* had = work.scratch_index;  // whether anybody has the product
  team.for_rows(full.tiles, [=](int t, int first, int last) {
    std::uint32_t any[kTile];
    for (int l = first; l < last; ++l) any[l - first] = 0;
    for (int w = 0; w < full.words; ++w) {
      const std::uint32_t* rows = full.bits + (static_cast<std::ptrdiff_t>(t) * full.words + w) * kTile;
      const std::uint32_t mask = kept == nullptr ? ~0u : kept[w];
      for (int l = first; l < last; ++l) any[l - first] |= rows[l] & mask;
    }
    for (int l = first; l < last; ++l) had[t * kTile + l] = any[l - first] != 0 ? 1 : 0;
  });
  Outcome* outcome = work.outcome;
  std::int32_t* column = work.column;
  const std::int32_t* weight = draw.weight;
  const int drawn = team.compact(
      products, [=](int p) { return (had[p] != 0) & (weight[p] > 0); }, column);
  const int columns = drawn + team.compact(
                                  products, [=](int p) { return (had[p] != 0) & (weight[p] == 0); }, column + drawn);
  const int words = full.words;
  team.once([&, drawn, columns, words] {
    outcome->drawn = drawn;
    outcome->columns = columns;
    const ColumnRoom& room = work.few.columns > 0 && drawn <= work.few.columns ? work.few : work.all;
    work.by_product = {work.block_product, padded(columns) / kTile, words};
    work.by_product_drawn = {room.by_product, padded(drawn) / kTile, words};
    work.by_location = {room.by_location, full.words, padded(drawn) / kTile};
    work.table = room.table;
    work.table_words = room.table_words;
    work.table32 = room.table32;
    work.half32 = room.half32;
    work.column_scale32 = room.column_scale32;
  });
  const BitMatrix to = work.by_product, drawn_part = work.by_product_drawn;
  team.partition_rows(full, had, weight, kept, column, columns, to);
  if (drawn_part.bits != to.bits) {
    team.for_each(drawn_part.tiles * words * kTile, [=](int i) { drawn_part.bits[i] = to.bits[i]; });
  }
  // The location side holds drawn products only.
  const BitMatrix by_location = work.by_location;
  team.transpose(drawn_part, by_location);
  if (drawn % kTile == 0) return;
  const std::uint32_t last_word = (1u << (drawn % kTile)) - 1;
  team.for_each(by_location.tiles * kTile, [=](int c) {
    by_location.bits[((c / kTile) * by_location.words + by_location.words - 1) * kTile + c % kTile] &= last_word;
  });
}

// Diversity, exact: the product of M with the weights in fp32 where every sum is below 2^24, else in fp64.
template <class Team>
BALASSA_HD void weighted_diversity(Team& team, const StudyView& study, const Draw& draw, Workspace& work) {
  const int drawn = work.outcome->drawn, padded_drawn = work.by_location.words * kTile;
  const std::int32_t *weight = draw.weight, *column = work.column;
  double* own = work.column_scale;  // a column's weight, until its ubiquity divides it; 0 where not drawn
  team.for_each(work.by_product.tiles * kTile,
                [=](int i) { own[i] = i < drawn ? static_cast<double>(weight[column[i]]) : 0.0; });
  const double total = team.template sums<1>(drawn, [=](int i, Sums<1>& sum) { sum[0] += own[i]; })[0];
  double* diversity = work.diversity;
  if (total < 16777216.0) {
    float *in = work.half32, *out = work.y32;
    team.for_each(padded_drawn, [=](int i) { in[i] = static_cast<float>(own[i]); });
    team.multiply(work.by_location, in, out, work.table32);
    team.for_each(study.padded_locations, [=](int c) { diversity[c] = static_cast<double>(out[c]); });
  } else {
    double* in = work.half;
    team.for_each(padded_drawn, [=](int i) { in[i] = own[i]; });
    team.multiply(work.by_location, in, diversity, work.table);
  }
  Outcome* outcome = work.outcome;
  team.once([=] { outcome->total_weight = total; });
}

template <class Team>
BALASSA_ONE_COPY BALASSA_HD void margins(Team& team, const StudyView& study, const Draw& draw, Workspace& work,
                                         const std::uint32_t* kept = nullptr) {
  partition_columns(team, study, draw, work, kept);
  weighted_diversity(team, study, draw, work);
  const int locations = study.padded_locations, words = work.by_product.words;
  const double* diversity = work.diversity;
  // Locations without any drawn product are dropped; ubiquity counts the others.
  std::uint32_t* valid = work.reached;
  team.for_each(words, [=](int w) {
    std::uint32_t word = 0;
    for (int l = 0; l < kTile; ++l) word |= static_cast<std::uint32_t>(diversity[w * kTile + l] > 0.0) << l;
    valid[w] = word;
  });
  const int columns = work.outcome->columns, drawn = work.outcome->drawn;
  const BitMatrix by_product = work.by_product;
  double *ubiquity = work.ubiquity, *scale = work.column_scale;
  float* scale32 = work.column_scale32;
  team.count_rows(by_product, valid, [=](int i, int count) { ubiquity[i] = i < columns ? count : 0; });
  // Products that are not drawn, and padding, don't feed back.
  team.for_each(by_product.tiles * kTile, [=](int i) { scale[i] = ubiquity[i] > 0.0 ? scale[i] / ubiquity[i] : 0.0; });
  team.for_each(work.by_product_drawn.tiles * kTile, [=](int i) { scale32[i] = static_cast<float>(scale[i]); });
  const auto sums = team.template sums<2>(locations, [=](int c, Sums<2>& sum) {
    sum[0] += diversity[c];
    sum[1] += diversity[c] > 0.0 ? 1.0 : 0.0;
  });
  const double norm = 1.0 / __builtin_sqrt(sums[0] > 0.0 ? sums[0] : 1.0);
  double *inv_sqrt_d = work.inv_sqrt_d, *sqrt_d = work.sqrt_d, *trivial = work.trivial;
  float *inv_sqrt_d32 = work.inv_sqrt_d32, *trivial32 = work.trivial32;
  Outcome* outcome = work.outcome;
  team.for_each(locations, [=](int c) {
    const double root = __builtin_sqrt(diversity[c]);
    sqrt_d[c] = root;
    inv_sqrt_d[c] = root > 0.0 ? 1.0 / root : 0.0;
    trivial[c] = root * norm;
    inv_sqrt_d32[c] = static_cast<float>(inv_sqrt_d[c]);
    trivial32[c] = static_cast<float>(trivial[c]);
  });
  team.once([=] {
    outcome->links = sums[0];
    outcome->rows = static_cast<int>(sums[1]);
    if (too_small(outcome->rows, drawn)) outcome->validity = Validity::kTooSmall;
  });
}

}  // namespace balassa::inline BALASSA_ISA
