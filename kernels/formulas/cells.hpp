// Formulas of a cell of a year: DenseMachine::cells and row_sums evaluate them on any machine. A new one is a struct
// here, its value_of, and its name in CellFormula.
#pragma once

#include <variant>

#include "kernels/formulas/baskets.hpp"
#include "kernels/study.hpp"

namespace balassa {

// X_cp and what it is compared with.
struct Cell {
  double value, location_total, product_total, grand_total;
  double population, all_population;  // N_c, N; 0 where not known
};

struct RcaOfCell {};
struct PresenceOfCell {  // 1 where the location has the product
  Presence by;
  double rca_threshold, rpop_threshold;
  bool above;  // beyond the threshold, else at it too
};
struct SquaredShareOfCell {};  // (X_cp / X_c)^2, of which the HHI is the sum
using CellFormula = std::variant<RcaOfCell, PresenceOfCell, SquaredShareOfCell>;

}  // namespace balassa

namespace balassa::inline BALASSA_ISA {

BALASSA_HD inline double value_of(const RcaOfCell&, const Cell& x) {
  return Basket(x.location_total, x.grand_total, 1.0, false).rca(x.value, x.product_total);
}
BALASSA_HD inline double value_of(const PresenceOfCell& of, const Cell& x) {
  const bool by_rca = Basket(x.location_total, x.grand_total, of.rca_threshold, of.above).holds(x.value, x.product_total);
  if (of.by == Presence::kRca) return by_rca ? 1.0 : 0.0;
  const bool by_rpop =
      present_per_head(x.value, x.product_total, x.population, x.all_population, of.rpop_threshold, of.above);
  const bool there = of.by == Presence::kRpop ? by_rpop : of.by == Presence::kBoth ? by_rca && by_rpop : by_rca || by_rpop;
  return there ? 1.0 : 0.0;
}
BALASSA_HD inline double value_of(const SquaredShareOfCell&, const Cell& x) {
  return Basket(x.location_total, x.grand_total, 1.0, false).squared_share(x.value);
}

}  // namespace balassa::inline BALASSA_ISA
