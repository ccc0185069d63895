// A panel whose ranking turns round though its economy hardly changes.
#pragma once

#include "io/panel/panel.hpp"

namespace balassa::cli {

// Two groups of five locations, each with six products of its own, and one product that all have: the axis tells the
// groups apart. Which group is the more diverse, and so the more complex by the rule, changes in 2002 and changes back
// in 2004; 2005 is as clear as it can be. In 2003 nothing links the groups, so that there is no axis. Present is what
// has a value: any small threshold of RCA does.
inline Panel turning_panel() {
  Panel panel;
  panel.years = {2001, 2002, 2003, 2004, 2005};
  for (const char* group : {"a", "b"}) {
    for (int i = 0; i < 5; ++i) panel.locations.push_back(std::string(group) + std::to_string(i));
    for (int p = 0; p < 6; ++p) panel.products.push_back(std::string(group) + std::to_string(p));
  }
  panel.products.push_back("c");
  const std::size_t locations = 10, products = 13;
  panel.value.assign(panel.years.size() * locations * products, 0.0);
  panel.missing.assign(panel.years.size() * locations, 0);
  const std::size_t lacks[5][2] = {{1, 2}, {2, 1}, {1, 2}, {1, 2}, {0, 4}};  // of the six, by group a and b
  for (std::size_t y = 0; y < panel.years.size(); ++y) {
    for (std::size_t c = 0; c < locations; ++c) {
      const std::size_t group = c / 5, i = c % 5;
      for (std::size_t p = 0; p < 6; ++p) {
        const bool lacking = (p + 6 - i) % 6 < lacks[y][group];
        panel.value[panel.index(y, c, group * 6 + p)] = lacking ? 0.0 : 1.0;
      }
      panel.value[panel.index(y, c, 12)] = panel.years[y] == 2003 && group == 1 ? 0.0 : 1.0;
    }
  }
  return panel;
}

}  // namespace balassa::cli
