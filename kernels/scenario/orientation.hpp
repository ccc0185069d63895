// Which way round an axis is meant: three rules (METHODS A1.2, finding 1), each with a vote only beyond its own noise.
// `compute` and the scenarios ask here, so that both say the same.
#pragma once

#include <cstdint>

#include "kernels/base/hd.hpp"
#include "kernels/study.hpp"

namespace balassa {

// An orientation that resampled data would turn in one case of twenty or more is not told from chance at the usual
// 5 % level.
inline constexpr double kTurnedShare = 0.05;

// Whether the orientation is left open: a rule votes against the sign `applied`, or none votes at all.
bool sign_ambiguous(const SignVotes& votes, int applied);

}  // namespace balassa

namespace balassa::inline BALASSA_ISA {

inline constexpr double kUndefinedCorrelation = 1e-12;  // FORMATS 5

// A correlation of n values that have nothing to do with each other has a standard error of 1 / sqrt(n - 1); below
// twice of it, and at exactly 0, a rule says nothing.
BALASSA_HD inline std::int8_t sign_vote(double correlation, double n) {
  if (!(__builtin_fabs(correlation) * __builtin_sqrt(n - 1.0) > 2.0)) return 0;
  return static_cast<std::int8_t>(correlation > 0.0 ? 1 : -1);
}

// What the rule corr(diversity, ECI) > 0 gives; 0 = undefined.
BALASSA_HD inline std::int8_t rule_sign(double corr_diversity) {
  return static_cast<std::int8_t>(corr_diversity > kUndefinedCorrelation    ? 1
                                  : corr_diversity < -kUndefinedCorrelation ? -1
                                                                            : 0);
}

// The three correlations of a vector with the number of values behind each. That of the reflections is weighted by
// diversity: its numerator is sum k_c^2 K_c, whose sign the even reflections converge to (METHODS C0.8); its number is
// the effective one of the weights, (sum k)^2 / sum k^2. Complex products are rare ones, so ubiquity votes with the
// opposite sign.
BALASSA_HD inline SignVotes sign_votes(double corr_diversity, double locations, double corr_ubiquity, double products,
                                       double corr_reflection, double effective_locations) {
  return {sign_vote(corr_diversity, locations), sign_vote(-corr_ubiquity, products),
          sign_vote(corr_reflection, effective_locations)};
}

}  // namespace balassa::inline BALASSA_ISA
