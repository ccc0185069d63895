// Wide tables: a column for each year in place of a row for each.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "io/panel/year_format.hpp"
#include "io/text/csv_reader.hpp"

namespace balassa {

// Columns that are named by a year: 2016, "2016 [YR2016]", X2016, FY2016, 2016/17.
std::vector<std::size_t> year_columns(const std::vector<std::string>& header);

// Makes `reader` hand out a row for each year, with columns "year" and "value". Returns the remark that says so. Throws
// Error 65 where no column is named by a year.
std::string read_as_wide(CsvReader& reader);

// Throws Error 65 that names `--wide` where the years are columns and no column holds them.
void refuse_wide(const CsvReader& reader);

}  // namespace balassa
