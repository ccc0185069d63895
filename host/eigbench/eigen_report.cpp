#include "host/eigbench/eigen_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace balassa {
namespace {

std::string number_text(double value, const char* format) {
  return std::isfinite(value) ? fmt::format(fmt::runtime(format), value) : "-";
}

std::string memory_text(double bytes) {
  return bytes < 1e6 ? fmt::format("{:.0f} kB", bytes / 1e3) : fmt::format("{:.1f} MB", bytes / 1e6);
}

// Half the distance of the quartiles, in per cent of the median.
std::string spread_text(const Spread& spread) {
  return spread.count < 2 || !(spread.median > 0)
             ? "-"
             : fmt::format("{:.0f}", 50 * (spread.high - spread.low) / spread.median);
}

// A row of a set's table: an entrant at all batch sizes.
struct Row {
  std::string solver;
  bool cold = false;
  std::map<int, const SolverTrial*> by_batch;
};

std::vector<Row> rows_of(const SolverComparison& study, int set) {
  std::vector<Row> rows;
  for (const SolverTrial& trial : study.trials) {
    if (trial.set != set) continue;
    auto row = std::find_if(rows.begin(), rows.end(),
                            [&](const Row& r) { return r.solver == trial.solver && r.cold == trial.cold; });
    if (row == rows.end()) row = rows.insert(rows.end(), {trial.solver, trial.cold, {}});
    row->by_batch[trial.batch] = &trial;
  }
  const auto fastest = [](const Row& row) {
    const SolverTrial& trial = *row.by_batch.rbegin()->second;
    return trial.setup.median + trial.solve.median;
  };
  std::stable_sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return fastest(a) < fastest(b); });
  return rows;
}

std::string set_text(const SolverComparison& study, int index) {
  const SetSummary& set = study.sets[index];
  std::string out = fmt::format("\n{}  {} x {}, {} problem{}\n  {}\n", set.name, set.locations, set.products,
                                set.problems, set.problems == 1 ? "" : "s", set.statement);
  out += fmt::format("  lambda_2 {}, lambda_3 {}, gap {}, density {:.3f}, participation {} ({})\n",
                     number_text(set.lambda2, "{:.6f}"), number_text(set.lambda3, "{:.6f}"),
                     number_text(set.gap, "{:.1e}"), set.density, number_text(set.participation, "{:.1f}"), set.source);
  const std::vector<Row> rows = rows_of(study, index);
  std::set<int> batches;
  for (const Row& row : rows) {
    for (const auto& [batch, trial] : row.by_batch) batches.insert(batch);
  }
  out += fmt::format("  {:<36}", "per problem");
  for (const int batch : batches) out += fmt::format(" {:>9}", fmt::format("solve @{}", batch));
  out += fmt::format(" {:>5} {:>9} {:>5} {:>9} {:>8} {:>8} {:>5}\n", "+-%", "set-up", "appl.", "memory", "residual",
                     "sine", "ranks");
  for (const Row& row : rows) {
    const SolverTrial& largest = *row.by_batch.rbegin()->second;
    const WorstAnswer worst = worst_answer(study, row.solver, row.cold, index);
    out += fmt::format("  {:<36}", entrant_name(row.solver, row.cold));
    for (const int batch : batches) {
      const auto trial = row.by_batch.find(batch);
      out += fmt::format(" {:>9}", trial == row.by_batch.end() ? "-" : time_text(trial->second->solve.median));
    }
    out += fmt::format(" {:>5} {:>9} {:>5} {:>9}", spread_text(largest.solve), time_text(largest.setup.median),
                       largest.applications > 0 ? fmt::format("{:.0f}", largest.applications) : "-",
                       memory_text(largest.memory));
    out += worst.without_vector > 0
               ? fmt::format("  no vector of {}\n", worst.without_vector)
               : fmt::format(" {:>8.0e} {:>8.0e} {:>5}\n", worst.residual, worst.sine, worst.rank_changes);
  }
  return out;
}

