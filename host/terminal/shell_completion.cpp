#include "host/terminal/shell_completion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string_view>

namespace balassa {
namespace {

std::string names_of(const std::vector<OptionDescription>& options) {
  std::string names;
  for (const OptionDescription& option : options) {
    for (const std::string& name : {option.short_name, option.long_name}) {
      if (!name.empty()) names += (names.empty() ? "" : " ") + name;
    }
  }
  return names;
}

std::string command_names(const CommandTree& tree, std::string_view separator) {
  std::string names;
  for (const CommandDescription& command : tree.commands) {
    names += (names.empty() ? std::string() : std::string(separator)) + command.name;
  }
  return names;
}

// Inside single quotes of any of the three shells: only the quote itself needs care, and descriptions do without.
std::string quoted(std::string text) {
  for (char& c : text) {
    if (c == '\'') c = '"';
  }
  return text;
}

// The options that take any text: `names`. Those with choices: a case of bash for each, after `prefix`.
std::string bash_values(const std::vector<OptionDescription>& options, std::string_view prefix, std::string& names) {
  std::string cases;
  std::vector<OptionDescription> free;
  for (const OptionDescription& option : options) {
    if (option.takes_value && option.choices.empty()) free.push_back(option);
    if (option.choices.empty()) continue;
    cases += fmt::format("  {}{}) words='{}' ;;\n", prefix, option.long_name, fmt::join(option.choices, " "));
  }
  names = names_of(free);
  return cases;
}

}  // namespace

std::string bash_completion(const CommandTree& tree) {
  // After an option that takes a value: its choices, or files. Else options after a dash, the commands before one is
  // chosen, files after it.
  std::string cases, valued;
  std::string text = fmt::format(R"(# bash completion of balassa; made by `balassa completion bash`
_balassa() {{
  local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} command= options= valued= words= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case ${{COMP_WORDS[i]}} in
    {}) command=${{COMP_WORDS[i]}}; break ;;
    esac
  done
  case $command in
)",
                                 command_names(tree, " | "));
  for (const CommandDescription& command : tree.commands) {
    cases += bash_values(command.options, command.name, valued);
    for (const OptionDescription& positional : command.positionals) {
      if (positional.choices.empty()) continue;
      cases += fmt::format("  {0}{0}) words='{1}' ;;\n", command.name, fmt::join(positional.choices, " "));
    }
    text +=
        fmt::format("  {})\n    options='{}'\n    valued='{}' ;;\n", command.name, names_of(command.options), valued);
  }
  cases += bash_values(tree.options, "*", valued);
  return text + fmt::format(R"(  esac
  options+=' --help {0}'
  valued+=' {1}'
  case $command$before in
{2}  esac
  if [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$word"))
  elif [[ " $valued " != *" $before "* && $word == -* ]]; then
    COMPREPLY=($(compgen -W "$options" -- "$word"))
  elif [[ " $valued " != *" $before "* && -z $command ]]; then
    COMPREPLY=($(compgen -W '{3}' -- "$word"))
  else
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$word")
  fi
}}
complete -F _balassa balassa
)",
                            names_of(tree.options), valued, cases, command_names(tree, " "));
}

namespace {

// One argument of zsh's _arguments: '(-o --output)'{-o,--output}'[what it is]:value:(one two)'.
std::string zsh_argument(const OptionDescription& option) {
  std::string text, value;
  for (const char c : quoted(option.text)) {
    if (c == '\\' || c == '[' || c == ']' || c == ':') text += '\\';
    text += c;
  }
  if (option.takes_value) {
    value = option.choices.empty() ? ":value:_files" : fmt::format(":value:({})", fmt::join(option.choices, " "));
  }
  if (!option.name.empty()) {
    return fmt::format("'*:{}:{}'", option.name,
                       option.choices.empty() ? "_files" : fmt::format("({})", fmt::join(option.choices, " ")));
  }
  if (option.short_name.empty()) return fmt::format("'{}[{}]{}'", option.long_name, text, value);
  return fmt::format("'({0} {1})'{{{0},{1}}}'[{2}]{3}'", option.short_name, option.long_name, text, value);
}

}  // namespace

std::string zsh_completion(const CommandTree& tree) {
  std::string text =
      "#compdef balassa\n# zsh completion of balassa; made by `balassa completion zsh`\n_balassa() {\n  local -a "
      "global "
      "commands\n  local line state\n  global=(\n    '--help[print help and leave]'\n";
  for (const OptionDescription& option : tree.options) text += fmt::format("    {}\n", zsh_argument(option));
  text += "  )\n  commands=(\n";
  for (const CommandDescription& command : tree.commands) {
    text += fmt::format("    '{}:{}'\n", command.name, quoted(command.text));
  }
  text +=
      "  )\n  _arguments -C $global '1: :->command' '*:: :->rest'\n  case $state in\n  command) _describe command "
      "commands ;;\n  rest)\n    case $line[1] in\n";
  for (const CommandDescription& command : tree.commands) {
    text += fmt::format("    {}) _arguments $global", command.name);
    for (const OptionDescription& option : command.options) text += fmt::format(" \\\n      {}", zsh_argument(option));
    for (const OptionDescription& option : command.positionals) {
      text += fmt::format(" \\\n      {}", zsh_argument(option));
    }
    text += " ;;\n";
  }
  return text + "    esac ;;\n  esac\n}\n_balassa \"$@\"\n";
}

std::string fish_completion(const CommandTree& tree) {
  std::string text = "# fish completion of balassa; made by `balassa completion fish`\n";
  const auto add = [&](const std::string& condition, const OptionDescription& option) {
    text += "complete -c balassa" + condition;
    if (!option.long_name.empty()) text += " -l " + option.long_name.substr(2);
    if (!option.short_name.empty()) text += " -s " + option.short_name.substr(1);
    if (option.takes_value)
      text += option.choices.empty() ? " -r" : fmt::format(" -x -a '{}'", fmt::join(option.choices, " "));
    text += fmt::format(" -d '{}'\n", quoted(option.text));
  };
  for (const OptionDescription& option : tree.options) add("", option);
  for (const CommandDescription& command : tree.commands) {
    text += fmt::format("complete -c balassa -n __fish_use_subcommand -f -a {} -d '{}'\n", command.name,
                        quoted(command.text));
    const std::string condition = fmt::format(" -n '__fish_seen_subcommand_from {}'", command.name);
    for (const OptionDescription& option : command.options) add(condition, option);
    for (const OptionDescription& option : command.positionals) {
      if (option.choices.empty()) continue;
      text += fmt::format("complete -c balassa{} -f -a '{}'\n", condition, fmt::join(option.choices, " "));
    }
  }
  return text;
}

}  // namespace balassa
