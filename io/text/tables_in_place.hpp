// Tables of text that are given where a panel or result is expected.
#pragma once

#include <string>

namespace balassa {

// Whether a file is a table of text by its first bytes, plain or compressed; or a pipe, or "-", standard input.
// Nothing that is called .toml or as HDF5 is.
bool is_table(const std::string& path);

// "balassa import trade.csv.gz -o trade.h5": what makes a panel of a table, under a name that is not taken.
std::string import_command(const std::string& table);

// Throws Error 65 for a file that is no HDF5 and known by its bytes: a table, with the command that makes a panel of
// it, a plan, JSON, Parquet, Stata, ... Returns for any other.
void refuse_in_place_of_hdf5(const std::string& path);

}  // namespace balassa
