// The commands and options of the program as plain data, read from CLI11's tree: what shell completion and the man page
// are made of, so that neither can differ from the program.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <utility>
#include <vector>

namespace balassa {

struct OptionDescription {
  std::string long_name, short_name;  // "--output", "-o"; "" = none
  std::string name;                   // of a positional
  std::string text;                   // what the help says
  bool takes_value = false;
  // The words among which to choose, from "KEY: one | two | three; remark" in the help; empty where it is no such list.
  std::vector<std::string> choices;
};

struct CommandDescription {
  std::string name, text, example;
  std::vector<OptionDescription> options, positionals;  // without --help and what is hidden
};

struct CommandTree {
  std::string text;
  std::vector<OptionDescription> options;  // of every command
  std::vector<CommandDescription> commands;
  std::vector<std::pair<std::string, std::string>> topics;  // of `balassa help`: name, what it is about
};

CommandTree describe(const CLI::App& program);

}  // namespace balassa
