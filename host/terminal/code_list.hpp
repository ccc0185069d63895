// Lists of codes as a user types them.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace balassa {

// Codes separated by commas; "@FILE" stands for the codes in a file, one a line. Throws Error kInputMissing.
std::set<std::string, std::less<>> parse_codes(const std::vector<std::string>& arguments);

}  // namespace balassa
