// Every command's help fits a screen and says how to begin (FORMATS section 6).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "host/help/topics.hpp"
#include "host/plan/knobs.hpp"
#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;

class Help : public ::testing::TestWithParam<const char*> {};

TEST_P(Help, FitsAScreenAndGivesAnExample) {
  const cli::Outcome run = cli::Folder().run(std::string(GetParam()) + " --help");
  EXPECT_EQ(run.code, 0);
  EXPECT_EQ(run.err, "");
  EXPECT_THAT(run.out, HasSubstr(std::string("\nExample: balassa ") + GetParam()));
  EXPECT_TRUE(run.out[0] >= 'A' && run.out[0] <= 'Z') << run.out;
  std::istringstream lines(run.out);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) EXPECT_LE(line.size(), 120u) << line;
  EXPECT_LE(count, 40) << run.out;
}

INSTANTIATE_TEST_SUITE_P(Commands, Help,
                         ::testing::Values("import", "synth", "info", "compute", "plan", "sweep", "export", "report",
                                           "study", "completion", "help", "merge"),
                         [](const auto& command) { return std::string(command.param); });

// Two options a line, so that all are seen at once. A limit of 24 lines, a terminal's, was full: one knob more would
// have broken it. 40 lines, as of every command, leave room for thirty.
TEST(HelpOfManyOptions, IsAScreenAndNamesEveryOne) {
  const cli::Folder folder;
  for (const char* command : {"import", "plan", "sweep"}) {
    const cli::Outcome run = folder.run(std::string(command) + " --help");
    std::istringstream lines(run.out);
    int count = 0;
    for (std::string line; std::getline(lines, line); ++count) EXPECT_LE(line.size(), 100u) << line;
    EXPECT_LE(count, 40) << run.out;
  }
  const std::string sweep = folder.run("sweep --help").out, global = folder.run("--help").out;
  for (const Knob& knob : knobs()) {
    EXPECT_TRUE(sweep.find(knob.flag() + " ") != std::string::npos ||
                global.find(knob.flag() + " ") != std::string::npos)
        << knob.flag();
  }
  const std::string compute = folder.run("compute --help").out;
  for (const Knob& knob : knobs()) {
    if (knob.in_compute()) EXPECT_THAT(compute, HasSubstr(" " + knob.flag() + " "));
    if (knob.in_compute()) EXPECT_THAT(compute, HasSubstr(std::string(knob.about)));
    for (const Word& word : knob.words) {
      EXPECT_THAT(sweep, HasSubstr(std::string(word.text)));
      EXPECT_THAT(compute, HasSubstr(std::string(word.text)));
    }
  }
  for (const char* flag : {"--dry-run", "--scenario"}) EXPECT_THAT(sweep, HasSubstr(flag));
  const std::string import = folder.run("import --help").out;
  for (const char* flag : {"--year-column", "--memory", "--product-class", "--drop-products", "--gdp"}) {
    EXPECT_THAT(import, HasSubstr(flag));
  }
}

// `balassa help` lists topics and commands; a word that is neither is answered with the nearest; the manual and the
// shells know the topics; the words that tables point to are topics.
TEST(HelpTopic, IsFoundFromEverywhere) {
  const cli::Folder folder;
  const std::string list = folder.run("help").out, manual = folder.run("completion man").out,
                    bash = folder.run("completion bash").out;
  for (const HelpTopic& topic : help_topics()) {
    const std::string name(topic.name);
    EXPECT_THAT(list, HasSubstr("\n  " + name + " "));
    EXPECT_EQ(folder.run("help " + name).out, topic.text());
    EXPECT_THAT(bash, HasSubstr(name == "exit-codes" ? name : name + " "));
    EXPECT_THAT(manual, HasSubstr("\n" + std::string(topic.about.substr(0, 4))));
  }
  EXPECT_EQ(folder.run("help sweep").out, folder.run("sweep --help").out);
  EXPECT_EQ(folder.run("help info").out, folder.run("info --help").out);
  const cli::Outcome wrong = folder.run("help clases");
  EXPECT_EQ(wrong.code, 64);
  EXPECT_THAT(wrong.err, HasSubstr("help: found 'clases', expected a topic or command; the nearest is classes;"));
  EXPECT_THAT(folder.run("help swep").err, HasSubstr("the nearest is sweep"));
}

