// A sweep as its result file holds it: the plan, the grid, and the summary that the sweep printed.
#pragma once

#include "host/plan/plan.hpp"
#include "host/plan/specification_grid.hpp"
#include "host/results/sweep_report.hpp"
#include "io/hdf5/result_file.hpp"
#include "io/panel/panel.hpp"

namespace balassa {

class StoredSweep {
 public:
  // Throws Error kBadData for a file that lacks what a summary says.
  explicit StoredSweep(const ResultReader& file);
  StoredSweep(const StoredSweep&) = delete;
  StoredSweep& operator=(const StoredSweep&) = delete;

  const SweepSummary& summary() const { return summary_; }

 private:
  Plan plan_;
  Panel panel_;  // codes and names alone
  SpecificationGrid grid_;
  SweepSummary summary_;
};

// Codes and names of a result, without values.
Panel labels_of_result(const ResultReader& file);

}  // namespace balassa
