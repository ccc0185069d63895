#include "host/terminal/option_errors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <regex>
#include <vector>

#include "io/base/edit_distance.hpp"

namespace balassa {
namespace {

// The candidate that differs least, where it is like the word at all.
std::string nearest(const std::string& word, const std::vector<std::string>& candidates) {
  const auto closer = [&](const std::string& a, const std::string& b) {
    return edit_distance(word, a) < edit_distance(word, b);
  };
  const auto best = std::min_element(candidates.begin(), candidates.end(), closer);
  if (best == candidates.end() || edit_distance(word, *best) > std::max<std::size_t>(2, word.size() / 3)) return {};
  return *best;
}

std::vector<std::string> options_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options([](const CLI::Option*) { return true; })) {
    const bool shown = !option->get_group().empty() || option == app.get_help_ptr();
    for (const std::string& name : option->get_lnames()) {
      if (shown) names.push_back(fmt::format("--{}", name));
    }
  }
  return names;
}

std::vector<std::string> commands_of(const CLI::App& program) {
  std::vector<std::string> names;
  for (const CLI::App* app : program.get_subcommands([](const CLI::App*) { return true; })) {
    if (!app->get_group().empty()) names.push_back(app->get_name());
  }
  return names;
}

std::string no_command(const CLI::App& program, const std::vector<std::string>& left) {
  const std::vector<std::string> commands = commands_of(program);
  const auto word = std::find_if(left.begin(), left.end(), [](const std::string& w) { return !w.starts_with('-'); });
  if (word == left.end()) {
    return fmt::format("command: found none, expected one of {}; balassa --help says what they do",
                       fmt::join(commands, ", "));
  }
  const std::string meant = nearest(*word, commands);
  return fmt::format("command: found '{}', expected one of {}{}", *word, fmt::join(commands, ", "),
                     meant.empty() ? "" : fmt::format("; the nearest is {}", meant));
}

std::string unexpected(const CLI::App& program, const CLI::App& command, const std::vector<std::string>& left) {
  const auto option = std::find_if(left.begin(), left.end(), [](const std::string& w) { return w.starts_with('-'); });
  const std::string help = fmt::format("balassa {} --help lists them", command.get_name());
  if (option == left.end()) {
    return fmt::format("{}: found one argument too many of balassa {}, expected options; {}", left.front(),
                       command.get_name(), help);
  }
  const std::string name = option->substr(0, option->find('='));
  std::vector<std::string> known = options_of(command);
  const std::vector<std::string> everywhere = options_of(program);
  known.insert(known.end(), everywhere.begin(), everywhere.end());
  const std::string meant = nearest(name, known);
  return fmt::format("{}: found no such option of balassa {}, expected one that it has; {}{}", name, command.get_name(),
                     meant.empty() ? "" : fmt::format("the nearest is {}; ", meant), help);
}

// CLI11's sentences about a value in our form. What matches none stays as it is.
std::string about_value(const std::string& message) {
  static const std::regex range(R"((\S+): Value (.*) not in range \[?(\S+) (?:-|to) ([^\]]+)\]?)");
  static const std::regex member(R"((\S+): (.*) not in \{(.*)\})");
  static const std::regex number(R"((\S+): Number (?:less or equal to 0|less than 0): (.*))");
  static const std::regex conversion(R"(Could not convert: (\S+) = (.*))");
  static const std::regex missing(R"((\S+): \d+ required (.*) missing)");
  static const std::regex repeated(R"((\S+): At Most (\d+) required but received (\d+))");
  static const std::regex required(R"((\S+) is required)");
  std::smatch part;
  if (std::regex_match(message, part, range)) {
    constexpr double kNoLimit = 1e18;  // what no option means by a limit
    const double low = std::stod(part[3]), high = std::stod(part[4]);
    const std::string least = low > 0 && low < 1e-300 ? "above 0" : fmt::format("from {:.12g}", low);
    return fmt::format("{}: found {}, expected {}", part[1].str(), part[2].str(),
                       high < kNoLimit ? fmt::format("a number {} to {:.12g}", least, high)
                       : low == 0.0    ? "a positive number"
                                       : fmt::format("a number {}", least));
  }
  if (std::regex_match(message, part, member)) {
    std::string words = std::regex_replace(part[3].str(), std::regex(","), " | ");
    return fmt::format("{}: found '{}', expected {}", part[1].str(), part[2].str(), words);
  }
  if (std::regex_match(message, part, number))
    return fmt::format("{}: found {}, expected a positive number", part[1].str(), part[2].str());
  if (std::regex_match(message, part, conversion))
    return fmt::format("{}: found '{}', expected a number that it can take", part[1].str(), part[2].str());
  if (std::regex_match(message, part, missing)) return fmt::format("{}: found no value, expected one", part[1].str());
  if (std::regex_match(message, part, repeated)) {
    return fmt::format("{}: found {} values, expected {} at most; join them with commas, or leave some out",
                       part[1].str(), part[3].str(), part[2].str());
  }
  if (std::regex_match(message, part, required)) return fmt::format("{}: found none, expected one", part[1].str());
  return message;
}

}  // namespace

std::string option_error(const CLI::App& program, const CLI::ParseError& error) {
  const std::vector<CLI::App*> chosen = program.get_subcommands();
  const std::vector<std::string> left = program.remaining(true);
  const bool extras = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  const bool required = dynamic_cast<const CLI::RequiredError*>(&error) != nullptr;
  if (chosen.empty() && (extras || required)) return no_command(program, left);
  // A required value that is absent where an option is misspelt: the option is what to mend.
  const bool misspelt = std::any_of(left.begin(), left.end(), [](const std::string& w) { return w.starts_with("--"); });
  if (!chosen.empty() && !left.empty() && (extras || (required && misspelt)))
    return unexpected(program, *chosen.front(), left);
  std::string message = about_value(error.what());
  std::replace(message.begin(), message.end(), '\n', ' ');
  if (required && !chosen.empty()) message += fmt::format("; balassa {} --help says how", chosen.front()->get_name());
  return message;
}

}  // namespace balassa
