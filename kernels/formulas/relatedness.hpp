// What densities and outlooks are made of, cell by cell (METHODS B5); both machines call them.
#pragma once

#include "kernels/base/hd.hpp"
#include "kernels/formulas/pairs.hpp"

namespace balassa::inline BALASSA_ISA {

// The pair as the other locations see it, from whether this one has the first and the second.
BALASSA_HD inline Pair without_one(const Pair& x, double first, double second) {
  return {x.shared - first * second, x.first - first, x.second - second, x.all - 1};
}

// Proximity to what a location has, over proximity to all there is; 0 / 0: nothing is near, so nothing is defined.
BALASSA_HD inline double density_of(double near_present, double near_all) {
  return near_present / near_all;
}

// What a product that is absent adds to the outlook of its location.
BALASSA_HD inline double outlook_of(double density, bool present, double pci) {
  return present ? 0.0 : density * pci;
}

// What an absent product would open: `opened` = sum over absent products of their PCI by nearness. The book's second
// term takes off what the product itself was worth in the outlook.
BALASSA_HD inline double gain_of(double opened, bool present, double density, double pci, bool second_term) {
  if (present) return 0.0;
  return second_term ? opened - density * pci : opened;
}

}  // namespace balassa::inline BALASSA_ISA
