// A year's values in the layouts that scenarios read, built once (SOLVERS 8.3, 8.8).
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/base/large_array.hpp"
#include "kernels/base/layout.hpp"

namespace balassa {

// N, the canonical sum of the known N_c; 0 where the year has none.
double all_population(const Year& year);

struct ResidentYear {
  explicit ResidentYear(const Year& year);

  // Points the view at this year's layouts.
  void attach(StudyView& view) const;

  // Bytes for C x P, nothing allocated.
  static std::size_t bytes(int locations, int products);

  int locations, products, padded_locations, padded_products, snapshots;
  LargeArray<double> value, value_by_product, location_total, product_total;
  double grand_total = 0;
  LargeArray<float> value32;  // empty where fp32 does not span the values
  LargeArray<double> prefix_ratio, prefix_step;
  LargeArray<std::int32_t> prefix_order, prefix_count;
  LargeArray<std::uint32_t> snapshot;
  std::vector<std::int32_t> location_item, product_item;
  std::vector<std::uint8_t> class_unit, given_p1;
};

}  // namespace balassa
