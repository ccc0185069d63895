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

// Columns that UTF-8 text takes on a screen: two for a character of China, Japan or Korea, none for an accent that
// stands on the letter before. By the tables of the C library, whatever the user's locale is.
std::size_t display_width(std::string_view text);

// As much of the text as `width` columns hold, padded with blanks to it.
std::string fitted(std::string_view text, std::size_t width);

}  // namespace balassa
