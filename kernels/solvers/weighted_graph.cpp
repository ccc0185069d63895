#include "kernels/solvers/weighted_graph.hpp"

#include <cblas.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

namespace balassa {
namespace {

void expect(bool holds, const std::string& found, const std::string& expected) {
  if (!holds) throw std::invalid_argument("spectral problem: found " + found + ", expected " + expected);
}

// [columns, rows] column-major where `rows` comes first: entry (c, p) = row_factor[c] column_factor[p] M_cp.
template <class Row, class Column>
std::vector<double> scaled_presence(const WeightedGraph& g, Row row_factor, Column column_factor) {
  const std::size_t rows = static_cast<std::size_t>(g.rows());
  std::vector<double> matrix(rows * static_cast<std::size_t>(g.columns()), 0.0);
  for (int p = 0; p < g.columns(); ++p) {
    double* column = matrix.data() + static_cast<std::size_t>(p) * rows;
    for (const std::int32_t c : g.graph.locations_of(p)) column[c] = row_factor(c) * column_factor(p);
  }
  return matrix;
}

double normalise(std::vector<double>& x) {
  double square = 0;
  for (const double value : x) square += value * value;
  const double norm = std::sqrt(square);
  if (norm > 0) {
    for (double& value : x) value /= norm;
  }
  return norm;
}

}  // namespace

void check_problem(const SpectralProblem& problem) {
  expect(problem.locations >= 2 && problem.products >= 2,
         std::to_string(problem.locations) + " locations and " + std::to_string(problem.products) + " products",
         "at least 2 of each");
  const std::size_t c = static_cast<std::size_t>(problem.locations), p = static_cast<std::size_t>(problem.products);
  expect(problem.presence.size() == c * p, std::to_string(problem.presence.size()) + " cells of presence",
         std::to_string(c * p));
  std::uint8_t any = 0;
  for (const std::uint8_t cell : problem.presence) any |= cell;
  expect(any <= 1, "a cell of presence above 1", "0 or 1");
  expect(problem.weight.empty() || problem.weight.size() == p, std::to_string(problem.weight.size()) + " weights",
         "none or " + std::to_string(p));
  expect(std::all_of(problem.weight.begin(), problem.weight.end(), [](double w) { return w >= 0 && std::isfinite(w); }),
         "a weight below 0 or not finite", "none such");
  expect(problem.start.empty() || problem.start.size() == c,
         "a start of " + std::to_string(problem.start.size()) + " entries", "none or " + std::to_string(c));
  if (problem.base != nullptr) {
    expect(problem.base->vector.size() == problem.base->value.size() * c,
           std::to_string(problem.base->vector.size()) + " entries of base vectors",
           std::to_string(problem.base->value.size() * c));
  }
}

std::size_t WeightedGraph::bytes() const {
  const std::size_t links = graph.location_link.size() + graph.product_link.size();
  return links * sizeof(std::int32_t) + static_cast<std::size_t>(rows()) * (2 * sizeof(double) + 8) +
         static_cast<std::size_t>(columns()) * (3 * sizeof(double) + 8);
}

WeightedGraph make_weighted_graph(const SpectralProblem& problem) {
  check_problem(problem);
  WeightedGraph g;
  g.locations = problem.locations;
  const auto weight_of = [&](std::int32_t p) {
    return problem.weight.empty() ? 1.0 : problem.weight[static_cast<std::size_t>(p)];
  };
  if (std::any_of(problem.weight.begin(), problem.weight.end(), [](double w) { return w == 0; })) {
    std::vector<std::uint8_t> drawn = problem.presence;
    for (std::size_t i = 0; i < drawn.size(); ++i) {
      if (problem.weight[i % problem.weight.size()] == 0) drawn[i] = 0;
    }
    g.graph = make_bipartite_graph(drawn, problem.locations, problem.products);
  } else {
    g.graph = make_bipartite_graph(problem.presence, problem.locations, problem.products);
  }
  expect(g.rows() >= 2, std::to_string(g.rows()) + " locations with a link of positive weight", "at least 2");
  for (int p = 0; p < g.columns(); ++p) {
    g.weight.push_back(weight_of(g.graph.product[static_cast<std::size_t>(p)]));
    g.ubiquity.push_back(g.graph.ubiquity(p));
    g.scale.push_back(g.weight.back() / g.ubiquity.back());
  }
  for (int c = 0; c < g.rows(); ++c) {
    double sum = 0;
    for (const std::int32_t p : g.graph.products_of(c)) sum += g.weight[static_cast<std::size_t>(p)];
    g.diversity.push_back(sum);
    g.inv_sqrt_d.push_back(1.0 / std::sqrt(sum));
  }
  return g;
}

void LinkProduct::apply(const double* v, double* out) {
  const WeightedGraph& g = *graph;
  const std::size_t rows = scaled.size(), columns = half.size();
  const std::int32_t *row_start = g.graph.location_start.data(), *row_link = g.graph.location_link.data();
  const std::int32_t *column_start = g.graph.product_start.data(), *column_link = g.graph.product_link.data();
  for (std::size_t c = 0; c < rows; ++c) scaled[c] = v[c] * g.inv_sqrt_d[c];
  for (std::size_t p = 0; p < columns; ++p) {
    double sum = 0;
    for (std::int32_t k = column_start[p]; k < column_start[p + 1]; ++k) sum += scaled[column_link[k]];
    half[p] = sum * g.scale[p];
  }
  for (std::size_t c = 0; c < rows; ++c) {
    double sum = 0;
    for (std::int32_t k = row_start[c]; k < row_start[c + 1]; ++k) sum += half[row_link[k]];
    out[c] = sum * g.inv_sqrt_d[c];
  }
}

std::vector<double> trivial_vector(const WeightedGraph& graph) {
  std::vector<double> q;
  for (const double d : graph.diversity) q.push_back(std::sqrt(d));
  normalise(q);
  return q;
}

std::vector<double> symmetric_matrix(const WeightedGraph& g, bool by_product) {
  const int rows = g.rows(), columns = g.columns(), n = by_product ? columns : rows;
  const std::vector<double> b = scaled_presence(
      g, [&](int c) { return g.inv_sqrt_d[c]; }, [&](int p) { return std::sqrt(g.scale[p]); });
  const std::size_t side = static_cast<std::size_t>(n);
  std::vector<double> a(side * side);
  cblas_dsyrk(CblasColMajor, CblasLower, by_product ? CblasTrans : CblasNoTrans, n, by_product ? rows : columns, 1.0,
              b.data(), rows, 0.0, a.data(), n);
  return a;
}

std::vector<double> transition_matrix(const WeightedGraph& g, bool by_product) {
  const int rows = g.rows(), columns = g.columns(), n = by_product ? columns : rows;
  const std::vector<double> by_diversity = scaled_presence(
      g, [&](int c) { return 1.0 / g.diversity[c]; }, [&](int p) { return by_product ? g.weight[p] : 1.0; });
  const std::vector<double> by_ubiquity = scaled_presence(
      g, [](int) { return 1.0; }, [&](int p) { return by_product ? 1.0 / g.ubiquity[p] : g.scale[p]; });
  std::vector<double> w(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
  if (by_product) {
    cblas_dgemm(CblasColMajor, CblasTrans, CblasNoTrans, n, n, rows, 1.0, by_ubiquity.data(), rows, by_diversity.data(),
                rows, 0.0, w.data(), n);
  } else {
    cblas_dgemm(CblasColMajor, CblasNoTrans, CblasTrans, n, n, columns, 1.0, by_diversity.data(), rows,
                by_ubiquity.data(), rows, 0.0, w.data(), n);
  }
  return w;
}

std::vector<double> from_symmetric(const WeightedGraph& g, bool by_product, const double* vector) {
  if (!by_product) return spread_rows(g, {vector, static_cast<std::size_t>(g.rows())});
  std::vector<double> v(static_cast<std::size_t>(g.rows()));  // B z
  for (int c = 0; c < g.rows(); ++c) {
    for (const std::int32_t p : g.graph.products_of(c)) v[c] += std::sqrt(g.scale[p]) * vector[p];
    v[c] *= g.inv_sqrt_d[c];
  }
  normalise(v);
  return spread_rows(g, v);
}

std::vector<double> from_transition(const WeightedGraph& g, bool by_product, const double* vector) {
  std::vector<double> v(static_cast<std::size_t>(g.rows()));
  for (int c = 0; c < g.rows(); ++c) {
    if (by_product) {  // K_c = D^-1 M diag(w) K_p
      for (const std::int32_t p : g.graph.products_of(c)) v[c] += g.weight[p] * vector[p];
      v[c] *= g.inv_sqrt_d[c];
    } else {
      v[c] = vector[c] / g.inv_sqrt_d[c];
    }
  }
  normalise(v);
  return spread_rows(g, v);
}

std::vector<double> rows_of(const WeightedGraph& graph, std::span<const double> vector) {
  std::vector<double> rows;
  for (const std::int32_t c : graph.graph.location) rows.push_back(vector[static_cast<std::size_t>(c)]);
  return rows;
}

std::vector<double> spread_rows(const WeightedGraph& graph, std::span<const double> rows) {
  std::vector<double> all(static_cast<std::size_t>(graph.locations), 0.0);
  for (std::size_t r = 0; r < rows.size(); ++r) all[static_cast<std::size_t>(graph.graph.location[r])] = rows[r];
  return all;
}

}  // namespace balassa
