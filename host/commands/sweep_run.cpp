#include "host/commands/sweep_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "host/cluster/ranked_run.hpp"
#include "host/results/sweep_estimate.hpp"
#include "host/sweep/tally_encoding.hpp"
#include "host/terminal/progress.hpp"
#include "io/base/atomic_file.hpp"
#include "io/base/content_hash.hpp"
#include "io/base/file_lock.hpp"
#include "io/base/output_places.hpp"

namespace balassa {
namespace {

std::string base_of(const Plan& plan, const std::optional<Shard>& shard) {
  return shard ? shard_name(plan.file, *shard) : plan.file;
}

bool is_there(const std::string& path) {
  std::error_code error;
  return std::filesystem::exists(path, error);
}

// What rank 0 tells the others when it knows what was done before.
constexpr std::uint64_t kNothingToDo = 0, kWork = 1;

// Ranks on unlike machines may have unlike libraries, whose products differ in their last bits.
void require_one_arithmetic(const std::string& mine, Ranks& ranks) {
  const std::uint64_t number = std::stoull(text_hash(mine).substr(0, 16), nullptr, 16);
  if (ranks.of_root(number) == number) return;
  throw Error(ExitCode::kDeviceUnavailable,
              fmt::format("run.arithmetic: found \"{}\" on rank {}, expected the same on all ranks; run on machines "
                          "alike, or with arithmetic = \"canonical\"",
                          mine, ranks.rank()));
}

// A rank that neither saves nor writes. That the job was stopped is for rank 0 to say, once it has saved: a launcher
// kills the other ranks at the first exit code other than 0.
ExitCode assist(const SweepStudy& study, Device& device, const StopRequest& stop, Ranks& ranks) {
  if (ranks.of_root(kNothingToDo) == kNothingToDo) return ExitCode::kDone;
  SweepHooks hooks;
  hooks.stop = [&] { return stop.reason(); };
  run_range_by_ranks(
      study.plan, study.grid, [&](std::size_t y) { return study.years.load(y); }, device, {}, std::nullopt, nullptr,
      hooks, ranks);
  return ExitCode::kDone;
}

class SweepRun {
 public:
  SweepRun(const SweepStudy& study, const std::optional<Shard>& shard, Device& device, const StopRequest& stop,
           const SweepRunOptions& options, Manifest& manifest)
      : study_(study),
        shard_(shard),
        device_(device),
        stop_(stop),
        global_(options.global),
        classes_(options.classes),
        ranks_(options.ranks),
        manifest_(manifest),
        base_(base_of(study.plan, shard)),
        header_(header_of(study.plan, study.grid, study.panel_hash, study.arithmetic,
                          shard_range(study.grid.scenarios(), shard.value_or(Shard{})))),
        most_counters_(most_counters(study.plan, study.panel.locations.size(), study.panel.products.size())) {}

  ExitCode run(bool restart) {
    const FileLock lock(base_ + ".lock");
    if (!lock.holds()) say("{}: this file system has no locks; start no second run on this output", base_);
    for (const std::string& name : {base_, manifest_of(base_)}) remove_stale_temporaries(name);
    if (restart) SweepJournal::discard(base_);
    if (is_there(base_)) {
      if (shard_ && !global_.force) {
        if (ranks_ != nullptr) ranks_->of_root(kNothingToDo);
        return shard_is_there();
      }
      require_own_result();
    }
    SweepJournal journal(base_, header_, study_.grid, most_counters_);
    for (const std::string& warning : journal.warnings()) fmt::print(stderr, "balassa: warning: {}\n", warning);
    if (const int reason = run_range_of(journal)) return stopped(reason);
    const std::string cells = journal.close();
    return shard_ ? finish_shard(cells) : finish_sweep(cells);
  }

 private:
  template <class... Arguments>
  void say(fmt::format_string<Arguments...> text, Arguments&&... arguments) const {
    if (!global_.quiet) fmt::print(stderr, "{}\n", fmt::format(text, std::forward<Arguments>(arguments)...));
  }

