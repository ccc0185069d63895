// A matrix whose lambda_2 and lambda_3 are as near to each other as a test wants.
#pragma once

#include <vector>

#include "tests/small_year.hpp"

namespace balassa {

// Three clusters of locations that share products with all others, so that what happens far from a cluster reaches it
// with a ninth of its weight for each step of a chain. One chain is a location longer: lambda_2 and lambda_3, equal
// but for that, are apart by 4e-3 (no step) to 6e-11 (nine). Three of one kind would be tied.
inline Year chained_clusters(int steps, int members, int own) {
  std::vector<std::vector<int>> rows;
  int products = 3;  // held by all
  for (int cluster = 0; cluster < 3; ++cluster) {
    std::vector<int> common = {0, 1, 2};
    for (int k = 0; k < own; ++k) common.push_back(products++);
    for (int k = 0; k < members; ++k) rows.push_back(common);
    for (int k = 0; k < steps + (cluster == 2 ? 1 : 0); ++k) {
      rows.back().push_back(products);
      rows.push_back({0, 1, 2, products++});
    }
  }
  std::vector<double> value(rows.size() * static_cast<std::size_t>(products), 0.0);
  for (std::size_t c = 0; c < rows.size(); ++c) {
    for (const int p : rows[c]) value[c * static_cast<std::size_t>(products) + static_cast<std::size_t>(p)] = 1.0;
  }
  return year_of(static_cast<int>(rows.size()), products, std::move(value));
}

}  // namespace balassa
