// Of a location's basket: RCA, presence and concentration, in the roundings that every machine has in common (METHODS
// A1 eq. 3, A2 F2, E8).
#pragma once

#include "kernels/base/hd.hpp"

namespace balassa::inline BALASSA_ISA {

// RCA against its threshold t by a defined rounding, never a division: fl(X_cp X) >= fl(cut X_p) with cut = fl(t X_c);
// strict for RCA > t.
BALASSA_HD inline bool present(double value, double grand_total, double cut, double product_total, bool above) {
  const double left = value * grand_total, right = cut * product_total;
  return above ? left > right : left >= right;
}

// RPOP against its threshold t in the same way: fl(X_cp N) >= fl(fl(t N_c) X_p), N the sum of the known N_c. None where
// N_c or X_p is 0.
BALASSA_HD inline bool present_per_head(double value, double product_total, double population, double all_population,
                                        double threshold, bool above) {
  return population > 0.0 && product_total > 0.0 &&
         present(value, all_population, threshold * population, product_total, above);
}

// The basket of a location with total X_c in a year of total X.
class Basket {
 public:
  BALASSA_HD Basket(double total, double grand_total, double threshold, bool above)
      : total_(total), grand_total_(grand_total), cut_(threshold * total), above_(above) {}

  // At t = 1 presence agrees with the rounded RCA: both compare fl(X_cp X) with fl(X_c X_p).
  BALASSA_HD double rca(double value, double product_total) const {
    return value * grand_total_ / (total_ * product_total);
  }
  // An empty row or column has no RCA: its 0 >= 0 is not presence.
  BALASSA_HD bool holds(double value, double product_total) const {
    return total_ > 0.0 && product_total > 0.0 && present(value, grand_total_, cut_, product_total, above_);
  }
  // What a product adds to the HHI.
  BALASSA_HD double squared_share(double value) const { return (value / total_) * (value / total_); }

 private:
  double total_, grand_total_, cut_;
  bool above_;
};

// On the usual scale of 0 to 10000, from the sum of squared shares.
BALASSA_HD inline double hhi_of(double squared_shares) {
  return 10000.0 * squared_shares;
}

}  // namespace balassa::inline BALASSA_ISA
