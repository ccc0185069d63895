#include "kernels/cpu/measures.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/base/canonical_sum.hpp"
#include "kernels/formulas/scoring.hpp"
#include "kernels/measures/year_measures.hpp"
#include "kernels/resident/resident_year.hpp"

namespace balassa {
namespace {

struct Totals {
  std::vector<double> location, product;  // X_c [C], X_p [P]
  double grand = 0;                       // X, the canonical sum of the X_c
  double population = 0;                  // N
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
  totals.population = all_population(year);
  return totals;
}

class Core final : public DenseMachine {
 public:
  void hold(const Year& year) override {
    year_ = &year;
    totals_ = canonical_totals(year);
  }
  std::vector<double> cells(const CellFormula& formula) override {
    std::vector<double> of_cells(year_->value.size());
    std::visit(
        [&](const auto& of) {
          std::size_t at = 0;
          for (int c = 0; c < year_->locations; ++c) {
            for (int p = 0; p < year_->products; ++p, ++at) of_cells[at] = value_of(of, cell(c, p));
          }
        },
        formula);
    return of_cells;
  }
  std::vector<double> row_sums(const CellFormula& formula) override {
    std::vector<double> sums;
    std::visit(
        [&](const auto& of) {
          for (int c = 0; c < year_->locations; ++c) {
            sums.push_back(canonical_sum(static_cast<std::size_t>(year_->products),
                                         [&](std::size_t p) { return value_of(of, cell(c, static_cast<int>(p))); }));
          }
        },
        formula);
    return sums;
  }
  std::vector<double> multiply(const BipartiteGraph& graph, Side to, const std::vector<double>& z) override {
    std::vector<double> sums(static_cast<std::size_t>(to == Side::kLocations ? graph.rows() : graph.columns()));
    to == Side::kLocations ? sum_over_products(graph, z, sums) : sum_over_locations(graph, z, sums);
    return sums;
  }
  LeadingPairs leading_pairs(const BipartiteGraph& graph) override { return balassa::leading_pairs(graph); }
  std::vector<std::int32_t> ranks(const std::vector<double>& score) override { return ranks_by_sorting(score); }

 private:
  Cell cell(int c, int p) const {
    const std::size_t at = static_cast<std::size_t>(c) * static_cast<std::size_t>(year_->products) + p;
    const double population = year_->population.empty() ? 0.0 : year_->population[c];
    return {year_->value[at], totals_.location[c], totals_.product[p], totals_.grand, population, totals_.population};
  }
  const Year* year_ = nullptr;
  Totals totals_;
};

}  // namespace

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

YearMeasures measure_year(const Year& year, const MeasureRequest& request) {
  Core core;
  return measure_year(year, request, core);
}

}  // namespace balassa
