#include <fmt/format.h>
#include <fmt/ranges.h>

#include "host/help/rows.hpp"
#include "host/plan/knobs.hpp"

namespace balassa {
namespace {

std::string text() {
  std::string text = paragraph(
      "Tools differ in choices that change the numbers. A convention is a name for a set of them; --convention takes "
      "one, and the result says which.");
  text += fmt::format("\n  {:<10}", "");
  std::vector<const Knob*> chosen;
  for (const Knob& knob : knobs()) {
    if (!knob.by_convention.empty()) chosen.push_back(&knob);
  }
  for (const Knob* knob : chosen) text += fmt::format("  {:<12}", knob->name);
  text.erase(text.find_last_not_of(' ') + 1);
  for (const std::string_view convention : convention_names()) {
    text += fmt::format("\n  {:<10}", convention);
    for (const Knob* knob : chosen) text += fmt::format("  {:<12}", knob->word(knob->default_of(convention)));
    text.erase(text.find_last_not_of(' ') + 1);
  }
  text += "\n\n";
  for (const Knob* knob : chosen) text += defined(knob->flag(), 12, knob->about);
  return text + "\n" +
         paragraph(fmt::format("The default is {}, whose numbers are those of py-ecomplexity; stata's are those of the "
                               "Stata package ecomplexity. Each choice can be made alone by its own flag.",
                               Plan().convention));
}

}  // namespace

HelpTopic conventions_topic() {
  return {"conventions", "choices that tools make differently, by name: py, stata, ...", text};
}

}  // namespace balassa
