#include "kernels/cpu/measures.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/base/canonical_sum.hpp"
#include "kernels/formulas/baskets.hpp"
#include "kernels/formulas/scoring.hpp"
#include "kernels/measures/year_measures.hpp"

namespace balassa {
namespace {

struct Totals {
  std::vector<double> location, product;  // X_c [C], X_p [P]
  double grand = 0;                       // X, the canonical sum of the X_c
};

Totals canonical_totals(const Year& year) {
  const std::size_t locations = year.locations, products = year.products;
  Totals totals;
  for (std::size_t c = 0; c < locations; ++c) {
    const double* row = year.value.data() + c * products;
    totals.location.push_back(canonical_sum(products, [=](std::size_t p) { return row[p]; }));
  }
  for (std::size_t p = 0; p < products; ++p) {
    const double* column = year.value.data() + p;
    totals.product.push_back(canonical_sum(locations, [=](std::size_t c) { return column[c * products]; }));
  }
  totals.grand = canonical_sum(locations, [&](std::size_t c) { return totals.location[c]; });
  return totals;
}

void measure_baskets_by_row(const Year& year, const Specification& specification, YearMeasures& measures) {
  const Totals totals = canonical_totals(year);
  const std::size_t products = year.products;
  const bool above = specification.tie == TieRule::kAbove;
  measures.rca.resize(year.value.size());
  measures.presence.resize(year.value.size());
  for (std::size_t c = 0; c < totals.location.size(); ++c) {
    const double* value = year.value.data() + c * products;
    const Basket basket(totals.location[c], totals.grand, specification.rca_threshold, above);
    double* rca = measures.rca.data() + c * products;
    std::uint8_t* presence = measures.presence.data() + c * products;
    for (std::size_t p = 0; p < products; ++p) {
      rca[p] = basket.rca(value[p], totals.product[p]);
      presence[p] = basket.holds(value[p], totals.product[p]);
    }
    measures.hhi.push_back(
        hhi_of(canonical_sum(products, [=](std::size_t p) { return basket.squared_share(value[p]); })));
  }
}

std::vector<std::int32_t> ranks_by_sorting(const std::vector<double>& score) {
  std::vector<std::int32_t> order;
  for (std::size_t i = 0; i < score.size(); ++i) {
    if (!std::isnan(score[i])) order.push_back(static_cast<std::int32_t>(i));
  }
  std::sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) { return score[a] > score[b]; });
  std::vector<std::int32_t> rank(score.size(), 0);
  for (int i = 0; i < static_cast<int>(order.size()); ++i)
    rank[order[i]] = rank_in_falling(i, [&](int k) { return score[order[k]]; });
  return rank;
}

class Core final : public DenseMachine {
 public:
  void measure_baskets(const Year& year, const Specification& specification, YearMeasures& measures) override {
    measure_baskets_by_row(year, specification, measures);
  }
  DenseSpectrum solve_spectrum(const BipartiteGraph& graph) override { return solve_dense_spectrum(graph); }
  std::vector<std::int32_t> falling_ranks(const std::vector<double>& score) override { return ranks_by_sorting(score); }
  Reflections reflect(const BipartiteGraph& graph, int iterations) override {
    return balassa::reflect(graph, iterations);
  }
};

}  // namespace

YearMeasures measure_year(const Year& year, const MeasureRequest& request) {
  Core core;
  return measure_year(year, request, core);
}

}  // namespace balassa
