#include "host/eigbench/eigen_reference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <stdexcept>

#include "kernels/base/philox.hpp"

namespace balassa {
namespace {

constexpr Extended kEnough = 1e-17L;  // residual of a reference: 200 roundoffs of |A| = 1
constexpr Extended kOne = 1e-16L;     // eigenvalues nearer than this are one: their gap is below what is claimed
constexpr int kMostSteps = 600;       // of a Lanczos run; trade matrices take 60 to 150
constexpr int kFirstTest = 20;        // the next ones at 3/2 of the one before
constexpr Extended kClosed = 1e-18L;  // a new basis vector shorter than this is rounding: the Krylov space is whole

void add_scaled(Extended factor, const ExtendedVector& x, ExtendedVector& y) {
  for (std::size_t i = 0; i < y.size(); ++i) y[i] += factor * x[i];
}

// y orthogonal to all of `against`, twice (Kahan and Parlett: twice is enough), then of length 1; its length before.
Extended orthonormalise(std::span<const ExtendedVector* const> against, ExtendedVector& y) {
  for (int pass = 0; pass < 2; ++pass) {
    for (const ExtendedVector* x : against) add_scaled(-dot(y, *x), *x, y);
  }
  const Extended norm = std::sqrt(dot(y, y));
  if (norm > 0) {
    for (Extended& value : y) value /= norm;
  }
  return norm;
}

// Eigenpairs of a symmetric tridiagonal matrix by implicit QL (Bowdler, Martin, Reinsch, Wilkinson 1968). value[n];
// vector[n][n], vector[k][j] = entry j of the vector of value[k]. off[j] joins j and j + 1.
struct TridiagonalPairs {
  ExtendedVector value;
  std::vector<ExtendedVector> vector;
};

// One QL step on rows l..m with Wilkinson's shift.
void ql_step(ExtendedVector& d, ExtendedVector& e, std::vector<ExtendedVector>& z, int l, int m) {
  Extended g = (d[l + 1] - d[l]) / (2 * e[l]);
  Extended r = std::hypot(g, Extended{1});
  g = d[m] - d[l] + e[l] / (g + std::copysign(r, g));
  Extended s = 1, c = 1, p = 0;
  for (int i = m - 1; i >= l; --i) {
    const Extended f = s * e[i], b = c * e[i];
    r = std::hypot(f, g);
    e[i + 1] = r;
    if (r == 0) {
      d[i + 1] -= p;
      e[m] = 0;
      return;
    }
    s = f / r;
    c = g / r;
    g = d[i + 1] - p;
    r = (d[i] - g) * s + 2 * c * b;
    p = s * r;
    d[i + 1] = g + p;
    g = c * r - b;
    for (std::size_t k = 0; k < z[i].size(); ++k) {
      const Extended old = z[i + 1][k];
      z[i + 1][k] = s * z[i][k] + c * old;
      z[i][k] = c * z[i][k] - s * old;
    }
  }
  d[l] -= p;
  e[l] = g;
  e[m] = 0;
}

TridiagonalPairs tridiagonal_pairs(ExtendedVector d, ExtendedVector e) {
  const int n = static_cast<int>(d.size());
  e.resize(static_cast<std::size_t>(n), 0);
  std::vector<ExtendedVector> z(n, ExtendedVector(n, 0));
  for (int i = 0; i < n; ++i) z[i][i] = 1;
  for (int l = 0; l < n; ++l) {
    for (int attempt = 0;; ++attempt) {
      int m = l;
      while (m < n - 1 && std::fabs(e[m]) > std::numeric_limits<Extended>::epsilon() *
                                                std::max(std::fabs(d[m]) + std::fabs(d[m + 1]), Extended{1e-30L})) {
        ++m;
      }
      if (m == l) break;
      if (attempt > 100) throw std::runtime_error("reference: found no convergence of the tridiagonal QL");
      ql_step(d, e, z, l, m);
    }
  }
  return {std::move(d), std::move(z)};
}

struct RitzPair {
  Extended value = 0, residual = 0;
  ExtendedVector vector;
};

// y = sum_k coefficient_k basis_k, clear of `deflated`, with its Rayleigh quotient and residual.
RitzPair ritz_pair(const ReferenceOperator& a, const std::vector<const ExtendedVector*>& deflated,
                   const std::vector<ExtendedVector>& basis, const ExtendedVector& coefficient) {
  RitzPair pair;
  pair.vector.assign(a.locations(), 0);
  for (std::size_t j = 0; j < basis.size(); ++j) add_scaled(coefficient[j], basis[j], pair.vector);
  orthonormalise(deflated, pair.vector);
  ExtendedVector image(a.locations());
  a.apply(pair.vector, image);
  pair.value = dot(pair.vector, image);
  add_scaled(-pair.value, pair.vector, image);
  pair.residual = std::sqrt(dot(image, image));
  return pair;
}

// A fixed start without structure: entries in (-1, 1), none where a location takes no part.
ExtendedVector start_vector(const ReferenceOperator& a, std::uint64_t attempt) {
  ExtendedVector start(a.locations(), 0);
  for (int c = 0; c < a.locations(); ++c) {
    if (!(a.diversity()[c] > 0)) continue;
    const Philox4 drawn = draw_block(1, attempt, static_cast<std::uint32_t>(c), Purpose::kStartVector);
    start[c] = static_cast<Extended>(drawn.word[0]) / 2147483648.0L - 1;
  }
  return start;
}

// The leading `wanted` eigenpairs of A orthogonal to `deflated`, by one Krylov space: of equal eigenvalues, one.
std::vector<RitzPair> lanczos(const ReferenceOperator& a, const std::vector<const ExtendedVector*>& deflated,
                              int wanted, Extended enough) {
  const int most = std::min(kMostSteps, a.locations() - static_cast<int>(deflated.size()));
  std::vector<ExtendedVector> basis;
  std::vector<const ExtendedVector*> against = deflated;
  ExtendedVector alpha, beta, next = start_vector(a, deflated.size());
  if (most < 1 || !(orthonormalise(against, next) > 1e-12L)) return {};
  basis.reserve(most);
  for (int step = 1, test = kFirstTest;; ++step) {
    basis.push_back(next);
    against.push_back(&basis.back());
    a.apply(basis.back(), next);
    alpha.push_back(dot(next, basis.back()));
    const Extended length = orthonormalise(against, next);
    const bool closed = length < kClosed || step >= most;
    if (closed || step >= test) {
      test = step + step / 2;
      const TridiagonalPairs pairs = tridiagonal_pairs(alpha, beta);
      std::vector<int> order(alpha.size());
      std::iota(order.begin(), order.end(), 0);
      std::sort(order.begin(), order.end(), [&](int i, int j) { return pairs.value[i] > pairs.value[j]; });
      order.resize(std::min<std::size_t>(order.size(), wanted));
      const bool converged = std::all_of(order.begin(), order.end(),
                                         [&](int k) { return length * std::fabs(pairs.vector[k].back()) <= enough; });
      if (converged || closed) {
        std::vector<RitzPair> found;
        for (const int k : order) found.push_back(ritz_pair(a, deflated, basis, pairs.vector[k]));
        return found;
      }
    }
    beta.push_back(length);
  }
}

}  // namespace

Extended dot(std::span<const Extended> a, std::span<const Extended> b) {
  Extended sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

ReferenceOperator::ReferenceOperator(const SpectralProblem& problem) : products_(problem.products) {
  const int rows = problem.locations;
  const auto weight = [&](int p) { return problem.weight.empty() ? 1.0 : problem.weight[p]; };
  diversity_.assign(rows, 0);
  scale_.assign(products_, 0);
  half_.assign(products_, 0);
  begin_.assign(1, 0);
  for (int c = 0; c < rows; ++c) {
    for (int p = 0; p < products_; ++p) {
      if (problem.presence[static_cast<std::size_t>(c) * products_ + p] == 0 || !(weight(p) > 0)) continue;
      product_of_.push_back(p);
      diversity_[c] += weight(p);
      scale_[p] += 1;
    }
    begin_.push_back(static_cast<std::int32_t>(product_of_.size()));
  }
  for (int p = 0; p < products_; ++p) scale_[p] = scale_[p] > 0 ? weight(p) / scale_[p] : 0;
  const Extended total = std::accumulate(diversity_.begin(), diversity_.end(), Extended{0});
  for (const Extended d : diversity_) {
    inverse_root_.push_back(d > 0 ? 1 / std::sqrt(d) : 0);
    trivial_.push_back(std::sqrt(d / total));
  }
}

void ReferenceOperator::apply(std::span<const Extended> v, std::span<Extended> out) const {
  std::fill(half_.begin(), half_.end(), Extended{0});
  const int rows = locations();
  for (int c = 0; c < rows; ++c) {
    const Extended x = v[c] * inverse_root_[c];
    for (std::int32_t k = begin_[c]; k < begin_[c + 1]; ++k) half_[product_of_[k]] += x;
  }
  for (int p = 0; p < products_; ++p) half_[p] *= scale_[p];
  for (int c = 0; c < rows; ++c) {
    Extended sum = 0;
    for (std::int32_t k = begin_[c]; k < begin_[c + 1]; ++k) sum += half_[product_of_[k]];
    out[c] = sum * inverse_root_[c];
  }
}

std::vector<ExtendedVector> ReferenceOperator::component_axes() const {
  const int rows = locations();
  // Union of the locations of each product.
  std::vector<int> leader(rows), first(products_, -1);
  std::iota(leader.begin(), leader.end(), 0);
  const auto find = [&](int c) {
    while (leader[c] != c) c = leader[c] = leader[leader[c]];
    return c;
  };
  for (int c = 0; c < rows; ++c) {
    for (std::int32_t k = begin_[c]; k < begin_[c + 1]; ++k) {
      int& one = first[product_of_[k]];
      if (one < 0) one = c;
      leader[find(c)] = find(one);
    }
  }
  std::vector<int> heads;
  for (int c = 0; c < rows; ++c) {
    if (diversity_[c] > 0 && find(c) == c) heads.push_back(c);
  }
  std::vector<ExtendedVector> axes;
  std::vector<const ExtendedVector*> against{&trivial_};
  axes.reserve(heads.size());
  for (std::size_t k = 0; k + 1 < heads.size(); ++k) {  // with q, any q - 1 of the indicators span the space
    ExtendedVector axis(rows, 0);
    for (int c = 0; c < rows; ++c) axis[c] = diversity_[c] > 0 && find(c) == heads[k] ? trivial_[c] : 0;
    orthonormalise(against, axis);
    axes.push_back(std::move(axis));
    against.push_back(&axes.back());
  }
  return axes;
}

KnownSpectrum solve_reference(const ReferenceOperator& a) {
  KnownSpectrum known;
  known.axes = a.component_axes();
  known.axes.reserve(static_cast<std::size_t>(a.locations()));
  std::vector<const ExtendedVector*> deflated{&a.trivial()};
  for (const ExtendedVector& axis : known.axes) deflated.push_back(&axis);
  if (!known.axes.empty()) known.lambda2 = 1;
  Extended residual = 0;
  for (;;) {
    std::vector<RitzPair> found = lanczos(a, deflated, 1, kEnough);
    if (found.empty()) break;
    RitzPair& pair = found.front();
    residual = std::max(residual, pair.residual);
    if (known.axes.empty()) known.lambda2 = pair.value;
    if (known.lambda2 - pair.value > kOne) {
      known.below = pair.value;
      break;
    }
    known.axes.push_back(std::move(pair.vector));
    deflated.push_back(&known.axes.back());
  }
  known.source = fmt::format("long double Lanczos, residual {:.0e}", static_cast<double>(residual));
  return known;
}

std::shared_ptr<const BasePairs> leading_pairs(const ReferenceOperator& a, int count) {
  auto pairs = std::make_shared<BasePairs>();
  for (const RitzPair& pair : lanczos(a, {&a.trivial()}, count, 1e-10L)) {
    pairs->value.push_back(static_cast<double>(pair.value));
    for (const Extended x : pair.vector) pairs->vector.push_back(static_cast<double>(x));
  }
  return pairs;
}

}  // namespace balassa
