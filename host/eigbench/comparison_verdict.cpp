#include "host/eigbench/comparison_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "host/eigbench/eigen_report.hpp"

namespace balassa {
namespace {

using Key = std::tuple<std::string, std::string, int>;  // set, entrant, batch

std::map<Key, const SolverTrial*> trials_of(const SolverComparison& study) {
  std::map<Key, const SolverTrial*> trials;
  for (const SolverTrial& trial : study.trials)
    trials[{study.sets[trial.set].name, entrant_name(trial.solver, trial.cold), trial.batch}] = &trial;
  return trials;
}

// Worst sine by set and entrant; 1 where there is no vector.
std::map<std::pair<std::string, std::string>, double> sines_of(const SolverComparison& study) {
  std::map<std::pair<std::string, std::string>, double> sines;
  for (const SolverAnswer& answer : study.answers) {
    double& worst = sines[{study.sets[answer.set].name, entrant_name(answer.solver, answer.cold)}];
    worst = std::max(worst, answer.accuracy.has_vector ? answer.accuracy.sine : 1.0);
  }
  return sines;
}

double total(const SolverTrial& trial) {
  return trial.setup.median + trial.solve.median;
}

double relative_spread(const SolverTrial& trial) {
  const double half = (trial.setup.high - trial.setup.low + trial.solve.high - trial.solve.low) / 2;
  return total(trial) > 0 ? half / total(trial) : 0;
}

std::string machine_change(const StudyConditions& before, const StudyConditions& after) {
  const auto differs = [](const char* what, const auto& a, const auto& b) {
    return a == b ? std::string() : fmt::format("{} was {}, is {}", what, a, b);
  };
  for (const std::string& change :
       {differs("the CPU", before.cpu, after.cpu), differs("the BLAS", before.blas, after.blas),
        differs("its core type", before.blas_core, after.blas_core),
        differs("its threads", before.blas_threads, after.blas_threads),
        differs("the SIMD path", before.simd, after.simd),
        differs("flushed bytes", before.flushed_bytes, after.flushed_bytes)}) {
    if (!change.empty()) return change;
  }
  return "";
}

}  // namespace

bool Comparison::regressed() const {
  return std::any_of(times.begin(), times.end(), [](const TimeChange& t) { return t.verdict == Verdict::kSlower; }) ||
         std::any_of(accuracies.begin(), accuracies.end(), [](const AccuracyChange& a) { return a.worse; });
}

Comparison compare_studies(const SolverComparison& before, const SolverComparison& after) {
  Comparison comparison;
  comparison.other_machine = machine_change(before.conditions, after.conditions);
  const auto old_trials = trials_of(before), new_trials = trials_of(after);
  const auto label = [](const Key& key) {
    return fmt::format("{} on {}, batch of {}", std::get<1>(key), std::get<0>(key), std::get<2>(key));
  };
  for (const auto& [key, trial] : old_trials) {
    if (new_trials.count(key) == 0) comparison.only_before.push_back(label(key));
  }
  for (const auto& [key, trial] : new_trials) {
    const auto found = old_trials.find(key);
    if (found == old_trials.end()) {
      comparison.only_after.push_back(label(key));
      continue;
    }
    TimeChange change{std::get<1>(key), std::get<0>(key), std::get<2>(key), total(*found->second), total(*trial)};
    change.band = std::max(kLeastBand, 3 * std::hypot(relative_spread(*found->second), relative_spread(*trial)));
    if (!comparison.other_machine.empty())
      change.verdict = Verdict::kOtherMachine;
    else if (change.after > change.before * (1 + change.band))
      change.verdict = Verdict::kSlower;
    else if (change.after * (1 + change.band) < change.before)
      change.verdict = Verdict::kFaster;
    comparison.times.push_back(std::move(change));
  }
  const auto old_sines = sines_of(before);
  for (const auto& [key, sine] : sines_of(after)) {
    const auto found = old_sines.find(key);
    if (found == old_sines.end()) continue;
    AccuracyChange change{key.second, key.first, found->second, sine};
    change.worse = sine > 2 * found->second && sine > kRounding;
    change.better = found->second > 2 * sine && found->second > kRounding;
    if (change.worse || change.better) comparison.accuracies.push_back(std::move(change));
  }
  return comparison;
}

std::string comparison_text(const Comparison& comparison) {
  std::string out;
  const auto count = [&](Verdict verdict) {
    return std::count_if(comparison.times.begin(), comparison.times.end(),
                         [&](const TimeChange& change) { return change.verdict == verdict; });
  };
  if (!comparison.other_machine.empty()) {
    out += fmt::format("times are not compared: {}\n", comparison.other_machine);
  } else {
    out += fmt::format("{} slower, {} faster, {} equal within the noise of both runs\n", count(Verdict::kSlower),
                       count(Verdict::kFaster), count(Verdict::kEqual));
  }
  for (const TimeChange& change : comparison.times) {
    if (change.verdict != Verdict::kSlower && change.verdict != Verdict::kFaster) continue;
    out += fmt::format("  {:<7} {:<28} {:<32} batch {:<4} {} -> {}: {:.2f}x, noise to {:.2f}x\n",
                       change.verdict == Verdict::kSlower ? "slower" : "faster", change.solver, change.set,
                       change.batch, time_text(change.before), time_text(change.after), change.after / change.before,
                       change.verdict == Verdict::kSlower ? 1 + change.band : 1 / (1 + change.band));
  }
  if (comparison.accuracies.empty()) out += "no accuracy changed\n";
  for (const AccuracyChange& change : comparison.accuracies) {
    out += fmt::format("  {} {:<28} {:<32} sine {:.1e} -> {:.1e}\n", change.worse ? "less accurate" : "more accurate",
                       change.solver, change.set, change.before, change.after);
  }
  const auto list = [&](const char* title, const std::vector<std::string>& names) {
    if (names.empty()) return;
    out += fmt::format("{}: {} of them", title, names.size());
    for (std::size_t k = 0; k < std::min<std::size_t>(names.size(), 5); ++k) out += "; " + names[k];
    out += names.size() > 5 ? "; ...\n" : "\n";
  };
  list("only in the older one", comparison.only_before);
  list("only in the newer one", comparison.only_after);
  return out;
}

}  // namespace balassa