// What holds where nothing is said stands beside the option, in brackets; of knobs it comes from the plan itself.
TEST(HelpOfManyOptions, SaysDefaults) {
  const cli::Folder folder;
  const std::string plan = folder.run("plan").out;
  const auto line_of = [](const std::string& help, const std::string& flag) {
    const std::size_t at = help.find(" " + flag + "  ");
    if (at == std::string::npos) return std::string();
    // Up to the next option, which stands beside it or on the next line.
    return help.substr(at, std::min(help.find("  --", at + 2), help.find('\n', at)) - at);
  };
  const std::map<std::string, std::string> said = {{"--replicates", "[1000]"},
                                                   {"--scheme", "[products]"},
                                                   {"--weights", "[bayesian]"},
                                                   {"--location-weights", "[bayesian]"},
                                                   {"--quantiles", "[0.025,0.25,0.5,0.75,0.975]"},
                                                   {"--p1-quantile", "[0.75]"},
                                                   {"--hhi-cut", "[1800]"},
                                                   {"--split", "[median]"},
                                                   {"--units", "[regions]"},
                                                   {"--rca-threshold", "[1]"},
                                                   {"--convention", "[py]"},
                                                   {"--deviation", "[convention]"},
                                                   {"--years", "[all]"},
                                                   {"--locations", "[all]"},
                                                   {"--drop-products", "[none]"},
                                                   {"--min-total", "[0]"},
                                                   {"--keep", "[none]"},
                                                   {"--tallies", "[all three]"},
                                                   {"--checkpoint-every", "[60s]"},
                                                   {"--batch", "[16]"},
                                                   {"--precision", "[certified]"},
                                                   {"--recompute-presence", "[true]"}};
  for (const char* command : {"sweep", "plan"}) {
    const std::string help = folder.run(std::string(command) + " --help").out;
    for (const auto& [flag, value] : said) EXPECT_THAT(line_of(help, flag), HasSubstr(value)) << command << flag;
  }
  const std::string compute = folder.run("compute --help").out;
  for (const auto& [flag, value] : said) {
    const std::string line = line_of(compute, flag);
    if (!line.empty()) EXPECT_THAT(line, HasSubstr(value)) << flag;
  }
  // Every knob with a default in the plan that `plan` prints has one here.
  const std::string sweep = folder.run("sweep --help").out;
  for (const Knob& knob : knobs()) {
    if (knob.of_program || knob.stands_alone || plan.find(fmt::format("\n{} = ", knob.name)) == std::string::npos)
      continue;
    EXPECT_THAT(line_of(sweep, knob.flag()), HasSubstr("[")) << knob.path();
  }
  const std::map<std::string, std::vector<std::pair<std::string, std::string>>> others = {
      {"", {{"--device", "[auto]"}, {"--seed", "[42]"}, {"--threads", "[the cores"}}},
      {"import",
       {{"--duplicates", "[error]"},
        {"--decimal", "[point]"},
        {"--memory", "[what is free]"},
        {"--years", "[all]"},
        {"--preset", "[by the header]"}}},
      {"plan", {{"--tasks", "[an hour each]"}, {"--cpus", "[as here]"}, {"--time-limit", "[by a pilot]"}}},
      {"eigbench", {{"--problems", "[synth:240x1240]"}, {"--batch", "[1,16]"}, {"--repetitions", "[11]"}}},
      {"export", {{"--table", "[the first]"}}}};
  for (const auto& [command, options] : others) {
    const std::string help = folder.run(command + " --help").out;
    for (const auto& [flag, value] : options) {
      const std::size_t at = help.find(flag);
      EXPECT_THAT(help.substr(at, 160), HasSubstr(value)) << command << flag;
    }
  }
}

// The words of a knob complete after its flag, in either command.
TEST(Completion, KnowsTheWordsOfKnobs) {
  const std::string fish = cli::Folder().run("completion fish").out, bash = cli::Folder().run("completion bash").out;
  for (const Knob& knob : knobs()) {
    if (knob.words.size() < 2 || knob.words[0].text.find_first_of("<>") != std::string_view::npos) continue;
    std::string words;
    for (const Word& word : knob.words) words += fmt::format("{}{}", words.empty() ? "" : " ", word.text);
    for (const char* command : {"sweep", "plan", "compute"}) {
      EXPECT_THAT(fish, HasSubstr(fmt::format("'__fish_seen_subcommand_from {}' -l {} -x -a '{}'", command,
                                              knob.flag().substr(2), words)));
      EXPECT_THAT(bash, HasSubstr(fmt::format("  {}{}) words='{}' ;;", command, knob.flag(), words)));
    }
  }
}

}  // namespace
}  // namespace balassa
