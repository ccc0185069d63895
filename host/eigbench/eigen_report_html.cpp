// A study as one HTML page (eigen_report.hpp).
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "host/eigbench/eigen_report.hpp"
#include "host/report/page.hpp"

namespace balassa {
namespace {

constexpr double kFloor = 1e-17;   // errors below it are drawn there: rounding of an fp64 vector
constexpr std::size_t kPlots = 4;  // of a kind, at most
constexpr double kMicrosecond = 1e-6;

double total(const SolverTrial& trial) {
  return trial.setup.median + trial.solve.median;
}

PlotPoint timed_point(double x, const SolverTrial& trial, const std::string& title) {
  return {x, total(trial) / kMicrosecond, (trial.setup.low + trial.solve.low) / kMicrosecond,
          (trial.setup.high + trial.solve.high) / kMicrosecond,
          fmt::format("{}: {} set-up, {} solve", title, time_text(trial.setup.median), time_text(trial.solve.median))};
}

// One series per entrant, in the order and look that it has on the whole page: a solver that starts cold has the hollow
// marks of its own.
class Entrants {
 public:
  explicit Entrants(const SolverComparison& study) {
    int style = 0;
    for (const SolverDescription& solver : study.solvers) {
      for (const bool cold : {false, true}) {
        const bool there = std::any_of(study.trials.begin(), study.trials.end(), [&](const SolverTrial& trial) {
          return trial.solver == solver.name && trial.cold == cold;
        });
        if (there) looks_.push_back({entrant_name(solver.name, cold), style, cold});
      }
      ++style;
    }
  }
  // From points by entrant; entrants without any are left out.
  std::vector<PlotSeries> series(std::map<std::string, std::vector<PlotPoint>> points, bool line) const {
    std::vector<PlotSeries> all;
    for (const Look& look : looks_) {
      std::vector<PlotPoint>& own = points[look.name];
      if (own.empty()) continue;
      std::sort(own.begin(), own.end(), [](const PlotPoint& a, const PlotPoint& b) { return a.x < b.x; });
      all.push_back({look.name, std::move(own), look.style, look.hollow, line});
    }
    return all;
  }

