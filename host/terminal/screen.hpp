// How wide the user's screen is.
#pragma once

#include <cstddef>

namespace balassa {

// Columns of the terminal that the descriptor writes to; else of the variable COLUMNS; else 80.
std::size_t screen_columns(int descriptor);

}  // namespace balassa
