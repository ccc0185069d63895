#include "host/terminal/exit_codes.hpp"

#include <fmt/format.h>

#include "host/help/rows.hpp"

namespace balassa {
namespace {

std::string text() {
  std::string text = paragraph("What a command ends with; an error is one line on stderr.") + "\n";
  for (const ExitMeaning& exit : exit_meanings())
    text += defined(fmt::format("{:>3}", static_cast<int>(exit.code)), 3, exit.meaning);
  return text;
}

}  // namespace

HelpTopic exit_codes_topic() {
  return {"exit-codes", "what each exit code means", text};
}

}  // namespace balassa
