// The income that products and baskets go with (METHODS B5a; Hausmann, Hwang and Rodrik 2007).
#include <cmath>
#include <limits>

#include "kernels/measures/measure_context.hpp"

namespace balassa {

void measure_income(MeasureContext& context) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const auto locations = static_cast<std::size_t>(context.year.locations),
             products = static_cast<std::size_t>(context.year.products);
  const std::vector<double>&gdp = context.request.tables.at("gdp"),
        &population = context.request.tables.at("population");
  std::vector<double> weighted(products, 0.0), weight(products, 0.0), prody(products), expy(locations, kNan);
  for (std::size_t c = 0; c < locations; ++c) {
    const double per_head = gdp[c] / population[c];
    if (!std::isfinite(per_head)) continue;  // not known: it has no say in what a product goes with
    for (std::size_t p = 0; p < products; ++p) {
      const double rca = context.measures.rca[c * products + p];
      weighted[p] += rca * per_head;
      weight[p] += rca;
    }
  }
  for (std::size_t p = 0; p < products; ++p) prody[p] = weight[p] > 0 ? weighted[p] / weight[p] : kNan;
  for (std::size_t c = 0; c < locations; ++c) {
    double sum = 0, total = 0;
    for (std::size_t p = 0; p < products; ++p) {
      const double value = context.year.value[c * products + p];
      if (!(value > 0) || std::isnan(prody[p])) continue;
      sum += value * prody[p];
      total += value;
    }
    if (total > 0) expy[c] = sum / total;
  }
  context.measures.further["prody"] = std::move(prody);
  context.measures.further["expy"] = std::move(expy);
}

}  // namespace balassa
