#include "host/results/sweep_result.hpp"

#include <fmt/format.h>

#include "host/results/sweep_file.hpp"
#include "io/base/error.hpp"
#include "io/hdf5/result_file.hpp"

namespace balassa {

int write_result(const SweepStudy& study, bool force, SweepAssembly& work, SweepSummary& summary,
                 const std::function<int()>& stop) {
  SweepFile file(study.plan.file, force, study.plan, study.grid, study.panel,
                 {study.years.labels(), study.panel_hash, study.arithmetic});
  SweepSink* sinks[] = {&file, &summary};
  if (const int reason = work.run([&](std::size_t y) { return study.years.load(y); }, sinks, stop)) return reason;
  file.commit();
  return 0;
}

bool is_result_of(const std::string& path, const SweepStudy& study) {
  try {
    const ResultReader file(path);
    return file.format() == "balassa-sweep" && file.text_attribute("", "plan_hash") == plan_hash(study.plan) &&
           file.text_attribute("", "panel_hash") == study.panel_hash &&
           file.text_attribute("", "precision") == precision_name(study.plan.precision) &&
           file.text_attribute("", "arithmetic") == study.arithmetic;
  } catch (const Error&) {
    return false;
  }
}

void print_summary(const SweepStudy& study, const SweepSummary& summary, const GlobalOptions& global) {
  fmt::print("{}", global.json ? summary.json() : summary.text());
  if (!global.json) fmt::print("\n{}\n{}.manifest.json\n", study.plan.file, study.plan.file);
}

}  // namespace balassa
