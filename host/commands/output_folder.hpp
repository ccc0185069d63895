// Folders that options name for several output files.
#pragma once

#include <string>

namespace balassa {

// Makes the folder where it is not there. Throws Error kCannotCreate.
void make_output_folder(const std::string& option, const std::string& path);

}  // namespace balassa
