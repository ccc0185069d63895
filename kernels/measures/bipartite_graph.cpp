#include "kernels/measures/bipartite_graph.hpp"

#include <algorithm>

#include "kernels/formulas/scoring.hpp"

namespace balassa {

BipartiteGraph make_bipartite_graph(std::span<const std::uint8_t> presence, int locations, int products) {
  const auto at = [=](int c, int p) { return presence[static_cast<std::size_t>(c) * products + p] != 0; };
  std::vector<std::int32_t> ubiquity(products, 0);
  std::vector<std::int32_t> diversity(locations, 0);
  for (int c = 0; c < locations; ++c) {
    for (int p = 0; p < products; ++p) {
      diversity[c] += at(c, p);
      ubiquity[p] += at(c, p);
    }
  }
  BipartiteGraph graph;
  std::vector<std::int32_t> column(products, -1);
  graph.product_start.push_back(0);
  for (int p = 0; p < products; ++p) {
    if (ubiquity[p] == 0) continue;
    column[p] = graph.columns();
    graph.product.push_back(p);
    graph.product_start.push_back(graph.product_start.back() + ubiquity[p]);
  }
  const std::size_t links = static_cast<std::size_t>(graph.product_start.back());
  graph.product_link.resize(links);
  graph.location_link.resize(links + 1);  // one more to write to: cells are put down before they are looked at
  graph.location_start.push_back(0);
  std::vector<std::int32_t> filled(graph.product_start.begin(), graph.product_start.end() - 1);
  std::size_t next = 0;
  for (int c = 0; c < locations; ++c) {
    if (diversity[c] == 0) continue;
    const int row = graph.rows();
    graph.location.push_back(c);
    const std::size_t first = next;
    for (int p = 0; p < products; ++p) {  // without a branch that no predictor foresees
      graph.location_link[next] = column[p];
      next += at(c, p);
    }
    for (std::size_t link = first; link < next; ++link) {
      graph.product_link[filled[graph.location_link[link]]++] = row;
    }
    graph.location_start.push_back(static_cast<std::int32_t>(next));
  }
  graph.location_link.resize(links);
  return graph;
}

Components connected_components(const BipartiteGraph& graph) {
  Components components;
  components.of_row.assign(graph.rows(), -1);
  std::vector<std::uint8_t> column_seen(graph.columns(), 0);
  std::vector<std::int32_t> pending;
  for (int first = 0; first < graph.rows(); ++first) {
    if (components.of_row[first] >= 0) continue;
    const int label = components.count++;
    components.of_row[first] = label;
    pending.assign(1, first);
    while (!pending.empty()) {
      const int row = pending.back();
      pending.pop_back();
      for (const std::int32_t column : graph.products_of(row)) {
        if (column_seen[column]) continue;
        column_seen[column] = 1;
        for (const std::int32_t neighbour : graph.locations_of(column)) {
          if (components.of_row[neighbour] >= 0) continue;
          components.of_row[neighbour] = label;
          pending.push_back(neighbour);
        }
      }
    }
  }
  return components;
}

std::optional<BipartiteGraph> giant_component(const BipartiteGraph& graph, const Components& components) {
  std::vector<int> size(static_cast<std::size_t>(components.count), 0);
  for (const std::int32_t label : components.of_row) ++size[label];
  const auto largest = std::max_element(size.begin(), size.end());
  const bool unique = std::count(size.begin(), size.end(), *largest) == 1;
  if (!is_giant(*largest, unique, graph.rows())) return std::nullopt;
  const auto label = static_cast<std::int32_t>(largest - size.begin());

  BipartiteGraph giant;
  std::vector<std::int32_t> row(graph.rows(), -1), column(graph.columns(), -1);
  for (int r = 0; r < graph.rows(); ++r) {
    if (components.of_row[r] != label) continue;
    row[r] = giant.rows();
    giant.location.push_back(graph.location[r]);
  }
  giant.product_start.push_back(0);
  for (int k = 0; k < graph.columns(); ++k) {
    if (components.of_row[graph.locations_of(k).front()] != label) continue;
    column[k] = giant.columns();
    giant.product.push_back(graph.product[k]);
    for (const std::int32_t r : graph.locations_of(k)) giant.product_link.push_back(row[r]);
    giant.product_start.push_back(static_cast<std::int32_t>(giant.product_link.size()));
  }
  giant.location_start.push_back(0);
  for (int r = 0; r < graph.rows(); ++r) {
    if (row[r] < 0) continue;
    for (const std::int32_t k : graph.products_of(r)) giant.location_link.push_back(column[k]);
    giant.location_start.push_back(static_cast<std::int32_t>(giant.location_link.size()));
  }
  return giant;
}

void sum_over_products(const BipartiteGraph& graph, std::span<const double> by_column, std::span<double> by_row) {
  for (int row = 0; row < graph.rows(); ++row) {
    double sum = 0;
    for (const std::int32_t column : graph.products_of(row)) sum += by_column[column];
    by_row[row] = sum;
  }
}

void sum_over_locations(const BipartiteGraph& graph, std::span<const double> by_row, std::span<double> by_column) {
  for (int column = 0; column < graph.columns(); ++column) {
    double sum = 0;
    for (const std::int32_t row : graph.locations_of(column)) sum += by_row[row];
    by_column[column] = sum;
  }
}

void mean_over_products(const BipartiteGraph& graph, std::span<const double> by_column, std::span<double> by_row) {
  sum_over_products(graph, by_column, by_row);
  for (int row = 0; row < graph.rows(); ++row) by_row[row] /= graph.diversity(row);
}

void mean_over_locations(const BipartiteGraph& graph, std::span<const double> by_row, std::span<double> by_column) {
  sum_over_locations(graph, by_row, by_column);
  for (int column = 0; column < graph.columns(); ++column) by_column[column] /= graph.ubiquity(column);
}

}  // namespace balassa
