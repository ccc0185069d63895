#include "kernels/tally.hpp"

#include <algorithm>
#include <cassert>

namespace balassa {
namespace {

void add_counts(std::vector<std::uint64_t>& to, const std::vector<std::uint64_t>& from) {
  if (to.empty()) to.resize(from.size());
  assert(from.empty() || to.size() == from.size());
  for (std::size_t i = 0; i < from.size(); ++i) to[i] += from[i];
}

void add_moments(std::vector<Moments>& to, const std::vector<Moments>& from) {
  if (to.empty()) to.resize(from.size());
  assert(from.empty() || to.size() == from.size());
  for (std::size_t i = 0; i < from.size(); ++i) to[i].add(from[i]);
}

// The more extreme of two; equal values keep the smaller replicate.
void add_worst(Worst& to, const Worst& from, bool largest) {
  if (!from.any) return;
  const bool beyond = largest ? from.value > to.value : from.value < to.value;
  if (!to.any || beyond || (from.value == to.value && from.replicate < to.replicate)) to = from;
}

}  // namespace

void Moments::add(const Moments& other) {
  count += other.count;
  sum.add(other.sum);
  square.add(other.square);
  minimum = std::min(minimum, other.minimum);
  maximum = std::max(maximum, other.maximum);
}

void Tallies::add(const Tallies& other) {
  for (const auto scalar : kTallyScalars) this->*scalar += other.*scalar;
  for (const auto counts : kTallyCounts) add_counts(this->*counts, other.*counts);
  for (const auto moments : kTallyMoments) add_moments(this->*moments, other.*moments);
  add_worst(worst_residual, other.worst_residual, true);
  add_worst(worst_gap, other.worst_gap, false);
  add_worst(worst_participation, other.worst_participation, false);
}

}  // namespace balassa
