// The year that benchmarks run on.
#pragma once

#include <cstdlib>

#include "host/panel/synthetic_panel.hpp"
#include "host/panel/year_selection.hpp"
#include "io/panel/panel_file.hpp"

namespace balassa {

// The last year of the panel that BALASSA_PANEL names, else of the synthetic one.
inline const Year& bench_year() {
  static const SelectedYear selected = [] {
    const char* file = std::getenv("BALASSA_PANEL");
    if (file != nullptr) {
      const Panel panel = read_panel(file);
      return select_year(panel, panel.years.size() - 1);
    }
    SyntheticRequest request;
    request.locations = 240;
    request.products = 1240;
    request.years = {2019};
    return select_year(synthetic_panel(request).panel, 0);
  }();
  return selected.year;
}

}  // namespace balassa
