#include "host/terminal/number_checks.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>

namespace balassa {
namespace {

double number_in(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && std::isfinite(number) ? number : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::string check_positive(const std::string& text) {
  return number_in(text) > 0 ? "" : fmt::format("found {}, expected a positive number", text);
}

std::string check_whole(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (!text.empty() && error == std::errc() && end == text.data() + text.size() && number >= 0) return {};
  return fmt::format("found {}, expected a whole number from 0 to {}", text, std::numeric_limits<std::int64_t>::max());
}

std::string check_between(const std::string& text, double low, double high) {
  const double number = number_in(text);
  return number >= low && number <= high ? ""
                                         : fmt::format("found {}, expected a number from {} to {}", text, low, high);
}

}  // namespace balassa
