#include "host/terminal/help_layout.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

namespace balassa {
namespace {

constexpr std::size_t kLabel = 14, kColumn = 43, kWidth = 100;
constexpr std::size_t kBetween = 2;  // blanks at least, by which an entry is told from the one before it

// One group: entries side by side where both fit.
std::string group_text(const std::string& label, const std::vector<std::string>& entries) {
  std::string text = fmt::format("{:<{}}", label, kLabel);
  bool second = false;
  const auto new_line = [&] {
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n' + std::string(kLabel, ' ');
    second = false;
  };
  for (const std::string& entry : entries) {
    if (second && kLabel + kColumn + entry.size() > kWidth) new_line();
    text += second ? entry : fmt::format("{:<{}}", entry, kColumn);
    if (second || entry.size() + kBetween > kColumn)
      new_line();
    else
      second = true;
  }
  return text.substr(0, text.find_last_not_of(" \n") + 1) + '\n';
}

std::string entry_text(const CLI::Option& option) {
  return fmt::format("{}  {}", option.get_name(false, true), option.get_description());
}

std::string help_text(const CLI::App* command, const std::string& name, CLI::AppFormatMode) {
  std::string usage = name, positionals;
  for (const CLI::Option* option : command->get_options([](const CLI::Option* o) { return o->get_positional(); })) {
    usage += (option->get_required() ? " " : " [") + option->get_name(true) + (option->get_required() ? "..." : "]");
    positionals += group_text(option->get_name(true), {option->get_description()});
  }
  std::string text = fmt::format("{}\nUsage: {} [options]; [x]: default; --threads, --seed, ...: balassa --help\n{}",
                                 command->get_description(), usage, positionals);
  for (const std::string& group : command->get_groups()) {
    std::vector<std::string> entries;
    for (const CLI::Option* option : command->get_options()) {
      if (!group.empty() && !option->get_positional() && option->get_group() == group)
        entries.push_back(entry_text(*option));
    }
    if (!entries.empty()) text += group_text(group, entries);
  }
  return text + command->get_footer() + "\n";
}

}  // namespace

std::shared_ptr<CLI::FormatterBase> two_column_help() {
  return std::make_shared<CLI::FormatterLambda>(help_text);
}

}  // namespace balassa
