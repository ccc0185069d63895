#include "host/results/validity_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace balassa {
namespace {

constexpr std::array<const char*, kValidityCount> kValidities = {"valid",     "too_small", "disconnected",
                                                                 "tied_axis", "no_signal", "localised"};

}  // namespace

const char* validity_text(Validity validity) {
  return kValidities[static_cast<std::size_t>(validity)];
}

std::string validity_meanings() {
  return fmt::format("{}", fmt::join(kValidities, " "));
}

std::vector<std::string> invalid_causes() {
  return {kValidities.begin() + 1, kValidities.end()};
}

}  // namespace balassa
