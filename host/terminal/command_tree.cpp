#include "host/terminal/command_tree.hpp"

#include <algorithm>

namespace balassa {
namespace {

// "giant component alone" is the word giant; "1995-2016" and "a,b" are examples, not words.
std::string word_of(const std::string& alternative) {
  const std::size_t first = std::min(alternative.find_first_not_of(' '), alternative.size());
  const std::string word = alternative.substr(first, alternative.find(' ', first) - first);
  const auto belongs = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  const bool is_word = !word.empty() && word[0] >= 'a' && std::all_of(word.begin(), word.end(), belongs);
  return is_word ? word : "";
}

std::vector<std::string> choices_of(const std::string& help) {
  std::string list = help.substr(0, help.find(';'));
  if (const std::size_t colon = list.find(": "); colon != std::string::npos) list = list.substr(colon + 2);
  if (list.find('|') == std::string::npos) return {};
  std::vector<std::string> choices;
  for (std::size_t at = 0; at <= list.size();) {
    const std::size_t bar = std::min(list.find('|', at), list.size());
    const std::string word = word_of(list.substr(at, bar - at));
    if (!word.empty()) choices.push_back(word);
    at = bar + 1;
  }
  return choices;
}

OptionDescription describe(const CLI::Option& option) {
  OptionDescription out;
  if (!option.get_lnames().empty()) out.long_name = "--" + option.get_lnames().front();
  if (!option.get_snames().empty()) out.short_name = "-" + option.get_snames().front();
  if (option.get_positional()) out.name = option.get_name(true);
  out.text = option.get_description();
  out.takes_value = option.get_items_expected_max() > 0;
  if (out.takes_value) out.choices = choices_of(out.text);
  return out;
}

void add_options(const CLI::App& app, std::vector<OptionDescription>& options,
                 std::vector<OptionDescription>& positionals) {
  for (const CLI::Option* option : app.get_options([](const CLI::Option*) { return true; })) {
    if (option == app.get_help_ptr() || option->get_group().empty()) continue;
    (option->get_positional() ? positionals : options).push_back(describe(*option));
  }
}

}  // namespace

CommandTree describe(const CLI::App& program) {
  CommandTree tree;
  tree.text = program.get_description();
  std::vector<OptionDescription> none;
  add_options(program, tree.options, none);
  for (const CLI::App* app : program.get_subcommands([](const CLI::App*) { return true; })) {
    if (app->get_group().empty()) continue;
    CommandDescription command{app->get_name(), app->get_description(), app->get_footer(), {}, {}};
    add_options(*app, command.options, command.positionals);
    tree.commands.push_back(std::move(command));
  }
  return tree;
}

}  // namespace balassa
