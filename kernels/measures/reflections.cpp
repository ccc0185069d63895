#include "kernels/measures/reflections.hpp"

#include <algorithm>
#include <cmath>

namespace balassa {
namespace {

constexpr double kLostSpread = 1e-9;

}  // namespace

bool spread_is_lost(const std::vector<double>& score) {
  if (score.empty()) return false;
  const auto [low, high] = std::minmax_element(score.begin(), score.end());
  return *high - *low < kLostSpread * 0.5 * (*high + *low);
}

Reflections reflect(const BipartiteGraph& graph, int iterations) {
  Reflections now;
  for (int row = 0; row < graph.rows(); ++row) now.location.push_back(graph.diversity(row));
  for (int column = 0; column < graph.columns(); ++column) now.product.push_back(graph.ubiquity(column));
  std::vector<double> location(now.location.size()), product(now.product.size());
  for (int n = 0; n < iterations; ++n) {
    mean_over_products(graph, now.product, location);
    mean_over_locations(graph, now.location, product);
    now.location.swap(location);
    now.product.swap(product);
  }
  now.lost = spread_is_lost(now.location) || spread_is_lost(now.product);
  return now;
}

}  // namespace balassa
