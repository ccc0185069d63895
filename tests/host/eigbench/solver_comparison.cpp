// The measures of the eigen-solver study on stubs whose answers are known, right and wrong; its schedule; its limits.
#include "host/eigbench/solver_comparison.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <stdexcept>
#include <thread>

#include "io/base/error.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;

// What a stub answers to a problem; the second number counts its calls.
using Answer = std::function<SpectralSolution(const SpectralProblem&, int)>;

struct Call {
  std::string solver;
  std::size_t batch;
  bool with_start;
};

class StubSolver : public EigenSolver {
 public:
  StubSolver(SolverDescription description, Answer answer, std::vector<Call>* calls)
      : description_(std::move(description)), answer_(std::move(answer)), calls_(calls) {}
  const SolverDescription& describe() const override { return description_; }
  void prepare(std::span<const SpectralProblem> problems) override { problems_ = problems; }
  void solve(std::span<SpectralSolution> solutions) override {
    if (calls_ != nullptr) calls_->push_back({description_.name, problems_.size(), !problems_.front().start.empty()});
    for (std::size_t k = 0; k < problems_.size(); ++k) solutions[k] = answer_(problems_[k], ++count_);
  }
  std::size_t memory_bytes() const override { return 1000 * problems_.size(); }
  // A device that took 2 s a problem since its caches were flushed, and nothing where they were not.
  std::optional<double> device_seconds() const override {
    if (description_.device != "cuda") return std::nullopt;
    return flushed_ ? 2.0 * static_cast<double>(problems_.size()) : 0.0;
  }
  void flush_device() override { flushed_ = true; }

 private:
  SolverDescription description_;
  Answer answer_;
  std::vector<Call>* calls_;
  std::span<const SpectralProblem> problems_;
  int count_ = 0;
  bool flushed_ = false;
};

SolverDescription named(const std::string& name) {
  SolverDescription description;
  description.name = name;
  description.tolerance = 1e-10;
  return description;
}

// Solvers by name, for StudyHooks::make.
struct Stubs {
  std::map<std::string, std::pair<SolverDescription, Answer>> known;
  std::vector<Call> calls;
  void add(const SolverDescription& description, Answer answer) {
    known[description.name] = {description, std::move(answer)};
  }
  StudyHooks hooks() {
    StudyHooks hooks;
    hooks.make = [this](const std::string& name) -> std::unique_ptr<EigenSolver> {
      const auto& [description, answer] = known.at(name);
      return std::make_unique<StubSolver>(description, answer, &calls);
    };
    return hooks;
  }
};

// Nested of 8: lambda_k = 1 / k^2, the vector of A for k = 2 linear in the rank; the one for k = 3 from the reference
// operator, quadratic: r (r - 1) by rank with the lower ones removed.
constexpr int kSide = 8;

std::vector<double> rounded(const ExtendedVector& v) {
  return {v.begin(), v.end()};
}

ExtendedVector second_axis() {
  return nested_problem(kSide).known[0].axes[0];
}

// W maps quadratics to quadratics: the third vector is D^1/2 (r^2 + b r + c) with the products with 1 and r under D
// zero.
ExtendedVector third_axis() {
  const ReferenceOperator a(nested_problem(kSide).problems[0]);
  ExtendedVector v;
  for (int r = 0; r < kSide; ++r) v.push_back(std::sqrt(a.diversity()[r]) * r * r);
  for (const ExtendedVector& other : {a.trivial(), second_axis()}) {
    const Extended along = dot(v, other);
    for (int r = 0; r < kSide; ++r) v[r] -= along * other[r];
  }
  const Extended norm = std::sqrt(dot(v, v));
  for (Extended& x : v) x /= norm;
  return v;
}

SpectralSolution right_answer() {
  return {0.25, 1.0 / 9, rounded(second_axis()), 7, ""};
}

// cos(angle) of the second axis and sin(angle) of the third.
SpectralSolution turned_by(double angle) {
  SpectralSolution solution = right_answer();
  const ExtendedVector second = second_axis(), third = third_axis();
  for (int r = 0; r < kSide; ++r)
    solution.vector[r] =
        static_cast<double>(std::cos(Extended{angle}) * second[r] + std::sin(Extended{angle}) * third[r]);
  return solution;
}

SolutionAccuracy accuracy_of(const SpectralSolution& solution) {
  const ProblemSet set = nested_problem(kSide);
  return measure_accuracy(ReferenceOperator(set.problems[0]), set.known[0], solution);
}

