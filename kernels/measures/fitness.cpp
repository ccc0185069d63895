// Fitness and complexity by their own fixed point (METHODS B4a; Tacchella et al. 2012), until ranks are settled, in
// logarithms where doubles would run out.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "kernels/measures/measure_context.hpp"

namespace balassa {
namespace {

constexpr int kMostIterations = 1 << 16, kFirstLook = 16;
constexpr double kHorizon = 1e5;        // two locations that would cross later than this are settled
constexpr double kTied = 1e-10;         // of ln F, and of its slope
constexpr double kLeastPlain = 1e-200;  // below it sums and reciprocals are taken in logarithms

double log_sum_exp(const std::vector<double>& x) {
  const double most = *std::max_element(x.begin(), x.end());
  double sum = 0;
  for (const double each : x) sum += std::exp(each - most);
  return most + std::log(sum);
}

void divide_by_mean(std::vector<double>& x) {
  const double mean = std::accumulate(x.begin(), x.end(), 0.0) / static_cast<double>(x.size());
  for (double& each : x) each /= mean;
}

void take_mean_off(std::vector<double>& log_x) {
  const double mean = log_sum_exp(log_x) - std::log(static_cast<double>(log_x.size()));
  for (double& each : log_x) each -= mean;
}

// F = M Q and Q = 1 / (M^T (1 / F)), both from the step before, each divided by its mean; from F = Q = 1.
class FitnessMap {
 public:
  FitnessMap(const BipartiteGraph& graph, DenseMachine& machine)
      : graph_(graph),
        machine_(machine),
        fitness_(static_cast<std::size_t>(graph.rows()), 1.0),
        complexity_(static_cast<std::size_t>(graph.columns()), 1.0) {}

  void step() {
    if (!logarithms_ && smallest() < kLeastPlain) to_logarithms();
    logarithms_ ? step_in_logarithms() : step_plainly();
  }
  std::vector<double> log_fitness() const { return logarithms_ ? fitness_ : logs_of(fitness_); }
  std::vector<double> log_complexity() const { return logarithms_ ? complexity_ : logs_of(complexity_); }

 private:
  static std::vector<double> logs_of(std::vector<double> x) {
    for (double& each : x) each = std::log(each);
    return x;
  }
  double smallest() const {
    return std::min(*std::min_element(fitness_.begin(), fitness_.end()),
                    *std::min_element(complexity_.begin(), complexity_.end()));
  }
  void to_logarithms() {
    fitness_ = logs_of(fitness_);
    complexity_ = logs_of(complexity_);
    logarithms_ = true;
  }
  void step_plainly() {
    std::vector<double> inverse(fitness_.size());
    std::transform(fitness_.begin(), fitness_.end(), inverse.begin(), [](double x) { return 1 / x; });
    fitness_ = machine_.multiply(graph_, Side::kLocations, complexity_);
    complexity_ = machine_.multiply(graph_, Side::kProducts, inverse);
    for (double& x : complexity_) x = 1 / x;
    divide_by_mean(fitness_);
    divide_by_mean(complexity_);
  }
  void step_in_logarithms() {
    std::vector<double> fitness, complexity, terms;
    for (int r = 0; r < graph_.rows(); ++r) {
      terms.clear();
      for (const std::int32_t k : graph_.products_of(r)) terms.push_back(complexity_[static_cast<std::size_t>(k)]);
      fitness.push_back(log_sum_exp(terms));
    }
    for (int k = 0; k < graph_.columns(); ++k) {
      terms.clear();
      for (const std::int32_t r : graph_.locations_of(k)) terms.push_back(-fitness_[static_cast<std::size_t>(r)]);
      complexity.push_back(-log_sum_exp(terms));
    }
    take_mean_off(fitness);
    take_mean_off(complexity);
    fitness_ = std::move(fitness);
    complexity_ = std::move(complexity);
  }

  const BipartiteGraph& graph_;
  DenseMachine& machine_;
  bool logarithms_ = false;
  std::vector<double> fitness_, complexity_;  // their logarithms, once they are too small
};

// d ln F / d ln n over the last doubling of n.
std::vector<double> slopes(const std::vector<double>& now, const std::vector<double>& half, double doubling) {
  std::vector<double> slope(now.size(), 0.0);
  for (std::size_t r = 0; r < now.size() && doubling > 0; ++r) slope[r] = (now[r] - half[r]) / doubling;
  return slope;
}

// The first step at which two neighbours in rank would cross, if each went on by its slope (Pugliese et al. 2016).
double first_crossing(const std::vector<double>& log_fitness, const std::vector<double>& slope, int n) {
  std::vector<std::size_t> falling(log_fitness.size());
  std::iota(falling.begin(), falling.end(), std::size_t{0});
  std::stable_sort(falling.begin(), falling.end(),
                   [&](std::size_t a, std::size_t b) { return log_fitness[a] > log_fitness[b]; });
  double first = std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i < falling.size(); ++i) {
    const std::size_t above = falling[i - 1], below = falling[i];
    const double lead = log_fitness[above] - log_fitness[below], gain = slope[below] - slope[above];
    if (gain <= 0 || (lead <= kTied && gain <= kTied)) continue;
    first = std::min(first, n * std::exp(lead / gain));
  }
  return first;
}

}  // namespace

void measure_fitness(MeasureContext& context) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const BipartiteGraph& graph = context.graph;
  const auto locations = static_cast<std::size_t>(context.year.locations),
             products = static_cast<std::size_t>(context.year.products);
  auto& further = context.measures.further;
  for (const char* name : {"fitness", "fitness_log", "fitness_decay"}) further[name].assign(locations, kNan);
  further["fitness_product"].assign(products, kNan);
  further["fitness_steps"] = {0};
  if (graph.rows() == 0) return;

  FitnessMap map(graph, context.machine);
  const int asked = context.request.parameters.fitness_iterations, most = asked > 0 ? asked : kMostIterations;
  std::vector<double> half = map.log_fitness(), slope(half.size(), 0.0);
  int n = 0, half_at = 0;
  for (int look = asked > 0 ? asked / 2 : kFirstLook; n < most;) {
    map.step();
    ++n;
    if (n == most && half_at > 0) slope = slopes(map.log_fitness(), half, std::log(static_cast<double>(n) / half_at));
    if (n != look) continue;
    const std::vector<double> now = map.log_fitness();
    if (half_at > 0) {
      slope = slopes(now, half, std::log(static_cast<double>(n) / half_at));
      if (asked == 0 && first_crossing(now, slope, n) > kHorizon) break;
    }
    half = now;
    half_at = n;
    look = asked > 0 ? 0 : 2 * n;
  }
  const std::vector<double> log_fitness = map.log_fitness(), log_complexity = map.log_complexity();
  for (std::size_t r = 0; r < log_fitness.size(); ++r) {
    const auto c = static_cast<std::size_t>(graph.location[r]);
    further["fitness"][c] = std::exp(log_fitness[r]);
    further["fitness_log"][c] = log_fitness[r];
    further["fitness_decay"][c] = 0.0 - slope[r];
  }
  for (std::size_t k = 0; k < log_complexity.size(); ++k)
    further["fitness_product"][static_cast<std::size_t>(graph.product[k])] = std::exp(log_complexity[k]);
  further["fitness_steps"] = {static_cast<double>(n)};
}

}  // namespace balassa
