// The sample of a study: which locations and products of a panel take part, chosen without a new import.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "io/base/error.hpp"
#include "io/panel/panel.hpp"

namespace balassa {

// Lists: codes, ascending, each once; no list keeps all, or drops none. The lists come first. Then, year by year,
// locations whose total is below `min_total` go, then products whose total over the locations left is below
// `min_product_total` (host/panel/year_selection). Totals are in the panel's units; 0: no floor.
struct SampleSelection {
  std::vector<std::string> locations, products, drop_locations, drop_products;
  double min_total = 0, min_product_total = 0;

  bool has_lists() const {
    return !locations.empty() || !products.empty() || !drop_locations.empty() || !drop_products.empty();
  }
};

// What `apply_lists` says beside the panel: lists of which only a part was found.
struct SelectedSample {
  Panel panel;
  std::vector<std::string> remarks;
};

// The panel with the lists' locations and products alone. What has no trade in any year any more is left out too, as at
// import. Throws Error `code` for a list that matches nothing, naming the nearest code. `file` names the panel.
SelectedSample apply_lists(Panel panel, const SampleSelection& sample, const std::string& file, ExitCode code);

// Micro-territories and codes that name nothing, among the years (indices into the panel), each with the flag that
// leaves them out.
std::vector<std::string> sample_remarks(const Panel& panel, const std::vector<std::size_t>& years,
                                        const SampleSelection& sample);

// The locations of these years whose population is not known: by exports per head nothing is present in them.
std::vector<std::string> population_remarks(const Panel& panel, const std::vector<std::size_t>& years);

// "balassa: remark: ..." on stderr, a line each.
void say_remarks(const std::vector<std::string>& remarks, bool quiet);

// "A, B, C and 5 more".
std::string some_of(const std::vector<std::string>& codes);

// "12.3 bn", of three digits.
std::string amount_text(double value);

}  // namespace balassa
