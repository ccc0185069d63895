// A panel in memory: value[year, location, product] with its labels (FORMATS section 1).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace balassa {

struct Panel {
  std::vector<std::int32_t> years;     // [Y] ascending, unique
  std::vector<std::string> locations;  // [C] unique codes as given
  std::vector<std::string> products;   // [P] unique codes as given, leading zeros kept
  std::vector<double> value;           // [Y, C, P] >= 0; NaN = not observed, 0 = observed, none
  std::vector<std::uint8_t> missing;   // [Y, C] 1 = no row of this location in this year

  std::string title, source, units, long_name;
  std::string location_code_system, product_code_system;

  std::vector<std::string> location_name, product_name;           // empty or [C], [P]
  std::vector<std::int32_t> location_parent;                      // empty or [C]; index into locations or -1
  std::vector<std::string> location_kind;                         // empty or [C]; "country", "region"
  std::map<std::string, std::vector<std::string>> product_class;  // scheme -> [P]
  std::vector<double> population, gdp;                            // empty or [Y, C]; NaN = missing
  std::string population_units, gdp_units;
  std::map<std::string, std::vector<double>> table;  // name -> [Y, C]

  std::size_t index(std::size_t year, std::size_t location, std::size_t product = 0) const {
    return (year * locations.size() + location) * products.size() + product;
  }
};

}  // namespace balassa
