// The problems of the eigen-solver study and its reference: held to cyclic Jacobi in long double on the full matrix,
// which is formed here by its definition.
#include "host/eigbench/eigen_problems.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "host/eigbench/eigen_panels.hpp"
#include "io/base/error.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;
using Matrix = std::vector<ExtendedVector>;

// A_ij = sum_p M_ip M_jp w_p / u_p / sqrt(d_i d_j), d_i = sum_p M_ip w_p, u_p = sum_i M_ip.
Matrix full_matrix(const SpectralProblem& problem) {
  const int n = problem.locations, products = problem.products;
  const auto weight = [&](int p) -> Extended { return problem.weight.empty() ? 1.0 : problem.weight[p]; };
  const auto m = [&](int i, int p) -> Extended { return problem.presence[static_cast<std::size_t>(i) * products + p]; };
  ExtendedVector d(n, 0), u(products, 0);
  for (int i = 0; i < n; ++i) {
    for (int p = 0; p < products; ++p) d[i] += m(i, p) * weight(p), u[p] += m(i, p);
  }
  Matrix a(n, ExtendedVector(n, 0));
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      for (int p = 0; p < products; ++p) {
        if (m(i, p) * m(j, p) > 0) a[i][j] += weight(p) / u[p] / std::sqrt(d[i] * d[j]);
      }
    }
  }
  return a;
}

struct Eigenpairs {
  ExtendedVector value;  // falling
  Matrix vector;
};

Eigenpairs jacobi(Matrix a) {
  const int n = static_cast<int>(a.size());
  Matrix v(n, ExtendedVector(n, 0));
  for (int i = 0; i < n; ++i) v[i][i] = 1;
  for (int sweep = 0; sweep < 30; ++sweep) {
    Extended off = 0;
    for (int p = 0; p < n; ++p) {
      for (int q = p + 1; q < n; ++q) {
        off = std::max(off, std::fabs(a[p][q]));
        if (std::fabs(a[p][q]) < 1e-24L) continue;
        const Extended theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
        const Extended t = std::copysign(1 / (std::fabs(theta) + std::hypot(theta, Extended{1})), theta);
        const Extended c = 1 / std::hypot(t, Extended{1}), s = t * c;
        for (int k = 0; k < n; ++k) {
          const Extended x = a[k][p], y = a[k][q];
          a[k][p] = c * x - s * y;
          a[k][q] = s * x + c * y;
        }
        for (int k = 0; k < n; ++k) {
          const Extended x = a[p][k], y = a[q][k];
          a[p][k] = c * x - s * y;
          a[q][k] = s * x + c * y;
          const Extended w = v[p][k], z = v[q][k];
          v[p][k] = c * w - s * z;
          v[q][k] = s * w + c * z;
        }
      }
    }
    if (off < 1e-24L) break;
  }
  std::vector<int> order(n);
  for (int i = 0; i < n; ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](int i, int j) { return a[i][i] > a[j][j]; });
  Eigenpairs pairs;
  for (const int i : order) {
    pairs.value.push_back(a[i][i]);
    pairs.vector.push_back(v[i]);
  }
  return pairs;
}

// Sine of the angle from `axis` to the span of Jacobi's vectors first..last.
Extended angle_to_span(const ExtendedVector& axis, const Matrix& vector, int first, int last) {
  ExtendedVector rest = axis;
  for (int k = first; k <= last; ++k) {
    const Extended along = dot(axis, vector[k]);
    for (std::size_t i = 0; i < rest.size(); ++i) rest[i] -= along * vector[k][i];
  }
  return std::sqrt(dot(rest, rest));
}

// Jacobi rotates n^2 / 2 times a sweep: 1e-17 is 200 roundoffs. An angle is a residual over the gap.
void expect_as_jacobi(const KnownSpectrum& known, const SpectralProblem& problem, const std::string& name) {
  SCOPED_TRACE(name);
  const Eigenpairs pairs = jacobi(full_matrix(problem));
  const int multiplicity = static_cast<int>(known.axes.size());
  ASSERT_GE(multiplicity, 1);
  EXPECT_NEAR(static_cast<double>(pairs.value[0] - 1), 0, 1e-17);
  // lambda_2 = 1 makes the trivial pair part of its eigenspace.
  const bool at_one = known.lambda2 == 1;
  for (int k = 1; k <= multiplicity; ++k)
    EXPECT_LE(std::fabs(pairs.value[k] - known.lambda2), 1e-17L) << "eigenvalue " << k;
  if (multiplicity + 1 < problem.locations) {
    EXPECT_LE(std::fabs(pairs.value[multiplicity + 1] - known.below), 1e-17L);
    EXPECT_GT(known.lambda2, known.below);
  }
  Extended gap = known.lambda2 - (std::isnan(known.below) ? 0 : known.below);
  if (!at_one) gap = std::min(gap, 1 - known.lambda2);
  for (int k = 0; k < multiplicity; ++k) {
    EXPECT_LE(angle_to_span(known.axes[k], pairs.vector, at_one ? 0 : 1, multiplicity), 1e-17L / gap);
    for (int j = 0; j < multiplicity; ++j)
      EXPECT_LE(std::fabs(dot(known.axes[k], known.axes[j]) - (j == k ? 1 : 0)), 1e-18L);
    EXPECT_LE(std::fabs(dot(known.axes[k], ReferenceOperator(problem).trivial())), 1e-18L);
  }
}

