// What is wrong with a command line, as one line with the nearest name (FORMATS section 6).
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace balassa {

std::string option_error(const CLI::App& program, const CLI::ParseError& error);

}  // namespace balassa
