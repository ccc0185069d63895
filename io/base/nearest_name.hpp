// The known name that a mistyped one most likely stands for.
#pragma once

#include <string_view>

#include "io/base/edit_distance.hpp"

namespace balassa {

// The first of `names` at the least distance from `wanted`; "" where there is none.
template <class Names>
std::string_view nearest_name(std::string_view wanted, const Names& names) {
  std::string_view nearest;
  std::size_t least = ~std::size_t{0};
  for (const std::string_view name : names) {
    const std::size_t distance = edit_distance(wanted, name);
    if (distance >= least) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

}  // namespace balassa
