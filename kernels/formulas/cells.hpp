// Formulas of a cell of a year: DenseMachine::cells and row_sums evaluate them on any machine. A new one is a struct
// here, its value_of, and its name in CellFormula.
#pragma once

#include <variant>

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
using CellFormula = std::variant<RcaOfCell, PresenceOfCell, SquaredShareOfCell>;

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

}  // namespace balassa::inline BALASSA_ISA
