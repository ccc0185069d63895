// Exit codes in words (FORMATS section 6): help and manual read them here.
#pragma once

#include <span>
#include <string_view>

#include "io/base/error.hpp"

namespace balassa {

struct ExitMeaning {
  ExitCode code;
  std::string_view meaning;
};

// Every code, ascending.
std::span<const ExitMeaning> exit_meanings();

}  // namespace balassa
