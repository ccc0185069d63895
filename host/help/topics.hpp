// The topics of `balassa help`: what the words of the program mean. A topic is a file here and a row in topics.cpp; its
// numbers and names come from where the program itself has them.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>

namespace balassa {

struct HelpTopic {
  std::string_view name;
  std::string_view about;             // in the list of topics
  std::function<std::string()> text;  // lines of at most kHelpColumns
};
inline constexpr std::size_t kHelpColumns = 80;

std::span<const HelpTopic> help_topics();

// nullptr where there is none.
const HelpTopic* help_topic(std::string_view name);

}  // namespace balassa
