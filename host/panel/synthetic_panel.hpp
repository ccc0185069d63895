// The synthetic panel with labels as in a trade data set: what `balassa synth` writes.
#pragma once

#include "io/panel/panel.hpp"
#include "kernels/synthetic/synthetic.hpp"

namespace balassa {

struct SyntheticPanel {
  Panel panel;
  double density = 0;  // share of the countries' cells with RCA >= 1 in the first year
};

// draw_synthetic with 3-letter location codes (a region: parent's code, '-', number), 4-digit product codes by HS
// chapter (6-digit where a chapter has more than 99), /product_class/section, population, and, where there are regions,
// location_parent and location_kind. Throws Error kUsage for a request that can't be met. Deterministic.
SyntheticPanel synthetic_panel(const SyntheticRequest& request);

}  // namespace balassa
