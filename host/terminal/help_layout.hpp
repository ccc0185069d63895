// Help of a command with many options, on one screen of 100 columns: two options a line, their group on the left.
#pragma once

#include <CLI/CLI.hpp>
#include <memory>

namespace balassa {

std::shared_ptr<CLI::FormatterBase> two_column_help();

}  // namespace balassa
