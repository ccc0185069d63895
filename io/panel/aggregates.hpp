// Totals and groups that stand among the locations or products they add up: World, EU, TOTAL, upper levels.
#pragma once

#include <string>
#include <vector>

#include "io/panel/panel.hpp"

namespace balassa {

// A code whose values are, cell by cell, the sum of those of other codes of the panel.
struct Aggregate {
  std::string code;
  std::vector<std::string> members;  // of a group: the codes it adds up, the largest first; none: all the others
  std::vector<std::int32_t> years;   // in which it was found; groups are looked for in the first, middle and last year
  double share = 0;                  // of the trade of these years
};

struct Aggregates {
  std::vector<Aggregate> locations, products;  // by code
};

// Found by arithmetic, whatever the codes are called. A code is the sum of all others where they differ by at most 1 %
// of it over all cells of a year. A group is found by taking away from it, the largest first, every code that fits into
// what is left of it; it is one where at most 1 % is left. Codes with few cells are not looked at, since a few numbers
// may fit by chance. Locations with children in /location_parent are left out: they are regions' countries by intent.
Aggregates find_aggregates(const Panel& panel);

// What a reader should know of them, one line a kind.
std::vector<std::string> remarks_of(const Aggregates& aggregates);

}  // namespace balassa
