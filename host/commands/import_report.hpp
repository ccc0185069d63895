// What `balassa import` says of what it did: to a person, and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "io/panel/panel_builder.hpp"
#include "io/panel/side_tables.hpp"

namespace balassa {

// What each side file brought, by what it holds.
using SideSummaries = std::vector<std::pair<std::string, SideSummary>>;

// On stderr.
void print_import(const ImportSummary& summary, const Panel& panel, const SideSummaries& sides,
                  const std::vector<std::string>& remarks);

// `output`: "" = none is written.
nlohmann::ordered_json import_json(const ImportSummary& summary, const Panel& panel, const SideSummaries& sides,
                                   const std::vector<std::string>& remarks, const std::string& output);

}  // namespace balassa
