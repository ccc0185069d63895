#include "kernels/tally.hpp"

#include <algorithm>
#include <cassert>
#include <type_traits>
#include <utility>

#include "kernels/base/layout.hpp"

namespace balassa {
namespace {

void merge(std::uint64_t& to, std::uint64_t from) {
  to += from;
}
void merge(Moments& to, const Moments& from) {
  to.add(from);
}
// To a sum that may still be without a shape.
template <class T>
void merge(std::vector<T>& to, const std::vector<T>& from) {
  if (to.empty()) to.resize(from.size());
  assert(from.empty() || to.size() == from.size());
  for (std::size_t i = 0; i < from.size(); ++i) merge(to[i], from[i]);
}
void merge(SparseHistograms& to, SparseHistograms& from) {
  to.add(std::move(from));
}

template <class T>
void shape(std::vector<T>& items, std::size_t size) {
  items.assign(size, T{});
}
void shape(SparseHistograms& histograms, std::size_t rows) {
  if (rows > 0) histograms = SparseHistograms(rows);
}
template <class T>
std::size_t size_of(const std::vector<T>& items) {
  return items.size();
}
std::size_t size_of(const SparseHistograms& histograms) {
  return histograms.rows();
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
  each_tally([&]<class Member>(const TallyFamily<Member>& family) {
    Member &to = this->*family.member, &from = other.*family.member;
    if constexpr (std::is_same_v<Member, Worst>) {
      keep_worse(static_cast<Extreme>(&family - kTallyWorsts), to, from);
    } else {
      merge(to, from);
    }
  });
}

Tallies shaped_tallies(const TallyShape& s) {
  Tallies tallies;
  each_tally([&](const auto& family) {
    if constexpr (requires { shape(tallies.*family.member, 0); }) shape(tallies.*family.member, family.size(s));
  });
  return tallies;
}

bool has_shape(const Tallies& tallies, const TallyShape& s) {
  bool has = true;
  each_tally([&](const auto& family) {
    if constexpr (requires { size_of(tallies.*family.member); })
      has = has && size_of(tallies.*family.member) == family.size(s);
  });
  return has;
}

}  // namespace balassa
