#include "host/eigbench/solver_comparison.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <new>
#include <numeric>
#include <stdexcept>

#include "io/base/error.hpp"

namespace balassa {
namespace {

constexpr std::size_t kKeptBytes = std::size_t{64} << 20;  // a solver that holds more is made anew each round
constexpr std::size_t kLeastFlush = std::size_t{8} << 20, kMostFlush = std::size_t{64} << 20;
constexpr int kPilotSize = 300;  // locations of the matrix from which the time of large ones is foretold
constexpr int kLarge = 1500;     // from here on it is
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kMeasurable = 1e-4;  // seconds; what is faster is no ground to foretell from

double seconds_of(const std::function<void()>& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Walks over more memory than the last cache holds.
class CacheFlush {
 public:
  explicit CacheFlush(bool wanted) {
    if (!wanted) return;
    const long last = sysconf(_SC_LEVEL3_CACHE_SIZE);
    block_.assign(std::clamp(last > 0 ? 2 * static_cast<std::size_t>(last) : 0, kLeastFlush, kMostFlush), 0);
  }
  std::size_t bytes() const { return block_.size(); }
  void operator()() {
    for (std::size_t i = 0; i < block_.size(); i += 64) block_[i] = static_cast<unsigned char>(block_[i] + 1);
  }

 private:
  std::vector<unsigned char> block_;
};

// A solver as it enters a set.
struct Entrant {
  SolverDescription solver;
  bool cold = false;
  std::unique_ptr<EigenSolver> live;
  std::vector<double> setup, solve;  // seconds per problem
  std::vector<SpectralSolution> first, last;
  double spent = 0, memory = 0;
  bool out = false;  // threw, or its time is up
};

bool same_answer(const SpectralSolution& a, const SpectralSolution& b) {
  const auto same = [](double x, double y) { return std::memcmp(&x, &y, sizeof x) == 0; };
  return same(a.lambda2, b.lambda2) && a.vector.size() == b.vector.size() &&
         std::equal(a.vector.begin(), a.vector.end(), b.vector.begin(), same);
}

class StudyRun {
 public:
  StudyRun(const StudyRequest& request, std::vector<ProblemSet> sets, const StudyHooks& hooks)
      : request_(request), sets_(std::move(sets)), hooks_(hooks), flush_(request.flush) {
    std::stable_sort(sets_.begin(), sets_.end(), [](const ProblemSet& a, const ProblemSet& b) {
      return std::int64_t{a.locations} * a.products < std::int64_t{b.locations} * b.products;
    });
    for (const std::string& name : request.solvers) study_.solvers.push_back(hooks.make(name)->describe());
    study_.conditions.flushed_bytes = static_cast<double>(flush_.bytes());
    study_.conditions.repetitions = request.repetitions;
    study_.conditions.limit = request.limit;
  }

  SolverComparison run() {
    refuse_what_is_over_a_limit();
    pilot();
    for (std::size_t s = 0; s < sets_.size(); ++s) {
      hooks_.begins(fmt::format("{}, set {} of {}: the reference in long double", sets_[s].name, s + 1, sets_.size()));
      take_set(static_cast<int>(s));
      std::vector<Entrant> answered;
      for (const int batch : batches_of(sets_[s])) {
        run_batch(static_cast<int>(s), batch, answered);
      }
      for (const Entrant& entrant : answered) judge(entrant, static_cast<int>(s));
    }
    return std::move(study_);
  }

 private:
  std::vector<int> batches_of(const ProblemSet& set) const {
    std::vector<int> batches;
    for (const int batch : request_.batches) batches.push_back(std::min(batch, static_cast<int>(set.problems.size())));
    std::sort(batches.begin(), batches.end());
    batches.erase(std::unique(batches.begin(), batches.end()), batches.end());
    return batches;
  }

  static std::int64_t side_of(const SolverDescription& solver, const ProblemSet& set) {
    return solver.by_product ? set.products : set.locations;
  }

  // Empty: within the limits.
  static std::string over_limit(const SolverDescription& solver, const ProblemSet& set, int batch) {
    const std::int64_t n = side_of(solver, set);
    const auto text = [&](const char* what, std::int64_t found, std::int64_t limit) {
      return fmt::format("found {} {}, expected {} at most ({})", what, found, limit, solver.limit);
    };
    if (n < solver.smallest_n) return fmt::format("found n {}, expected {} at least", n, solver.smallest_n);
    if (solver.largest_n > 0 && n > solver.largest_n) return text("n", n, solver.largest_n);
    if (solver.accepts == Acceptance::kOne) batch = 1;
    if (solver.largest_batch > 0 && batch > solver.largest_batch)
      return text("a batch of", batch, solver.largest_batch);
    if (solver.largest_elements > 0 && n * n * batch > solver.largest_elements)
      return text("n n batch of", n * n * batch, solver.largest_elements);
    return "";
  }

  void refuse_what_is_over_a_limit() const {
    if (!request_.by_name) return;
    for (const ProblemSet& set : sets_) {
      for (const SolverDescription& solver : study_.solvers) {
        for (const int batch : batches_of(set)) {
          const std::string problem = over_limit(solver, set, batch);
          if (!problem.empty()) {
            throw Error(ExitCode::kUsage, fmt::format("--solvers {}: {}: {}; leave it out, or choose smaller problems",
                                                      solver.name, set.name, problem));
          }
        }
      }
    }
  }

  // One solve of a matrix of middling size by each solver that forms one, where a large one is to come.
  void pilot() {
    const bool large = std::any_of(sets_.begin(), sets_.end(), [](const ProblemSet& set) {
      return std::max(set.locations, set.products) > kLarge;
    });
    if (!large) return;
    const ProblemSet set = nested_problem(kPilotSize);
    for (const SolverDescription& solver : study_.solvers) {
      if (!solver.dense) continue;
      hooks_.begins(fmt::format("a pilot of n = {}: {}", kPilotSize, solver.name));
      std::vector<SpectralSolution> answer(1);
      try {
        const std::unique_ptr<EigenSolver> live = hooks_.make(solver.name);
        const double seconds = seconds_of([&] {
          live->prepare(set.problems);
          live->solve(answer);
        });
        remember(solver, set, seconds);
      } catch (const std::exception&) {
        // What is wrong with it will be told of the sets that were asked for.
      }
    }
  }

  // Seconds of a problem of this set by what a solver that forms the matrix took on others: as n^3. What an iteration
  // takes depends on the spectrum more than on the size, and is not foretold.
  static double work_of(const SolverDescription& solver, const ProblemSet& set) {
    return std::pow(static_cast<double>(side_of(solver, set)), 3);
  }
  void remember(const SolverDescription& solver, const ProblemSet& set, double seconds) {
    if (solver.dense && seconds > kMeasurable) pace_[solver.name] = {work_of(solver, set), seconds};
  }
  double foretold(const SolverDescription& solver, const ProblemSet& set) const {
    const auto pace = pace_.find(solver.name);
    if (pace == pace_.end()) return 0;
    return pace->second.second * work_of(solver, set) / pace->second.first;
  }

  // References of the set's first problems, and what the study says of it.
  void take_set(int index) {
    const ProblemSet& set = sets_[index];
    const int count = std::min(kMostAnswers, static_cast<int>(set.problems.size()));
    operators_.clear();
    known_.clear();
    for (int k = 0; k < count; ++k) {
      operators_.emplace_back(set.problems[k]);
      known_.push_back(set.known.empty() ? solve_reference(operators_.back()) : set.known[k]);
    }
    const KnownSpectrum& known = known_.front();
    SetSummary summary{set.name, set.family, set.statement, known.source, set.locations, set.products};
    summary.problems = static_cast<int>(set.problems.size());
    summary.density = static_cast<double>(operators_.front().links()) / set.locations / set.products;
    summary.lambda2 = static_cast<double>(known.lambda2);
    summary.lambda3 = static_cast<double>(known.lambda3());
    summary.gap = static_cast<double>(known.lambda2 - known.lambda3());
    summary.participation = participation_of(known);
    study_.sets.push_back(std::move(summary));
  }

  void omit(const SolverDescription& solver, const ProblemSet& set, int batch, const std::string& reason) {
    study_.omissions.push_back({solver.name, fmt::format("{}, batch of {}", set.name, batch), reason});
  }

  std::vector<Entrant> entrants_for(const ProblemSet& set, int batch) {
    const bool starts = !set.problems.front().start.empty() || set.problems.front().base != nullptr;
    std::vector<Entrant> entrants;
    for (const SolverDescription& solver : study_.solvers) {
      std::string reason = over_limit(solver, set, batch);
      const double seconds = foretold(solver, set) * batch;
      if (reason.empty() && seconds > request_.limit) {
        reason = fmt::format("would take {:.2g} s by what it took on a smaller one; the limit is {:g} s", seconds,
                             request_.limit);
      }
      if (!reason.empty()) {
        omit(solver, set, batch, reason);
        continue;
      }
      entrants.push_back({});
      entrants.back().solver = solver;
      if (!starts || !(solver.warm || solver.uses_base)) continue;
      entrants.push_back({});
      entrants.back().solver = solver;
      entrants.back().cold = true;
    }
    return entrants;
  }

  // One round of one entrant.
  void take_turn(Entrant& entrant, std::span<const SpectralProblem> problems, const ProblemSet& set) {
    const int batch = static_cast<int>(problems.size());
    std::vector<SpectralSolution> answers(problems.size());
    try {
      if (entrant.live == nullptr) entrant.live = hooks_.make(entrant.solver.name);
      const double setup = seconds_of([&] { entrant.live->prepare(problems); });
      flush_();
      if (request_.flush) entrant.live->flush_device();
      const double waited = seconds_of([&] { entrant.live->solve(answers); });
      const double solve = entrant.live->device_seconds().value_or(waited);
      entrant.memory = static_cast<double>(entrant.live->memory_bytes());
      entrant.setup.push_back(setup / batch);
      entrant.solve.push_back(solve / batch);
      entrant.spent += setup + solve;
      entrant.out = entrant.spent + setup + solve > request_.limit;
      if (entrant.first.empty()) {
        entrant.first = answers;
        remember(entrant.solver, set, (setup + solve) / batch);
      }
      entrant.last = std::move(answers);
      if (entrant.memory > static_cast<double>(kKeptBytes)) entrant.live.reset();
    } catch (const std::bad_alloc&) {
      omit(entrant.solver, set, batch, "not enough memory");
      entrant.out = true;
    } catch (const std::exception& error) {
      report(entrant, current_set_, 0, {FindingKind::kThrew, kNan, kNan, error.what()});
      entrant.out = true;
    }
  }

  void report(const Entrant& entrant, int set, int problem, Observation observation) {
    study_.findings.push_back({entrant.solver.name, entrant.cold, set, problem, std::move(observation)});
  }

  // Who has answered is kept with the answers to the largest batch that he took.
  void run_batch(int index, int batch, std::vector<Entrant>& answered) {
    const ProblemSet& set = sets_[index];
    current_set_ = index;
    std::vector<Entrant> entrants = entrants_for(set, batch);
    const std::span<const SpectralProblem> warm(set.problems.data(), static_cast<std::size_t>(batch));
    std::vector<SpectralProblem> cold;
    if (std::any_of(entrants.begin(), entrants.end(), [](const Entrant& e) { return e.cold; })) {
      cold.assign(warm.begin(), warm.end());
      for (SpectralProblem& problem : cold) {
        problem.start.clear();
        problem.base = nullptr;
      }
    }
    for (int round = 0; round <= request_.repetitions; ++round) {
      for (std::size_t k = 0; k < entrants.size(); ++k) {
        Entrant& entrant = entrants[(k + static_cast<std::size_t>(round)) % entrants.size()];
        if (entrant.out) continue;
        hooks_.begins(fmt::format("{}, set {} of {}, batch of {}, round {} of {}: {}", set.name, index + 1,
                                  sets_.size(), batch, round + 1, request_.repetitions + 1,
                                  entrant_name(entrant.solver.name, entrant.cold)));
        take_turn(entrant, entrant.cold ? std::span<const SpectralProblem>(cold) : warm, set);
      }
    }
    for (Entrant& entrant : entrants) {
      if (entrant.first.empty()) continue;
      record(entrant, index, batch);
      entrant.live.reset();
      const auto before = std::find_if(answered.begin(), answered.end(), [&](const Entrant& other) {
        return other.solver.name == entrant.solver.name && other.cold == entrant.cold;
      });
      if (before == answered.end())
        answered.push_back(std::move(entrant));
      else
        *before = std::move(entrant);
    }
  }

  // The first round, which warms caches and libraries, counts only where there was no other.
  void record(const Entrant& entrant, int index, int batch) {
    const std::ptrdiff_t from = entrant.solve.size() > 1 ? 1 : 0;
    SolverTrial trial;
    trial.solver = entrant.solver.name;
    trial.cold = entrant.cold;
    trial.set = index;
    trial.batch = batch;
    trial.setup = spread_of({entrant.setup.begin() + from, entrant.setup.end()});
    trial.solve = spread_of({entrant.solve.begin() + from, entrant.solve.end()});
    for (const SpectralSolution& answer : entrant.first)
      trial.applications += static_cast<double>(answer.applications) / static_cast<double>(entrant.first.size());
    trial.memory = entrant.memory;
    study_.trials.push_back(std::move(trial));
  }

  void judge(const Entrant& entrant, int index) {
    const ProblemSet& set = sets_[index];
    const std::size_t count = std::min(known_.size(), entrant.first.size());
    for (std::size_t k = 0; k < count; ++k) {
      const SpectralSolution& answer = entrant.first[k];
      const int problem = static_cast<int>(k);
      const SolutionAccuracy accuracy = measure_accuracy(operators_[k], known_[k], answer);
      study_.answers.push_back({entrant.solver.name, entrant.cold, index, problem, accuracy});
      for (Observation& seen : observe(entrant.solver, known_[k], answer, accuracy, set.locations, set.products))
        report(entrant, index, problem, std::move(seen));
      if (!same_answer(answer, entrant.last[k])) {
        report(entrant, index, problem, {FindingKind::kNotRepeatable, kNan, kNan, "another round gave other bits"});
      }
    }
  }

  const StudyRequest& request_;
  std::vector<ProblemSet> sets_;
  const StudyHooks& hooks_;
  CacheFlush flush_;
  SolverComparison study_;
  std::map<std::string, std::pair<double, double>> pace_;  // by solver: work and seconds of the last problem measured
  std::vector<ReferenceOperator> operators_;
  std::vector<KnownSpectrum> known_;
  int current_set_ = 0;
};

}  // namespace

Spread spread_of(std::vector<double> values) {
  Spread spread;
  spread.count = static_cast<int>(values.size());
  if (values.empty()) return spread;
  std::sort(values.begin(), values.end());
  const auto quantile = [&](double q) {  // type 7
    const double at = q * static_cast<double>(values.size() - 1);
    const std::size_t below = static_cast<std::size_t>(at);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
  };
  spread.low = quantile(0.25);
  spread.median = quantile(0.5);
  spread.high = quantile(0.75);
  return spread;
}

std::string entrant_name(const std::string& solver, bool cold) {
  return cold ? solver + ", cold" : solver;
}

SolverComparison compare_solvers(const StudyRequest& request, std::vector<ProblemSet> sets, const StudyHooks& hooks) {
  return StudyRun(request, std::move(sets), hooks).run();
}

}  // namespace balassa
