// From raw scores to signs, scores, ranks, classes and causes: every threshold and formula that the scenario and
// `compute` share (METHODS A1.1.2, A1.2, A2, C0.3, C0.6 to C0.9; FORMATS 5). Each forms the sums in a way of its own
// and asks here what follows from them, so that both say the same of a year (tests/oracle/compute_and_baseline.cpp).
#pragma once

#include <cstdint>

#include "kernels/base/hd.hpp"
#include "kernels/study.hpp"

namespace balassa::inline BALASSA_ISA {

// Scores closer than this are equal: ties by symmetry of the matrix, without identical rows, come out of fp64 apart by
// 1e-15; no sample tells 1e-10 of a deviation.
inline constexpr double kTie = 1e-10;

// Causes

inline constexpr double kTiedGap = 1e-10, kNoSignal = 1e-12;  // of lambda_2 - lambda_3, of lambda_2: C0.6 iv, v

// METHODS C0.6 ii: locations and products that are left once empty ones are dropped.
BALASSA_HD inline bool too_small(int locations, int products) {
  return locations < 3 || products < 2;
}

// METHODS C0.6 iii: whether the largest of several components, which no other equals, is scored in place of the whole.
BALASSA_HD inline bool is_giant(int locations, bool unique, int of_locations) {
  return unique && 2 * locations >= of_locations;
}

// METHODS C0.6 iv, v: the axis is tied with the next, or carries no signal. A lambda_3 above lambda_2 is a run's
// contradiction, not a tie: it proves no gap, so that nothing is certified.
BALASSA_HD inline Validity spectrum_validity(double lambda2, double lambda3) {
  if (__builtin_fabs(lambda2 - lambda3) < kTiedGap) return Validity::kTiedAxis;
  return lambda2 < kNoSignal ? Validity::kNoSignal : Validity::kValid;
}

// Of an axis that passed: no spread of the raw scores, or fewer locations carry it than asked for.
BALASSA_HD inline Validity score_validity(double deviation, double participation, double fewest) {
  if (!(deviation > 0.0)) return Validity::kNoSignal;
  return participation < fewest ? Validity::kLocalised : Validity::kValid;
}

// Which way round: three rules (METHODS A1.2, finding 1), each with a vote only beyond its own noise

// Weighted sums over pairs (a, b): of 1, a, b, a^2, b^2 and ab.
struct PairSums {
  double n, a, b, aa, bb, ab;
};

// Pearson's correlation; 0 where a side is constant to rounding.
BALASSA_HD inline double correlation(const PairSums& s) {
  const double va = s.aa - s.a * s.a / s.n, vb = s.bb - s.b * s.b / s.n;
  if (!(va > 1e-14 * s.aa) || !(vb > 1e-14 * s.bb)) return 0.0;
  const double r = (s.ab - s.a * s.b / s.n) / __builtin_sqrt(va * vb);
  return r > 1.0 ? 1.0 : r < -1.0 ? -1.0 : r;  // by rounding
}

// How many equal weights would say as much as these (Kish 1965), from the sums of weights and of their squares.
BALASSA_HD inline double effective_number(double sum, double square) {
  return sum * sum / square;
}

inline constexpr double kUndefinedCorrelation = 1e-12;  // FORMATS 5

// What the rule corr(diversity, ECI) > 0 gives; 0 = undefined.
BALASSA_HD inline std::int8_t rule_sign(double corr_diversity) {
  return static_cast<std::int8_t>(corr_diversity > kUndefinedCorrelation    ? 1
                                  : corr_diversity < -kUndefinedCorrelation ? -1
                                                                            : 0);
}

// Where the rule is undefined, the location with the largest |raw score| is made positive; of several that are tied
// with it, which rounding alone would tell apart, the first. raw(i): 0 where there is none.
template <class Raw>
BALASSA_HD int sign_of_largest(int n, Raw raw) {
  double largest = 0.0;
  for (int i = 0; i < n; ++i) largest = __builtin_fabs(raw(i)) > largest ? __builtin_fabs(raw(i)) : largest;
  for (int i = 0; i < n; ++i) {
    if (__builtin_fabs(raw(i)) >= (1.0 - kTie) * largest) return raw(i) >= 0.0 ? 1 : -1;
  }
  return 1;
}

// A correlation of n values that have nothing to do with each other has a standard error of 1 / sqrt(n - 1); up to
// twice of it, and at exactly 0, a rule says nothing. Rounding doesn't cast a vote: of five values 1 is just twice.
BALASSA_HD inline std::int8_t sign_vote(double correlation, double n) {
  if (!((__builtin_fabs(correlation) - kUndefinedCorrelation) * __builtin_sqrt(n - 1.0) > 2.0)) return 0;
  return static_cast<std::int8_t>(correlation > 0.0 ? 1 : -1);
}

// The three correlations of a vector with the number of values behind each. That of the reflections is weighted by
// diversity: its numerator is sum k_c^2 K_c, whose sign the even reflections converge to (METHODS C0.8); its number is
// the effective one of the weights. Complex products are rare ones, so ubiquity votes with the opposite sign.
BALASSA_HD inline SignVotes sign_votes(double corr_diversity, double locations, double corr_ubiquity, double products,
                                       double corr_reflection, double effective_locations) {
  return {sign_vote(corr_diversity, locations), sign_vote(-corr_ubiquity, products),
          sign_vote(corr_reflection, effective_locations)};
}

// Whether the orientation is left open: a rule votes against the sign `applied`, or none votes at all.
BALASSA_HD inline bool sign_ambiguous(const SignVotes& votes, int applied) {
  const int vote[] = {votes.diversity * applied, votes.ubiquity * applied, votes.reflection * applied};
  int in_favour = 0;
  for (const int v : vote) {
    if (v < 0) return true;
    in_favour += v;
  }
  return in_favour == 0;
}

// An orientation that resampled data would turn in one case of twenty or more is not told from chance at the usual
// 5 % level.
inline constexpr double kTurnedShare = 0.05;

// Scores

// Mean and deviation that standardise raw scores.
struct Scale {
  double mean, deviation;
};

// Of n raw scores with their sum and the sum of squares about the mean. Stata's long table repeats each of them
// `copies` times (FORMATS 5).
BALASSA_HD inline Scale scale_of(double n, double sum, double centred_square, Deviation rule, double copies) {
  double denominator = n;
  if (rule == Deviation::kSample) denominator = n - 1.0;
  if (rule == Deviation::kLongTable) denominator = (n * copies - 1.0) / copies;
  return {sum / n, __builtin_sqrt(centred_square / denominator)};
}

BALASSA_HD inline double standardised(double raw, const Scale& scale, double sign) {
  return sign * (raw - scale.mean) / scale.deviation;
}

// Ranks

BALASSA_HD inline bool tied(double higher, double lower) {
  return higher - lower <= kTie;
}

// Rank of the i-th of falling scores: 1 = highest, and of a run of ties that of its first (METHODS C0.7).
template <class Score>
BALASSA_HD int rank_in_falling(int i, Score score) {
  int first = i;
  while (first > 0 && tied(score(first - 1), score(first))) --first;
  return first + 1;
}

// Classes

// Products in the P1 set of quantile q among n with a PCI: n - floor(q n) (METHODS A2 step 2).
BALASSA_HD inline int p1_size(const Quantile& q, int n) {
  return n - static_cast<int>(q.numerator * n / q.denominator);
}

// The P1 sets of rising quantiles are nested, so that one code a product says which hold it: `group`, 1 + the number of
// quantiles above the highest that does; 0 = none.
BALASSA_HD inline bool in_p1_set(int group, int quantile, int quantiles) {
  return group != 0 && group <= quantiles - quantile;
}

// a > b by more than the rounding of two sums of < 2^13 products each, a, b >= 0: shares, HHI, splits and cuts that are
// equal by definition - a basket wholly in P1, two baskets alike - come out some eps apart.
inline constexpr double kClassRounding = 1e-12;
BALASSA_HD inline bool exceeds(double a, double b) {
  return a - b > kClassRounding * (a + b);
}

// The class of a location by its share and HHI within P1 (METHODS A2 step 3, C7): O beyond split and cut, F-O beyond
// the split alone, L the rest.
BALASSA_HD inline LocationClass class_of(bool beyond_split, bool beyond_cut) {
  return !beyond_split ? LocationClass::kL : beyond_cut ? LocationClass::kO : LocationClass::kFo;
}
BALASSA_HD inline LocationClass class_of(double share, double split, double hhi, double cut) {
  return class_of(exceeds(share, split), exceeds(hhi, cut));
}

}  // namespace balassa::inline BALASSA_ISA
