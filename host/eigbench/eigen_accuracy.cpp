#include "host/eigbench/eigen_accuracy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kUnitTolerance = 1e-6;  // of a length; fp32 solvers reach 1e-7
// Of lambda_2, where a solver promises no residual.
constexpr double kUnpromised = 1e-6;

// Part of v outside the span of orthonormal axes.
Extended sine_to(const std::vector<ExtendedVector>& axes, ExtendedVector v) {
  for (const ExtendedVector& axis : axes) {
    const Extended along = dot(axis, v);
    for (std::size_t c = 0; c < v.size(); ++c) v[c] -= along * axis[c];
  }
  return std::min(Extended{1}, std::sqrt(dot(v, v)));
}

// Scores D^-1/2 v with mean 0 and deviation 1 over the locations that take part, those in order of `a`.
ExtendedVector scores_of(const ReferenceOperator& a, const ExtendedVector& v) {
  ExtendedVector score;
  for (std::size_t c = 0; c < v.size(); ++c) {
    if (a.diversity()[c] > 0) score.push_back(v[c] / std::sqrt(a.diversity()[c]));
  }
  const Extended mean = std::accumulate(score.begin(), score.end(), Extended{0}) / score.size();
  Extended square = 0;
  for (Extended& x : score) {
    x -= mean;
    square += x * x;
  }
  const Extended deviation = std::sqrt(square / score.size());
  for (Extended& x : score) x /= deviation > 0 ? deviation : 1;
  return score;
}

// Locations that stand on the other side of one that the reference holds apart from them.
int count_rank_changes(const ExtendedVector& truth, const ExtendedVector& found) {
  std::vector<std::size_t> order(truth.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return truth[i] < truth[j]; });
  // In rising order of the truth: is a location found at or below one that is clearly lower, or at or above one that
  // is clearly higher? Running extremes of what lies clearly below and above answer for all pairs.
  const std::size_t n = order.size();
  std::vector<char> changed(n, 0);
  Extended highest = -std::numeric_limits<Extended>::infinity(), lowest = std::numeric_limits<Extended>::infinity();
  for (std::size_t k = 0, below = 0; k < n; ++k) {
    while (truth[order[k]] - truth[order[below]] > kScoresApart) highest = std::max(highest, found[order[below++]]);
    if (found[order[k]] <= highest) changed[order[k]] = 1;
  }
  for (std::size_t k = n, above = n; k-- > 0;) {
    while (truth[order[above - 1]] - truth[order[k]] > kScoresApart) lowest = std::min(lowest, found[order[--above]]);
    if (found[order[k]] >= lowest) changed[order[k]] = 1;
  }
  return static_cast<int>(std::count(changed.begin(), changed.end(), 1));
}

// In a tied eigenspace any vector will do: the truth is then the nearest of it.
ExtendedVector nearest_truth(const KnownSpectrum& known, const ExtendedVector& v) {
  ExtendedVector truth(v.size(), 0);
  for (const ExtendedVector& axis : known.axes) {
    const Extended along = dot(axis, v);
    for (std::size_t c = 0; c < v.size(); ++c) truth[c] += along * axis[c];
  }
  return truth;
}

bool finite(const SpectralSolution& solution) {
  return std::all_of(solution.vector.begin(), solution.vector.end(), [](double x) { return std::isfinite(x); });
}

// Whose vector it is instead, by its Rayleigh quotient and its trivial part.
std::string what_it_is(const KnownSpectrum& known, const SolutionAccuracy& found) {
  if (found.trivial > 0.7) return "the trivial vector";
  const double to_second = std::fabs(found.theta - static_cast<double>(known.lambda2)),
               to_third = std::fabs(found.theta - static_cast<double>(known.below));
  if (to_second < to_third) return fmt::format("a mixture, theta = {:.6g} near lambda_2", found.theta);
  if (to_third < 1e-6) return fmt::format("that of lambda_3 = {:.6g}", found.theta);
  return fmt::format("theta = {:.6g} where lambda_2 = {:.6g}, lambda_3 = {:.6g}", found.theta,
                     static_cast<double>(known.lambda2), static_cast<double>(known.below));
}

}  // namespace

