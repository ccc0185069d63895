// `balassa help`: what the words mean, or the help of a command.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <memory>
#include <vector>

#include "host/commands/command.hpp"
#include "host/help/topics.hpp"
#include "host/terminal/command_tree.hpp"
#include "io/base/nearest_name.hpp"

namespace balassa {
namespace {

void list_topics(const CommandTree& tree) {
  fmt::print("Topics of `balassa help TOPIC`:\n");
  for (const HelpTopic& topic : help_topics()) fmt::print("  {:<12} {}\n", topic.name, topic.about);
  fmt::print("\nCommands, of `balassa help COMMAND`:\n");
  for (const CommandDescription& command : tree.commands) fmt::print("  {:<12} {}\n", command.name, command.text);
}

ExitCode show(const CLI::App& program, const std::string& name) {
  const CommandTree tree = describe(program);
  if (name.empty()) {
    list_topics(tree);
    return ExitCode::kDone;
  }
  if (const HelpTopic* topic = help_topic(name)) {
    fmt::print("{}", topic->text());
    return ExitCode::kDone;
  }
  std::vector<std::string> names;
  for (const HelpTopic& topic : help_topics()) names.emplace_back(topic.name);
  for (const CommandDescription& command : tree.commands) {
    if (command.name == name) {
      fmt::print("{}", program.get_subcommand(name)->help(program.get_name()));
      return ExitCode::kDone;
    }
    names.push_back(command.name);
  }
  throw Error(ExitCode::kUsage, fmt::format("help: found '{}', expected a topic or command; the nearest is {}; balassa "
                                            "help lists them",
                                            name, nearest_name(name, names)));
}

}  // namespace

void add_help_command(CLI::App& program, const GlobalOptions&, std::function<ExitCode()>& run) {
  CLI::App* command = program.add_subcommand("help", "What the words of tables and reports mean");
  const auto name = std::make_shared<std::string>();
  std::vector<std::string_view> topics;
  for (const HelpTopic& topic : help_topics()) topics.push_back(topic.name);
  command->add_option("TOPIC", *name, fmt::format("{}", fmt::join(topics, "|")));
  command->footer("Example: balassa help classes\nA command: balassa help sweep");
  command->callback([name, &program, &run] { run = [name, &program] { return show(program, *name); }; });
}

}  // namespace balassa
