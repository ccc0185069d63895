// Measurement error: lognormal noise on the cells (METHODS C4).
#pragma once

#include "kernels/base/philox.hpp"
#include "kernels/scenario/team.hpp"

namespace balassa::inline BALASSA_ISA {

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
// noisy[P, Cp]. Item of a cell: product_item * panel locations + location_item.
template <class Team>
BALASSA_HD void draw_noise(Team& team, const StudyView& study, std::uint64_t replicate, int panel_locations,
                           double* noisy, double* location_part, double* product_part) {
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
}

}  // namespace balassa::inline BALASSA_ISA
