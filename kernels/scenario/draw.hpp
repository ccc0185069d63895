// Step 1: the replicate's product weights or cell noise, and the totals under them (METHODS C0.1, C1, C4).
#pragma once

#include "kernels/base/canonical_sum.hpp"
#include "kernels/base/philox.hpp"
#include "kernels/scenario/team.hpp"

namespace balassa::inline BALASSA_ISA {

// Poisson(1): the count is the number of cumulative probabilities that a 32-bit word reaches.
inline constexpr int kPoissonCuts = 13;
BALASSA_HD constexpr std::uint32_t poisson_cut(int k) {
  double term = 0.36787944117144233, sum = term;  // e^-1 (1 + 1 + 1/2! + ...)
  for (int j = 1; j <= k; ++j) {
    term /= j;
    sum += term;
  }
  const double scaled = sum * 4294967296.0;
  return scaled >= 4294967295.0 ? 4294967295u : static_cast<std::uint32_t>(scaled);
}

// Bayesian weights are integers of 2^-20: round(-ln u * 2^20), at most 24,262,173 (DESIGN, Weights).
inline constexpr double kBayesianScale = 1048576.0;

// An index below n, uniform without bias: multiply-high, and a redraw where the low word falls short (Lemire 2019).
BALASSA_HD inline std::uint32_t uniform_index(std::uint32_t word, std::uint32_t n, std::uint64_t seed,
                                              std::uint64_t replicate, std::uint32_t item) {
  const std::uint32_t short_of = (0u - n) % n;
  std::uint64_t scaled = std::uint64_t{word} * n;
  for (std::uint32_t attempt = 1; static_cast<std::uint32_t>(scaled) < short_of; ++attempt) {
    const Philox4 redraw = draw_block(seed, replicate, item / 4, Purpose::kProductWeights, attempt);
    scaled = std::uint64_t{redraw.word[item % 4]} * n;
  }
  return static_cast<std::uint32_t>(scaled >> 32);
}

// Words of items 0 .. 4 blocks - 1 of one purpose.
template <class Team>
BALASSA_HD void draw_words(Team& team, const Resampling& resampling, std::uint64_t replicate, Purpose purpose,
                           int blocks, std::uint32_t* word) {
  const std::uint64_t seed = resampling.seed;
  team.for_each(blocks, [=](int b) {
    const Philox4 drawn = draw_block(seed, replicate, static_cast<std::uint32_t>(b), purpose);
    word[4 * b] = drawn.word[0];
    word[4 * b + 1] = drawn.word[1];
    word[4 * b + 2] = drawn.word[2];
    word[4 * b + 3] = drawn.word[3];
  });
}

// weight[Pp]: integers >= 0. Multinomial: n items, each adding 1 to a product of the year; the others: one item per
// product of the panel, so that years share draws. Replicate 0 and schemes without weights give 1.
// word: scratch of 4 (max(P, panel products) / 4 + 1).
template <class Team>
BALASSA_HD void draw_weights(Team& team, const StudyView& study, std::uint64_t replicate, int panel_products,
                             std::uint32_t* word, std::int32_t* weight) {
  const int products = study.products;
  const Resampling& resampling = study.resampling;
  const bool drawn = replicate != 0 && resampling.scheme == Scheme::kProducts;
  team.for_each(study.padded_products, [=](int p) { weight[p] = !drawn && p < products ? 1 : 0; });
  if (!drawn) return;
  if (resampling.weights == Weights::kMultinomial) {
    draw_words(team, resampling, replicate, Purpose::kProductWeights, (products + 3) / 4, word);
    const std::uint64_t seed = resampling.seed;
    team.for_each(products, [=, &team](int i) {
      const std::uint32_t index =
          uniform_index(word[i], static_cast<std::uint32_t>(products), seed, replicate, static_cast<std::uint32_t>(i));
      team.add(&weight[index], 1);
    });
    return;
  }
  draw_words(team, resampling, replicate, Purpose::kProductWeights, (panel_products + 3) / 4, word);
  const std::int32_t* item = study.product_item;
  if (resampling.weights == Weights::kPoisson) {
    team.for_each(products, [=](int p) {
      const std::uint32_t w = word[item[p]];
      std::int32_t count = 0;
      for (int k = 0; k < kPoissonCuts; ++k) count += w >= poisson_cut(k) ? 1 : 0;
      weight[p] = count;
    });
  } else {
    team.for_each(products, [=](int p) {
      weight[p] = static_cast<std::int32_t>(-log_positive(uniform_open(word[item[p]])) * kBayesianScale + 0.5);
    });
  }
}

// X_c = sum_p w_p X_cp, one member a location.
template <class Team>
BALASSA_HD void location_totals(Team& team, const StudyView& study, const std::int32_t* weight, double* total) {
  const double* value = study.value;
  const int products = study.products, stride = study.padded_products;
  team.for_each(study.locations, [=](int c) {
    total[c] = Team::sum_alone(value + static_cast<std::ptrdiff_t>(c) * stride, 1, weight, products);
  });
}

template <class Team>
BALASSA_HD double grand_total(Team& team, const double* total, int locations) {
  return team.template sums<1>(locations, [=](int c, Sums<1>& sum) { sum[0] = fused(1.0, total[c], sum[0]); })[0];
}

// A standard normal for an item of a purpose: word pairs (0, 1) and (2, 3) of block item / 4 give four.
BALASSA_HD inline double normal_item(std::uint64_t seed, std::uint64_t replicate, std::uint64_t item, Purpose purpose) {
  const Philox4 drawn = draw_block(seed, replicate, static_cast<std::uint32_t>(item / 4), purpose);
  const bool second_pair = (item & 2) != 0;
  double first, second;
  normal_pair(second_pair ? drawn.word[2] : drawn.word[0], second_pair ? drawn.word[3] : drawn.word[1], first, second);
  return (item & 1) != 0 ? second : first;
}

inline constexpr int kNormalBlocks = 16;  // whose normals are formed together

// The normals of items 4 first_block .. 4 (first_block + kNormalBlocks) - 1: those of normal_item, each block drawn
// once.
BALASSA_HD inline void normal_run(std::uint64_t seed, std::uint64_t replicate, std::uint32_t first_block,
                                  Purpose purpose, double* normal) {
  std::uint32_t radius[2 * kNormalBlocks], angle[2 * kNormalBlocks];
  for (int b = 0; b < kNormalBlocks; ++b) {
    const Philox4 drawn = draw_block(seed, replicate, first_block + static_cast<std::uint32_t>(b), purpose);
    for (int k = 0; k < 2; ++k) {
      radius[2 * b + k] = drawn.word[2 * k];
      angle[2 * b + k] = drawn.word[2 * k + 1];
    }
  }
  for (int i = 0; i < 2 * kNormalBlocks; ++i) normal_pair(radius[i], angle[i], normal[2 * i], normal[2 * i + 1]);
}

// out[c] = x[c] exp(own e_c + location_part[c] + product_part), c in [begin, end), e_c = normal[item[c] - before].
BALASSA_HD inline void scale_cells(const double* x, int begin, int end, const double* normal, const std::int32_t* item,
                                   std::int32_t before, double own, const double* location_part, double product_part,
                                   double* out) {
#pragma GCC ivdep
  for (int c = begin; c < end; ++c)
    out[c] = x[c] * exp_moderate(fused(own, normal[item[c] - before], location_part[c] + product_part));
}

// The noisy values of product p by one member. Items of a product's cells follow each other in order of location; a run
// of normals serves the locations in it.
BALASSA_HD inline void noisy_row(const StudyView& study, const Resampling& resampling, std::uint64_t replicate,
                                 int panel_locations, int p, double own, const double* location_part,
                                 double product_part, double* out) {
  const int locations = study.locations, stride = study.padded_locations;
  const std::int32_t* item = study.location_item;
  const std::uint64_t first_item =
      static_cast<std::uint64_t>(study.product_item[p]) * static_cast<std::uint64_t>(panel_locations);
  for (int c = locations; c < stride; ++c) out[c] = 0.0;
  for (int c = 0; c < locations;) {
    double normal[4 * kNormalBlocks];
    const std::uint64_t block = (first_item + static_cast<std::uint64_t>(item[c])) / 4;
    normal_run(resampling.seed, replicate, static_cast<std::uint32_t>(block), Purpose::kCellNoise, normal);
    const std::int32_t before = static_cast<std::int32_t>(static_cast<std::int64_t>(4 * block - first_item));
    int end = c + 1;
    while (end < locations && item[end] - before < 4 * kNormalBlocks) ++end;
    scale_cells(study.value_by_product + static_cast<std::ptrdiff_t>(p) * stride, c, end, normal, item, before, own,
                location_part, product_part, out);
    c = end;
  }
}

// X*_cp = X_cp exp(sigma (sqrt(rho_c) a_c + sqrt(rho_p) b_p + sqrt(1 - rho_c - rho_p) e_cp)) (METHODS C4), into
// noisy[P, Cp], with its totals. Item of a cell: product_item * panel locations + location_item.
template <class Team>
BALASSA_HD void draw_noise(Team& team, const StudyView& study, std::uint64_t replicate, int panel_locations,
                           double* noisy, double* location_part, double* product_part, double* location_total,
                           double* product_total) {
  const int locations = study.locations, stride = study.padded_locations;
  const Resampling resampling = study.resampling;
  const double common_c = resampling.sigma * __builtin_sqrt(resampling.rho_location);
  const double common_p = resampling.sigma * __builtin_sqrt(resampling.rho_product);
  const double own = resampling.sigma * __builtin_sqrt(1.0 - resampling.rho_location - resampling.rho_product);
  const std::int32_t *location_item = study.location_item, *product_item = study.product_item;
  const double* value = study.value_by_product;
  team.for_each(locations, [=](int c) {
    location_part[c] =
        common_c == 0.0 ? 0.0
                        : common_c * normal_item(resampling.seed, replicate,
                                                 static_cast<std::uint64_t>(location_item[c]), Purpose::kLocationNoise);
  });
  team.for_each(study.products, [=](int p) {
    product_part[p] = common_p == 0.0
                          ? 0.0
                          : common_p * normal_item(resampling.seed, replicate,
                                                   static_cast<std::uint64_t>(product_item[p]), Purpose::kProductNoise);
  });
  if constexpr (Team::kAlone) {
    team.for_each(study.products, [=, &study](int p) {
      noisy_row(study, resampling, replicate, panel_locations, p, own, location_part, product_part[p],
                noisy + static_cast<std::ptrdiff_t>(p) * stride);
    });
  } else {
    team.for_cells(study.products, stride, [=](int p, int c) {
      const std::ptrdiff_t cell = static_cast<std::ptrdiff_t>(p) * stride + c;
      if (value[cell] == 0.0) {
        noisy[cell] = 0.0;
        return;
      }
      const std::uint64_t item =
          static_cast<std::uint64_t>(product_item[p]) * static_cast<std::uint64_t>(panel_locations) +
          static_cast<std::uint64_t>(location_item[c]);
      const double e = normal_item(resampling.seed, replicate, item, Purpose::kCellNoise);
      noisy[cell] = value[cell] * exp_moderate(fused(own, e, location_part[c] + product_part[p]));
    });
  }
  const int products = study.products;
  team.for_each_free(products, [=](int p) {
    product_total[p] = Team::sum_alone(noisy + static_cast<std::ptrdiff_t>(p) * stride, 1, nullptr, locations);
  });
  team.for_each(locations, [=](int c) { location_total[c] = Team::sum_alone(noisy + c, stride, nullptr, products); });
}

// A draw as a scenario reads it; noisy and its product totals where the replicate has noise, else null.
BALASSA_HD inline Draw draw_of(const StudyView& study, const std::int32_t* weight, const double* location_total,
                               double grand_total, const double* noisy, const double* noisy_product_total) {
  const bool is_noisy = noisy != nullptr;
  return {weight,
          location_total,
          grand_total,
          is_noisy ? noisy_product_total : study.product_total,
          is_noisy ? noisy : study.value_by_product,
          is_noisy ? location_total : study.location_total,
          is_noisy};
}

}  // namespace balassa::inline BALASSA_ISA
