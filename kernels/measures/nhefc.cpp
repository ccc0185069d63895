// Fitness and complexity by a map that always converges (METHODS B4a; Servedio et al. 2018).
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/measures/measure_context.hpp"

namespace balassa {
namespace {

constexpr double kDelta = 1e-3;
constexpr int kMostIterations = 200000;
constexpr double kSettled = 1e-14;  // the largest relative change of a step

}  // namespace

// F_c = delta^2 + sum_p M_cp / P_p, P_p = 1 + sum_c M_cp / F_c; complexity is 1 / (P - 1).
void measure_nhefc(MeasureContext& context) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const BipartiteGraph& graph = context.graph;
  const auto rows = static_cast<std::size_t>(graph.rows()), columns = static_cast<std::size_t>(graph.columns());
  std::vector<double> fitness(rows, 1.0), price(columns), inverse(rows);
  double change = 1;
  for (int n = 0; n < kMostIterations && change > kSettled && rows > 0; ++n) {
    std::transform(fitness.begin(), fitness.end(), inverse.begin(), [](double x) { return 1 / x; });
    price = context.machine.multiply(graph, Side::kProducts, inverse);
    for (double& x : price) x = 1 / (1 + x);
    std::vector<double> next = context.machine.multiply(graph, Side::kLocations, price);
    change = 0;
    for (std::size_t r = 0; r < rows; ++r) {
      next[r] += kDelta * kDelta;
      change = std::max(change, std::abs(next[r] / fitness[r] - 1));
    }
    fitness = std::move(next);
  }
  std::transform(fitness.begin(), fitness.end(), inverse.begin(), [](double x) { return 1 / x; });
  price = context.machine.multiply(graph, Side::kProducts, inverse);
  auto& further = context.measures.further;
  further["nhefc"].assign(static_cast<std::size_t>(context.year.locations), kNan);
  further["nhefc_product"].assign(static_cast<std::size_t>(context.year.products), kNan);
  for (std::size_t r = 0; r < rows; ++r) further["nhefc"][static_cast<std::size_t>(graph.location[r])] = fitness[r];
  for (std::size_t k = 0; k < columns; ++k)
    further["nhefc_product"][static_cast<std::size_t>(graph.product[k])] = 1 / price[k];
}

}  // namespace balassa
