// Checks of options that are numbers; CLI11's own let nan pass.
#pragma once

#include <string>

namespace balassa {

// Empty where the text is a finite number > 0, else what is wrong with it.
std::string check_positive(const std::string& text);

// Whether it is a whole number from 0 that 63 bits hold; more would be cut to what they do.
std::string check_whole(const std::string& text);

// Whether it is a number from low to high.
std::string check_between(const std::string& text, double low, double high);

}  // namespace balassa
