// The result file and the summary of a sweep from its finished work, whoever did it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <string>

#include "host/results/sweep_report.hpp"
#include "host/sweep/sweep_assembly.hpp"
#include "host/sweep/sweep_years.hpp"
#include "host/terminal/global_options.hpp"
#include "host/terminal/manifest.hpp"

namespace balassa {

struct SweepStudy {
  const Plan& plan;
  const SpecificationGrid& grid;
  const Panel& panel;
  const SweepYears& years;
  std::string panel_hash, arithmetic;
  int threads = 1;  // that write the result
};

// Of so many as were asked for (0: as many as may be), those that have a core of their own.
int threads_on_cores(int asked);

// Writes the HDF5 file under plan.file and shows how far it is, unless `quiet`. Returns 0, or the signal that `stop`
// gave; then there is no file.
int write_result(const SweepStudy& study, bool force, SweepAssembly& work, SweepSummary& summary,
                 const std::function<int()>& stop, bool quiet);

// Whether the file is the result of this study, by what it says of itself.
bool is_result_of(const std::string& path, const SweepStudy& study);

// The summary on stdout, and the names of result and manifest. `classes`: with their probabilities in its table.
void print_summary(const SweepStudy& study, const SweepSummary& summary, const GlobalOptions& global, bool classes);

}  // namespace balassa
