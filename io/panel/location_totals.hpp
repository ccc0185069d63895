// What each location exports in all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "io/hdf5/result_file.hpp"
#include "io/panel/panel.hpp"

namespace balassa {

// [C] of a year: sums over products, in the panel's units; cells that were not observed count as 0. NaN: nothing is
// known of the location.
std::vector<double> location_totals(const Panel& panel, std::size_t year);

// The dataset `total` [year, location] of a result, for the years of these labels.
void write_location_totals(ResultFile& file, const Panel& panel, const std::vector<std::int32_t>& years);

}  // namespace balassa
