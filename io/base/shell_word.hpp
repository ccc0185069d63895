#pragma once

#include <string>

namespace balassa {

// A text as one word of a shell's command: in quotes where it holds more than letters, digits and harmless signs.
std::string shell_word(const std::string& text);

}  // namespace balassa
