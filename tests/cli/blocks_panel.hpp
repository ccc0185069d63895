// A panel that is not connected: three nested locations, whose ECI is (sqrt(1.5), 0, -sqrt(1.5)) by the closed form of
// METHODS B4, between two that stand apart with a product of their own each.
#pragma once

#include "io/panel/panel.hpp"

namespace balassa::cli {

inline Panel blocks_panel() {
  Panel panel;
  panel.years = {2001};
  panel.locations = {"a", "x", "b", "y", "c"};
  panel.products = {"01", "02", "03", "04", "05"};
  panel.value = {1, 1, 1, 0, 0,  //
                 0, 0, 0, 1, 0,  //
                 0, 1, 1, 0, 0,  //
                 0, 0, 0, 0, 1,  //
                 0, 0, 1, 0, 0};
  panel.missing.assign(5, 0);
  return panel;
}

}  // namespace balassa::cli
