// Formulas of a cell of a year: DenseMachine::cells and row_sums evaluate them on any machine. A new one is a struct
// here, its value_of, and its name in CellFormula.
#pragma once

#include <variant>

#include "kernels/base/elementary.hpp"
#include "kernels/formulas/baskets.hpp"
#include "kernels/study.hpp"

namespace balassa {

// X_cp and what it is compared with.
struct Cell {
  double value, location_total, product_total, grand_total;
  double population, all_population;  // N_c, N; 0 where not known
};

struct RcaOfCell {};
struct RpopOfCell {};
struct PresenceOfCell {  // 1 where the location has the product
  Presence by;
  double rca_threshold, rpop_threshold;
  bool above;  // beyond the threshold, else at it too
};
struct SquaredShareOfCell {};  // (X_cp / X_c)^2, of which the HHI is the sum
struct EntropyOfCell {};       // -s ln s of s = X_cp / X_c
struct DifferenceOfCell {};    // |X_cp / X_c - s| of the share s that the product has in all other locations together
using CellFormula =
    std::variant<RcaOfCell, RpopOfCell, PresenceOfCell, SquaredShareOfCell, EntropyOfCell, DifferenceOfCell>;

}  // namespace balassa

namespace balassa::inline BALASSA_ISA {

BALASSA_HD inline double value_of(const RcaOfCell&, const Cell& x) {
  return Basket(x.location_total, x.grand_total, 1.0, false).rca(x.value, x.product_total);
}
BALASSA_HD inline double value_of(const RpopOfCell&, const Cell& x) {
  return x.value * x.all_population / (x.population * x.product_total);
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
BALASSA_HD inline double value_of(const EntropyOfCell&, const Cell& x) {
  const double share = x.value / x.location_total;
  return share > 0.0 ? -share * log_positive(share) : 0.0;
}
BALASSA_HD inline double value_of(const DifferenceOfCell&, const Cell& x) {
  const double elsewhere = (x.product_total - x.value) / (x.grand_total - x.location_total);
  return __builtin_fabs(x.value / x.location_total - elsewhere);
}

}  // namespace balassa::inline BALASSA_ISA
