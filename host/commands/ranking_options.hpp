// What `info` shows of a result: years, locations, how many, in which form.
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "host/results/ranking_choice.hpp"
#include "io/panel/panel.hpp"

namespace balassa {

struct RankingOptions {
  std::string years = "all";
  std::vector<std::string> locations;
  std::size_t top = 0;
  bool classes = false, latex = false, csv = false, datasets = false;

  void add_to(CLI::App& command);
  // Whether a ranking is asked for, and not just whatever the file has.
  bool asked() const { return years != "all" || !locations.empty() || top > 0 || classes || latex || csv; }
  // Throws Error kUsage for a year or code that `labels` of `file` does not have, naming the nearest.
  RankingChoice choice(const Panel& labels, const std::string& file) const;
};

}  // namespace balassa
