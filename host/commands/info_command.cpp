// `balassa info`: what a panel or result holds, and what looks wrong.
#include <fmt/format.h>

#include <memory>

#include "host/commands/command.hpp"
#include "host/commands/info_panel.hpp"
#include "host/commands/info_result.hpp"
#include "host/commands/saved_work.hpp"
#include "io/panel/panel_file.hpp"
#include "io/work/work_file.hpp"

namespace balassa {
namespace {

ExitCode run_info(const GlobalOptions& global, const std::string& path, const PanelNames& names,
                  const RankingOptions& options) {
  const std::string beside = work_beside(path);
  if (is_work_file(path) || !beside.empty()) {
    if (!beside.empty()) fmt::print("{} is not there yet\n", path);
    fmt::print("{}", saved_work_text(beside.empty() ? path : beside));
    return ExitCode::kDone;
  }
  if (names.foreign() || ResultReader(path).format() == "balassa-panel") {
    const Panel panel = read_panel(path, names);
    if (options.asked())
      print_exporters(path, panel, options);
    else
      global.json ? print_panel_json(path, panel) : print_panel(path, panel);
    return ExitCode::kDone;
  }
  print_result(ResultReader(path), options, global.json);
  return ExitCode::kDone;
}

}  // namespace

void add_info_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run) {
  auto path = std::make_shared<std::string>();
  auto names = std::make_shared<PanelNames>();
  auto options = std::make_shared<RankingOptions>();
  CLI::App* command =
      program.add_subcommand("info", "What a panel holds and what looks wrong; the ranking of a result");
  command->footer(
      "Example: balassa info world.h5\nA result: balassa info world-sweep.h5 --years 2017 --locations DEU,JPN\n"
      "Other people's HDF5: balassa info theirs.nc --value-name exports");
  command->add_option("FILE", *path, "panel, result or shard")->required();
  options->add_to(*command);
  command->add_option("--value-name", names->value, "dataset of the values, if not ours");
  command->add_option("--year-name", names->year, "dataset of the years");
  command->add_option("--location-name", names->location, "dataset of the location codes");
  command->add_option("--product-name", names->product, "dataset of the product codes");
  command->callback([&global, &run, path, names, options] {
    run = [&global, path, names, options] { return run_info(global, *path, *names, *options); };
  });
}

}  // namespace balassa
