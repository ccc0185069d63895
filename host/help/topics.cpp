#include "host/help/topics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "host/help/rows.hpp"
#include "io/text/utf8.hpp"

namespace balassa {
namespace {

// Words of a text on lines, each after `indent` blanks, the first after `used` columns that are there already.
std::string filled(std::string_view text, std::size_t indent, std::size_t used) {
  std::string out;
  std::size_t column = used;
  while (!text.empty()) {
    const std::size_t space = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, space);
    text.remove_prefix(std::min(text.size(), space + 1));
    const std::size_t width = display_width(word);
    if (column > indent && column + 1 + width > kHelpColumns) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    }
    if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += width;
  }
  return out + '\n';
}

}  // namespace

std::string defined(std::string_view term, std::size_t width, std::string_view meaning) {
  const std::size_t indent = width + 4;
  return fmt::format("  {}  {}", fitted(term, width), filled(meaning, indent, indent));
}

std::string paragraph(std::string_view text) {
  return filled(text, 0, 0);
}

std::span<const HelpTopic> help_topics() {
  static const std::vector<HelpTopic> kTopics = {measures_topic(),    conventions_topic(), intervals_topic(),
                                                 certificate_topic(), sign_topic(),        classes_topic(),
                                                 status_topic(),      files_topic(),       exit_codes_topic()};
  return kTopics;
}

const HelpTopic* help_topic(std::string_view name) {
  const std::span<const HelpTopic> all = help_topics();
  const auto found = std::find_if(all.begin(), all.end(), [&](const HelpTopic& topic) { return topic.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace balassa
