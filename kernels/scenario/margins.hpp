// Step 3: diversity and ubiquity under the weights, zero rows and columns dropped, products sorted into drawn and
// undrawn, and the diagonal factors of A = V^1/2 D^-1/2 M S M^T D^-1/2 V^1/2, S = diag(w_p / k_p), D = diag(k_c), with
// k_c = sum_p w_p M_cp and k_p = sum_c v_c M_cp (METHODS A1 eq. 4, 5, C0.1, C0.2).
#pragma once

#include "kernels/formulas/scoring.hpp"
#include "kernels/scenario/bit_matrix.hpp"

namespace balassa::inline BALASSA_ISA {

// Which locations count: those that make a product exist and feed the axis, and those whose rows are kept beside them,
// to be scored. [words] each; null: all.
struct RowSets {
  const std::uint32_t *counted = nullptr, *kept = nullptr;
};

// Under location weights: those with v_c > 0 count, among `kept` only; of those that are not drawn every row is kept.
template <class Team>
BALASSA_HD RowSets row_sets(Team& team, const Draw& draw, Workspace& work, const std::uint32_t* kept) {
  if (draw.location_weight == nullptr) return {kept, kept};
  const int words = work.by_product_full.words;
  const std::int32_t* weight = draw.location_weight;
  std::uint32_t *counted = work.row_sets, *rows = work.row_sets + words;
  team.for_each(words, [=](int w) {
    std::uint32_t drawn = 0;
    for (int l = 0; l < kTile; ++l) drawn |= static_cast<std::uint32_t>(weight[w * kTile + l] > 0) << l;
    counted[w] = drawn & (kept == nullptr ? ~0u : kept[w]);
    rows[w] = ~drawn | counted[w];
  });
  return {counted, rows};
}

// Products with ubiquity > 0, drawn ones first, then undrawn ones: work.column, outcome.drawn and .columns, and both
// orientations over these columns. Products that no location that counts has are dropped.
template <class Team>
BALASSA_HD void partition_columns(Team& team, const StudyView& study, const Draw& draw, Workspace& work,
                                  const RowSets& rows) {
  const int products = study.products;
  const BitMatrix full = work.by_product_full;
  const std::uint32_t *counted = rows.counted, *kept = rows.kept;
  std::int32_t* had = work.scratch_index;  // whether anybody has the product
  const auto find_had = [=, &team](auto mask_of) {
    team.for_rows(full.tiles, [=](int t, int first, int last) {
      std::uint32_t any[kTile];
      for (int l = first; l < last; ++l) any[l - first] = 0;
      for (int w = 0; w < full.words; ++w) {
        const std::uint32_t* bits = full.bits + (static_cast<std::ptrdiff_t>(t) * full.words + w) * kTile;
        const std::uint32_t mask = mask_of(w);
        for (int l = first; l < last; ++l) any[l - first] |= bits[l] & mask;
      }
      for (int l = first; l < last; ++l) had[t * kTile + l] = any[l - first] != 0 ? 1 : 0;
    });
  };
  if (counted == nullptr)  // asked once: within the loop it would keep that from being one of vectors
    find_had([](int) { return ~0u; });
  else
    find_had([=](int w) { return counted[w]; });
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

// Ubiquity, exact: of products at their positions. Locations without any drawn product are dropped.
template <class Team>
BALASSA_HD void weighted_ubiquity(Team& team, const StudyView& study, const Draw& draw, Workspace& work) {
  const BitMatrix by_product = work.by_product;
  const int columns = work.outcome->columns, words = by_product.words;
  const double* diversity = work.diversity;
  double* ubiquity = work.ubiquity;
  if (draw.location_weight == nullptr) {
    std::uint32_t* valid = work.counted_rows();
    team.for_each(words, [=](int w) {
      std::uint32_t word = 0;
      for (int l = 0; l < kTile; ++l) word |= static_cast<std::uint32_t>(diversity[w * kTile + l] > 0.0) << l;
      valid[w] = word;
    });
    team.count_rows(by_product, valid, [=](int i, int count) { ubiquity[i] = i < columns ? count : 0; });
  } else {
    // Sums of integers below 2^53. Rows that don't count have none of their bits here, or weight 0.
    const std::int32_t* weight = draw.location_weight;
    double* in = work.counted_weight();
    team.for_each(study.padded_locations,
                  [=](int c) { in[c] = diversity[c] > 0.0 ? static_cast<double>(weight[c]) : 0.0; });
    team.multiply(by_product, in, ubiquity, work.table);
  }
}

// The factors of the operator from diversity, ubiquity and the columns' own weights in column_scale; rows, drawn rows
// and links.
template <class Team>
BALASSA_HD void factors_of_margins(Team& team, const StudyView& study, const Draw& draw, Workspace& work) {
  const int locations = study.padded_locations;
  const double *diversity = work.diversity, *ubiquity = work.ubiquity;
  double* scale = work.column_scale;
  float* scale32 = work.column_scale32;
  // Products that are not drawn, and padding, don't feed back.
  team.for_each(work.by_product.tiles * kTile,
                [=](int i) { scale[i] = ubiquity[i] > 0.0 ? scale[i] / ubiquity[i] : 0.0; });
  team.for_each(work.by_product_drawn.tiles * kTile, [=](int i) { scale32[i] = static_cast<float>(scale[i]); });
  const std::int32_t* weight = draw.location_weight;
  double links = 0.0, rows = 0.0, drawn_rows = 0.0;
  if (weight == nullptr) {
    const auto sums = team.template sums<2>(locations, [=](int c, Sums<2>& sum) {
      sum[0] += diversity[c];
      sum[1] += diversity[c] > 0.0 ? 1.0 : 0.0;
    });
    links = sums[0];
    rows = drawn_rows = sums[1];
  } else {
    const auto sums = team.template sums<3>(locations, [=](int c, Sums<3>& sum) {
      sum[0] = fused(static_cast<double>(weight[c]), diversity[c], sum[0]);
      sum[1] += diversity[c] > 0.0 ? 1.0 : 0.0;
      sum[2] += diversity[c] > 0.0 && weight[c] > 0 ? 1.0 : 0.0;
    });
    links = sums[0];
    rows = sums[1];
    drawn_rows = sums[2];
  }
  const double norm = 1.0 / __builtin_sqrt(links > 0.0 ? links : 1.0);
  double *inv_sqrt_d = work.inv_sqrt_d, *sqrt_d = work.sqrt_d, *trivial = work.trivial;
  float *inv_sqrt_d32 = work.inv_sqrt_d32, *trivial32 = work.trivial32;
  if (weight == nullptr) {
    team.for_each(locations, [=](int c) {
      const double root = __builtin_sqrt(diversity[c]);
      sqrt_d[c] = root;
      inv_sqrt_d[c] = root > 0.0 ? 1.0 / root : 0.0;
      trivial[c] = root * norm;
      inv_sqrt_d32[c] = static_cast<float>(inv_sqrt_d[c]);
      trivial32[c] = static_cast<float>(trivial[c]);
    });
  } else {
    double* of_row = work.block_row_inv_sqrt_d;
    team.for_each(locations, [=](int c) {
      const double root = __builtin_sqrt(diversity[c]), root_v = __builtin_sqrt(static_cast<double>(weight[c]));
      of_row[c] = root > 0.0 ? 1.0 / root : 0.0;
      sqrt_d[c] = root_v * root;
      inv_sqrt_d[c] = root_v * of_row[c];
      trivial[c] = sqrt_d[c] * norm;
      inv_sqrt_d32[c] = static_cast<float>(inv_sqrt_d[c]);
      trivial32[c] = static_cast<float>(trivial[c]);
    });
  }
  Outcome* outcome = work.outcome;
  team.once([=, &work] {
    work.row_inv_sqrt_d = weight == nullptr ? work.inv_sqrt_d : work.block_row_inv_sqrt_d;
    outcome->links = links;
    outcome->rows = static_cast<int>(rows);
    outcome->drawn_rows = static_cast<int>(drawn_rows);
  });
}

// sum_p M_cp w_p / k_p, which bounds what a location takes from the axis by projection (certificate.hpp).
template <class Team>
BALASSA_HD void row_feeds(Team& team, Workspace& work) {
  const BitMatrix by_location = work.by_location;
  const double* scale = work.column_scale;
  double* in = work.half;
  team.for_each(by_location.words * kTile, [=](int i) { in[i] = scale[i]; });
  team.multiply(by_location, in, work.row_feed, work.table);
}

// Of the whole matrix, or of the locations in `kept` [words].
template <class Team>
BALASSA_ONE_COPY BALASSA_HD void margins(Team& team, const StudyView& study, const Draw& draw, Workspace& work,
                                         const std::uint32_t* kept = nullptr) {
  partition_columns(team, study, draw, work, row_sets(team, draw, work, kept));
  weighted_diversity(team, study, draw, work);
  weighted_ubiquity(team, study, draw, work);
  factors_of_margins(team, study, draw, work);
  if (draw.location_weight != nullptr && study.precision != Precision::kFast) row_feeds(team, work);
  Outcome* outcome = work.outcome;
  team.once([=] {
    if (too_small(outcome->drawn_rows, outcome->drawn)) outcome->validity = Validity::kTooSmall;
  });
}

}  // namespace balassa::inline BALASSA_ISA