std::string conditions_text(const StudyConditions& c) {
  return fmt::format(
      "balassa {} eigbench, {}\n{}, {} cores, SIMD path {}\nBLAS {} (core {}), {} thread{}\n{} repetitions, solvers in "
      "turn; medians, +-% = half the quartile distance; {}; load {:.1f} before, {:.1f} after\n",
      c.version, c.start, c.cpu, c.cores, c.simd, c.blas, c.blas_core.empty() ? "not known" : c.blas_core,
      c.blas_threads, c.blas_threads == 1 ? "" : "s", c.repetitions,
      c.flushed_bytes > 0 ? fmt::format("{} walked over before each timed solve", memory_text(c.flushed_bytes))
                          : "caches left as they are",
      c.load_before, c.load_after);
}

// What a kind of finding means to who chooses a solver.
const char* meaning_of(FindingKind kind) {
  static constexpr const char* kText[kFindingKinds] = {
      "an exception in place of an answer",
      "the solver says so itself",
      "a vector that holds no numbers",
      "more than 45 degrees from the second axis: other ranks altogether",
      "scores off by more than a thousandth of their spread",
      "part of the trivial vector is left, beyond what the solver promises",
      "a vector of another length",
      "a residual beyond what the solver promises",
      "lambda_2 farther from the truth than the promised residual",
      "locations in another order than the reference's",
      "another answer to the same problem"};
  return kText[static_cast<int>(kind)];
}

// A paragraph for each kind, with the solvers that have most of it first.
std::string findings_text(const SolverComparison& study) {
  constexpr std::size_t kShown = 4;
  std::vector<FindingGroup> groups = grouped_findings(study);
  if (groups.empty()) return "\nFindings: none\n";
  std::stable_sort(groups.begin(), groups.end(), [](const FindingGroup& a, const FindingGroup& b) {
    return a.kind != b.kind ? a.kind < b.kind : a.count > b.count;
  });
  std::string out = fmt::format("\nFindings: {}. They are about solvers, not about data; --html shows each.\n",
                                study.findings.size());
  for (std::size_t first = 0, end; first < groups.size(); first = end) {
    for (end = first; end < groups.size() && groups[end].kind == groups[first].kind;) ++end;
    int count = 0;
    for (std::size_t k = first; k < end; ++k) count += groups[k].count;
    out += fmt::format("  {} ({}): {}\n", finding_text(groups[first].kind), count, meaning_of(groups[first].kind));
    for (std::size_t k = first; k < std::min(first + kShown, end); ++k) {
      const Observation& worst = groups[k].worst->observation;
      out += fmt::format("    {:<36} {} on {} set{}; worst on {}: {}{}{}\n", groups[k].entrant, groups[k].count,
                         groups[k].sets.size(), groups[k].sets.size() == 1 ? "" : "s",
                         study.sets[groups[k].worst->set].name, number_text(worst.value, "{:.2g}"),
                         std::isfinite(worst.allowed) ? fmt::format(", {:.2g} allowed", worst.allowed) : "",
                         worst.note.empty() ? "" : "; " + worst.note);
    }
    if (end - first > kShown) {
      out += "    and of";
      for (std::size_t k = first + kShown; k < end; ++k)
        out += fmt::format("{} {} ({})", k == first + kShown ? "" : ",", groups[k].entrant, groups[k].count);
      out += '\n';
    }
  }
  return out;
}

// One line a solver, with the first of its reasons.
std::string omissions_text(const SolverComparison& study) {
  if (study.omissions.empty()) return "";
  std::map<std::string, std::vector<const Omission*>> by_solver;
  for (const Omission& omission : study.omissions) by_solver[omission.solver].push_back(&omission);
  std::string out = fmt::format("\nNot run: {}\n", study.omissions.size());
  for (const auto& [solver, omissions] : by_solver) {
    const Omission& first = *omissions.front();
    out += fmt::format("  {:<36} {}{}{}{}\n", solver, first.set, first.set.empty() ? "" : ": ", first.reason,
                       omissions.size() > 1 ? fmt::format("; and {} more", omissions.size() - 1) : "");
  }
  return out;
}

