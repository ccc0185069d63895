#include "host/commands/ranking_options.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "host/panel/year_selection.hpp"
#include "host/terminal/code_list.hpp"
#include "host/terminal/screen.hpp"
#include "io/base/error.hpp"
#include "io/base/nearest_name.hpp"

namespace balassa {

void RankingOptions::add_to(CLI::App& command) {
  command.add_option("--years", years, "of a ranking: 2017, 1962,1980 or 1995-2016");
  command.add_option("--year", years, "as --years")->group("");
  command.add_option("--top", top, "the first so many; default: the first 10 and the last 5")
      ->check(CLI::Range(1, 1000000));
  command.add_option("--locations", locations, "these codes alone, joined by commas, or @FILE")
      ->allow_extra_args(false);
  command.add_flag("--classes", classes, "with the probabilities of the classes");
  command.add_flag("--csv", csv, "the ranking as CSV, every location and digit");
  command.add_flag("--latex", latex, "the ranking as a LaTeX table, for booktabs")->excludes("--csv");
  command.add_flag("--datasets", datasets, "attributes, datasets and tables of the file instead");
}

RankingChoice RankingOptions::choice(const Panel& labels, const std::string& file) const {
  RankingChoice choice;
  if (years != "all") {
    for (const std::size_t year : parse_years(years, labels.years)) choice.years.push_back(labels.years[year]);
  }
  for (const std::string& code : parse_codes(locations)) {
    const auto place = std::find(labels.locations.begin(), labels.locations.end(), code);
    if (place == labels.locations.end()) {
      throw Error(ExitCode::kUsage, fmt::format("--locations: found '{}', expected a location of {}; the nearest is {}",
                                                code, file, nearest_name(code, labels.locations)));
    }
    choice.locations.push_back(static_cast<std::size_t>(place - labels.locations.begin()));
  }
  choice.top = top;
  choice.classes = classes;
  choice.columns = screen_columns(STDOUT_FILENO);
  return choice;
}

}  // namespace balassa
