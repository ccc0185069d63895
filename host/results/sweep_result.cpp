#include "host/results/sweep_result.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>

#include "host/results/sweep_file.hpp"
#include "host/terminal/manifest.hpp"
#include "host/terminal/progress.hpp"
#include "host/terminal/screen.hpp"
#include "io/base/error.hpp"
#include "io/hdf5/result_file.hpp"
#include "kernels/device.hpp"

namespace balassa {
namespace {

// Each cell with the statistics of its counters to the file and to the summary.
class Readers final : public SweepSink {
 public:
  Readers(const Plan& plan, SweepFile& file, SweepSummary& summary, Progress& progress)
      : plan_(plan), file_(file), summary_(summary), progress_(progress) {}
  void raw(const SweepCell& cell, std::uint64_t first, std::uint64_t count, std::span<const float> eci,
           std::span<const float> pci) override {
    file_.raw(cell, first, count, eci, pci);
  }
  void prepare(const SweepCell& cell) override {
    auto statistics = std::make_unique<const CellStatistics>(cell, plan_);
    const std::lock_guard lock(mutex_);
    prepared_[&cell] = std::move(statistics);
  }
  void finish(const SweepCell& cell) override {
    const std::unique_ptr<const CellStatistics> statistics = take(cell);
    file_.write(*statistics);
    summary_.add(*statistics);
    progress_.update(++written_);
  }

 private:
  std::unique_ptr<const CellStatistics> take(const SweepCell& cell) {
    const std::lock_guard lock(mutex_);
    return std::move(prepared_.extract(&cell).mapped());
  }

  const Plan& plan_;
  SweepFile& file_;
  SweepSummary& summary_;
  Progress& progress_;
  std::uint64_t written_ = 0;  // cells
  std::mutex mutex_;           // of those that are prepared
  std::map<const SweepCell*, std::unique_ptr<const CellStatistics>> prepared_;
};

}  // namespace

int threads_on_cores(int asked) {
  const int cores = std::max(1, survey_cpu().cores);
  return asked > 0 ? std::min(asked, cores) : cores;
}

int write_result(const SweepStudy& study, bool force, SweepAssembly& work, SweepSummary& summary,
                 const std::function<int()>& stop, bool quiet) {
  SweepFile file(study.plan.file, force, study.plan, study.grid, study.panel,
                 {study.years.labels(), study.panel_hash, study.arithmetic}, study.threads);
  {
    Progress progress("write", "cells", study.grid.years() * study.grid.specifications().size(), quiet);
    Readers readers(study.plan, file, summary, progress);
    SweepSink* sinks[] = {&readers};
    if (const int reason = work.run([&](std::size_t y) { return study.years.load(y); }, sinks, stop, study.threads)) {
      return reason;
    }
  }
  std::unique_ptr<Progress> progress;
  file.commit([&](std::size_t done, std::size_t parts) {
    if (progress == nullptr) progress = std::make_unique<Progress>("read back", "parts", parts, quiet);
    progress->update(done);
  });
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

void print_summary(const SweepStudy& study, const SweepSummary& summary, const GlobalOptions& global, bool classes) {
  RankingChoice choice;
  choice.classes = classes;
  choice.columns = screen_columns(STDOUT_FILENO);
  fmt::print("{}", global.json ? summary.json() : summary.text(choice));
  if (!global.json) fmt::print("\n{}\n{}\n", study.plan.file, manifest_of(study.plan.file));
}

}  // namespace balassa
