// Completion of commands, options and their values for a shell.
#pragma once

#include <string>

#include "host/terminal/command_tree.hpp"

namespace balassa {

std::string bash_completion(const CommandTree& tree);
std::string zsh_completion(const CommandTree& tree);
std::string fish_completion(const CommandTree& tree);

}  // namespace balassa
