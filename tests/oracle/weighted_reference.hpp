// A scenario under product weights w and location weights v from its definition (METHODS C0.1, C0.2, C0.6, C2), in long
// double and by cyclic Jacobi rotations: an oracle that shares no step with the engine.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

#include "tests/oracle/dense_reference.hpp"

namespace balassa {

struct WeightedReference {
  Validity validity = Validity::kValid;
  std::vector<int> presence;            // [C, P]
  std::vector<std::int64_t> diversity;  // [C] k_c = sum_p w_p M_cp over products with k_p > 0; 0: no score
  std::vector<std::int64_t> ubiquity;   // [P] k_p = sum_c v_c M_cp; 0: no PCI
  std::vector<long double> lambda;      // falling, of the drawn locations
  std::vector<long double> score;       // [C] K_c = D^-1 M W K_p, projected where v_c = 0
  std::vector<long double> product;     // [P] K_p, projected where w_p = 0
  long double gap() const { return lambda[1] - lambda[2]; }
};

// M_cp = [X_cp X >= t X_c X_p], for values whose totals are whole and small enough to be exact; absent where X_c or X_p
// is 0.
inline std::vector<int> presence_under(const Year& year, double threshold, const std::vector<std::int64_t>& w,
                                       const std::vector<std::int64_t>& v) {
  const std::size_t c_count = static_cast<std::size_t>(year.locations),
                    p_count = static_cast<std::size_t>(year.products);
  std::vector<long double> of_location(c_count, 0), of_product(p_count, 0);
  long double world = 0;
  for (std::size_t c = 0; c < c_count; ++c) {
    for (std::size_t p = 0; p < p_count; ++p) {
      const long double x = static_cast<long double>(year.value[c * p_count + p]);
      of_location[c] += static_cast<long double>(w[p]) * x;
      of_product[p] += static_cast<long double>(v[c]) * x;
    }
    world += static_cast<long double>(v[c]) * of_location[c];
  }
  std::vector<int> presence(c_count * p_count, 0);
  for (std::size_t c = 0; c < c_count; ++c) {
    for (std::size_t p = 0; p < p_count; ++p) {
      const long double left = static_cast<long double>(year.value[c * p_count + p]) * world;
      const long double right = static_cast<long double>(threshold) * of_location[c] * of_product[p];
      presence[c * p_count + p] = of_location[c] > 0 && of_product[p] > 0 && left >= right ? 1 : 0;
    }
  }
  return presence;
}

// Whether the drawn locations and products (marked) hang together.
inline bool is_connected(const std::vector<int>& presence, const std::vector<bool>& rows,
                         const std::vector<bool>& columns) {
  const std::size_t n = rows.size(), m = columns.size();
  std::vector<bool> row_seen(n, false), column_seen(m, false);
  std::vector<std::size_t> open;
  for (std::size_t c = 0; c < n && open.empty(); ++c) {
    if (rows[c]) open.push_back(c), row_seen[c] = true;
  }
  while (!open.empty()) {
    const std::size_t c = open.back();
    open.pop_back();
    for (std::size_t p = 0; p < m; ++p) {
      if (!columns[p] || presence[c * m + p] == 0 || column_seen[p]) continue;
      column_seen[p] = true;
      for (std::size_t other = 0; other < n; ++other) {
        if (rows[other] && presence[other * m + p] != 0 && !row_seen[other]) {
          row_seen[other] = true;
          open.push_back(other);
        }
      }
    }
  }
  return row_seen == rows && column_seen == columns;
}

inline WeightedReference weighted_reference(int locations, int products, const std::vector<int>& presence,
                                            const std::vector<std::int64_t>& w, const std::vector<std::int64_t>& v) {
  const std::size_t c_count = static_cast<std::size_t>(locations), p_count = static_cast<std::size_t>(products);
  WeightedReference r;
  r.presence = presence;
  const auto present = [&](std::size_t c, std::size_t p) { return presence[c * p_count + p] != 0; };
  std::vector<bool> held(p_count, false), rows(c_count, false), columns(p_count, false);
  for (std::size_t p = 0; p < p_count; ++p) {
    for (std::size_t c = 0; c < c_count; ++c) held[p] = held[p] || (v[c] > 0 && present(c, p));
  }
  r.diversity.assign(c_count, 0);
  r.ubiquity.assign(p_count, 0);
  for (std::size_t c = 0; c < c_count; ++c) {
    for (std::size_t p = 0; p < p_count; ++p) r.diversity[c] += held[p] && present(c, p) ? w[p] : 0;
    rows[c] = v[c] > 0 && r.diversity[c] > 0;
    for (std::size_t p = 0; p < p_count && rows[c]; ++p) r.ubiquity[p] += present(c, p) ? v[c] : 0;
  }
  std::vector<std::size_t> member;
  for (std::size_t c = 0; c < c_count; ++c) {
    if (rows[c]) member.push_back(c);
  }
  int drawn = 0;
  for (std::size_t p = 0; p < p_count; ++p) drawn += columns[p] = w[p] > 0 && r.ubiquity[p] > 0;
  if (member.size() < 3 || drawn < 2) {
    r.validity = Validity::kTooSmall;
    return r;
  }
  if (!is_connected(presence, rows, columns)) {
    r.validity = Validity::kDisconnected;
    return r;
  }
  // A = V^1/2 D^-1/2 M diag(w / k_p) M^T D^-1/2 V^1/2.
  const std::size_t n = member.size();
  std::vector<long double> a(n * n, 0.0L), vectors, root(n);
  for (std::size_t i = 0; i < n; ++i)
    root[i] = std::sqrt(static_cast<long double>(v[member[i]]) / static_cast<long double>(r.diversity[member[i]]));
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t p = 0; p < p_count; ++p) {
        if (columns[p] && present(member[i], p) && present(member[j], p))
          a[i * n + j] += root[i] * static_cast<long double>(w[p]) / static_cast<long double>(r.ubiquity[p]) * root[j];
      }
    }
  }
  jacobi(a, vectors, static_cast<int>(n));
  std::vector<std::size_t> order(n);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](std::size_t i, std::size_t j) { return a[i * n + i] > a[j * n + j]; });
  for (const std::size_t k : order) r.lambda.push_back(a[k * n + k]);
  if (r.gap() < 1e-10L) {
    r.validity = Validity::kTiedAxis;
    return r;
  }
  if (r.lambda[1] < 1e-12L) {
    r.validity = Validity::kNoSignal;
    return r;
  }
  // K_p = (1 / k_p) sum_c v_c M_cp K_c with K_c = z_c / (v_c k_c)^1/2; on its scale K_c = (1 / k_c) sum_p w_p M_cp K_p
  // (METHODS A1.1.2), lambda_2 times as long.
  r.product.assign(p_count, 0.0L);
  r.score.assign(c_count, 0.0L);
  for (std::size_t p = 0; p < p_count; ++p) {
    if (r.ubiquity[p] == 0) continue;
    for (std::size_t i = 0; i < n; ++i)
      r.product[p] += present(member[i], p) ? root[i] * vectors[i * n + order[1]] : 0.0L;
    r.product[p] /= static_cast<long double>(r.ubiquity[p]);
  }
  for (std::size_t c = 0; c < c_count; ++c) {
    if (r.diversity[c] == 0) continue;
    for (std::size_t p = 0; p < p_count; ++p)
      r.score[c] += r.ubiquity[p] > 0 && present(c, p) ? static_cast<long double>(w[p]) * r.product[p] : 0.0L;
    r.score[c] /= static_cast<long double>(r.diversity[c]);
  }
  return r;
}

