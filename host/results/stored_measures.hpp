// The years of `compute` as its result file holds them.
#pragma once

#include <string>
#include <vector>

#include "host/results/measures_report.hpp"
#include "io/hdf5/result_file.hpp"
#include "io/panel/panel.hpp"

namespace balassa {

struct StoredMeasures {
  Panel panel;  // codes and names alone
  std::vector<YearSummary> years;

  // Rankings of the years that are chosen, with the spectrum and what is to be said of the axis.
  std::string text(const RankingChoice& choice) const;
};

// Throws Error kBadData for a file without ranks.
StoredMeasures read_measures(const ResultReader& file);

}  // namespace balassa
