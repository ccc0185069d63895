#include "host/eigbench/eigen_problems.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <stdexcept>

#include "host/eigbench/eigen_panels.hpp"
#include "kernels/base/philox.hpp"

namespace balassa {
namespace {

constexpr Extended kPi = std::numbers::pi_v<Extended>;
constexpr double kUnit = 0x1p-50;  // weights are multiples of it, so that sums and differences of them are exact

// A 0/1 matrix.
struct Pattern {
  int rows = 0, columns = 0;
  std::vector<std::uint8_t> cell;  // [rows, columns]
  std::uint8_t& at(int r, int k) { return cell[static_cast<std::size_t>(r) * columns + k]; }
  std::uint8_t at(int r, int k) const { return cell[static_cast<std::size_t>(r) * columns + k]; }
};

Pattern empty_pattern(int rows, int columns) {
  return {rows, columns, std::vector<std::uint8_t>(static_cast<std::size_t>(rows) * columns, 0)};
}

Pattern nested_pattern(int n) {
  Pattern pattern = empty_pattern(n, n);
  for (int r = 0; r < n; ++r) {
    for (int k = r; k < n; ++k) pattern.at(r, k) = 1;
  }
  return pattern;
}

// Independent cells whose chance falls from twice `density` in the first row to half of it in the last, as trade's does
// with diversity; no empty row or column. Small ones are nested: their second eigenvalue is 1/4.
Pattern inner_pattern(int rows, int columns, double density) {
  if (rows < 20) {
    Pattern pattern = empty_pattern(rows, columns);
    for (int r = 0; r < rows; ++r) {
      for (int k = 0; k < columns; ++k) pattern.at(r, k) = k % rows >= r || k == columns - 1 ? 1 : 0;
    }
    return pattern;
  }
  Pattern pattern = empty_pattern(rows, columns);
  for (int r = 0; r < rows; ++r) {
    const double chance = density * std::exp2(1.0 - 2.0 * r / (rows - 1));
    for (int k = 0; k < columns; ++k) {
      const Philox4 drawn = draw_block(static_cast<std::uint64_t>(rows), static_cast<std::uint64_t>(r),
                                       static_cast<std::uint32_t>(k), Purpose::kSynthetic);
      pattern.at(r, k) = drawn.word[0] < chance * 4294967296.0 ? 1 : 0;
    }
    pattern.at(r, r % columns) = 1;
  }
  for (int k = 0; k < columns; ++k) pattern.at(k % rows, k) = 1;
  return pattern;
}

SpectralProblem problem_of(const Pattern& pattern) {
  SpectralProblem problem;
  problem.locations = pattern.rows;
  problem.products = pattern.columns;
  problem.presence = pattern.cell;
  return problem;
}

ExtendedVector normalised(ExtendedVector v) {
  const Extended norm = std::sqrt(dot(v, v));
  for (Extended& x : v) x /= norm;
  return v;
}

ProblemSet set_of(std::string name, std::string family, SpectralProblem problem) {
  ProblemSet set{std::move(name), std::move(family), "", problem.locations, problem.products, {}, {}};
  set.problems.push_back(std::move(problem));
  return set;
}

KnownSpectrum closed_form(Extended lambda2, Extended below, std::vector<ExtendedVector> axes) {
  return {lambda2, below, std::move(axes), "closed form"};
}

// N with its weights, and what is known of its A, all of whose weighted diversities are 1.
struct Communities {
  Pattern pattern;             // [communities, types of product]
  std::vector<double> weight;  // [types]
  Extended lambda2, below;     // of N, beside the trivial 1; below: NaN where there is none
  std::vector<ExtendedVector> axes;
};

// M = N (x) B: location r k + i is place r of community i, product j t + s is column j of type s.
ProblemSet kronecker(std::string name, std::string family, const Communities& outer, const Pattern& inner) {
  const int k = outer.pattern.rows, types = outer.pattern.columns;
  Pattern whole = empty_pattern(inner.rows * k, inner.columns * types);
  for (int r = 0; r < inner.rows; ++r) {
    for (int j = 0; j < inner.columns; ++j) {
      if (inner.at(r, j) == 0) continue;
      for (int i = 0; i < k; ++i) {
        for (int s = 0; s < types; ++s) whole.at(r * k + i, j * types + s) = outer.pattern.at(i, s);
      }
    }
  }
  ProblemSet set = set_of(std::move(name), std::move(family), problem_of(whole));
  for (int p = 0; p < whole.columns; ++p) set.problems.front().weight.push_back(outer.weight[p % types]);

  const ReferenceOperator b(problem_of(inner));
  const Extended within = solve_reference(b).lambda2;  // lambda_2 of B
  const Extended below = std::isnan(outer.below) ? within : std::max(outer.below, within);
  if (!(within < (std::isnan(outer.below) ? outer.lambda2 : outer.below))) {
    throw std::logic_error(fmt::format("{}: found lambda_2 {} within a community, expected less than between them",
                                       set.name, static_cast<double>(within)));
  }
  std::vector<ExtendedVector> axes;
  for (const ExtendedVector& axis : outer.axes) {
    ExtendedVector v;
    for (int r = 0; r < inner.rows; ++r) {
      for (int i = 0; i < k; ++i) v.push_back(axis[i] * b.trivial()[r]);
    }
    axes.push_back(normalised(std::move(v)));
  }
  set.known.push_back(closed_form(outer.lambda2, below, std::move(axes)));
  return set;
}

double multiple_of_unit(double x) {
  return std::round(x / kUnit) * kUnit;
}

}  // namespace

ProblemSet nested_problem(int n) {
  ProblemSet set = set_of(fmt::format("nested-{}", n), "nested", problem_of(nested_pattern(n)));
  set.statement = "eigenvalues 1 / k^2, the vector linear in the rank";
  // d_r = n - r, r from 0; the linear vector with sum d x = 0 is r - (n - 1) / 3.
  ExtendedVector v;
  for (int r = 0; r < n; ++r) v.push_back(std::sqrt(static_cast<Extended>(n - r)) * (3 * r - (n - 1)));
  set.known.push_back(closed_form(0.25L, n > 2 ? 1.0L / 9 : KnownSpectrum::kNone, {normalised(std::move(v))}));
  return set;
}

ProblemSet ring_problem(int n) {
  Pattern pattern = empty_pattern(n, n);
  ExtendedVector even, odd;
  for (int c = 0; c < n; ++c) {
    pattern.at(c, c) = pattern.at(c, (c + 1) % n) = 1;
    even.push_back(std::cos(2 * kPi * c / n));
    odd.push_back(std::sin(2 * kPi * c / n));
  }
  ProblemSet set = set_of(fmt::format("ring-{}", n), "tie", problem_of(pattern));
  set.statement = "a ring: lambda_2 = lambda_3, the second axis is a plane";
  set.known.push_back(closed_form((1 + std::cos(2 * kPi / n)) / 2, (1 + std::cos(4 * kPi / n)) / 2,
                                  {normalised(std::move(even)), normalised(std::move(odd))}));
  return set;
}

ProblemSet path_problem(int n) {
  Pattern pattern = empty_pattern(n, n - 1);
  ExtendedVector v;
  for (int c = 0; c < n; ++c) {
    if (c > 0) pattern.at(c, c - 1) = 1;
    if (c < n - 1) pattern.at(c, c) = 1;
    const Extended diversity = c == 0 || c == n - 1 ? 1 : 2;
    v.push_back(std::sqrt(diversity) * std::cos(kPi * c / (n - 1)));
  }
  ProblemSet set = set_of(fmt::format("path-{}", n), "path", problem_of(pattern));
  set.statement = "a path: eigenvalues crowd at 1";
  set.known.push_back(closed_form((1 + std::cos(kPi / (n - 1))) / 2, (1 + std::cos(2 * kPi / (n - 1))) / 2,
                                  {normalised(std::move(v))}));
  return set;
}

ProblemSet worked_problem() {
  ProblemSet set = set_of("table-1", "worked", problem_of({4, 4, {1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1}}));
  set.statement = "table 1 of Lyubimov, Gvozdeva and Lysyuk";
  // (x - 1)(x^3 - 5/6 x^2 + 17/96 x - 1/96) (METHODS A1.2): Newton's method from its ten digits.
  const auto root = [](Extended x) {
    for (int k = 0; k < 20; ++k) {
      const Extended value = ((x - 5.0L / 6) * x + 17.0L / 96) * x - 1.0L / 96;
      x -= value / ((3 * x - 5.0L / 3) * x + 17.0L / 96);
    }
    return x;
  };
  const Extended lambda = root(0.5421337132L);
  // W x = lambda x with x_1 = 1, from rows 2, 3 and 4 of W; then v = D^1/2 x.
  const Extended x2 = 0.5L / (lambda - 0.5L);
  const Extended a = lambda - 5.0L / 12, b = lambda - 1.0L / 3, determinant = a * b - 1.0L / 18;
  const Extended x3 = (5.0L / 12 * b + 1.0L / 18) / determinant, x4 = (a / 3 + 5.0L / 36) / determinant;
  set.known.push_back(closed_form(lambda, root(0.1901543016L), {normalised({2, x2, std::sqrt(Extended{2}) * x3, x4})}));
  return set;
}

ProblemSet gap_problem(int locations, int products, double gap) {
  // Each two communities share a product, own ones fill every diversity up to 1: A = I - L / 2 with L the Laplacian of
  // the weights of the three pairs. (1, 1, -2) has 1 - 3/2 b, (1, -1, 0) has 1 - a - b/2.
  const double b = 0.4, a = b + multiple_of_unit(gap);
  Communities outer;
  outer.pattern = {3, 6, {1, 0, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 1}};
  const double shared = std::round(b / kUnit) * kUnit, first = std::round(a / kUnit) * kUnit;
  outer.weight = {1 - first - shared, 1 - first - shared, 1 - shared - shared, first, shared, shared};
  outer.lambda2 = 1 - 1.5L * shared;
  outer.below = 1 - static_cast<Extended>(first) - 0.5L * shared;
  outer.axes.push_back(normalised({1, 1, -2}));
  const bool tied = first == shared;
  if (tied) {
    outer.axes.push_back(normalised({1, -1, 0}));
    outer.below = KnownSpectrum::kNone;
  }
  const std::string name = tied ? fmt::format("tie-{}", locations / 3 * 3) : fmt::format("gap-{:.0e}", gap);
  ProblemSet set = kronecker(name, tied ? "tie" : "gap", outer, inner_pattern(locations / 3, products / 6, 0.15));
  set.statement = tied ? "three equal communities: lambda_2 = lambda_3"
                       : fmt::format("three communities: lambda_2 = .4, lambda_2 - lambda_3 = {:.6e}",
                                     static_cast<double>(outer.lambda2 - outer.below));
  return set;
}

ProblemSet bridge_problem(int locations, int products, double link) {
  const double shared = multiple_of_unit(link);
  Communities outer;
  outer.pattern = {2, 3, {1, 0, 1, 0, 1, 1}};
  outer.weight = {1 - shared, 1 - shared, shared};
  outer.lambda2 = 1 - static_cast<Extended>(shared);
  outer.below = KnownSpectrum::kNone;
  outer.axes.push_back(normalised({1, -1}));
  const int side = locations / 2 * 2;
  const std::string name = shared == 0 ? fmt::format("disconnected-{}", side) : fmt::format("bridge-{:.0e}", link);
  ProblemSet set =
      kronecker(name, shared == 0 ? "disconnected" : "bridge", outer, inner_pattern(locations / 2, products / 3, 0.15));
  set.statement =
      shared == 0 ? "two components: lambda_2 = 1" : fmt::format("two communities: 1 - lambda_2 = {:.6e}", shared);
  return set;
}

ProblemSet bridging_cell_problem(int locations, int products) {
  const Pattern inner = inner_pattern(locations / 2, products / 2, 0.15);
  Pattern whole = empty_pattern(2 * inner.rows, 2 * inner.columns);
  for (int r = 0; r < inner.rows; ++r) {
    for (int k = 0; k < inner.columns; ++k) whole.at(2 * r, 2 * k) = whole.at(2 * r + 1, 2 * k + 1) = inner.at(r, k);
  }
  whole.at(0, 1) = 1;
  ProblemSet set = set_of(fmt::format("bridging-cell-{}", whole.rows), "cell", problem_of(whole));
  set.statement = "two copies of one matrix that a single cell joins";
  return set;
}

ProblemSet localised_problem(int locations, int products, double threshold) {
  PanelProblems request;
  request.thresholds = {threshold};
  request.replicates = 0;
  ProblemSet set = std::move(synthetic_problems(locations, products, 0.15, 42, request).front());
  set.name = fmt::format("localised-t{:g}", threshold);
  set.family = "localised";
  set.statement = fmt::format("synthetic trade at RCA >= {:g}: few locations carry the vector", threshold);
  return set;
}

std::vector<ProblemSet> hard_problems() {
  std::vector<ProblemSet> sets;
  sets.push_back(worked_problem());
  for (const int n : {4, 64, 512}) sets.push_back(nested_problem(n));
  for (const int n : {4, 32}) sets.push_back(ring_problem(n));
  for (const int n : {8, 64}) sets.push_back(path_problem(n));
  sets.push_back(gap_problem(6, 12, 0));
  sets.push_back(gap_problem(240, 1236, 0));
  for (int k = 1; k <= 12; ++k) sets.push_back(gap_problem(240, 1236, std::pow(10.0, -k)));
  for (const double link : {1e-3, 1e-6, 1e-9, 1e-12, 0.0}) sets.push_back(bridge_problem(240, 1239, link));
  sets.push_back(bridging_cell_problem(240, 1240));
  for (const double threshold : {4.0, 8.0}) sets.push_back(localised_problem(240, 1240, threshold));
  sets.push_back(bridge_problem(5570, 1239, 0.5));
  return sets;
}

}  // namespace balassa
