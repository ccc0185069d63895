#include "host/terminal/manual.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "host/terminal/exit_codes.hpp"

namespace balassa {
namespace {

// Text of roff: a backslash, a hyphen that is to be a hyphen, a dot or quote that begins a line, and
// bars between words, where a line may break.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += "\\&";
      if (c == '|' && !out.empty() && out.back() != ' ')
        out += " | ";
      else
        out += c;
    }
  }
  return out;
}

std::string option_text(const OptionDescription& option) {
  std::string head = option.name.empty() ? "" : fmt::format("\\fI{}\\fR", roff(option.name));
  for (const std::string& name : {option.short_name, option.long_name}) {
    if (!name.empty()) head += fmt::format("{}\\fB{}\\fR", head.empty() ? "" : ", ", roff(name));
  }
  if (option.takes_value && option.name.empty()) head += " \\fIVALUE\\fR";
  return fmt::format(".TP\n{}\n{}\n", head, roff(option.text));
}

constexpr std::pair<const char*, const char*> kEnvironment[] = {
    {"BALASSA_DEVICE", "cpu, cuda or cuda:0,1: what auto stands for"},
    {"BALASSA_SIMD", "plain, avx2, avx512 or avx512vbmi: forces an instruction set; results do not change"},
    {"NO_COLOR", "no colours"},
};

}  // namespace

std::string manual(const CommandTree& tree) {
  std::string text = fmt::format(
      ".\\\" made by `balassa completion man`\n.TH BALASSA 1 \"\" \"balassa {0}\" \"User Commands\"\n.SH NAME\nbalassa "
      "\\- {1}\n.SH SYNOPSIS\n.B balassa\n.I command\n[\\fIoptions\\fR]\n.SH DESCRIPTION\n"
      "Computes economic complexity (RCA, ECI, PCI) from panels of locations and products, and says how sure one can "
      "be "
      "of every number: bootstraps and sensitivity sweeps over every choice. A sweep is\n"
      "the same to the bit on any machine; the last digits of compute depend on the BLAS.\n"
      "Results go to standard output, everything else to standard error.\n.SH OPTIONS OF EVERY COMMAND\n",
      roff(BALASSA_VERSION), roff(tree.text));
  for (const OptionDescription& option : tree.options) text += option_text(option);
  text += ".SH COMMANDS\n";
  for (const CommandDescription& command : tree.commands) {
    text += fmt::format(".SS {}\n{}.\n", roff(command.name), roff(command.text));
    for (const OptionDescription& option : command.positionals) text += option_text(option);
    for (const OptionDescription& option : command.options) text += option_text(option);
    if (!command.example.empty()) text += fmt::format(".PP\n.nf\n{}\n.fi\n", roff(command.example));
  }
  text += ".SH EXIT STATUS\n";
  for (const ExitMeaning& exit : exit_meanings())
    text += fmt::format(".TP\n{}\n{}\n", static_cast<int>(exit.code), roff(exit.meaning));
  text += ".SH TOPICS\nWhat the words mean, by \\fBbalassa help\\fR \\fITOPIC\\fR:\n";
  for (const auto& [name, about] : tree.topics) text += fmt::format(".TP\n.B {}\n{}\n", roff(name), roff(about));
  text += ".SH ENVIRONMENT\n";
  for (const auto& [name, meaning] : kEnvironment) text += fmt::format(".TP\n.B {}\n{}\n", name, roff(meaning));
  return text +
         ".SH FILES\nPanels and results are HDF5 with dimension scales, which h5py, xarray and R read. Beside each "
         "output "
         "stands \\fIoutput\\fR.manifest.json: inputs with hashes, plan, versions, machine, timings.\n";
}

}  // namespace balassa
