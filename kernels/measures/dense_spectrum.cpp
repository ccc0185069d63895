#include "kernels/measures/dense_spectrum.hpp"

#include <lapacke.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "kernels/base/blas.hpp"
#include "kernels/base/canonical_sum.hpp"

namespace balassa {
namespace {

// One side of the graph as a solver sees it: `n` vertices, each with its degree and neighbours, and the other side's.
struct Side {
  int n = 0, others = 0;
  const std::vector<std::int32_t>*start, *other_start, *other_link;
  double degree(int i) const { return (*start)[i + 1] - (*start)[i]; }
};

// D^-1/2 M U^-1 M^T D^-1/2 minus its trivial pair (1, D^1/2 1), [n, n], lower triangle filled. Each vertex of the other
// side adds 1 / its degree to all pairs of its neighbours: cheaper than a dense product at trade-like densities.
std::vector<double> deflated_gram(const Side& side) {
  const std::size_t n = static_cast<std::size_t>(side.n);
  std::vector<double> gram(n * n, 0.0);
  for (int k = 0; k < side.others; ++k) {
    const std::int32_t begin = (*side.other_start)[k], end = (*side.other_start)[k + 1];
    const double share = 1.0 / (end - begin);
    for (std::int32_t a = begin; a < end; ++a) {
      double* row = gram.data() + static_cast<std::size_t>((*side.other_link)[a]) * n;
      for (std::int32_t b = begin; b <= a; ++b) row[(*side.other_link)[b]] += share;
    }
  }
  double links = 0;
  for (int i = 0; i < side.n; ++i) links += side.degree(i);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      const double geometric = std::sqrt(side.degree(static_cast<int>(i)) * side.degree(static_cast<int>(j)));
      gram[i * n + j] = gram[i * n + j] / geometric - geometric / links;
    }
  }
  return gram;
}

LeadingPairs pairs_of(std::vector<double> gram, int n, int wanted) {
  hold_blas_to_one_thread();
  std::vector<double> value(n), vector(static_cast<std::size_t>(n) * wanted);
  std::vector<lapack_int> support(2 * static_cast<std::size_t>(std::max(1, wanted)));
  lapack_int found = 0;
  // Row-major lower = column-major upper; so LAPACK works in place without a transposed copy.
  const lapack_int info = LAPACKE_dsyevr(LAPACK_COL_MAJOR, 'V', 'I', 'U', n, gram.data(), n, 0.0, 0.0, n - wanted + 1,
                                         n, 0.0, &found, value.data(), vector.data(), n, support.data());
  if (info != 0 || found != wanted) {
    throw std::runtime_error("LAPACK dsyevr: found info " + std::to_string(info) + " and " + std::to_string(found) +
                             " of " + std::to_string(wanted) + " eigenvalues, expected info 0 and all");
  }
  LeadingPairs pairs;
  for (int k = wanted - 1; k >= 0; --k) pairs.value.push_back(value[k]);
  pairs.vector.assign(vector.end() - n, vector.end());
  return pairs;
}

// Takes the degree-weighted mean off: the trivial direction in raw scores (METHODS A1.1.3).
template <class Degree>
void deflate(std::vector<double>& raw, Degree degree) {
  const std::size_t n = raw.size();
  const double weight = canonical_sum(n, [&](std::size_t i) { return degree(static_cast<int>(i)); });
  const double mean = canonical_sum(n, [&](std::size_t i) { return degree(static_cast<int>(i)) * raw[i]; }) / weight;
  for (double& x : raw) x -= mean;
}

double weighted_norm(const std::vector<double>& raw, const BipartiteGraph& graph, bool of_rows) {
  return std::sqrt(canonical_sum(raw.size(), [&](std::size_t i) {
    const int k = static_cast<int>(i);
    return (of_rows ? graph.diversity(k) : graph.ubiquity(k)) * raw[i] * raw[i];
  }));
}

}  // namespace

