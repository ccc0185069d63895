// GENEPY: two axes of proximity between locations, or between products, in one number (METHODS B4a; Sciarra et al.
// 2020).
#include <lapacke.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "kernels/base/blas.hpp"
#include "kernels/measures/measure_context.hpp"

namespace balassa {
namespace {

struct EigenPair {
  double value = 0;
  std::vector<double> vector;
};

// Of a symmetric matrix [n, n], from the `first`-th smallest eigenvalue to the `last`-th, counted from 1.
std::vector<EigenPair> eigen_pairs(std::vector<double> matrix, int n, int first, int last) {
  hold_blas_to_one_thread();
  const int wanted = last - first + 1;
  std::vector<double> value(static_cast<std::size_t>(n)),
      vector(static_cast<std::size_t>(n) * static_cast<std::size_t>(wanted));
  std::vector<lapack_int> support(2 * static_cast<std::size_t>(wanted));
  lapack_int found = 0;
  const lapack_int info = LAPACKE_dsyevr(LAPACK_COL_MAJOR, 'V', 'I', 'U', n, matrix.data(), n, 0.0, 0.0, first, last,
                                         0.0, &found, value.data(), vector.data(), n, support.data());
  if (info != 0 || found != wanted)
    throw std::runtime_error("LAPACK dsyevr: found info " + std::to_string(info) + ", expected 0");
  std::vector<EigenPair> pairs;
  for (int k = 0; k < wanted; ++k)
    pairs.push_back({value[static_cast<std::size_t>(k)],
                     {vector.begin() + static_cast<std::ptrdiff_t>(k) * n,
                      vector.begin() + static_cast<std::ptrdiff_t>(k + 1) * n}});
  return pairs;
}

// The two of the largest |lambda|, which stand at the ends of the spectrum.
std::vector<EigenPair> two_largest(const std::vector<double>& matrix, int n) {
  std::vector<EigenPair> pairs = eigen_pairs(matrix, n, std::max(1, n - 1), n);
  if (n > 2) {
    for (EigenPair& pair : eigen_pairs(matrix, n, 1, std::min(2, n - 2))) pairs.push_back(std::move(pair));
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const EigenPair& a, const EigenPair& b) { return std::abs(a.value) > std::abs(b.value); });
  pairs.resize(std::min<std::size_t>(2, pairs.size()));
  return pairs;
}

// W_cp = M_cp / (k_c k'_p), k'_p = sum_c M_cp / k_c; N = W W^T of a side, its diagonal 0.
std::vector<double> scores(const BipartiteGraph& graph, bool of_products) {
  std::vector<double> weight(static_cast<std::size_t>(graph.columns()), 0.0);
  for (int k = 0; k < graph.columns(); ++k) {
    for (const std::int32_t r : graph.locations_of(k)) weight[static_cast<std::size_t>(k)] += 1 / graph.diversity(r);
  }
  const auto of_link = [&](int r, int k) { return 1 / (graph.diversity(r) * weight[static_cast<std::size_t>(k)]); };
  const int vertices = of_products ? graph.columns() : graph.rows(),
            others = of_products ? graph.rows() : graph.columns();
  const auto n = static_cast<std::size_t>(vertices);
  std::vector<double> near(n * n, 0.0), score(n, 0.0);
  for (int k = 0; k < others; ++k) {
    const auto links = of_products ? graph.products_of(k) : graph.locations_of(k);
    for (const std::int32_t a : links) {
      const double of_a = of_products ? of_link(k, a) : of_link(a, k);
      for (const std::int32_t b : links) {
        if (a != b)
          near[static_cast<std::size_t>(a) * n + static_cast<std::size_t>(b)] +=
              of_a * (of_products ? of_link(k, b) : of_link(b, k));
      }
    }
  }
  if (n == 0) return score;
  std::vector<double> once(n, 0.0), twice(n, 0.0);
  for (const EigenPair& pair : two_largest(near, vertices)) {
    for (std::size_t i = 0; i < n; ++i) {
      const double square = pair.vector[i] * pair.vector[i];
      once[i] += pair.value * square;
      twice[i] += pair.value * pair.value * square;
    }
  }
  for (std::size_t i = 0; i < n; ++i) score[i] = once[i] * once[i] + 2 * twice[i];
  return score;
}

void measure_side(MeasureContext& context, const char* name, bool of_products) {
  const std::vector<double> found = scores(context.graph, of_products);
  const std::vector<std::int32_t>& item = of_products ? context.graph.product : context.graph.location;
  std::vector<double>& score = context.measures.further[name];
  score.assign(static_cast<std::size_t>(of_products ? context.year.products : context.year.locations),
               std::numeric_limits<double>::quiet_NaN());
  for (std::size_t i = 0; i < item.size(); ++i) score[static_cast<std::size_t>(item[i])] = found[i];
}

}  // namespace

void measure_genepy(MeasureContext& context) {
  measure_side(context, "genepy", false);
}

void measure_genepy_product(MeasureContext& context) {
  measure_side(context, "genepy_product", true);
}

}  // namespace balassa
