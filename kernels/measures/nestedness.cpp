// How nested presence is: whether what few have is had by those that have much (METHODS B5a; Almeida-Neto et al. 2008).
#include "kernels/measures/measure_context.hpp"

namespace balassa {
namespace {

struct Half {
  double strict = 0, stable = 0, pairs = 0;  // sums over pairs, and their number
};

// Sums over all ordered pairs: those of equal degree are met twice.
Half half_of(MeasureContext& context, Side side) {
  const std::vector<double> strict = context.machine.pairs(context.graph, side, NestedOfPair{}),
                            stable = context.machine.pairs(context.graph, side, StableNestedOfPair{});
  const auto n = static_cast<std::size_t>(side == Side::kLocations ? context.graph.rows() : context.graph.columns());
  Half half;
  half.pairs = static_cast<double>(n) * (static_cast<double>(n) - 1) / 2;
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      if (i == j) continue;
      half.strict += strict[i * n + j];
      half.stable += stable[i * n + j] / 2;
    }
  }
  return half;
}

}  // namespace

void measure_nestedness(MeasureContext& context) {
  const Half rows = half_of(context, Side::kLocations), columns = half_of(context, Side::kProducts);
  const double of_rows = 100 * rows.strict / rows.pairs, of_columns = 100 * columns.strict / columns.pairs;
  auto& further = context.measures.further;
  further["nodf"] = {100 * (rows.strict + columns.strict) / (rows.pairs + columns.pairs)};
  further["nodf_locations"] = {of_rows};
  further["nodf_products"] = {of_columns};
  further["nodf_mean"] = {(of_rows + of_columns) / 2};
  further["nodf_stable"] = {100 * (rows.stable + columns.stable) / (rows.pairs + columns.pairs)};
}

}  // namespace balassa
