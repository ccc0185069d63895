// What `info` says of a panel.
#pragma once

#include <string>

#include "host/commands/ranking_options.hpp"
#include "io/panel/panel.hpp"

namespace balassa {

// Its years, and what looks wrong.
void print_panel(const std::string& path, const Panel& panel);
void print_panel_json(const std::string& path, const Panel& panel);

// A panel has no ranks: which locations export how much. Throws Error kUsage for options that are about ranks.
void print_exporters(const std::string& path, const Panel& panel, const RankingOptions& options);

}  // namespace balassa
