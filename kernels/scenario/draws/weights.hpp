// Integer weights of products or locations (METHODS C0.1): copies of a column or row, or 2^-20 ths of one.
#pragma once

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

// Bayesian weights are integers of 2^-20: round(-ln u * 2^20), at most 24,262,173 (METHODS C0.1).
inline constexpr double kBayesianScale = 1048576.0;

// An index below n, uniform without bias: multiply-high, and a redraw where the low word falls short (Lemire 2019).
BALASSA_HD inline std::uint32_t uniform_index(std::uint32_t word, std::uint32_t n, std::uint64_t seed,
                                              std::uint64_t replicate, std::uint32_t item, Purpose purpose) {
  const std::uint32_t short_of = (0u - n) % n;
  std::uint64_t scaled = std::uint64_t{word} * n;
  for (std::uint32_t attempt = 1; static_cast<std::uint32_t>(scaled) < short_of; ++attempt) {
    const Philox4 redraw = draw_block(seed, replicate, item / 4, purpose, attempt);
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

// What is weighted: the year's products or locations.
struct WeightedSide {
  Weights law;
  Purpose purpose;
  int n, padded_n, panel_n;  // of the year, padded to tiles, of the panel
  const std::int32_t* item;  // [n] index in the panel
};

// weight[padded n]: integers >= 0. Multinomial: n items, each adding 1 to one of the year's; the others: one item for
// each of the panel's, so that years share draws. word: scratch of 4 (max(n, panel n) / 4 + 1).
template <class Team>
BALASSA_HD void draw_weights(Team& team, const Resampling& resampling, const WeightedSide& side,
                             std::uint64_t replicate, std::uint32_t* word, std::int32_t* weight) {
  const int n = side.n;
  const Purpose purpose = side.purpose;
  team.for_each(side.padded_n, [=](int i) { weight[i] = 0; });
  if (side.law == Weights::kMultinomial) {
    draw_words(team, resampling, replicate, purpose, (n + 3) / 4, word);
    const std::uint64_t seed = resampling.seed;
    team.for_each(n, [=, &team](int i) {
      const std::uint32_t index = uniform_index(word[i], static_cast<std::uint32_t>(n), seed, replicate,
                                                static_cast<std::uint32_t>(i), purpose);
      team.add(&weight[index], 1);
    });
    return;
  }
  draw_words(team, resampling, replicate, purpose, (side.panel_n + 3) / 4, word);
  const std::int32_t* item = side.item;
  if (side.law == Weights::kPoisson) {
    team.for_each(n, [=](int i) {
      const std::uint32_t w = word[item[i]];
      std::int32_t count = 0;
      for (int k = 0; k < kPoissonCuts; ++k) count += w >= poisson_cut(k) ? 1 : 0;
      weight[i] = count;
    });
  } else {
    team.for_each(n, [=](int i) {
      weight[i] = static_cast<std::int32_t>(-log_positive(uniform_open(word[item[i]])) * kBayesianScale + 0.5);
    });
  }
}

}  // namespace balassa::inline BALASSA_ISA
