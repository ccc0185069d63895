// balassa synth: a panel to try things on, and what a fresh clone runs on.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "host/commands/command.hpp"
#include "host/panel/synthetic_panel.hpp"
#include "host/terminal/manifest.hpp"
#include "host/terminal/number_checks.hpp"
#include "io/base/file_lock.hpp"
#include "io/base/output_places.hpp"
#include "io/panel/panel_file.hpp"

namespace balassa {
namespace {

struct SynthOptions {
  SyntheticRequest request;
  std::string years = "2015-2017", output = "synth.h5";
};

// "2017", "2015-2019", "1962,1980,2017" or a mix; ascending and unique.
std::vector<std::int32_t> years_of(std::string_view text) {
  const auto refuse = [&] {
    return Error(ExitCode::kUsage, fmt::format("--years: found '{}', expected years such as 2015-2019 or "
                                               "1962,1980,2017 in ascending order; correct it",
                                               text));
  };
  const auto number = [&](std::string_view part) {
    std::int32_t year = 0;
    const auto [end, problem] = std::from_chars(part.data(), part.data() + part.size(), year);
    if (problem != std::errc() || end != part.data() + part.size() || year < 1 || year > 9999) throw refuse();
    return year;
  };
  std::vector<std::int32_t> years;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string_view part = text.substr(begin, end - begin);
    const std::size_t dash = part.find('-');
    const std::int32_t first = number(part.substr(0, dash));
    const std::int32_t last = dash == std::string_view::npos ? first : number(part.substr(dash + 1));
    if (last < first || (!years.empty() && first <= years.back())) throw refuse();
    for (std::int32_t year = first; year <= last; ++year) years.push_back(year);
    begin = end + 1;
  }
  return years;
}

void report(const GlobalOptions& global, const std::string& output, const SyntheticRequest& request,
            const SyntheticPanel& synthetic) {
  const Panel& panel = synthetic.panel;
  const auto above = std::count_if(panel.value.begin(), panel.value.end(), [](double x) { return x > 0; });
  const double filled = static_cast<double>(above) / static_cast<double>(panel.value.size());
  if (global.json) {
    nlohmann::ordered_json json;
    json["output"] = output;
    json["years"] = panel.years.size();
    json["countries"] = request.locations;
    json["regions"] = request.regions;
    json["products"] = request.products;
    json["cells_above_zero"] = filled;
    json["density"] = synthetic.density;
    fmt::print("{}\n", json.dump());
  } else if (!global.quiet) {
    fmt::print(
        "{}: {} year{} x {} countries and {} regions x {} products; {:.1f} % of the cells above zero, {:.1f} % of "
        "the countries' at RCA >= 1\n",
        output, panel.years.size(), panel.years.size() == 1 ? "" : "s", request.locations, request.regions,
        request.products, 100 * filled, 100 * synthetic.density);
  }
}

ExitCode run_synth(const GlobalOptions& global, const SynthOptions& options) {
  SyntheticRequest request = options.request;
  request.years = years_of(options.years);
  request.seed = global.seed;
  require_apart({}, {options.output, manifest_of(options.output)});
  require_no_run(options.output);
  require_new_file(options.output, global.force);
  Manifest manifest("synth", global.verbose);
  manifest.phase("draw");
  const SyntheticPanel synthetic = synthetic_panel(request);
  manifest.phase("write");
  write_panel(options.output, synthetic.panel, global.force);
  manifest.phase("");
  manifest.set("seed", std::to_string(request.seed));
  manifest.write(options.output);
  report(global, options.output, request, synthetic);
  return ExitCode::kDone;
}

}  // namespace

void add_synth_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run) {
  CLI::App* command = program.add_subcommand("synth", "Draw a trade-like panel of any size: same options, same bytes");
  auto options = std::make_shared<SynthOptions>();
  SyntheticRequest& request = options->request;
  command->add_option("-o,--output", options->output, "panel file")->capture_default_str();
  command->add_option("--locations", request.locations, "countries")
      ->check(CLI::Range(2, 100000))
      ->capture_default_str();
  command->add_option("--products", request.products, "products")->check(CLI::Range(2, 100000))->capture_default_str();
  command->add_option("--years", options->years, "2017 | 2015-2019 | 1962,1980,2017")->capture_default_str();
  command->add_option("--density", request.density, "share of cells with RCA >= 1 in the first year")
      ->check([](const std::string& text) { return check_between(text, 0.02, 0.3); })
      ->capture_default_str();
  command->add_option("--regions", request.regions, "add this many regions, parts of the 1 to 10 largest countries")
      ->check(CLI::Range(0, 100000))
      ->capture_default_str();
  command->footer(
      "Whole USD. Size, capability, sophistication, specialisation and noise are normal in logarithms; --density sets "
      "the\n"
      "dispersion. Calibrated on real world trade of 2017 (224 x 1222, 4-digit; its figures in brackets), at "
      "--density\n"
      "0.105 [.105]: lambda_2 near .29 [.269], lambda_3 near .20 [.194], corr(ECI, diversity) near .5 [.54], country "
      "totals\n"
      "over 6 to 8 orders of magnitude [7], 4 to 7 cells in 10 above zero [6.5]; 9 in 10 present cells are so a year "
      "later,\n"
      "as in EU trade. The default 0.15 lies between that and trade of 1998-2000 [.180, 226 x 785]. Regions add up to\n"
      "their country and are rows beside it.\n"
      "Example: balassa synth --locations 240 --products 1240 --years 2015-2019 --seed 7 -o demo.h5");
  command->callback([options, &global, &run] { run = [options, &global] { return run_synth(global, *options); }; });
}

}  // namespace balassa
