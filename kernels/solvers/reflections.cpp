// The method of reflections as published (METHODS A1 eq. 6 to 9): even reflections of the diversity, that tend to the
// constant plus a vanishing part of the second eigenvector.
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "kernels/measures/reflections.hpp"
#include "kernels/solvers/solver_family.hpp"
#include "kernels/solvers/weighted_graph.hpp"

namespace balassa {
namespace {

// A number of reflections is what is published and what tools ask for; the variant that goes on has the two stops of
// METHODS A1.1.5.
constexpr int kMostSteps = 400, kStableRanks = 4;

// Weighted reflections k_c <- D^-1 M diag(w) k_p, k_p <- U^-1 M^T k_c, from the diversity.
class ReflectionProblem : public PreparedProblem {
 public:
  ReflectionProblem(const SpectralProblem& problem, const SolverDescription& description)
      : graph_(make_weighted_graph(problem)),
        until_stable_(description.name == "reflections-until-stable"),
        most_(until_stable_                          ? kMostSteps
              : description.name == "reflections-40" ? 40
                                                     : 20) {}

  void solve(SpectralSolution& solution) override {
    std::vector<double> k = graph_.diversity, before;
    std::vector<int> order, old_order;
    int unchanged = 0;
    for (int n = 0; n < most_; n += 2) {
      before = k;
      reflect_twice(k);
      ++solution.applications;
      if (!until_stable_) continue;
      if (spread_is_lost(k)) break;
      old_order.swap(order);
      rank(k, order);
      unchanged = order == old_order ? unchanged + 1 : 0;
      if (unchanged == kStableRanks) break;
    }
    if (spread_is_lost(k))
      solution.failure = "the spread of the reflections is below 1e-9 of their mean: what they differ by is rounding";
    // K is what is left beside the constant: its D-weighted mean off, then D^1/2 K.
    const double mean_now = mean(k), mean_before = mean(before);
    double now = 0, then = 0;
    for (std::size_t c = 0; c < k.size(); ++c) {
      k[c] -= mean_now;
      now += graph_.diversity[c] * k[c] * k[c];
      then += graph_.diversity[c] * (before[c] - mean_before) * (before[c] - mean_before);
    }
    solution.lambda3 = std::numeric_limits<double>::quiet_NaN();
    solution.lambda2 = std::sqrt(now / then);
    if (!(now > 0)) throw std::runtime_error("every location has the same reflection: nothing to rank by");
    solution.vector = from_transition(graph_, false, k.data());
  }

  std::size_t bytes() const override {
    return graph_.bytes() + static_cast<std::size_t>(2 * graph_.rows() + graph_.columns()) * sizeof(double);
  }

 private:
  void reflect_twice(std::vector<double>& k) const {
    std::vector<double> product(static_cast<std::size_t>(graph_.columns()));
    mean_over_locations(graph_.graph, k, product);
    for (int c = 0; c < graph_.rows(); ++c) {
      double sum = 0;
      for (const std::int32_t p : graph_.graph.products_of(c)) sum += graph_.weight[p] * product[p];
      k[c] = sum / graph_.diversity[c];
    }
  }

  double mean(const std::vector<double>& k) const {
    double sum = 0, total = 0;
    for (std::size_t c = 0; c < k.size(); ++c) {
      sum += graph_.diversity[c] * k[c];
      total += graph_.diversity[c];
    }
    return sum / total;
  }

  static void rank(const std::vector<double>& k, std::vector<int>& order) {
    order.resize(k.size());
    for (std::size_t c = 0; c < k.size(); ++c) order[c] = static_cast<int>(c);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return k[a] > k[b]; });
  }

  WeightedGraph graph_;
  bool until_stable_;
  int most_;
};

}  // namespace

std::vector<ListedSolver> reflection_solvers() {
  SolverDescription d;
  d.library = "balassa";
  d.partial = true;
  d.symmetric = false;
  std::vector<ListedSolver> list;
  d.name = "reflections-20";
  d.method = "20 reflections of the diversity, as published";
  list.push_back({d, make_one_by_one<ReflectionProblem>});
  d.name = "reflections-40";
  d.method = "40 reflections of the diversity";
  list.push_back({d, make_one_by_one<ReflectionProblem>});
  d.name = "reflections-until-stable";
  d.method = "reflections until the ranks stand still for 4 double steps";
  list.push_back({d, make_one_by_one<ReflectionProblem>});
  return list;
}

}  // namespace balassa
