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
  for (std::size_t i = 0; i < from.size(); ++i) {
    to[i].count += from[i].count;
    to[i].sum.add(from[i].sum);
    to[i].square.add(from[i].square);
    to[i].minimum = std::min(to[i].minimum, from[i].minimum);
    to[i].maximum = std::max(to[i].maximum, from[i].maximum);
  }
}

// The more extreme of two; equal values keep the smaller replicate.
void add_worst(Worst& to, const Worst& from, bool largest) {
  if (!from.any) return;
  const bool beyond = largest ? from.value > to.value : from.value < to.value;
  if (!to.any || beyond || (from.value == to.value && from.replicate < to.replicate)) to = from;
}

}  // namespace

void Tallies::add(const Tallies& other) {
  scenarios += other.scenarios;
  sign_disagree += other.sign_disagree;
  sign_undefined += other.sign_undefined;
  axis_swap += other.axis_swap;
  giant_component += other.giant_component;
  using Counts = std::vector<std::uint64_t> Tallies::*;
  for (const Counts counts :
       {&Tallies::validity, &Tallies::certification, &Tallies::rank, &Tallies::score, &Tallies::product_score,
        &Tallies::in_p1, &Tallies::class_count, &Tallies::log_residual, &Tallies::log_gap, &Tallies::participation}) {
    add_counts(this->*counts, other.*counts);
  }
  add_moments(score_moments, other.score_moments);
  add_moments(product_moments, other.product_moments);
  add_worst(worst_residual, other.worst_residual, true);
  add_worst(worst_gap, other.worst_gap, false);
  add_worst(worst_participation, other.worst_participation, false);
}

}  // namespace balassa
