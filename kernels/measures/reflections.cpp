#include "kernels/measures/reflections.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/measures/measure_context.hpp"

namespace balassa {
namespace {

constexpr double kLostSpread = 1e-9;

}  // namespace

bool spread_is_lost(const std::vector<double>& score) {
  if (score.empty()) return false;
  const auto [low, high] = std::minmax_element(score.begin(), score.end());
  return *high - *low < kLostSpread * 0.5 * (*high + *low);
}

Reflections reflect(const BipartiteGraph& graph, int iterations, DenseMachine& machine) {
  Reflections now;
  for (int row = 0; row < graph.rows(); ++row) now.location.push_back(graph.diversity(row));
  for (int column = 0; column < graph.columns(); ++column) now.product.push_back(graph.ubiquity(column));
  for (int n = 0; n < iterations; ++n) {
    std::vector<double> location = machine.multiply(graph, Side::kLocations, now.product),
                        product = machine.multiply(graph, Side::kProducts, now.location);
    for (int row = 0; row < graph.rows(); ++row) location[row] /= graph.diversity(row);
    for (int column = 0; column < graph.columns(); ++column) product[column] /= graph.ubiquity(column);
    now.location.swap(location);
    now.product.swap(product);
  }
  now.lost = spread_is_lost(now.location) || spread_is_lost(now.product);
  return now;
}

void measure_reflections(MeasureContext& context) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  YearMeasures& measures = context.measures;
  const BipartiteGraph& graph = context.graph;
  const Reflections reflections = reflect(graph, context.request.reflections, context.machine);
  measures.reflection_location.assign(static_cast<std::size_t>(context.year.locations), kNan);
  measures.reflection_product.assign(static_cast<std::size_t>(context.year.products), kNan);
  for (int r = 0; r < graph.rows(); ++r) measures.reflection_location[graph.location[r]] = reflections.location[r];
  for (int k = 0; k < graph.columns(); ++k) measures.reflection_product[graph.product[k]] = reflections.product[k];
  measures.reflection_lost = reflections.lost;
}

}  // namespace balassa
