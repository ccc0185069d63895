// Kinds of file that people hand over in place of a CSV, told by their first bytes, each with the way out.
#pragma once

#include <string>
#include <string_view>

namespace balassa {

// Throws Error 65 where the stored bytes begin as a zip, Excel, Parquet, Stata, SPSS, HDF5, ... file does; the message
// names a command that makes a CSV of it. `name` is the path, which is looked into for the members of a zip.
void refuse_other_files(std::string_view head, const std::string& name);

// The same for what a text, or what was compressed, turns out to hold: JSON, HTML, XML, R's data, other binary data.
void refuse_other_contents(std::string_view start, const std::string& name);

}  // namespace balassa
