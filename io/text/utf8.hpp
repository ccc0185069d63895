// Characters of UTF-8 text.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace balassa {

// Number of characters; none where the text is not UTF-8.
std::optional<std::size_t> characters(std::string_view text);

// The first `count` characters of UTF-8 text, or all of it.
std::string first_characters(std::string_view text, int count);

}  // namespace balassa
