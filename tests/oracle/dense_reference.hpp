// The whole spectrum of a scenario by cyclic Jacobi rotations in long double, from its presence and weights: an
// oracle that shares no step with the engine.
#pragma once

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "kernels/study.hpp"

namespace balassa {

struct DenseReference {
  std::vector<long double> lambda;  // falling, of the locations with a drawn product
  std::vector<long double> score;   // [C] K_c = D^-1/2 u_2, 0 elsewhere
  std::vector<bool> valid;          // [C]
  long double gap() const { return lambda[1] - lambda[2]; }
};

// Eigenpairs of a symmetric matrix [n, n], falling; vector k in column k.
inline void jacobi(std::vector<long double>& a, std::vector<long double>& v, int n) {
  const auto at = [n](std::vector<long double>& m, int i, int j) -> long double& {
    return m[static_cast<std::size_t>(i * n + j)];
  };
  v.assign(a.size(), 0.0L);
  for (int i = 0; i < n; ++i) at(v, i, i) = 1.0L;
  for (int sweep = 0; sweep < 60; ++sweep) {
    long double off = 0.0L;
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < i; ++j) off += at(a, i, j) * at(a, i, j);
    }
    if (off < 1e-40L) break;
    for (int p = 0; p < n; ++p) {
      for (int q = p + 1; q < n; ++q) {
        if (std::fabs(at(a, p, q)) < 1e-22L) continue;
        const long double theta = (at(a, q, q) - at(a, p, p)) / (2.0L * at(a, p, q));
        const long double t = (theta >= 0 ? 1.0L : -1.0L) / (std::fabs(theta) + std::sqrt(theta * theta + 1.0L));
        const long double c = 1.0L / std::sqrt(t * t + 1.0L), s = t * c;
        for (int k = 0; k < n; ++k) {
          const long double x = at(a, k, p), y = at(a, k, q);
          at(a, k, p) = c * x - s * y;
          at(a, k, q) = s * x + c * y;
        }
        for (int k = 0; k < n; ++k) {
          const long double x = at(a, p, k), y = at(a, q, k);
          at(a, p, k) = c * x - s * y;
          at(a, q, k) = s * x + c * y;
          const long double vx = at(v, k, p), vy = at(v, k, q);
          at(v, k, p) = c * vx - s * vy;
          at(v, k, q) = s * vx + c * vy;
        }
      }
    }
  }
}

// presence [C, P] 0/1; weight [P].
inline DenseReference dense_reference(int locations, int products, const std::vector<int>& presence,
                                      const std::vector<std::int64_t>& weight) {
  DenseReference reference;
  std::vector<int> rows;
  std::vector<long double> diversity;
  reference.valid.assign(static_cast<std::size_t>(locations), false);
  reference.score.assign(static_cast<std::size_t>(locations), 0.0L);
  const auto present = [&](int c, int p) {
    return presence[static_cast<std::size_t>(c * products + p)] != 0 && weight[static_cast<std::size_t>(p)] > 0;
  };
  for (int c = 0; c < locations; ++c) {
    long double d = 0.0L;
    for (int p = 0; p < products; ++p)
      d += present(c, p) ? static_cast<long double>(weight[static_cast<std::size_t>(p)]) : 0.0L;
    if (d == 0.0L) continue;
    reference.valid[static_cast<std::size_t>(c)] = true;
    rows.push_back(c);
    diversity.push_back(d);
  }
  const int n = static_cast<int>(rows.size());
  std::vector<long double> a(static_cast<std::size_t>(n * n), 0.0L), v;
  for (int p = 0; p < products; ++p) {
    std::vector<int> holders;
    for (int i = 0; i < n; ++i) {
      if (present(rows[static_cast<std::size_t>(i)], p)) holders.push_back(i);
    }
    for (const int i : holders) {
      for (const int j : holders) {
        a[static_cast<std::size_t>(i * n + j)] +=
            static_cast<long double>(weight[static_cast<std::size_t>(p)]) / static_cast<long double>(holders.size()) /
            std::sqrt(diversity[static_cast<std::size_t>(i)] * diversity[static_cast<std::size_t>(j)]);
      }
    }
  }
  jacobi(a, v, n);
  std::vector<int> order(static_cast<std::size_t>(n));
  std::iota(order.begin(), order.end(), 0);
  const auto value = [&](int k) { return a[static_cast<std::size_t>(k * n + k)]; };
  std::sort(order.begin(), order.end(), [&](int i, int j) { return value(i) > value(j); });
  for (const int k : order) reference.lambda.push_back(value(k));
  for (int i = 0; i < n; ++i) {
    reference.score[static_cast<std::size_t>(rows[static_cast<std::size_t>(i)])] =
        v[static_cast<std::size_t>(i * n + order[1])] / std::sqrt(diversity[static_cast<std::size_t>(i)]);
  }
  return reference;
}

}  // namespace balassa
