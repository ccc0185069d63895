// How near two products are, or two locations (METHODS B5).
#pragma once

#include <vector>

#include "kernels/measures/measure_context.hpp"

namespace balassa {

// Of the graph's products, [columns, columns], by the request's parameters; computed when first asked for.
const std::vector<double>& proximity_of(MeasureContext& context);

// Sums of the rows of a square table [n, n].
std::vector<double> row_totals(const std::vector<double>& table);

PairFormula formula_of(ProximityKind kind);  // of a kind that counts neighbours

// Correlations of the RCA of products, [columns, columns], over all locations of the year; NaN where an RCA is
// constant.
std::vector<double> rca_correlations(const MeasureContext& context, Side side);

}  // namespace balassa