TEST(EigenAccuracy, OfTheRightAnswerIsRounding) {
  const SolutionAccuracy accuracy = accuracy_of(right_answer());
  // Each entry is rounded to 2^-54 of 1 at most.
  for (const double value : {accuracy.residual, accuracy.trivial, accuracy.sine, accuracy.length_error})
    EXPECT_LE(value, 8 * 0x1p-54);
  EXPECT_EQ(accuracy.rank_changes, 0);
  EXPECT_EQ(accuracy.lambda2_error, 0);
  EXPECT_LE(accuracy.lambda3_error, 0x1p-56);
  EXPECT_NEAR(accuracy.theta, 0.25, 1e-16);
}

// v = cos t u2 + sin t u3: theta = l2 cos^2 t + l3 sin^2 t, |A v - theta v| = (l2 - l3) sin t cos t, and the bound
// residual / (theta - l3) = tan t.
TEST(EigenAccuracy, OfATurnedVectorIsTrigonometry) {
  for (const double t : {1e-8, 1e-4, 0.02, 0.5}) {
    const SolutionAccuracy accuracy = accuracy_of(turned_by(t));
    const double gap = 0.25 - 1.0 / 9;
    EXPECT_NEAR(accuracy.sine, std::sin(t), 1e-15) << t;
    EXPECT_NEAR(accuracy.residual, gap * std::sin(t) * std::cos(t), 1e-15) << t;
    EXPECT_NEAR(accuracy.theta, 0.25 - gap * std::sin(t) * std::sin(t), 1e-15) << t;
    EXPECT_NEAR(accuracy.bound, std::tan(t), 1e-14) << t;
    EXPECT_LE(accuracy.sine, accuracy.bound + 1e-15) << t;
    EXPECT_LE(accuracy.trivial, 1e-16) << t;
  }
}

TEST(EigenAccuracy, TrivialPartAndLength) {
  const ReferenceOperator a(nested_problem(kSide).problems[0]);
  SpectralSolution solution = right_answer();
  for (int r = 0; r < kSide; ++r) solution.vector[r] += 0.01 * static_cast<double>(a.trivial()[r]);
  const SolutionAccuracy accuracy = accuracy_of(solution);
  const double length = std::sqrt(1 + 1e-4);
  EXPECT_NEAR(accuracy.trivial, 0.01 / length, 1e-15);
  EXPECT_NEAR(accuracy.sine, 0.01 / length, 1e-15);
  EXPECT_NEAR(accuracy.length_error, length - 1, 1e-15);
  EXPECT_GE(accuracy.bound, accuracy.sine);
  EXPECT_NEAR(accuracy.lambda2_error, 0, 1e-16);
}

// A sign is no error; the order of two neighbours is: both change rank, nobody else.
TEST(EigenAccuracy, RankChangesAreOfTheOrder) {
  SpectralSolution solution = right_answer();
  for (double& x : solution.vector) x = -x;
  EXPECT_EQ(accuracy_of(solution).rank_changes, 0);
  // Scores of places 2 and 3 swapped; entries of v are scores times the root of the diversity, 8 - r.
  std::swap(solution.vector[2], solution.vector[3]);
  solution.vector[2] *= std::sqrt(6.0 / 5.0);
  solution.vector[3] *= std::sqrt(5.0 / 6.0);
  EXPECT_EQ(accuracy_of(solution).rank_changes, 2);
  // The first score, -7/3, moved to 4.9 beyond the last, 14/3: every location stands on the other side of it. The
  // vector still points the same way: 43.6 of its squared length of 140 turn into -91.6.
  solution = right_answer();
  solution.vector[0] = -2.1 * solution.vector[0];
  EXPECT_EQ(accuracy_of(solution).rank_changes, kSide);
}

// In a ring any vector of the plane is right; locations that tie in the truth have no order to lose.
TEST(EigenAccuracy, OfATieIsToThePlane) {
  const ProblemSet set = ring_problem(12);
  const ReferenceOperator a(set.problems[0]);
  SpectralSolution solution{
      static_cast<double>(set.known[0].lambda2), static_cast<double>(set.known[0].lambda2), {}, 1, ""};
  for (int c = 0; c < 12; ++c)
    solution.vector.push_back(static_cast<double>(0.6L * set.known[0].axes[0][c] + 0.8L * set.known[0].axes[1][c]));
  const SolutionAccuracy accuracy = measure_accuracy(a, set.known[0], solution);
  EXPECT_LE(accuracy.sine, 1e-15);
  EXPECT_LE(accuracy.lambda3_error, 1e-16);
  EXPECT_EQ(accuracy.rank_changes, 0);
}

