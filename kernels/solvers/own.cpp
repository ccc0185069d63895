// Ours: the table product's Lanczos as the engine runs it, in each precision, and power iteration on the same product.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <stdexcept>

#include "kernels/base/workspace.hpp"
#include "kernels/cpu/cpu_device.hpp"
#include "kernels/solvers/solver_family.hpp"
#include "kernels/solvers/spectral_engine.hpp"
#include "kernels/solvers/weighted_graph.hpp"

namespace balassa {
namespace {

struct Method {
  const char* name;
  const char* method;
  const char* precision;
  SpectralRoute route;
  double tolerance;  // asked for
  double promised;
  bool digits = false;  // products of fixed-point numbers
};

// A loose fp32 residual is an estimate from the Lanczos recurrence: it may be off by fp32's rounding.
constexpr Method kMethods[] = {
    {"lanczos-fp32", "Lanczos on bits, 16-entry tables (precision fast); fp64 up to 64 locations", "fp32",
     SpectralRoute::kFast, 1e-6, 3e-6},
    {"lanczos-certified", "loose fp32 Lanczos, fp32 correction (a scenario's first pass); fp64 up to 64 locations",
     "fp32+fp64", SpectralRoute::kCertified, 1e-8, 1e-8},
    {"lanczos-mixed", "the same to a residual of 1e-10", "fp32+fp64", SpectralRoute::kMixed, 1e-10, 1e-10},
    {"lanczos-fp64", "Lanczos on bits, full reorthogonalisation (precision double)", "fp64", SpectralRoute::kDouble,
     1e-12, 1e-12},
    {"lanczos-fp64-1e-10", "the same to a residual of 1e-10", "fp64", SpectralRoute::kDouble, 1e-10, 1e-10},
    {"lanczos-digits", "lanczos-mixed with products of 22- and 44-bit fixed-point numbers", "fixed22+fixed44",
     SpectralRoute::kMixed, 1e-10, 1e-10, true},
    {"lanczos-digits-44", "lanczos-fp64-1e-10 with products of 44-bit fixed-point numbers", "fixed44",
     SpectralRoute::kDouble, 1e-10, 1e-10, true},
    {"davidson-mixed", "Davidson in fp32 preconditioned by 16 base pairs, fp32 correction", "fp32+fp64",
     SpectralRoute::kDavidson, 1e-10, 1e-10},
    {"davidson-digits", "davidson-mixed with products of 22- and 44-bit fixed-point numbers", "fixed22+fixed44",
     SpectralRoute::kDavidson, 1e-10, 1e-10, true},
    {"power", "power iteration on the same product to 1e-10", "fp64", SpectralRoute::kPower, 1e-10, 1e-10},
};

const SpectralEngine& spectral_engine() {
  const std::string name = choose_engine("").name;
  for (const SpectralEngine* engine : {&kPlainSpectral, &kAvx2Spectral, &kAvx512Spectral, &kAvx512VbmiSpectral}) {
    if (name == engine->name) return *engine;
  }
  return kPlainSpectral;
}

class Block {
 public:
  std::byte* reserve(std::size_t bytes) {
    if (bytes > size_) {
      block_.reset(static_cast<std::byte*>(::operator new[](bytes, std::align_val_t{64})));
      size_ = bytes;
    }
    return block_.get();
  }
  std::size_t size() const { return size_; }

 private:
  struct Release {
    void operator()(std::byte* block) const { ::operator delete[](block, std::align_val_t{64}); }
  };
  std::unique_ptr<std::byte[], Release> block_;
  std::size_t size_ = 0;
};

// What outlasts the preparation of a problem: bits, factors, and the vectors beside them. The rest is shared.
Placement kept_pieces() {
  Placement kept;
  for (const Piece piece : {Piece::kScalars, Piece::kLocationFp32, Piece::kProductFp32, Piece::kLocationFp64,
                            Piece::kProductFp64, Piece::kBitsByProduct, Piece::kBitsByLocation})
    kept.fast |= 1u << static_cast<int>(piece);
  return kept;
}

class OwnSolver : public EigenSolver {
 public:
  OwnSolver(const SolverDescription& description, const Method& method)
      : description_(description), method_(method), engine_(spectral_engine()) {}

  const SolverDescription& describe() const override { return description_; }

  void prepare(std::span<const SpectralProblem> problems) override {
    problems_.resize(problems.size());
    for (std::size_t k = 0; k < problems.size(); ++k) prepare_one(problems[k], problems_[k]);
  }

