// Every topic is one row; topics.cpp lists them.
#pragma once

#include <string>
#include <string_view>

#include "host/help/topics.hpp"

namespace balassa {

HelpTopic measures_topic();
HelpTopic conventions_topic();
HelpTopic intervals_topic();
HelpTopic certificate_topic();
HelpTopic sign_topic();
HelpTopic classes_topic();
HelpTopic status_topic();
HelpTopic files_topic();
HelpTopic exit_codes_topic();

// "term      what it means", broken into lines of at most kHelpColumns, the later ones under the first.
std::string defined(std::string_view term, std::size_t width, std::string_view meaning);
// Running text in such lines.
std::string paragraph(std::string_view text);

}  // namespace balassa