std::vector<FindingKind> kinds_of(const std::vector<Observation>& seen) {
  std::vector<FindingKind> kinds;
  for (const Observation& each : seen) kinds.push_back(each.kind);
  return kinds;
}

std::vector<Observation> seen_in(const SpectralSolution& solution) {
  const ProblemSet set = nested_problem(kSide);
  return observe(named("stub"), set.known[0], solution, accuracy_of(solution), kSide, kSide);
}

TEST(EigenAccuracy, ObservationsNameWhatIsWrong) {
  EXPECT_TRUE(seen_in(right_answer()).empty());
  SpectralSolution third = turned_by(std::acos(-1.0) / 2);
  third.lambda2 = 1.0 / 9;
  const std::vector<Observation> seen = seen_in(third);
  EXPECT_EQ(kinds_of(seen), (std::vector{FindingKind::kWrongVector, FindingKind::kWrongValue}));
  EXPECT_THAT(seen[0].note, HasSubstr("lambda_3 = 0.111111"));
  EXPECT_NEAR(seen[0].value, 1, 1e-15);

  SpectralSolution trivial = right_answer();
  trivial.vector = rounded(ReferenceOperator(nested_problem(kSide).problems[0]).trivial());
  EXPECT_THAT(seen_in(trivial)[0].note, HasSubstr("the trivial vector"));

  EXPECT_EQ(kinds_of(seen_in(turned_by(0.01))), (std::vector{FindingKind::kPoorVector, FindingKind::kBrokenPromise}));
  EXPECT_EQ(kinds_of(seen_in(turned_by(1e-6))), std::vector{FindingKind::kBrokenPromise});

  SpectralSolution longer = right_answer();
  for (double& x : longer.vector) x *= 2;
  EXPECT_EQ(kinds_of(seen_in(longer)), std::vector{FindingKind::kNotUnit});

  // The trivial vector's eigenvalue is 1, 3/4 from lambda_2: a residual of 3/4 of its part.
  SpectralSolution left = right_answer();
  const ExtendedVector q = ReferenceOperator(nested_problem(kSide).problems[0]).trivial();
  for (int r = 0; r < kSide; ++r) left.vector[r] += 1e-5 * static_cast<double>(q[r]);
  const std::vector<Observation> part = seen_in(left);
  EXPECT_EQ(kinds_of(part), (std::vector{FindingKind::kBrokenPromise, FindingKind::kTrivialLeft}));
  EXPECT_NEAR(part[0].value, 0.75e-5, 1e-9);
  EXPECT_NEAR(part[1].value, 1e-5, 1e-9);
  EXPECT_EQ(part[1].allowed, 1e-6);
  SolverDescription loose = named("loose");
  loose.tolerance = 3e-6;
  const std::vector<Observation> of_loose =
      observe(loose, nested_problem(kSide).known[0], left, accuracy_of(left), kSide, kSide);
  EXPECT_EQ(of_loose.back().kind, FindingKind::kTrivialLeft);
  EXPECT_EQ(of_loose.back().allowed, loose.tolerance);

  SpectralSolution value = right_answer();
  value.lambda2 += 1e-6;
  EXPECT_EQ(kinds_of(seen_in(value)), std::vector{FindingKind::kWrongValue});

  SpectralSolution nothing;
  nothing.failure = "no convergence in 30 steps";
  const std::vector<Observation> failed = seen_in(nothing);
  EXPECT_EQ(kinds_of(failed), std::vector{FindingKind::kFailed});
  EXPECT_EQ(failed[0].note, "no convergence in 30 steps");

  SpectralSolution broken = right_answer();
  broken.vector[3] = std::nan("");
  EXPECT_EQ(kinds_of(seen_in(broken)), std::vector{FindingKind::kNotFinite});

  SpectralSolution ranks = right_answer();
  std::swap(ranks.vector[2], ranks.vector[3]);
  EXPECT_THAT(kinds_of(seen_in(ranks)), ::testing::Contains(FindingKind::kRankChange));
}

TEST(SolverComparison, QuartilesAreType7) {
  const Spread spread = spread_of({4, 1, 3, 2});
  EXPECT_DOUBLE_EQ(spread.low, 1.75);
  EXPECT_DOUBLE_EQ(spread.median, 2.5);
  EXPECT_DOUBLE_EQ(spread.high, 3.25);
  EXPECT_EQ(spread.count, 4);
}