  int run_range_of(SweepJournal& journal) {
    manifest_.phase("sweep");
    done_before_ = done_ = journal.done();
    const std::uint64_t total = header_.range.end - header_.range.begin;
    if (done_ > 0) say("{}: goes on at {} of {} scenarios", base_, done_, total);
    const auto start = std::chrono::steady_clock::now();
    const std::uint64_t finished = journal.remaining().begin - header_.range.begin;
    const double writing = shard_ ? 0.0 : write_seconds(study_.plan, study_.grid, study_.panel, study_.threads);
    Progress progress("sweep", "scenarios", total, global_.quiet, writing);
    progress.start_at(done_);
    SweepHooks hooks;
    hooks.progress = [&](std::uint64_t done) { progress.update(done_ = finished + done); };
    hooks.stop = [&] { return stop_.reason(); };
    hooks.checkpoint_every = study_.plan.checkpoint_every;
    const auto load = [&](std::size_t y) { return study_.years.load(y); };
    int reason = 0;
    if (ranks_ == nullptr) {
      reason = run_range(study_.plan, study_.grid, load, device_, journal.remaining(), journal.begun(), journal, hooks);
    } else {
      ranks_->of_root(kWork);
      reason = run_range_by_ranks(study_.plan, study_.grid, load, device_, journal.remaining(), journal.begun(),
                                  &journal, hooks, *ranks_);
    }
    seconds_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return reason;
  }

  ExitCode stopped(int reason) const {
    fmt::print(stderr,
               "balassa: stopped by {} at {} of {} scenarios, which are saved beside {}; run the same command again to "
               "continue\n",
               reason_text(reason), done_, header_.range.end - header_.range.begin, base_);
    return exit_code_of(reason);
  }

  ExitCode finish_sweep(const std::string& cells) {
    manifest_.phase("write");
    SweepAssembly work(study_.plan, study_.grid, study_.panel.locations.size(), study_.panel.products.size());
    work.add(cells);
    work.require_whole();
    SweepSummary summary(study_.plan, study_.grid, study_.panel);
    const bool replace = global_.force || own_result_;
    int reason = 0;
    try {
      reason = write_result(
          study_, replace, work, summary, [&] { return stop_.signal(); }, global_.quiet);
    } catch (const Error& error) {
      if (error.code() == ExitCode::kCannotCreate && is_there(base_)) refuse_foreign_result();
      throw;
    }
    if (reason != 0) {
      fmt::print(stderr, "balassa: stopped by {}; {} was not written; run the same command again to continue\n",
                 reason_text(reason), base_);
      return exit_code_of(reason);
    }
    manifest_.phase("");
    const std::array<std::uint64_t, 4> certification = summary.certification();
    write_manifest(certification);
    SweepJournal::discard(base_);
    print_summary(study_, summary, global_, classes_);
    say_rate();
    return verdict(certification);
  }

  // The file of cells is the shard, once it is whole and bears the shard's name.
  ExitCode finish_shard(const std::string& cells) {
    manifest_.phase("write");
    const std::array<std::uint64_t, 4> certification = certification_of(cells, most_counters_);
    if (rename(cells.c_str(), base_.c_str()) != 0) {
      throw Error(ExitCode::kIo,
                  fmt::format("{}: cannot be renamed to its final name: {}", base_, std::strerror(errno)));
    }
    sync_directory_of(base_);
    SweepJournal::discard(base_);
    const nlohmann::ordered_json shard = {{"index", shard_->index},
                                          {"count", shard_->count},
                                          {"first_scenario", header_.range.begin},
                                          {"scenarios", header_.range.end - header_.range.begin}};
    manifest_.set_json("shard", shard.dump());
    write_manifest(certification);
    if (global_.json) {
      const nlohmann::ordered_json out = {{"shard", shard},
                                          {"plan_hash", header_.plan_hash},
                                          {"certification",
                                           {{"first_pass", certification[0]},
                                            {"fp64", certification[1]},
                                            {"not_certified", certification[2]},
                                            {"unchecked", certification[3]}}}};
      fmt::print("{}\n", out.dump(2));
    } else {
      fmt::print("shard {} of {}: scenarios {} to {} of {}; {} not certified\n{}\n", shard_->index, shard_->count,
                 header_.range.begin, header_.range.end, header_.scenarios, certification[2], base_);
    }
    say_rate();
    return verdict(certification);
  }