ResidualCheck check_residual(const BipartiteGraph& graph, const std::vector<double>& raw) {
  std::vector<double> product(graph.columns()), applied(graph.rows());
  mean_over_locations(graph, raw, product);
  mean_over_products(graph, product, applied);
  const auto weighted = [&](const std::vector<double>& a, const std::vector<double>& b) {
    return canonical_sum(a.size(), [&](std::size_t i) { return graph.diversity(static_cast<int>(i)) * a[i] * b[i]; });
  };
  const double square = weighted(raw, raw);
  ResidualCheck check;
  check.theta = weighted(raw, applied) / square;
  for (std::size_t i = 0; i < raw.size(); ++i) applied[i] -= check.theta * raw[i];
  check.residual = std::sqrt(weighted(applied, applied) / square);
  return check;
}

DenseSpectrum solve_dense_spectrum(const BipartiteGraph& graph) {
  return spectrum_from(graph, leading_pairs(graph));
}

LeadingPairs leading_pairs(const BipartiteGraph& graph) {
  const bool by_location = solves_by_location(graph);
  Side side;
  side.n = by_location ? graph.rows() : graph.columns();
  side.others = by_location ? graph.columns() : graph.rows();
  side.start = by_location ? &graph.location_start : &graph.product_start;
  side.other_start = by_location ? &graph.product_start : &graph.location_start;
  side.other_link = by_location ? &graph.product_link : &graph.location_link;
  return pairs_of(deflated_gram(side), side.n, wanted_pairs(graph));
}

bool solves_by_location(const BipartiteGraph& graph) {
  return graph.rows() <= graph.columns();
}

int wanted_pairs(const BipartiteGraph& graph) {
  return std::min(3, std::min(graph.rows(), graph.columns()) - 1);
}

DenseSpectrum spectrum_from(const BipartiteGraph& graph, const LeadingPairs& pairs) {
  const bool by_location = solves_by_location(graph);
  const int wanted = wanted_pairs(graph);
  DenseSpectrum spectrum;
  spectrum.lambda[0] = 1.0;
  for (int k = 0; k < 3; ++k) {
    // The eigenvalues of W beyond the smaller side are exactly 0; beyond its rows there are none.
    spectrum.lambda[k + 1] = k < wanted             ? std::clamp(pairs.value[k], 0.0, 1.0)
                             : k + 1 < graph.rows() ? 0.0
                                                    : std::numeric_limits<double>::quiet_NaN();
  }

  // One step of W on the solver's vector, the trivial direction taken off on the way: it damps what rounding left of
  // the far end of the spectrum, and makes raw_location a function of the row alone (METHODS C0.7).
  spectrum.raw_location.resize(graph.rows());
  spectrum.raw_product.resize(graph.columns());
  const auto ubiquity = [&](int k) { return graph.ubiquity(k); };
  std::vector<double>& start = by_location ? spectrum.raw_location : spectrum.raw_product;
  for (std::size_t i = 0; i < start.size(); ++i) {
    const int vertex = static_cast<int>(i);
    start[i] = pairs.vector[i] / std::sqrt(by_location ? graph.diversity(vertex) : graph.ubiquity(vertex));
  }
  if (!by_location) mean_over_products(graph, spectrum.raw_product, spectrum.raw_location);
  mean_over_locations(graph, spectrum.raw_location, spectrum.raw_product);
  deflate(spectrum.raw_product, ubiquity);
  const double norm = weighted_norm(spectrum.raw_product, graph, false);
  // Without a second axis (lambda_2 = 0) there is nothing to normalise; the caller finds no signal.
  if (norm > 0) {
    for (double& x : spectrum.raw_product) x /= norm;
  }
  mean_over_products(graph, spectrum.raw_product, spectrum.raw_location);

  const double size = weighted_norm(spectrum.raw_location, graph, true);
  if (size == 0) return spectrum;
  const ResidualCheck check = check_residual(graph, spectrum.raw_location);
  spectrum.residual = check.residual;
  const double fourth = canonical_sum(spectrum.raw_location.size(), [&](std::size_t i) {
    const double square = graph.diversity(static_cast<int>(i)) * spectrum.raw_location[i] * spectrum.raw_location[i];
    return square * square;
  });
  spectrum.participation = size * size * size * size / fourth;
  return spectrum;
}

}  // namespace balassa
