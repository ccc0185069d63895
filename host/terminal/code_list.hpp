// Lists of codes as a user types them.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace balassa {

// Codes separated by commas, or, without `split`, each argument one code; "@FILE" stands for the codes in a file, one a
// line. Throws Error kInputMissing for a list that can't be read.
std::set<std::string, std::less<>> parse_codes(const std::vector<std::string>& arguments, bool split = true);

}  // namespace balassa