  // A task of an array that is run again finds its shard whole.
  ExitCode shard_is_there() const {
    WorkReader file(base_);
    const WorkHeader found = decode_header(file);
    std::string other = difference(found, header_);
    if (other.empty() && found.range != header_.range) other = "another range of scenarios";
    if (!other.empty()) {
      throw Error(ExitCode::kCannotCreate,
                  fmt::format("{}: found a shard of {}; choose another output or give --force", base_, other));
    }
    const std::array<std::uint64_t, 4> certification = certification_of(base_, most_counters_);
    SweepJournal::discard(base_);
    say("{}: is whole already; nothing was done", base_);
    return verdict(certification);
  }

  // An output beside finished work was written by a run that was killed before it could clean up.
  void require_own_result() {
    if (shard_ || global_.force) return;
    own_result_ = SweepJournal::exists(base_) && is_result_of(base_, study_);
    if (own_result_) return;
    if (SweepJournal::exists(base_)) refuse_foreign_result();
    require_absent(base_, false);
  }
  // Somebody else's file took the name while this sweep was under way.
  [[noreturn]] void refuse_foreign_result() const {
    throw Error(
        ExitCode::kCannotCreate,
        fmt::format("{}: found another file, expected none; what this sweep did is kept beside it: move the file "
                    "away or give --force, and run the same command again to go on",
                    base_));
  }

  void write_manifest(const std::array<std::uint64_t, 4>& certification) {
    const DeviceDescription description = device_.describe();
    const std::uint64_t ran = done_ - done_before_;
    manifest_.certificates({certification.begin(), certification.end()});
    manifest_.device(description.name, description.model, description.simd, study_.arithmetic, description.threads);
    if (ranks_ != nullptr) manifest_.set("ranks", static_cast<std::int64_t>(ranks_->size()));
    manifest_.set("scenarios", static_cast<std::int64_t>(header_.range.end - header_.range.begin));
    manifest_.set("scenarios_continued_from", static_cast<std::int64_t>(done_before_));
    manifest_.set("scenarios_per_second", static_cast<double>(ran) / std::max(seconds_, 1e-9));
    manifest_.write(base_);
  }

  void say_rate() const {
    const DeviceDescription description = device_.describe();
    const std::uint64_t ran = done_ - done_before_;
    say("{} scenarios in {:.1f} s: {:.0f} a second on {} ({}, {} threads)", ran, seconds_,
        static_cast<double>(ran) / std::max(seconds_, 1e-9), description.name, description.simd, description.threads);
  }

  ExitCode verdict(const std::array<std::uint64_t, 4>& certification) const {
    const auto count = [&](Certification kind) { return certification[static_cast<std::size_t>(kind)]; };
    const bool uncertain = count(Certification::kNotCertified) + count(Certification::kUnchecked) > 0;
    return global_.strict && uncertain ? ExitCode::kNotCertified : ExitCode::kDone;
  }

  const SweepStudy& study_;
  const std::optional<Shard>& shard_;
  Device& device_;
  const StopRequest& stop_;
  const GlobalOptions& global_;
  bool classes_;
  Ranks* ranks_;
  Manifest& manifest_;
  std::string base_;
  WorkHeader header_;
  std::size_t most_counters_;
  std::uint64_t done_ = 0, done_before_ = 0;  // scenarios of the range
  double seconds_ = 0.0;
  bool own_result_ = false;
};

}  // namespace

void require_place(const Plan& plan, const std::string& plan_file, const std::optional<Shard>& shard, bool force,
                   bool restart) {
  const std::string base = base_of(plan, shard);
  std::vector<std::string> made = {base, manifest_of(base), base + ".lock"};
  for (const std::string& work : SweepJournal::names(base)) made.push_back(work);
  require_apart({plan.panel, plan_file}, made);
  // What may be this run's own is looked at when the panel is known.
  const bool own = shard || (SweepJournal::exists(base) && !restart);
  require_new_file(base, force || own);
}

ExitCode run_sweep(const SweepStudy& study, const std::optional<Shard>& shard, Device& device, const StopRequest& stop,
                   const SweepRunOptions& options, Manifest& manifest) {
  Ranks* ranks = options.ranks;
  if (ranks != nullptr) require_one_arithmetic(study.arithmetic, *ranks);
  const ExitCode code = ranks != nullptr && ranks->rank() != 0
                            ? assist(study, device, stop, *ranks)
                            : SweepRun(study, shard, device, stop, options, manifest).run(options.restart);
  if (ranks != nullptr) ranks->end_together();
  return code;
}

}  // namespace balassa
