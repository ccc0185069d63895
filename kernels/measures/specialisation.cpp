// Other measures of specialisation by cell: exports per head, symmetric and continuous RCA (METHODS A1).
#include <cmath>
#include <limits>

#include "kernels/measures/measure_context.hpp"

namespace balassa {
namespace {

// A function of RCA, cell by cell; NaN stays.
template <class F>
std::vector<double> of_rca(const MeasureContext& context, F f) {
  std::vector<double> cells;
  cells.reserve(context.measures.rca.size());
  for (const double rca : context.measures.rca) cells.push_back(f(rca));
  return cells;
}

}  // namespace

void measure_exports_per_head(MeasureContext& context) {
  std::vector<double> rpop = context.machine.cells(RpopOfCell{});
  const std::size_t products = static_cast<std::size_t>(context.year.products);
  for (std::size_t i = 0; i < rpop.size(); ++i) {
    const bool known = !context.year.population.empty() && context.year.population[i / products] > 0;
    if (!known) rpop[i] = std::numeric_limits<double>::quiet_NaN();
  }
  context.measures.further["rpop"] = std::move(rpop);
}

void measure_symmetric_rca(MeasureContext& context) {
  context.measures.further["rsca"] = of_rca(context, [](double rca) { return (rca - 1.0) / (rca + 1.0); });
}

void measure_continuous_presence(MeasureContext& context) {
  context.measures.further["rca_share"] = of_rca(context, [](double rca) { return rca / (1.0 + rca); });
}

}  // namespace balassa