StudyRequest request_for(std::vector<std::string> solvers) {
  StudyRequest request;
  request.solvers = std::move(solvers);
  request.repetitions = 4;
  request.flush = false;
  return request;
}

std::vector<ProblemSet> nested_set(int problems, bool starts = false) {
  std::vector<ProblemSet> sets{nested_problem(kSide)};
  ProblemSet& set = sets.front();
  if (starts) set.problems[0].start = right_answer().vector;
  set.problems.resize(static_cast<std::size_t>(problems), set.problems[0]);
  set.known.resize(static_cast<std::size_t>(problems), set.known[0]);
  return sets;
}

TEST(SolverComparison, RoundsTakeTurns) {
  Stubs stubs;
  for (const char* name : {"a", "b", "c"})
    stubs.add(named(name), [](const SpectralProblem&, int) { return right_answer(); });
  StudyRequest request = request_for({"a", "b", "c"});
  request.batches = {1};
  const SolverComparison study = compare_solvers(request, nested_set(1), stubs.hooks());
  std::string order;
  for (const Call& call : stubs.calls) order += call.solver;
  EXPECT_EQ(order, "abcbcacababcbca");  // a warm-up and four rounds, each from the next solver on
  ASSERT_EQ(study.trials.size(), 3u);
  EXPECT_EQ(study.trials[0].solve.count, 4);
  EXPECT_EQ(study.trials[0].applications, 7);
  EXPECT_EQ(study.trials[0].memory, 1000);
  EXPECT_TRUE(study.findings.empty());
  EXPECT_EQ(study.answers.size(), 3u);
}

TEST(SolverComparison, TimesArePerProblemAndExcludeTheWarmUp) {
  Stubs stubs;
  stubs.add(named("slow"), [](const SpectralProblem&, int call) {
    std::this_thread::sleep_for(std::chrono::milliseconds(call <= 4 ? 40 : 5));
    return right_answer();
  });
  StudyRequest request = request_for({"slow"});
  request.batches = {4};
  request.repetitions = 3;
  const SolverComparison study = compare_solvers(request, nested_set(4), stubs.hooks());
  ASSERT_EQ(study.trials.size(), 1u);
  EXPECT_GE(study.trials[0].solve.median, 0.005);
  EXPECT_LT(study.trials[0].solve.high, 0.02);
  EXPECT_EQ(study.trials[0].memory, 4000);
}

TEST(SolverComparison, ADeviceIsTimedByItsOwnClockAndItsCachesAreFlushed) {
  Stubs stubs;
  SolverDescription description = named("on the device");
  description.device = "cuda";
  stubs.add(description, [](const SpectralProblem&, int) { return right_answer(); });
  StudyRequest request = request_for({"on the device"});
  request.batches = {2};
  const SolverComparison warm = compare_solvers(request, nested_set(2), stubs.hooks());
  ASSERT_EQ(warm.trials.size(), 1u);
  EXPECT_EQ(warm.trials[0].solve.median, 0.0);
  request.flush = true;
  const SolverComparison flushed = compare_solvers(request, nested_set(2), stubs.hooks());
  EXPECT_EQ(flushed.trials[0].solve.median, 2.0);
}

TEST(SolverComparison, WarmSolversEnterTwice) {
  Stubs stubs;
  SolverDescription warm = named("warm"), plain = named("plain");
  warm.warm = true;
  for (const SolverDescription& solver : {warm, plain})
    stubs.add(solver, [](const SpectralProblem&, int) { return right_answer(); });
  StudyRequest request = request_for({"warm", "plain"});
  request.batches = {1, 2, 50};
  const SolverComparison study = compare_solvers(request, nested_set(3, true), stubs.hooks());
  std::vector<std::string> names;
  for (const SolverTrial& trial : study.trials)
    names.push_back(entrant_name(trial.solver, trial.cold) + " " + std::to_string(trial.batch));
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("warm 1", "warm, cold 1", "plain 1", "warm 2", "warm, cold 2",
                                                     "plain 2", "warm 3", "warm, cold 3", "plain 3"));
  int cold = 0;
  for (const Call& call : stubs.calls) cold += call.solver == "warm" && !call.with_start ? 1 : 0;
  EXPECT_EQ(cold, 3 * 5);
  EXPECT_EQ(study.answers.size(), 9u);  // three problems of the largest batch by three entrants
}

