// `balassa completion`: what a shell or `man` needs to know of the commands, on stdout.
#include <fmt/format.h>

#include "host/commands/command.hpp"
#include "host/help/topics.hpp"
#include "host/terminal/command_tree.hpp"
#include "host/terminal/manual.hpp"
#include "host/terminal/shell_completion.hpp"

namespace balassa {

void add_completion_command(CLI::App& program, const GlobalOptions&, std::function<ExitCode()>& run) {
  CLI::App* command = program.add_subcommand("completion", "Completion script for a shell, or the man page, on stdout");
  const auto kind = std::make_shared<std::string>();
  command->add_option("kind", *kind, "bash | zsh | fish | man")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish", "man"}));
  command->footer("Example: balassa completion bash > ~/.local/share/bash-completion/completions/balassa");
  command->callback([kind, &program, &run] {
    run = [kind, &program] {
      CommandTree tree = describe(program);  // now that every command has been added
      for (const HelpTopic& topic : help_topics()) tree.topics.emplace_back(topic.name, topic.about);
      const auto text = *kind == "bash"   ? bash_completion(tree)
                        : *kind == "zsh"  ? zsh_completion(tree)
                        : *kind == "fish" ? fish_completion(tree)
                                          : manual(tree);
      fmt::print("{}", text);
      return ExitCode::kDone;
    };
  });
}

}  // namespace balassa