SolutionAccuracy measure_accuracy(const ReferenceOperator& a, const KnownSpectrum& known,
                                  const SpectralSolution& solution) {
  SolutionAccuracy accuracy;
  accuracy.lambda2_error = std::fabs(static_cast<double>(solution.lambda2 - known.lambda2));
  accuracy.lambda3_error = std::fabs(static_cast<double>(solution.lambda3 - known.lambda3()));
  accuracy.residual = accuracy.trivial = accuracy.length_error = accuracy.theta = accuracy.bound = accuracy.sine = kNan;
  if (solution.vector.size() != a.diversity().size() || !finite(solution)) return accuracy;
  ExtendedVector v(solution.vector.begin(), solution.vector.end());
  const Extended length = std::sqrt(dot(v, v));
  if (!(length > 0)) return accuracy;
  accuracy.has_vector = true;
  accuracy.length_error = static_cast<double>(std::fabs(length - 1));
  for (Extended& x : v) x /= length;
  ExtendedVector image(v.size());
  a.apply(v, image);
  const Extended theta = dot(v, image);
  for (std::size_t c = 0; c < v.size(); ++c) image[c] -= theta * v[c];
  const Extended residual = std::sqrt(dot(image, image));
  accuracy.theta = static_cast<double>(theta);
  accuracy.residual = static_cast<double>(residual);
  accuracy.trivial = static_cast<double>(std::fabs(dot(v, a.trivial())));
  if (known.axes.empty()) return accuracy;
  accuracy.sine = static_cast<double>(sine_to(known.axes, v));
  // Davis and Kahan on the complement of q, whose share of v adds in square.
  const Extended gap = std::isnan(known.below) ? theta : theta - known.below;
  accuracy.bound = gap > 0 ? std::min(1.0, std::hypot(static_cast<double>(residual / gap), accuracy.trivial)) : 1.0;
  const ExtendedVector truth = nearest_truth(known, v);
  accuracy.rank_changes = count_rank_changes(scores_of(a, truth), scores_of(a, v));
  return accuracy;
}

double participation_of(const KnownSpectrum& known) {
  if (known.axes.empty()) return kNan;
  Extended fourth = 0;
  for (const Extended x : known.axes.front()) fourth += x * x * x * x;
  return static_cast<double>(1 / fourth);
}

const char* finding_text(FindingKind kind) {
  static constexpr const char* kText[kFindingKinds] = {"threw",       "failed",       "not finite",    "wrong vector",
                                                       "poor vector", "trivial left", "not a unit",    "broken promise",
                                                       "wrong value", "rank change",  "not repeatable"};
  return kText[static_cast<int>(kind)];
}

std::vector<Observation> observe(const SolverDescription& solver, const KnownSpectrum& known,
                                 const SpectralSolution& solution, const SolutionAccuracy& accuracy, int locations,
                                 int products) {
  std::vector<Observation> seen;
  if (!solution.failure.empty()) seen.push_back({FindingKind::kFailed, kNan, kNan, solution.failure});
  if (!accuracy.has_vector) {
    if (!solution.vector.empty()) seen.push_back({FindingKind::kNotFinite, kNan, kNan, "no numbers in the vector"});
    if (seen.empty()) seen.push_back({FindingKind::kFailed, kNan, kNan, "no vector, and no word why"});
    return seen;
  }
  const double promised = solver.promised_residual(solver.by_product ? products : locations);
  const bool wrong = accuracy.sine > std::sqrt(0.5);
  if (wrong) {
    seen.push_back({FindingKind::kWrongVector, accuracy.sine, accuracy.bound, what_it_is(known, accuracy)});
  } else if (accuracy.sine > kPoorSine) {
    seen.push_back({FindingKind::kPoorVector, accuracy.sine, accuracy.bound,
                    fmt::format("residual {:.1e}, gap {:.1e}", accuracy.residual,
                                static_cast<double>(known.lambda2 - known.below))});
  }
  if (accuracy.residual > promised)
    seen.push_back({FindingKind::kBrokenPromise, accuracy.residual, promised, "residual"});
  const double of_trivial = std::max(kUnitTolerance, std::isfinite(promised) ? promised : 0.0);
  if (accuracy.trivial > of_trivial && !wrong)
    seen.push_back({FindingKind::kTrivialLeft, accuracy.trivial, of_trivial, "part of the trivial vector"});
  if (accuracy.length_error > kUnitTolerance)
    seen.push_back({FindingKind::kNotUnit, accuracy.length_error, kUnitTolerance, "length"});
  // |lambda - theta| <= residual, and both are rounded.
  const double of_value = std::isfinite(promised) ? std::max(promised, 1e-14) : kUnpromised;
  if (accuracy.lambda2_error > of_value)
    seen.push_back({FindingKind::kWrongValue, accuracy.lambda2_error, of_value, "lambda_2"});
  if (accuracy.rank_changes > 0 && !wrong) {
    seen.push_back({FindingKind::kRankChange, static_cast<double>(accuracy.rank_changes), 0,
                    fmt::format("of {} locations", locations)});
  }
  return seen;
}

}  // namespace balassa