// What begins is told before it does, solver by solver.
TEST(SolverComparison, TellsWhatItIsAt) {
  Stubs stubs;
  for (const char* name : {"one", "two"}) {
    stubs.add(named(name), [](const SpectralProblem&, int) { return right_answer(); });
  }
  std::vector<std::string> told;
  StudyHooks hooks = stubs.hooks();
  hooks.begins = [&](const std::string& what) { told.push_back(what); };
  StudyRequest request;
  request.solvers = {"one", "two"};
  request.batches = {1};
  request.repetitions = 1;
  compare_solvers(request, {nested_problem(kSide)}, hooks);
  EXPECT_EQ(told, (std::vector<std::string>{"nested-8, set 1 of 1: the reference in long double",
                                            "nested-8, set 1 of 1, batch of 1, round 1 of 2: one",
                                            "nested-8, set 1 of 1, batch of 1, round 1 of 2: two",
                                            "nested-8, set 1 of 1, batch of 1, round 2 of 2: two",
                                            "nested-8, set 1 of 1, batch of 1, round 2 of 2: one"}));
}

TEST(SolverComparison, FailuresBecomeFindings) {
  Stubs stubs;
  stubs.add(named("thrower"),
            [](const SpectralProblem&, int) -> SpectralSolution { throw std::runtime_error("info = 3"); });
  stubs.add(named("third"), [](const SpectralProblem&, int) { return turned_by(std::acos(-1.0) / 2); });
  stubs.add(named("fickle"), [](const SpectralProblem&, int call) {
    SpectralSolution solution = right_answer();
    solution.vector[0] += call * 1e-15;
    return solution;
  });
  StudyRequest request = request_for({"thrower", "third", "fickle"});
  request.batches = {1};
  const SolverComparison study = compare_solvers(request, nested_set(1), stubs.hooks());
  std::vector<std::pair<std::string, FindingKind>> found;
  for (const Finding& finding : study.findings) found.emplace_back(finding.solver, finding.observation.kind);
  EXPECT_THAT(found, ::testing::UnorderedElementsAre(std::pair{std::string("thrower"), FindingKind::kThrew},
                                                     std::pair{std::string("third"), FindingKind::kWrongVector},
                                                     std::pair{std::string("fickle"), FindingKind::kNotRepeatable}));
  EXPECT_EQ(study.findings[0].observation.note, "info = 3");
}

TEST(SolverComparison, LimitsAreErrorsByNameAndOmissionsElse) {
  Stubs stubs;
  SolverDescription small = named("small");
  small.largest_n = 4;
  small.limit = "its documentation";
  stubs.add(small, [](const SpectralProblem&, int) { return right_answer(); });
  StudyRequest request = request_for({"small"});
  const SolverComparison study = compare_solvers(request, nested_set(1), stubs.hooks());
  EXPECT_TRUE(study.trials.empty());
  ASSERT_EQ(study.omissions.size(), 1u);
  EXPECT_THAT(study.omissions[0].reason, HasSubstr("found n 8, expected 4 at most (its documentation)"));
  request.by_name = true;
  try {
    compare_solvers(request, nested_set(1), stubs.hooks());
    FAIL() << "expected an error";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("--solvers small: nested-8: found n 8, expected 4 at most"));
  }
  EXPECT_TRUE(stubs.calls.empty());
}

// 30 ms each with a limit of 50: one turn is all. The next set is (23 / 8)^3 = 24 times the work for a solver that
// forms the matrix: .7 s, and not begun.
TEST(SolverComparison, SlowSolversAreCutShortAndLargeSetsNotBegun) {
  Stubs stubs;
  SolverDescription slow = named("slow");
  slow.dense = true;
  stubs.add(slow, [](const SpectralProblem&, int) {
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    return right_answer();
  });
  StudyRequest request = request_for({"slow"});
  request.batches = {1};
  request.limit = 0.05;
  std::vector<ProblemSet> sets = nested_set(1);
  sets.push_back(nested_problem(23));
  const SolverComparison study = compare_solvers(request, std::move(sets), stubs.hooks());
  ASSERT_EQ(study.trials.size(), 1u);
  EXPECT_EQ(study.trials[0].solve.count, 1);
  ASSERT_EQ(study.omissions.size(), 1u);
  EXPECT_THAT(study.omissions[0].set, HasSubstr("nested-23"));
  EXPECT_THAT(study.omissions[0].reason, HasSubstr("the limit is 0.05 s"));
}

}  // namespace
}  // namespace balassa