// The scores standardised over all that have one, in the orientation of `like` (METHODS C0.3, C0.5); NaN elsewhere.
// Products on the same scale.
struct StandardScores {
  std::vector<double> eci, pci;
};
inline StandardScores standard_scores(const WeightedReference& r, const std::vector<double>& like) {
  long double n = 0, sum = 0, square = 0, common = 0, k_mean = 0, like_mean = 0, alignment = 0;
  for (std::size_t c = 0; c < r.score.size(); ++c) {
    if (r.diversity[c] == 0) continue;
    n += 1, sum += r.score[c];
    if (!std::isnan(like[c])) common += 1, k_mean += r.score[c], like_mean += static_cast<long double>(like[c]);
  }
  for (std::size_t c = 0; c < r.score.size(); ++c) {
    if (r.diversity[c] == 0) continue;
    square += (r.score[c] - sum / n) * (r.score[c] - sum / n);
    if (!std::isnan(like[c]))
      alignment += (r.score[c] - k_mean / common) * (static_cast<long double>(like[c]) - like_mean / common);
  }
  const long double deviation = std::sqrt(square / n) * (alignment < 0 ? -1 : 1);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  StandardScores scores;
  for (std::size_t c = 0; c < r.score.size(); ++c)
    scores.eci.push_back(r.diversity[c] == 0 ? nan : static_cast<double>((r.score[c] - sum / n) / deviation));
  for (std::size_t p = 0; p < r.product.size(); ++p)
    scores.pci.push_back(r.ubiquity[p] == 0 ? nan : static_cast<double>((r.product[p] - sum / n) / deviation));
  return scores;
}

// 1 = highest, ties within 1e-10 the smallest, 0 = no score.
inline std::vector<int> ranks_of(const std::vector<double>& eci) {
  std::vector<int> rank;
  for (const double mine : eci) {
    int above = 0;
    for (const double other : eci) above += other > mine + 1e-10 ? 1 : 0;
    rank.push_back(std::isnan(mine) ? 0 : 1 + above);
  }
  return rank;
}

}  // namespace balassa