std::string yes(bool value, const char* text) {
  return value ? text : "";
}

}  // namespace

std::string time_text(double seconds) {
  if (seconds < 1e-3) return fmt::format("{:.{}f} us", seconds * 1e6, seconds < 1e-4 ? 1 : 0);
  if (seconds < 1) return fmt::format("{:.{}f} ms", seconds * 1e3, seconds < 1e-2 ? 2 : seconds < 1e-1 ? 1 : 0);
  return fmt::format("{:.1f} s", seconds);
}

std::vector<FindingGroup> grouped_findings(const SolverComparison& study) {
  std::vector<FindingGroup> groups;
  for (const Finding& finding : study.findings) {
    const std::string entrant = entrant_name(finding.solver, finding.cold);
    auto group = std::find_if(groups.begin(), groups.end(), [&](const FindingGroup& g) {
      return g.entrant == entrant && g.kind == finding.observation.kind;
    });
    if (group == groups.end())
      group = groups.insert(groups.end(), {entrant, finding.observation.kind, {}, 0, &finding});
    const std::string& set = study.sets[finding.set].name;
    if (group->sets.empty() || group->sets.back() != set) group->sets.push_back(set);
    ++group->count;
    if (finding.observation.value > group->worst->observation.value) group->worst = &finding;
  }
  std::stable_sort(groups.begin(), groups.end(),
                   [](const FindingGroup& a, const FindingGroup& b) { return a.kind < b.kind; });
  return groups;
}

WorstAnswer worst_answer(const SolverComparison& study, const std::string& solver, bool cold, int set) {
  WorstAnswer worst;
  for (const SolverAnswer& answer : study.answers) {
    if (answer.set != set || answer.cold != cold || answer.solver != solver) continue;
    worst.answered = true;
    const SolutionAccuracy& accuracy = answer.accuracy;
    if (!accuracy.has_vector) {
      ++worst.without_vector;
      continue;
    }
    worst.residual = std::max(worst.residual, accuracy.residual);
    worst.sine = std::max(worst.sine, accuracy.sine);
    worst.bound = std::max(worst.bound, accuracy.bound);
    worst.trivial = std::max(worst.trivial, accuracy.trivial);
    if (std::isfinite(accuracy.lambda2_error))
      worst.lambda2_error = std::max(worst.lambda2_error, accuracy.lambda2_error);
    worst.rank_changes = std::max(worst.rank_changes, accuracy.rank_changes);
  }
  return worst;
}

std::string study_text(const SolverComparison& study) {
  std::string out = conditions_text(study.conditions);
  for (std::size_t s = 0; s < study.sets.size(); ++s) out += set_text(study, static_cast<int>(s));
  return out + findings_text(study) + omissions_text(study);
}

std::string solver_list_text(const std::vector<SolverDescription>& solvers) {
  std::string out;
  std::string library;
  for (const SolverDescription& s : solvers) {
    if (s.library != library) out += fmt::format("{}{}\n", library.empty() ? "" : "\n", s.library);
    library = s.library;
    out += fmt::format("  {:<30} {}; {} pairs, {}, {}, {}{}{}, {} on {}\n", s.name, s.method,
                       s.partial ? "leading" : "all", s.symmetric ? "symmetric" : "not symmetric",
                       s.dense ? (s.by_product ? "P x P" : "C x C") : "by products with M",
                       s.accepts == Acceptance::kBatch ? "batched" : "one at a time", yes(s.warm, ", warm start"),
                       yes(s.uses_base, ", base pairs"), s.precision, s.device);
    const double promised = s.promised_residual(240);
    if (std::isfinite(promised))
      out += fmt::format("  {:<30}   promises a residual of {:.1e} at n = 240\n", "", promised);
    if (!s.limit.empty()) out += fmt::format("  {:<30}   limit: {}\n", "", s.limit);
    if (!s.absent.empty()) out += fmt::format("  {:<30}   absent: {}\n", "", s.absent);
  }
  return out;
}

}  // namespace balassa
