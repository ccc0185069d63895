#include "host/terminal/duration.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace balassa {
namespace {

std::optional<double> number(std::string_view text) {
  double x = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), x, std::chars_format::fixed);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || !(x >= 0.0) || !std::isfinite(x))
    return std::nullopt;
  return x;
}

// Seconds of a unit; 0 of another letter.
double unit_seconds(char unit) {
  return unit == 's' ? 1.0 : unit == 'm' ? 60.0 : unit == 'h' ? 3600.0 : unit == 'd' ? 86400.0 : 0.0;
}

// "1:55:00", and after "days-" also "12" and "12:30", as Slurm writes and reads them.
std::optional<double> clock(std::string_view text, bool after_days) {
  std::array<double, 3> part{};  // hours, minutes, seconds
  std::size_t parts = 0;
  for (std::size_t at = 0; at <= text.size(); ++parts) {
    const std::size_t end = std::min(text.find(':', at), text.size());
    const auto found = number(text.substr(at, end - at));
    if (!found || parts == part.size() || (parts > 0 && *found >= 60.0)) return std::nullopt;
    part[parts] = *found;
    at = end + 1;
  }
  if (parts < 3 && !after_days) return std::nullopt;
  return 3600.0 * part[0] + 60.0 * part[1] + part[2];
}

}  // namespace

std::optional<double> parse_duration(std::string_view text) {
  if (const std::size_t dash = text.find('-'); dash != std::string_view::npos) {
    const auto days = number(text.substr(0, dash)), rest = clock(text.substr(dash + 1), true);
    if (!days || !rest || *rest >= 86400.0) return std::nullopt;
    return 86400.0 * *days + *rest;
  }
  if (text.find(':') != std::string_view::npos) return clock(text, false);
  double sum = 0, last_unit = std::numeric_limits<double>::infinity();
  while (!text.empty()) {  // "1h30m", the larger unit first
    const std::size_t end = text.find_first_not_of("0123456789.");
    if (end == std::string_view::npos) return std::nullopt;
    const auto count = number(text.substr(0, end));
    const double unit = unit_seconds(text[end]);
    if (!count || unit == 0.0 || unit >= last_unit) return std::nullopt;
    sum += *count * unit;
    last_unit = unit;
    text.remove_prefix(end + 1);
  }
  if (std::isinf(last_unit)) return std::nullopt;
  return sum;
}

}  // namespace balassa