TEST(EigenProblems, ClosedFormsAreThoseOfTheFullMatrix) {
  std::vector<ProblemSet> sets;
  sets.push_back(worked_problem());
  for (const int n : {3, 4, 13}) sets.push_back(nested_problem(n));
  for (const int n : {4, 5, 12}) sets.push_back(ring_problem(n));
  for (const int n : {3, 8, 20}) sets.push_back(path_problem(n));
  for (const double gap : {0.1, 1e-3, 1e-9, 0.0}) sets.push_back(gap_problem(6, 12, gap));
  sets.push_back(gap_problem(62, 380, 1e-4));  // communities of 20, not nested
  sets.push_back(gap_problem(60, 380, 0));
  for (const double link : {0.5, 1e-2, 1e-6, 0.0}) sets.push_back(bridge_problem(6, 12, link));
  sets.push_back(bridge_problem(40, 300, 1e-3));
  for (const ProblemSet& set : sets) {
    ASSERT_EQ(set.known.size(), 1u);
    EXPECT_EQ(set.known[0].source, "closed form");
    expect_as_jacobi(set.known[0], set.problems[0], set.name);
  }
}

TEST(EigenProblems, TiesHaveAPlane) {
  EXPECT_TRUE(ring_problem(9).known[0].tied());
  EXPECT_TRUE(gap_problem(6, 12, 0).known[0].tied());
  EXPECT_FALSE(gap_problem(6, 12, 1e-12).known[0].tied());
}

// The weights are multiples of 2^-50 and so is the gap: what was asked for, rounded to that.
TEST(EigenProblems, GapsAreExact) {
  for (int k = 1; k <= 12; ++k) {
    const double asked = std::pow(10.0, -k);
    const KnownSpectrum known = gap_problem(6, 12, asked).known[0];
    EXPECT_LE(std::fabs(known.lambda2 - known.below - asked), 0x1p-51L) << k;
  }
}

TEST(EigenProblems, ReferenceIsJacobis) {
  PanelProblems request;
  request.replicates = 3;
  request.thresholds = {0.7, 3};
  for (const ProblemSet& set : synthetic_problems(40, 150, 0.15, 5, request)) {
    for (const SpectralProblem& problem : set.problems)
      expect_as_jacobi(solve_reference(ReferenceOperator(problem)), problem, set.name);
  }
}

// Multiple eigenvalues that one Krylov space can't show.
TEST(EigenProblems, ReferenceFindsTies) {
  std::vector<ProblemSet> sets;
  sets.push_back(ring_problem(12));
  sets.push_back(gap_problem(60, 380, 0));
  sets.push_back(bridge_problem(40, 300, 0));
  for (const ProblemSet& set : sets) {
    const KnownSpectrum found = solve_reference(ReferenceOperator(set.problems[0]));
    EXPECT_EQ(found.axes.size(), set.known[0].axes.size()) << set.name;
    expect_as_jacobi(found, set.problems[0], set.name);
  }
}

TEST(EigenProblems, ThreeComponentsAreThreefold) {
  SpectralProblem problem;
  problem.locations = problem.products = 4;
  problem.presence = {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1};
  const KnownSpectrum known = solve_reference(ReferenceOperator(problem));
  EXPECT_EQ(known.axes.size(), 2u);
  EXPECT_EQ(known.lambda3(), 1);
  EXPECT_NEAR(static_cast<double>(known.below), 0.25, 1e-18);  // nested, 2 x 2
}

TEST(EigenProblems, LocationsWithoutLinksTakeNoPart) {
  SpectralProblem problem = nested_problem(5).problems[0];
  problem.locations = 6;
  problem.presence.resize(30, 0);
  problem.weight = {1, 1, 1, 1, 1};
  const ReferenceOperator a(problem);
  EXPECT_EQ(a.links(), 15);
  const KnownSpectrum known = solve_reference(a);
  EXPECT_NEAR(static_cast<double>(known.lambda2), 0.25, 1e-17);
  EXPECT_EQ(known.axes[0][5], 0);
}

