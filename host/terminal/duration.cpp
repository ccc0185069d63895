#include "host/terminal/duration.hpp"

#include <charconv>
#include <cmath>

namespace balassa {
namespace {

std::optional<double> number(std::string_view text) {
  double x = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x, std::chars_format::fixed);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !(x >= 0.0) || !std::isfinite(x))
    return std::nullopt;
  return x;
}

}  // namespace

std::optional<double> parse_duration(std::string_view text) {
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    const std::size_t second = text.find(':', colon + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const auto hours = number(text.substr(0, colon)), minutes = number(text.substr(colon + 1, second - colon - 1)),
               seconds = number(text.substr(second + 1));
    if (!hours || !minutes || !seconds || *minutes >= 60.0 || *seconds >= 60.0) return std::nullopt;
    return 3600.0 * *hours + 60.0 * *minutes + *seconds;
  }
  if (text.empty()) return std::nullopt;
  const auto count = number(text.substr(0, text.size() - 1));
  if (!count) return std::nullopt;
  switch (text.back()) {
    case 's':
      return *count;
    case 'm':
      return 60.0 * *count;
    case 'h':
      return 3600.0 * *count;
    case 'd':
      return 86400.0 * *count;
    default:
      return std::nullopt;
  }
}

}  // namespace balassa
