#include "host/terminal/screen.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <charconv>
#include <cstdlib>
#include <cstring>

namespace balassa {

std::size_t screen_columns(int descriptor) {
  winsize size{};
  if (ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  std::size_t columns = 0;
  if (const char* text = std::getenv("COLUMNS")) {
    const auto [end, error] = std::from_chars(text, text + std::strlen(text), columns);
    if (error == std::errc() && *end == '\0' && columns > 0) return columns;
  }
  return 80;
}

}  // namespace balassa