  void solve(std::span<SpectralSolution> solutions) override {
    if (solutions.size() != problems_.size())
      throw std::invalid_argument("eigen-solver '" + description_.name + "': found room for " +
                                  std::to_string(solutions.size()) + " solutions, expected " +
                                  std::to_string(problems_.size()) + " as prepared");
    for (std::size_t k = 0; k < problems_.size(); ++k) solve_one(problems_[k], solutions[k]);
  }

  std::size_t memory_bytes() const override {
    std::size_t bytes = shared_.size();
    for (const Prepared& p : problems_)
      bytes += p.kept.size() + (p.start.size() + p.noise.size() + p.base_value.size()) * sizeof(double) +
               p.base_vector.size() * sizeof(float);
    return bytes;
  }

 private:
  struct Prepared {
    Block kept;
    std::vector<double> start, noise;  // [Cp]
    std::vector<double> base_value;
    std::vector<float> base_vector;  // [count, Cp]
    StudyView view{};
    Workspace work{};
    DigitWorkspace digits{};
  };

  void prepare_one(const SpectralProblem& problem, Prepared& p) {
    check_problem(problem);
    p.view.locations = problem.locations;
    p.view.products = problem.products;
    p.view.padded_locations = padded(problem.locations);
    p.view.padded_products = padded(problem.products);
    p.view.precision = method_.route == SpectralRoute::kFast ? Precision::kFast : Precision::kCertified;
    Arena kept, shared;
    carve(kept, shared, p);
    const bool moved = shared.used() > shared_.size();
    shared_.reserve(shared.used());
    for (Prepared& other : problems_) {
      if (moved && other.kept.size() > 0 && &other != &p) place_workspace(other);
    }
    p.kept.reserve(kept.used());
    place_workspace(p);

    const std::size_t products = static_cast<std::size_t>(problem.products),
                      columns = static_cast<std::size_t>(p.view.padded_products);
    if (weight_.size() != products || !problem.weight.empty() || !unweighted_) {
      weight_.assign(products, 1.0);
      drawn_.assign(columns, 0);
      std::fill_n(drawn_.begin(), products, 1);
      for (std::size_t i = 0; i < problem.weight.size(); ++i) {
        weight_[i] = problem.weight[i];
        drawn_[i] = weight_[i] > 0 ? 1 : 0;
      }
      unweighted_ = problem.weight.empty();
    }
    engine_.load(p.view, {problem.presence.data(), weight_.data(), drawn_.data()}, p.work, digits_of(p));
    if (p.work.outcome->rows < 2)
      throw std::invalid_argument("spectral problem: found " + std::to_string(p.work.outcome->rows) +
                                  " locations with a link of positive weight, expected at least 2");
    set_base(problem, p);
    set_start(problem, p);
  }

  void carve(Arena& kept, Arena& shared, Prepared& p) {
    p.work = carve_workspace(kept, shared, kept_pieces(), p.view.locations, p.view.products, 1);
    if (!method_.digits) return;
    const std::size_t rows = static_cast<std::size_t>(p.view.padded_locations),
                      columns = static_cast<std::size_t>(p.view.padded_products), longest = std::max(rows, columns);
    p.digits.by_location = kept.take<std::uint8_t>(rows * columns / 8);
    p.digits.by_product = kept.take<std::uint8_t>(rows * columns / 8);
    p.digits.location_links = kept.take<double>(rows);
    p.digits.product_links = kept.take<double>(columns);
    p.digits.table = shared.take<std::uint8_t>(16 * longest);
    p.digits.low = shared.take<std::int32_t>(longest);
    p.digits.high = shared.take<std::int32_t>(longest);
    p.digits.low_sum = shared.take<double>(kTile);
  }

  const DigitWorkspace* digits_of(const Prepared& p) const { return method_.digits ? &p.digits : nullptr; }

  void place_workspace(Prepared& p) {
    const BitMatrix by_location = p.work.by_location, by_product = p.work.by_product;
    Arena kept(p.kept.reserve(0)), shared(shared_.reserve(0));
    carve(kept, shared, p);
    if (by_location.bits == nullptr) return;
    p.work.by_location.words = by_location.words;  // what the columns of a prepared one shrank to
    p.work.by_product.tiles = by_product.tiles;
    p.work.by_product_drawn.tiles = by_location.words;
  }

  static BaseView base_of(const Prepared& p) {
    return {static_cast<int>(p.base_value.size()), p.base_value.data(), p.base_vector.data()};
  }

