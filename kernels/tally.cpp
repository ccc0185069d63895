#include "kernels/tally.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

#include "kernels/base/layout.hpp"

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

}  // namespace

void Moments::add(const Moments& other) {
  count += other.count;
  sum.add(other.sum);
  square.add(other.square);
  minimum = std::min(minimum, other.minimum);
  maximum = std::max(maximum, other.maximum);
}

void SparseHistograms::add(SparseHistograms other) {
  assert(rows() == other.rows() || rows() == 0 || other.rows() == 0);
  if (other.column.empty() && rows() > 0) return;
  if (column.empty()) {
    *this = std::move(other);
    return;
  }
  SparseHistograms sum;
  sum.start.assign(1, 0);
  sum.column.reserve(column.size() + other.column.size());
  sum.count.reserve(column.size() + other.column.size());
  for (std::size_t i = 0; i < rows(); ++i) {
    const Row a = row(i), b = other.row(i);
    for (std::size_t j = 0, k = 0; j < a.column.size() || k < b.column.size();) {
      const int left = j < a.column.size() ? a.column[j] : kScoreColumns,
                right = k < b.column.size() ? b.column[k] : kScoreColumns;
      sum.put(std::min(left, right), (left <= right ? a.count[j] : 0) + (right <= left ? b.count[k] : 0));
      j += left <= right ? 1 : 0;
      k += right <= left ? 1 : 0;
    }
    sum.end_row();
  }
  *this = std::move(sum);
}

void Tallies::add(Tallies other) {
  for (const auto scalar : kTallyScalars) this->*scalar += other.*scalar;
  for (const auto counts : kTallyCounts) add_counts(this->*counts, other.*counts);
  for (const auto histograms : kTallyHistograms) (this->*histograms).add(std::move(other.*histograms));
  for (const auto moments : kTallyMoments) add_moments(this->*moments, other.*moments);
  for (int of = 0; of < kExtremes; ++of)
    keep_worse(static_cast<Extreme>(of), this->*kTallyWorsts[of], other.*kTallyWorsts[of]);
}

}  // namespace balassa
