#include "io/text/utf8.hpp"

#include <clocale>
#include <cwchar>

namespace balassa {
namespace {

// Length of the UTF-8 character that begins at `at`; 0 where it is not one.
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(at);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4) return 0;
  for (std::size_t k = 1; k < length; ++k) {
    if ((byte(at + k) & 0xC0) != 0x80) return 0;
  }
  const unsigned second = byte(at + 1);
  const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool beyond = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
  return overlong || beyond ? 0 : length;
}

// The code point of the character of `length` bytes that begins at `at`.
char32_t code_point(std::string_view text, std::size_t at, std::size_t length) {
  constexpr unsigned kFirst[] = {0x7F, 0x1F, 0x0F, 0x07};
  char32_t code = static_cast<unsigned char>(text[at]) & kFirst[length - 1];
  for (std::size_t k = 1; k < length; ++k) code = code << 6 | (static_cast<unsigned char>(text[at + k]) & 0x3FU);
  return code;
}

// wcwidth knows what is wide in a locale of UTF-8 alone, and the program runs in "C", so that numbers are written with
// points. The locale is of this thread, and the former one comes back.
class Utf8Locale {
 public:
  Utf8Locale() : former_(uselocale(nullptr)) {
    static const locale_t kUtf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    if (kUtf8 != nullptr) uselocale(kUtf8);
  }
  ~Utf8Locale() { uselocale(former_); }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  locale_t former_;
};

// Of one character. What no table knows takes one column.
std::size_t columns_of(char32_t code) {
  const int width = code < 0x80 ? 1 : wcwidth(static_cast<wchar_t>(code));
  return width < 0 ? 1 : static_cast<std::size_t>(width);
}

// Calls visit(bytes, columns) for each character until it says no.
template <class Visit>
void each_character(std::string_view text, Visit visit) {
  const Utf8Locale locale;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = character_length(text, at);
    const std::size_t bytes = length == 0 ? 1 : length;  // a byte that is no character shows as one
    if (!visit(text.substr(at, bytes), length == 0 ? 1 : columns_of(code_point(text, at, length)))) return;
    at += bytes;
  }
}

}  // namespace

std::optional<std::size_t> characters(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    const std::size_t length = character_length(text, at);
    if (length == 0) return std::nullopt;
    at += length;
  }
  return count;
}

std::string first_characters(std::string_view text, int count) {
  std::size_t at = 0;
  for (int k = 0; k < count && at < text.size(); ++k) at += character_length(text, at);
  return std::string(text.substr(0, at));
}

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  each_character(text, [&](std::string_view, std::size_t columns) {
    width += columns;
    return true;
  });
  return width;
}

std::string fitted(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t used = 0;
  each_character(text, [&](std::string_view character, std::size_t columns) {
    if (used + columns > width) return false;
    out += character;
    used += columns;
    return true;
  });
  return out + std::string(width - used, ' ');
}

}  // namespace balassa