// At the size of trade the baseline's vector lies within a fraction of a radian of a replicate's (SOLVERS 3.0: .17).
TEST(EigenProblems, ReplicatesStartNearTheirAnswer) {
  PanelProblems request;
  request.replicates = 3;
  const ProblemSet set = synthetic_problems(240, 1240, 0.15, 42, request).front();
  ASSERT_EQ(set.problems.size(), 3u);
  EXPECT_NE(set.problems[0].weight, set.problems[1].weight);
  for (const SpectralProblem& problem : set.problems) {
    const ReferenceOperator a(problem);
    const ExtendedVector start(problem.start.begin(), problem.start.end());
    const KnownSpectrum known = solve_reference(a);
    EXPECT_LT(angle_to_span(start, {known.axes[0], a.trivial()}, 0, 1) / std::sqrt(dot(start, start)), 0.3L);
  }
}

TEST(EigenProblems, ReplicatesCarryTheBaselinesPairs) {
  PanelProblems request;
  request.replicates = 2;
  const ProblemSet set = synthetic_problems(60, 300, 0.15, 42, request).front();
  request.replicates = 0;
  const SpectralProblem baseline = synthetic_problems(60, 300, 0.15, 42, request).front().problems[0];
  EXPECT_TRUE(baseline.start.empty());
  const Eigenpairs pairs = jacobi(full_matrix(baseline));
  ASSERT_NE(set.problems[1].base, nullptr);
  const BasePairs& base = *set.problems[1].base;
  ASSERT_EQ(base.value.size(), static_cast<std::size_t>(kBasePairs));
  for (int k = 0; k < kBasePairs; ++k) {
    EXPECT_NEAR(base.value[k], static_cast<double>(pairs.value[k + 1]), 1e-15) << k;
    const ExtendedVector v(base.vector.begin() + 60 * k, base.vector.begin() + 60 * (k + 1));
    // Pairs are to a residual of 1e-10, a gap among the sixteen is 1e-3 or more.
    EXPECT_LT(angle_to_span(v, pairs.vector, k + 1, k + 1), 1e-6L) << k;
  }
}

TEST(EigenProblems, HardOnesSpanSizesAndGaps) {
  const std::vector<ProblemSet> sets = hard_problems();
  int least = 1 << 30, most = 0;
  std::vector<std::string> names;
  for (const ProblemSet& set : sets) {
    least = std::min(least, set.locations);
    most = std::max(most, set.locations);
    names.push_back(set.name);
    EXPECT_NE(set.statement, "") << set.name;
    EXPECT_EQ(set.problems.front().presence.size(), static_cast<std::size_t>(set.locations) * set.products);
  }
  EXPECT_EQ(least, 4);
  EXPECT_EQ(most, 5570);
  EXPECT_THAT(names, ::testing::IsSupersetOf({"gap-1e-01", "gap-1e-12", "disconnected-240", "bridging-cell-240",
                                              "localised-t8", "nested-512"}));
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::adjacent_find(names.begin(), names.end()), names.end());
}

TEST(EigenProblems, ByName) {
  EXPECT_EQ(problems_by_name("nested:4/16", 1).size(), 2u);
  EXPECT_EQ(problems_by_name("gap:6x12/12x12,gaps=1e-2/0", 1).size(), 4u);
  const std::vector<ProblemSet> sets = problems_by_name("synth:30x100,density=0.2,thresholds=1/2,replicates=2", 1);
  ASSERT_EQ(sets.size(), 2u);
  EXPECT_EQ(sets[1].problems.size(), 2u);
  // The seed of the draws is the command's.
  EXPECT_NE(sets[0].problems[0].weight,
            problems_by_name("synth:30x100,density=0.2,replicates=1", 2)[0].problems[0].weight);
}

TEST(EigenProblems, NamesThatAreNone) {
  const auto message = [](const char* text) -> std::string {
    try {
      problems_by_name(text, 1);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kUsage) << text;
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(message("easy"), HasSubstr("--problems easy: found 'easy', expected panel, synth, hard"));
  EXPECT_THAT(message("nested"), HasSubstr("found no subject"));
  EXPECT_THAT(message("hard:yes"), HasSubstr("'hard' alone"));
  EXPECT_THAT(message("nested:two"), HasSubstr("locations 'two'"));
  EXPECT_THAT(message("nested:4,size=3"), HasSubstr("key 'size', expected no keys"));
  EXPECT_THAT(message("synth:24x60,seed=1,seed=2"), HasSubstr("key 'seed' twice, expected each once"));
  EXPECT_THAT(message("synth:240"), HasSubstr("LOCATIONSxPRODUCTS"));
  EXPECT_THAT(message("synth:24x60,treshold=1"), HasSubstr("one of density, seed, thresholds, replicates, weights"));
  EXPECT_THAT(message("synth:24x60,weights=normal"), HasSubstr("bayesian, multinomial or poisson"));
  EXPECT_THAT(message("gap:240x1236,gaps=0.5"), HasSubstr("a number from 0 to 0.15"));
  EXPECT_THAT(message("synth:24x60,replicates=1.5"), HasSubstr("a whole number"));
}

}  // namespace
}  // namespace balassa
