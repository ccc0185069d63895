#include "host/terminal/code_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <string_view>

#include "io/base/error.hpp"

namespace balassa {

std::set<std::string, std::less<>> parse_codes(const std::vector<std::string>& arguments) {
  std::set<std::string, std::less<>> codes;
  const auto add = [&](std::string_view code) {
    if (code.starts_with("\xEF\xBB\xBF")) code.remove_prefix(3);  // as Windows' editor begins a file
    const std::size_t first = code.find_first_not_of(" \t\r"), last = code.find_last_not_of(" \t\r");
    if (first != std::string_view::npos) codes.emplace(code.substr(first, last - first + 1));
  };
  for (const std::string& argument : arguments) {
    if (argument.starts_with('@')) {
      std::ifstream list(argument.substr(1));
      if (!list) {
        throw Error(ExitCode::kInputMissing,
                    fmt::format("{}: found no readable file, expected a list of codes, one a line; correct the path",
                                argument.substr(1)));
      }
      for (std::string line; std::getline(list, line);) add(line);
      continue;
    }
    std::string_view rest = argument;
    while (!rest.empty()) {
      const std::string_view part = rest.substr(0, rest.find(','));
      rest.remove_prefix(std::min(rest.size(), part.size() + 1));
      add(part);
    }
  }
  return codes;
}

}  // namespace balassa
