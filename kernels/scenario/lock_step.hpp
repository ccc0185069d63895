// The second eigenvectors of many replicates that share one presence matrix: Lanczos in fp64 with a column for each
// replicate, all columns a step at a time, so that an application of the operator is two dense products (SOLVERS 3.1
// (e), 3.2 (2)). A product's sums have no canonical order: this is the arithmetic "gemm", never "canonical". Only the
// vector and lambda_3 come from here; residual, scores and all that follows are the scenario's own (scenario.hpp).
//
// Written once against a machine's verbs; rows are locations or products, columns replicates, columns side by side:
//
//   to_products(in, out)     out[P, R] = M^T in[C, R]
//   to_locations(in, out)    out[C, R] = M in[P, R]
//   cells(rows, step)        step(row, column) for all
//   sums(rows, step)         total[k, R] = the step's kSums sums over the rows: step(row, column, term) adds to
//                            term[kSums]. Rows c, c + 8, ... in turn, then the eight in turn
//   columns(step)            step(column) for all
//   any_open()               whether open[R] holds a 1
#pragma once

#include "kernels/base/workspace.hpp"
#include "kernels/scenario/spectrum.hpp"

namespace balassa::inline BALASSA_ISA {

inline constexpr int kRowSlices = 8;
// The residual at which a column stops: the certificate then leaves .1 % of the scenarios of a trade panel undecided.
inline constexpr double kLockStepResidual = 1e-10;

struct LockStep {
  int locations, products, columns;           // C, P, R
  int padded_locations, padded_products;      // Cp, Pp
  int first, count;                           // columns [first, first + count) hold replicates
  const std::int32_t* weight;                 // [count, Pp]
  const double *presence, *ubiquity;          // [C, P] 0 or 1, [P]
  const double *start, *start_noise;          // [Cp] as in StudyView
  double *scale, *half;                       // [P, R] w / k, and M^T of a vector
  double *diversity, *inv_sqrt_d, *trivial;   // [C, R]
  double *scaled, *image;                     // [C, R] D^-1/2 v, A v
  double* basis;                              // [kMaxSteps + 1, C, R]
  double *alpha, *beta, *ritz;                // [kMaxSteps, R]
  double *total, *previous_trivial, *length;  // [3, R], [R], [R]
  std::int32_t *open, *steps;                 // [R], [R]
  double* vector;                             // [R, Cp]
  SolvedAxis* axis;                           // [R]
  BALASSA_HD std::ptrdiff_t at(int row, int column) const {
    return static_cast<std::ptrdiff_t>(row) * columns + column;
  }
  BALASSA_HD double* basis_vector(int j) const { return basis + at(j * locations, 0); }
};

// Carves what a solve writes; the same calls measure and place.
BALASSA_HOST_HD inline void carve_lock_step(Arena& arena, LockStep& s) {
  const std::size_t c = static_cast<std::size_t>(s.locations), p = static_cast<std::size_t>(s.products),
                    r = static_cast<std::size_t>(s.columns);
  s.scale = arena.take<double>(p * r);
  s.half = arena.take<double>(p * r);
  s.diversity = arena.take<double>(c * r);
  s.inv_sqrt_d = arena.take<double>(c * r);
  s.trivial = arena.take<double>(c * r);
  s.scaled = arena.take<double>(c * r);
  s.image = arena.take<double>(c * r);
  s.basis = arena.take<double>((kMaxSteps + 1) * c * r);
  s.alpha = arena.take<double>(kMaxSteps * r);
  s.beta = arena.take<double>(kMaxSteps * r);
  s.ritz = arena.take<double>(kMaxSteps * r);
  s.total = arena.take<double>(3 * r);
  s.previous_trivial = arena.take<double>(r);
  s.length = arena.take<double>(r);
  s.open = arena.take<std::int32_t>(r);
  s.steps = arena.take<std::int32_t>(r);
  s.vector = arena.take<double>(r * static_cast<std::size_t>(s.padded_locations));
  s.axis = arena.take<SolvedAxis>(r);
}

// The steps, one struct each so that a kernel can take them. Columns without a replicate are zero throughout.
namespace lock_step {

struct TakeWeights {  // rows: products
  LockStep s;
  BALASSA_HD void operator()(int p, int r) const {
    const int k = r - s.first;
    const bool drawn = k >= 0 && k < s.count;
    s.scale[s.at(p, r)] =
        drawn ? static_cast<double>(s.weight[static_cast<std::ptrdiff_t>(k) * s.padded_products + p]) : 0.0;
  }
};

struct DivideByUbiquity {  // rows: products. A location that drops out has none but undrawn products
  LockStep s;
  BALASSA_HD void operator()(int p, int r) const {
    double& scale = s.scale[s.at(p, r)];
    scale = s.ubiquity[p] > 0.0 ? scale / s.ubiquity[p] : 0.0;
  }
};

struct SumDiversity {
  static constexpr int kSums = 1;
  LockStep s;
  BALASSA_HD void operator()(int c, int r, double* term) const { term[0] += s.diversity[s.at(c, r)]; }
};

struct Start {  // as start_vector
  LockStep s;
  BALASSA_HD void operator()(int c, int r) const {
    const std::ptrdiff_t i = s.at(c, r);
    const double root = __builtin_sqrt(s.diversity[i]), links = s.total[r];
    s.inv_sqrt_d[i] = root > 0.0 ? 1.0 / root : 0.0;
    s.trivial[i] = links > 0.0 ? root / __builtin_sqrt(links) : 0.0;
    s.image[i] = root * (kStartNoise * s.start_noise[c] + s.start[c]);
  }
};

struct DotTrivial {
  static constexpr int kSums = 1;
  LockStep s;
  BALASSA_HD void operator()(int c, int r, double* term) const {
    const std::ptrdiff_t i = s.at(c, r);
    term[0] += s.image[i] * s.trivial[i];
  }
};

struct Deflate {
  LockStep s;
  BALASSA_HD void operator()(int c, int r) const {
    const std::ptrdiff_t i = s.at(c, r);
    s.image[i] -= s.total[r] * s.trivial[i];
  }
};

struct SquareLength {
  static constexpr int kSums = 1;
  LockStep s;
  BALASSA_HD void operator()(int c, int r, double* term) const {
    const double y = s.image[s.at(c, r)];
    term[0] += y * y;
  }
};

struct Open {
  LockStep s;
  BALASSA_HD void operator()(int r) const {
    s.length[r] = __builtin_sqrt(s.total[r]);
    s.open[r] = s.length[r] > 0.0 ? 1 : 0;
    s.steps[r] = 0;
    s.previous_trivial[r] = 0.0;
    s.axis[r] = {s.vector + static_cast<std::ptrdiff_t>(r) * s.padded_locations, 0.0, 0, 0};
  }
};

// The next basis vector, 0 where the column is closed, and D^-1/2 of it.
struct NextVector {
  LockStep s;
  int j;
  BALASSA_HD void operator()(int c, int r) const {
    const std::ptrdiff_t i = s.at(c, r);
    const double v = s.open[r] != 0 ? s.image[i] / s.length[r] : 0.0;
    s.basis_vector(j)[i] = v;
    s.scaled[i] = v * s.inv_sqrt_d[i];
  }
};

struct Weigh {  // rows: products
  LockStep s;
  BALASSA_HD void operator()(int p, int r) const { s.half[s.at(p, r)] *= s.scale[s.at(p, r)]; }
};

// y . v, y . q and v . q of y = A v.
struct Dots {
  static constexpr int kSums = 3;
  LockStep s;
  int j;
  BALASSA_HD void operator()(int c, int r, double* term) const {
    const std::ptrdiff_t i = s.at(c, r);
    const double y = s.image[i] * s.inv_sqrt_d[i], v = s.basis_vector(j)[i], q = s.trivial[i];
    term[0] += y * v;
    term[1] += y * q;
    term[2] += v * q;
  }
};

// y = A v - alpha v - beta v' - what is left of q in that (see lanczos).
struct ThreeTerms {
  LockStep s;
  int j;
  BALASSA_HD void operator()(int c, int r) const {
    const std::ptrdiff_t i = s.at(c, r), columns = s.columns;
    const double a = s.total[r], b = j > 0 ? s.beta[s.at(j - 1, r)] : 0.0;
    const double of_q = s.total[columns + r] - a * s.total[2 * columns + r] - b * s.previous_trivial[r];
    double y = s.image[i] * s.inv_sqrt_d[i] - a * s.basis_vector(j)[i];
    if (j > 0) y -= b * s.basis_vector(j - 1)[i];
    s.image[i] = y - of_q * s.trivial[i];
  }
};

// Keeps alpha_j before the next sums overwrite it.
struct KeepAlpha {
  LockStep s;
  int j;
  BALASSA_HD void operator()(int r) const {
    s.alpha[s.at(j, r)] = s.total[r];
    s.previous_trivial[r] = s.total[2 * static_cast<std::ptrdiff_t>(s.columns) + r];
  }
};

// beta_j; where `test` asks for it, closes the columns that are done and notes their Ritz vector and lambda_3.
struct Test {
  LockStep s;
  int j;
  bool test;
  BALASSA_HD void operator()(int r) const {
    const double norm = __builtin_sqrt(s.total[r]);
    s.beta[s.at(j, r)] = s.length[r] = norm;
    const bool space_closed = norm <= kClosed;
    if (s.open[r] == 0 || !(test || space_closed)) return;
    const int n = j + 1;
    double alpha[kMaxSteps], beta[kMaxSteps], ritz[kMaxSteps];
    double upper = 0.0;
    for (int i = 0; i < n; ++i) {
      alpha[i] = s.alpha[s.at(i, r)];
      beta[i] = s.beta[s.at(i, r)];
      const double radius = (i > 0 ? beta[i - 1] : 0.0) + (i + 1 < n ? beta[i] : 0.0);
      upper = alpha[i] + radius > upper ? alpha[i] + radius : upper;
    }
    if (n < 2) {  // no lambda_3
      s.open[r] = 0;
      return;
    }
    const double theta = largest_root(alpha, beta, n, upper * (1.0 + 1e-12) + 1e-300);
    const double residual = beta[n - 1] * bottom_up(alpha, beta, n, theta, ritz);
    if (!space_closed && !(residual <= kLockStepResidual) && n < kMaxSteps) return;
    for (int i = 0; i < n; ++i) s.ritz[s.at(i, r)] = ritz[i];
    const double second = eigenvalue_by_halving(alpha, beta, n, 2, 0.0, theta, 30);
    s.open[r] = 0;
    s.steps[r] = n;
    s.axis[r].lambda3 = second;
    s.axis[r].steps = n;
    s.axis[r].settled = residual <= kLockStepResidual ? 1 : 0;
  }
};

struct RitzVector {  // rows: padded locations
  LockStep s;
  BALASSA_HD void operator()(int c, int r) const {
    double sum = 0.0;
    for (int j = 0; c < s.locations && j < s.steps[r]; ++j) sum += s.ritz[s.at(j, r)] * s.basis_vector(j)[s.at(c, r)];
    s.vector[static_cast<std::ptrdiff_t>(r) * s.padded_locations + c] = sum;
  }
};

}  // namespace lock_step

// Fills s.axis for the columns that hold replicates. A column's numbers depend on its place, not on its neighbours.
template <class Machine>
void solve_together(Machine& machine, const LockStep& s) {
  using namespace lock_step;
  const int c = s.locations, p = s.products;
  machine.cells(p, TakeWeights{s});
  machine.to_locations(s.scale, s.diversity);  // of whole numbers whose sums stay below 2^53: exact in any order
  machine.cells(p, DivideByUbiquity{s});
  machine.sums(c, SumDiversity{s});
  machine.cells(c, Start{s});
  machine.sums(c, DotTrivial{s});
  machine.cells(c, Deflate{s});
  machine.sums(c, SquareLength{s});
  machine.columns(Open{s});
  for (int j = 0; j < kMaxSteps; ++j) {
    machine.cells(c, NextVector{s, j});
    machine.to_products(s.scaled, s.half);
    machine.cells(p, Weigh{s});
    machine.to_locations(s.half, s.image);
    machine.sums(c, Dots{s, j});
    machine.cells(c, ThreeTerms{s, j});
    machine.columns(KeepAlpha{s, j});
    machine.sums(c, SquareLength{s});
    const bool test = j + 1 == kMaxSteps || (j + 1 >= kFirstTest && (j + 1 - kFirstTest) % 2 == 0);
    machine.columns(Test{s, j, test});
    if (test && !machine.any_open()) break;
  }
  machine.cells(s.padded_locations, RitzVector{s});
}

}  // namespace balassa::inline BALASSA_ISA
