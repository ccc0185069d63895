// How near each product is to what a location has (METHODS B5; Hidalgo et al. 2007).
#include <cblas.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <stdexcept>

#include "kernels/base/blas.hpp"
#include "kernels/formulas/relatedness.hpp"
#include "kernels/measures/proximity.hpp"

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// The k-th largest proximity of p to another product; what reaches it is a neighbour, ties included.
double nearest_limit(const double* near, std::size_t n, std::size_t p, int k, std::vector<double>& others) {
  others.clear();
  for (std::size_t q = 0; q < n; ++q) {
    if (q != p) others.push_back(near[q]);
  }
  if (others.empty()) return 0;
  const auto kth = others.begin() + std::min<std::ptrdiff_t>(k, static_cast<std::ptrdiff_t>(others.size())) - 1;
  std::nth_element(others.begin(), kth, others.end(), std::greater<>());
  return *kth;
}

// Leaves a row of proximities with those of p's nearest k other products; k = 0: as it is.
void keep_nearest(double* near, std::size_t n, std::size_t p, int k, std::vector<double>& others) {
  if (k == 0) return;
  const double limit = nearest_limit(near, n, p, k, others);
  near[p] = 0;
  for (std::size_t q = 0; q < n; ++q) {
    if (near[q] < limit) near[q] = 0;
  }
}

// RCA of the graph's locations and products, which stands for presence where proximity is continuous.
std::vector<double> rca_of_graph(const MeasureContext& context) {
  const BipartiteGraph& graph = context.graph;
  std::vector<double> rca;
  for (const std::int32_t c : graph.location) {
    for (const std::int32_t p : graph.product)
      rca.push_back(context.measures.rca[static_cast<std::size_t>(c) * static_cast<std::size_t>(context.year.products) +
                                         static_cast<std::size_t>(p)]);
  }
  return rca;
}

// [rows, columns]: the proximities near[p, q] that a density counts, to the products that a location has, over all.
std::vector<double> densities(MeasureContext& context) {
  const BipartiteGraph& graph = context.graph;
  const auto rows = static_cast<std::size_t>(graph.rows()), n = static_cast<std::size_t>(graph.columns());
  const MeasureParameters& parameters = context.request.parameters;
  const bool continuous = parameters.proximity == ProximityKind::kContinuous;
  const bool as_it_is = parameters.nearest == 0 && parameters.proximity != ProximityKind::kAsymmetric;
  std::vector<double> kept, others;
  if (!as_it_is) kept = proximity_of(context);
  for (std::size_t p = 0; p < n && !as_it_is; ++p) keep_nearest(kept.data() + p * n, n, p, parameters.nearest, others);
  const std::vector<double>& near = as_it_is ? proximity_of(context) : kept;
  const std::vector<double> all = row_totals(near);
  std::vector<double> density;
  if (continuous) {
    const std::vector<double> rca = rca_of_graph(context);
    density.resize(rows * n);
    hold_blas_to_one_thread();
    const int r = graph.rows(), k = graph.columns();
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, r, k, k, 1.0, rca.data(), k, near.data(), k, 0.0,
                density.data(), k);
  } else {
    // Rows are added, so that what a product q adds to all p stands in its row.
    for (std::size_t p = 0; p < n && !as_it_is; ++p) {
      for (std::size_t q = 0; q < p; ++q) std::swap(kept[p * n + q], kept[q * n + p]);
    }
    density = context.machine.sum_rows(graph, near, {});
  }
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t p = 0; p < n; ++p) density[r * n + p] = density_of(density[r * n + p], all[p]);
  }
  return density;
}

template <class Formula>
std::vector<double> densities_of_others(MeasureContext& context, const Formula& of) {
  const BipartiteGraph& graph = context.graph;
  const auto rows = static_cast<std::size_t>(graph.rows()), n = static_cast<std::size_t>(graph.columns());
  const MeasureParameters& parameters = context.request.parameters;
  const std::vector<double> shared = context.machine.pairs(graph, Side::kProducts, SharedOfPair{});
  std::vector<double> density(rows * n), has(n), near(n), others;
  for (std::size_t r = 0; r < rows; ++r) {
    std::fill(has.begin(), has.end(), 0.0);
    for (const std::int32_t k : graph.products_of(static_cast<int>(r))) has[static_cast<std::size_t>(k)] = 1;
    for (std::size_t p = 0; p < n; ++p) {
      for (std::size_t q = 0; q < n; ++q) {
        const Pair pair =
            without_one({shared[p * n + q], shared[p * n + p], shared[q * n + q], graph.rows() * 1.0}, has[p], has[q]);
        near[q] = pair.first > 0 && pair.second > 0 ? value_of(of, pair) : 0;
      }
      if (parameters.zero_diagonal) near[p] = 0;
      keep_nearest(near.data(), n, p, parameters.nearest, others);
      double present = 0, all = 0;
      for (std::size_t q = 0; q < n; ++q) {
        present += has[q] * near[q];
        all += near[q];
      }
      density[r * n + p] = density_of(present, all);
    }
  }
  return density;
}

std::vector<double> densities_without_own(MeasureContext& context) {
  if (context.request.parameters.proximity == ProximityKind::kContinuous)
    throw std::invalid_argument(
        "densities without a location's own products: found continuous proximity, expected a "
        "kind that counts locations");
  return std::visit([&](const auto& of) { return densities_of_others(context, of); },
                    formula_of(context.request.parameters.proximity));
}

}  // namespace

void measure_density(MeasureContext& context) {
  const BipartiteGraph& graph = context.graph;
  const std::vector<double> found =
      context.request.parameters.leave_own_out ? densities_without_own(context) : densities(context);
  const auto locations = static_cast<std::size_t>(context.year.locations),
             products = static_cast<std::size_t>(context.year.products), n = graph.product.size();
  // A location without products is near to nothing; a product that nobody has is near to nothing that could be said.
  std::vector<double> density(locations * products, kNan);
  for (std::size_t c = 0; c < locations; ++c) {
    for (const std::int32_t p : graph.product) density[c * products + static_cast<std::size_t>(p)] = 0;
  }
  for (std::size_t r = 0; r < graph.location.size(); ++r) {
    double* row = density.data() + static_cast<std::size_t>(graph.location[r]) * products;
    for (std::size_t k = 0; k < n; ++k) row[graph.product[k]] = found[r * n + k];
  }
  std::vector<double> distance(density.size());
  std::transform(density.begin(), density.end(), distance.begin(), [](double x) { return 1 - x; });
  context.measures.further["density"] = std::move(density);
  context.measures.further["distance"] = std::move(distance);
}

}  // namespace balassa
