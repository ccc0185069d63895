// What a number in someone else's HDF5 or netCDF file stands for, by the attributes of the CF conventions 1.11 and the
// netCDF User's Guide (appendix "Attribute conventions").
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/hdf5/result_file.hpp"

namespace balassa {

// The numbers of a dataset: NaN for `_FillValue`, `missing_value`, netCDF's own fill value where no other is given, and
// what lies outside valid_range, valid_min or valid_max; then times scale_factor plus add_offset.
std::vector<double> observed_numbers(const ResultReader& file, const std::string& name);

// The years of a time axis. `units` "days since 2016-01-01" (also years, months, weeks, hours, minutes, seconds) are
// counted from that date in the `calendar` (standard, noleap, all_leap, 360_day); numbers without such units are years.
// Throws Error 65 for units that are not known, a number that is no year, and two times of one year.
std::vector<std::int32_t> years_of_axis(const ResultReader& file, const std::string& name);

// Steps 0, 1, 2 of a time axis are no years. Throws Error 65 for a number that is no year of trade.
void check_foreign_years(const std::string& where, const std::vector<std::int32_t>& years);

}  // namespace balassa
