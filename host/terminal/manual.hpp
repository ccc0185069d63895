// The man page, in roff, from the tree of commands.
#pragma once

#include <string>

#include "host/terminal/command_tree.hpp"

namespace balassa {

std::string manual(const CommandTree& tree);

}  // namespace balassa
