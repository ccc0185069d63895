#include "host/terminal/code_list.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <string_view>

#include "io/base/error.hpp"

namespace balassa {

std::set<std::string, std::less<>> parse_codes(const std::vector<std::string>& arguments, bool split) {
  std::set<std::string, std::less<>> codes;
  const auto add = [&](std::string_view code) {
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
      const std::string_view mark = "\xEF\xBB\xBF";  // of UTF-8: as Windows' editor begins a file
      bool first = true;
      for (std::string line; std::getline(list, line); first = false)
        add(std::string_view(line).substr(first && line.starts_with(mark) ? mark.size() : 0));
      continue;
    }
    std::string_view rest = argument;
    while (!rest.empty()) {
      const std::string_view part = split ? rest.substr(0, rest.find(',')) : rest;
      rest.remove_prefix(std::min(rest.size(), part.size() + 1));
      add(part);
    }
  }
  return codes;
}

}  // namespace balassa
