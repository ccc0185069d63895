// Years made by hand for tests.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <vector>

#include "kernels/base/philox.hpp"
#include "kernels/study.hpp"

namespace balassa {

// value[C, P] as given; items are the indices.
inline Year year_of(int locations, int products, std::vector<double> value) {
  Year year;
  year.locations = year.panel_locations = locations;
  year.products = year.panel_products = products;
  year.value = std::move(value);
  for (int c = 0; c < locations; ++c) year.location_item.push_back(c);
  for (int p = 0; p < products; ++p) year.product_item.push_back(p);
  return year;
}

// A trade-like year: lognormal, denser for the first locations and products; every row and column has trade. Whole
// numbers.
inline Year random_year(int locations, int products, std::uint64_t seed) {
  std::vector<double> value(static_cast<std::size_t>(locations) * static_cast<std::size_t>(products), 0.0);
  for (int c = 0; c < locations; ++c) {
    for (int p = 0; p < products; ++p) {
      const Philox4 drawn = philox4x32(static_cast<std::uint32_t>(c), static_cast<std::uint32_t>(p), 7, 7,
                                       static_cast<std::uint32_t>(seed), 1);
      const double u = (drawn.word[0] + 0.5) * 0x1p-32, v = (drawn.word[1] + 0.5) * 0x1p-32;
      const double reach = 0.9 - 0.7 * static_cast<double>(c) / locations * static_cast<double>(p + 1) / products;
      if (u < reach || p == c % products || c == p % locations) {
        value[static_cast<std::size_t>(c) * static_cast<std::size_t>(products) + static_cast<std::size_t>(p)] =
            1.0 + static_cast<double>(static_cast<long>(1e6 * v * v * v * v * v * v));
      }
    }
  }
  return year_of(locations, products, std::move(value));
}

// Both years in one block-diagonal matrix, the first one's locations and products in front.
inline Year blocks_of(const Year& first, const Year& second) {
  const int products = first.products + second.products;
  std::vector<double> value;
  for (const Year* year : {&first, &second}) {
    for (int c = 0; c < year->locations; ++c) {
      std::vector<double> row(static_cast<std::size_t>(products), 0.0);
      const auto from = year->value.begin() + static_cast<std::ptrdiff_t>(c) * year->products;
      std::copy_n(from, year->products, row.begin() + (year == &first ? 0 : first.products));
      value.insert(value.end(), row.begin(), row.end());
    }
  }
  return year_of(first.locations + second.locations, products, std::move(value));
}

}  // namespace balassa
