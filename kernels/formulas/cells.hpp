// Formulas of a cell of a year: DenseMachine::cells and row_sums evaluate them on any machine. A new one is a struct
// here, its value_of, and its name in CellFormula.
#pragma once

#include <variant>

#include "kernels/base/elementary.hpp"
#include "kernels/formulas/baskets.hpp"

namespace balassa {

// X_cp and what it is compared with.
struct Cell {
  double value, location_total, product_total, grand_total;
};

struct RcaOfCell {};
struct PresenceOfCell {  // 1 where the location has the product
  double threshold;
  bool above;  // RCA > t, else >= t
};
struct SquaredShareOfCell {};  // (X_cp / X_c)^2, of which the HHI is the sum
struct EntropyOfCell {};       // -s ln s of s = X_cp / X_c
struct DifferenceOfCell {};    // |X_cp / X_c - s| of the share s that the product has in all other locations together
using CellFormula = std::variant<RcaOfCell, PresenceOfCell, SquaredShareOfCell, EntropyOfCell, DifferenceOfCell>;

}  // namespace balassa

namespace balassa::inline BALASSA_ISA {

BALASSA_HD inline double value_of(const RcaOfCell&, const Cell& x) {
  return Basket(x.location_total, x.grand_total, 1.0, false).rca(x.value, x.product_total);
}
BALASSA_HD inline double value_of(const PresenceOfCell& of, const Cell& x) {
  return Basket(x.location_total, x.grand_total, of.threshold, of.above).holds(x.value, x.product_total) ? 1.0 : 0.0;
}
BALASSA_HD inline double value_of(const SquaredShareOfCell&, const Cell& x) {
  return Basket(x.location_total, x.grand_total, 1.0, false).squared_share(x.value);
}
BALASSA_HD inline double value_of(const EntropyOfCell&, const Cell& x) {
  const double share = x.value / x.location_total;
  return share > 0.0 ? -share * log_positive(share) : 0.0;
}
BALASSA_HD inline double value_of(const DifferenceOfCell&, const Cell& x) {
  const double elsewhere = (x.product_total - x.value) / (x.grand_total - x.location_total);
  return __builtin_fabs(x.value / x.location_total - elsewhere);
}

}  // namespace balassa::inline BALASSA_ISA
