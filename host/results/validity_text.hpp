// Why there are no scores, in words of files and reports.
#pragma once

#include <string>
#include <vector>

#include "kernels/study.hpp"

namespace balassa {

// "valid", "too_small", "disconnected", "tied_axis", "no_signal", "localised"; all of them; all but the first.
const char* validity_text(Validity validity);
std::string validity_meanings();
std::vector<std::string> invalid_causes();

}  // namespace balassa