 private:
  struct Look {
    std::string name;
    int style;
    bool hollow;
  };
  std::vector<Look> looks_;
};

int smallest_batch(const SolverComparison& study, int set) {
  int smallest = 0;
  for (const SolverTrial& trial : study.trials) {
    if (trial.set == set) smallest = smallest == 0 ? trial.batch : std::min(smallest, trial.batch);
  }
  return smallest;
}

// Of sets with equally many locations, the one in the middle by time.
std::string time_against_n(const SolverComparison& study, const Entrants& entrants) {
  std::map<std::string, std::map<int, std::vector<const SolverTrial*>>> by_size;
  for (const SolverTrial& trial : study.trials) {
    if (trial.batch == smallest_batch(study, trial.set))
      by_size[entrant_name(trial.solver, trial.cold)][study.sets[trial.set].locations].push_back(&trial);
  }
  std::map<std::string, std::vector<PlotPoint>> points;
  for (auto& [entrant, sizes] : by_size) {
    for (auto& [n, trials] : sizes) {
      std::sort(trials.begin(), trials.end(),
                [](const SolverTrial* a, const SolverTrial* b) { return total(*a) < total(*b); });
      const SolverTrial& middle = *trials[trials.size() / 2];
      points[entrant].push_back(timed_point(n, middle, entrant + " on " + study.sets[middle.set].name));
    }
  }
  return svg_of({"Time against size: set-up and solve of one problem",
                 {"locations", true, false},
                 {"microseconds per problem", true, false},
                 entrants.series(std::move(points), true)});
}

// Sets that were solved at several batch sizes, the largest first.
std::vector<int> batched_sets(const SolverComparison& study) {
  std::map<int, std::set<int>> batches;
  for (const SolverTrial& trial : study.trials) batches[trial.set].insert(trial.batch);
  std::vector<int> sets;
  for (const auto& [set, sizes] : batches) {
    if (sizes.size() > 1) sets.push_back(set);
  }
  std::reverse(sets.begin(), sets.end());  // sets are in order of size
  sets.resize(std::min(sets.size(), kPlots));
  return sets;
}

std::string throughput_against_batch(const SolverComparison& study, const Entrants& entrants) {
  std::string out;
  for (const int set : batched_sets(study)) {
    std::map<std::string, std::vector<PlotPoint>> points;
    for (const SolverTrial& trial : study.trials) {
      if (trial.set != set) continue;
      const std::string entrant = entrant_name(trial.solver, trial.cold);
      points[entrant].push_back({static_cast<double>(trial.batch), 1 / total(trial),
                                 1 / (trial.setup.high + trial.solve.high), 1 / (trial.setup.low + trial.solve.low),
                                 fmt::format("{}, batch of {}", entrant, trial.batch)});
    }
    out += svg_of({"Throughput against batch: " + study.sets[set].name,
                   {"problems given at once", true, false},
                   {"problems per second", true, false},
                   entrants.series(std::move(points), true)});
  }
  return out;
}

std::string accuracy_against(const SolverComparison& study, const Entrants& entrants, const std::string& family,
                             const std::string& title, const std::string& axis, double (*x)(const SetSummary&)) {
  std::map<std::string, std::vector<PlotPoint>> points;
  for (const SolverAnswer& answer : study.answers) {
    const SetSummary& set = study.sets[answer.set];
    if (set.family != family || !answer.accuracy.has_vector) continue;
    const std::string entrant = entrant_name(answer.solver, answer.cold);
    const double sine = std::max(answer.accuracy.sine, kFloor);
    points[entrant].push_back(
        {x(set), sine, sine, sine,
         fmt::format("{} on {}: sine {:.1e}, residual {:.1e}", entrant, set.name, sine, answer.accuracy.residual)});
  }
  if (points.empty()) return "";
  return svg_of({title,
                 {axis, true, true},
                 {"sine of the angle to the true vector", true, false},
                 entrants.series(std::move(points), true)});
}

// Entrants that no other beats in both, as a line under the points.
PlotSeries pareto_front(const std::vector<PlotSeries>& series) {
  std::vector<PlotPoint> all;
  for (const PlotSeries& each : series) all.insert(all.end(), each.points.begin(), each.points.end());
  std::sort(all.begin(), all.end(), [](const PlotPoint& a, const PlotPoint& b) { return a.x < b.x; });
  PlotSeries front{"none is faster and more accurate", {}, 7};
  front.marks = false;
  for (const PlotPoint& point : all) {
    if (front.points.empty() || point.y < front.points.back().y) front.points.push_back(point);
  }
  return front;
}

std::string time_and_error(const SolverComparison& study, const Entrants& entrants) {
  std::string out;
  std::size_t plots = 0;
  for (std::size_t s = study.sets.size(); s-- > 0 && plots < kPlots;) {
    const int set = static_cast<int>(s);
    if (study.sets[s].family != "panel" && study.sets[s].family != "synth") continue;
    std::map<std::string, std::vector<PlotPoint>> points;
    for (const SolverTrial& trial : study.trials) {
      const WorstAnswer worst = worst_answer(study, trial.solver, trial.cold, set);
      if (trial.set != set || trial.batch != smallest_batch(study, set) || !worst.answered || worst.without_vector > 0)
        continue;
      const std::string entrant = entrant_name(trial.solver, trial.cold);
      const double sine = std::max(worst.sine, kFloor);
      points[entrant].push_back({total(trial) / kMicrosecond, sine, sine, sine,
                                 fmt::format("{}: {}, sine {:.1e}", entrant, time_text(total(trial)), sine)});
    }
    if (points.empty()) continue;
    std::vector<PlotSeries> series = entrants.series(std::move(points), false);
    series.push_back(pareto_front(series));
    out += svg_of({"Time and error: " + study.sets[s].name,
                   {"microseconds per problem, set-up and solve", true, false},
                   {"worst sine of the angle to the true vector", true, false},
                   std::move(series)});
    ++plots;
  }
  return out;
}

void findings_html(const SolverComparison& study, Page& page) {
  const std::vector<FindingGroup> groups = grouped_findings(study);
  if (groups.empty())
    return page.paragraph("None: every solver kept to what it promises, and to the reference's order.");
  Table table{{"solver", "finding", "sets", "worst on", "found", "allowed", "in words"}, {}};
  for (const FindingGroup& group : groups) {
    const Observation& worst = group.worst->observation;
    table.rows.push_back({{group.entrant},
                          {finding_text(group.kind)},
                          {std::to_string(group.sets.size()), true, fmt::format("{}", fmt::join(group.sets, ", "))},
                          {study.sets[group.worst->set].name},
                          number_cell(worst.value, "{:.3g}"),
                          number_cell(worst.allowed, "{:.3g}"),
                          {worst.note}});
  }
  page.table(table);
}

void set_html(const SolverComparison& study, int index, Page& page) {
  const SetSummary& set = study.sets[index];
  page.begin_details(
      fmt::format("<b>{}</b> {} × {}: {}", escaped(set.name), set.locations, set.products, escaped(set.statement)));
  page.paragraph(
      fmt::format("λ<sub>2</sub> {:.9g}, λ<sub>3</sub> {:.9g}, gap {:.3g}, density {:.3f}, participation {:.1f}; {}.",
                  set.lambda2, set.lambda3, set.gap, set.density, set.participation, escaped(set.source)));
  Table table{{"solver", "batch", "set-up", "solve", "quartiles of solve", "applications", "memory, kB", "residual",
               "sine", "bound", "q · v", "λ₂ error", "rank changes"},
              {}};
  for (const SolverTrial& trial : study.trials) {
    if (trial.set != index) continue;
    const WorstAnswer worst = worst_answer(study, trial.solver, trial.cold, index);
    std::vector<TableCell> row = {{entrant_name(trial.solver, trial.cold)},
                                  {std::to_string(trial.batch), true},
                                  {time_text(trial.setup.median), true},
                                  {time_text(trial.solve.median), true},
                                  {time_text(trial.solve.low) + " – " + time_text(trial.solve.high), true},
                                  number_cell(trial.applications > 0 ? trial.applications : std::nan(""), "{:.0f}"),
                                  number_cell(trial.memory / 1e3, "{:.0f}")};
    if (worst.without_vector > 0) {
      row.push_back({fmt::format("no vector of {}", worst.without_vector), false, "", 6});
    } else {
      for (const double error : {worst.residual, worst.sine, worst.bound, worst.trivial, worst.lambda2_error})
        row.push_back(number_cell(error, "{:.1e}"));
      row.push_back({std::to_string(worst.rank_changes), true});
    }
    table.rows.push_back(std::move(row));
  }
  page.table(table);
  page.end_details();
}

void conditions_html(const SolverComparison& study, Page& page) {
  const StudyConditions& c = study.conditions;
  std::string problems;
  for (const std::string& text : c.problems) problems += " " + text;
  page.paragraph(fmt::format(
      "balassa {}, {}, {}, {} cores, SIMD path {}. BLAS: {}, kernels for {}, {} thread(s). Problems:{}; seed {}. {} "
      "repetitions after one that does not count; solvers take turns, each round from the next one on. Times are "
      "medians per problem, bars quartiles. {} Load {:.1f} before, {:.1f} after.",
      escaped(c.version), escaped(c.start), escaped(c.cpu), c.cores, escaped(c.simd), escaped(c.blas),
      escaped(c.blas_core.empty() ? "a core that it does not name" : c.blas_core), c.blas_threads, escaped(problems),
      c.seed, c.repetitions,
      c.flushed_bytes > 0 ? fmt::format("{:.0f} MB walked over before each timed solve.", c.flushed_bytes / 1e6)
                          : "Caches left as they are.",
      c.load_before, c.load_after));
}

void omissions_html(const SolverComparison& study, Page& page) {
  if (study.omissions.empty()) return page.paragraph("Everything was run.");
  Table table{{"solver", "set", "why"}, {}};
  for (const Omission& omission : study.omissions)
    table.rows.push_back({{omission.solver}, {omission.set}, {omission.reason}});
  page.table(table);
}

void solvers_html(const SolverComparison& study, Page& page) {
  Table table{{"solver", "library", "method", "pairs", "matrix", "precision", "promises at n = 240"}, {}};
  for (const SolverDescription& s : study.solvers) {
    table.rows.push_back({{s.name},
                          {s.library},
                          {s.method},
                          {s.partial ? "leading" : "all"},
                          {s.dense ? (s.by_product ? "P x P" : "C x C") : "none"},
                          {s.precision},
                          number_cell(s.promised_residual(240), "{:.1e}")});
  }
  page.table(table);
}

}  // namespace

std::string study_html(const SolverComparison& study) {
  const Entrants entrants(study);
  Page page("Eigen-solvers on economic complexity",
            "Eigen-solvers on the second eigenvector of D<sup>−1/2</sup> M S M<sup>T</sup> D<sup>−1/2</sup>");
  conditions_html(study, page);
  page.section("Time");
  page.html(time_against_n(study, entrants) + throughput_against_batch(study, entrants));
  page.section("Accuracy");
  page.html(accuracy_against(study, entrants, "gap", "Accuracy against gap: three communities, λ₂ = .4", "λ₂ − λ₃",
                             [](const SetSummary& set) { return set.gap; }));
  page.html(accuracy_against(study, entrants, "bridge", "Accuracy against the link of two communities", "1 − λ₂",
                             [](const SetSummary& set) { return 1 - set.lambda2; }));
  page.html(time_and_error(study, entrants));
  page.section("Findings");
  page.paragraph(
      "What stands out against the reference, which is in long double and shares no code with a solver. A vector is "
      "wrong more than 45 degrees from the true one; one is poor from a sine of 10<sup>−3</sup> on.");
  findings_html(study, page);
  page.section("Not run");
  omissions_html(study, page);
  page.section("Solvers");
  solvers_html(study, page);
  page.section("Every set");
  for (std::size_t s = 0; s < study.sets.size(); ++s) set_html(study, static_cast<int>(s), page);
  return page.text();
}

}  // namespace balassa