  void set_base(const SpectralProblem& problem, Prepared& p) {
    p.base_value.clear();
    p.base_vector.clear();
    if (method_.route != SpectralRoute::kDavidson || problem.base == nullptr) return;
    const std::size_t pairs = std::min<std::size_t>(kBasePairs, problem.base->value.size()),
                      c = static_cast<std::size_t>(problem.locations),
                      padded_c = static_cast<std::size_t>(p.view.padded_locations);
    p.base_value.assign(problem.base->value.begin(), problem.base->value.begin() + static_cast<std::ptrdiff_t>(pairs));
    p.base_vector.assign(pairs * padded_c, 0.0f);
    for (std::size_t k = 0; k < pairs; ++k) {
      for (std::size_t i = 0; i < c; ++i)
        p.base_vector[k * padded_c + i] = static_cast<float>(problem.base->vector[k * c + i]);
    }
  }

  // Scores to start from: K = D^-1/2 v, of mean square 1 under D, as a baseline's; and fixed noise beside them.
  void set_start(const SpectralProblem& problem, Prepared& p) {
    const std::size_t n = static_cast<std::size_t>(p.view.padded_locations);
    p.start.assign(n, 0.0);
    p.noise.assign(n, 0.0);
    std::uint64_t state = 1;
    for (std::size_t c = 0; c < static_cast<std::size_t>(problem.locations); ++c) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      p.noise[c] = static_cast<double>(state >> 11) * 0x1p-52 - 1.0;
    }
    std::span<const double> given = problem.start;
    if (given.empty() && !p.base_value.empty())
      given = std::span(problem.base->vector).first(static_cast<std::size_t>(problem.locations));
    p.view.has_start = !given.empty();
    if (p.view.has_start) {
      double square = 0, total = 0;
      for (std::size_t c = 0; c < given.size(); ++c) {
        square += given[c] * given[c];
        total += p.work.diversity[c];
      }
      const double scale = square > 0 ? std::sqrt(total / square) : 0.0;
      for (std::size_t c = 0; c < given.size(); ++c) p.start[c] = given[c] * scale * p.work.inv_sqrt_d[c];
    }
    p.view.start = p.start.data();
    p.view.start_noise = p.noise.data();
  }

  void solve_one(Prepared& p, SpectralSolution& solution) {
    // The engine solves small ones in fp64 whatever the precision.
    const bool small = p.work.outcome->rows <= kFp64Locations && method_.route != SpectralRoute::kPower &&
                       method_.route != SpectralRoute::kDouble;
    const double tolerance = small ? std::min(method_.tolerance, 1e-10) : method_.tolerance;
    solution = SpectralSolution{};
    solution.applications = engine_.solve(small ? SpectralRoute::kDouble : method_.route, tolerance, p.view, p.work,
                                          base_of(p), digits_of(p));
    const Outcome& outcome = *p.work.outcome;
    solution.lambda2 = outcome.lambda2;
    solution.lambda3 = outcome.lambda3;
    solution.vector.assign(p.work.x, p.work.x + p.view.locations);
    // The negated test also catches a residual that is not a number.
    if (!(outcome.residual <= method_.promised)) {
      std::array<char, 96> text;
      std::snprintf(text.data(), text.size(), "not converged: residual %.1e after %lld applications, expected %.1e",
                    outcome.residual, static_cast<long long>(solution.applications), method_.promised);
      solution.failure = text.data();
    }
  }

  static constexpr std::size_t kBasePairs = 16;  // more gain nothing (SOLVERS 3.0)
  static constexpr int kFp64Locations = 64;      // fp32 gains nothing below

  SolverDescription description_;
  const Method& method_;
  const SpectralEngine& engine_;
  Block shared_;
  std::vector<Prepared> problems_;
  std::vector<std::int32_t> drawn_;  // [Pp]
  std::vector<double> weight_;       // [P]
  bool unweighted_ = false;
};

std::unique_ptr<EigenSolver> make_own(const SolverDescription& description) {
  const Method& method = *std::find_if(std::begin(kMethods), std::end(kMethods),
                                       [&](const Method& m) { return description.name == m.name; });
  return std::make_unique<OwnSolver>(description, method);
}

}  // namespace

std::vector<ListedSolver> own_solvers() {
  std::vector<ListedSolver> list;
  for (const Method& method : kMethods) {
    SolverDescription d;
    d.name = method.name;
    d.library = "balassa";
    d.method = method.method;
    d.partial = true;
    d.warm = true;
    d.uses_base = method.route == SpectralRoute::kDavidson;
    d.precision = method.precision;
    d.tolerance = method.promised;
    list.push_back({d, make_own});
  }
  return list;
}

}  // namespace balassa
