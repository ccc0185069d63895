#include "kernels/measures/proximity.hpp"

#include <cblas.h>

#include <cmath>
#include <limits>

#include "kernels/base/blas.hpp"

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::vector<double> proximity(MeasureContext& context, Side side) {
  const MeasureParameters& parameters = context.request.parameters;
  std::vector<double> near;
  if (parameters.proximity == ProximityKind::kContinuous) {
    near = rca_correlations(context, side);
    for (double& x : near) x = (1 + x) / 2;
  } else {
    near = context.machine.pairs(context.graph, side, formula_of(parameters.proximity));
  }
  const auto n = static_cast<std::size_t>(side == Side::kProducts ? context.graph.columns() : context.graph.rows());
  if (parameters.zero_diagonal) {
    for (std::size_t i = 0; i < n; ++i) near[i * n + i] = 0;
  }
  return near;
}

// From pairs of the graph's vertices to those of the year, NaN where the graph lacks one.
std::vector<double> in_year(const std::vector<double>& pairs, const std::vector<std::int32_t>& item, int of_year) {
  const std::size_t n = item.size(), width = static_cast<std::size_t>(of_year);
  if (n == width) return pairs;
  std::vector<double> all(width * width, kNan);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j)
      all[static_cast<std::size_t>(item[i]) * width + static_cast<std::size_t>(item[j])] = pairs[i * n + j];
  }
  return all;
}

}  // namespace

std::vector<double> row_totals(const std::vector<double>& table) {
  // Eight partial sums: one would wait for the sum before it.
  constexpr std::size_t kPartial = 8;
  const auto n = static_cast<std::size_t>(std::llround(std::sqrt(static_cast<double>(table.size()))));
  std::vector<double> totals;
  for (std::size_t i = 0; i < n; ++i) {
    const double* row = table.data() + i * n;
    double partial[kPartial] = {};
    std::size_t k = 0;
    for (; k + kPartial <= n; k += kPartial) {
      for (std::size_t lane = 0; lane < kPartial; ++lane) partial[lane] += row[k + lane];
    }
    double total = 0;
    for (const double each : partial) total += each;
    for (; k < n; ++k) total += row[k];
    totals.push_back(total);
  }
  return totals;
}

PairFormula formula_of(ProximityKind kind) {
  switch (kind) {
    case ProximityKind::kAsymmetric:
      return AsymmetricOfPair{};
    case ProximityKind::kAssociation:
      return AssociationOfPair{};
    case ProximityKind::kCosine:
      return CosineOfPair{};
    case ProximityKind::kJaccard:
      return JaccardOfPair{};
    case ProximityKind::kDiscrete:
    case ProximityKind::kContinuous:
      break;
  }
  return DiscreteOfPair{};
}

std::vector<double> rca_correlations(const MeasureContext& context, Side side) {
  const BipartiteGraph& graph = context.graph;
  const bool of_products = side == Side::kProducts;
  const std::vector<std::int32_t>& item = of_products ? graph.product : graph.location;
  const auto products = static_cast<std::size_t>(context.year.products);
  const std::size_t n = item.size(), length = of_products ? static_cast<std::size_t>(context.year.locations) : products;
  std::vector<double> unit(n * length), pairs(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    double* z = unit.data() + i * length;
    const auto at = static_cast<std::size_t>(item[i]);
    double mean = 0, square = 0;
    for (std::size_t k = 0; k < length; ++k) {
      z[k] = context.measures.rca[of_products ? k * products + at : at * products + k];
      mean += z[k] / static_cast<double>(length);
    }
    for (std::size_t k = 0; k < length; ++k) {
      z[k] -= mean;
      square += z[k] * z[k];
    }
    for (std::size_t k = 0; k < length; ++k) z[k] /= std::sqrt(square);  // of a constant: 0 / 0, no correlation
  }
  hold_blas_to_one_thread();
  const int rows = static_cast<int>(n), columns = static_cast<int>(length);
  cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, rows, columns, 1.0, unit.data(), columns, 0.0, pairs.data(),
              rows);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < i; ++j) pairs[j * n + i] = pairs[i * n + j];
  }
  return pairs;
}

const std::vector<double>& proximity_of(MeasureContext& context) {
  if (context.proximity.empty()) context.proximity = proximity(context, Side::kProducts);
  return context.proximity;
}

void measure_proximity(MeasureContext& context) {
  context.measures.further["proximity"] = in_year(proximity_of(context), context.graph.product, context.year.products);
}

void measure_location_proximity(MeasureContext& context) {
  context.measures.further["location_proximity"] =
      in_year(proximity(context, Side::kLocations), context.graph.location, context.year.locations);
}

}  // namespace balassa
