// The bipartite graph of presence: which locations have which products, both ways.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace balassa {

// Links of M without its empty rows and columns. Rows and columns are numbered 0.. among those kept; lists ascend.
struct BipartiteGraph {
  std::vector<std::int32_t> location, product;              // [rows], [columns] index in the year
  std::vector<std::int32_t> location_start, location_link;  // [rows + 1]; columns of row r
  std::vector<std::int32_t> product_start, product_link;    // [columns + 1]; rows of column k

  int rows() const { return static_cast<int>(location.size()); }
  int columns() const { return static_cast<int>(product.size()); }
  std::span<const std::int32_t> products_of(int row) const {
    return std::span(location_link).subspan(location_start[row], location_start[row + 1] - location_start[row]);
  }
  std::span<const std::int32_t> locations_of(int column) const {
    return std::span(product_link).subspan(product_start[column], product_start[column + 1] - product_start[column]);
  }
  double diversity(int row) const { return location_start[row + 1] - location_start[row]; }
  double ubiquity(int column) const { return product_start[column + 1] - product_start[column]; }
};

// From presence[C, P]. Dropping empty rows empties no column and the reverse, so one pass is the fixed point that
// METHODS C0.6 (i) asks for.
BipartiteGraph make_bipartite_graph(std::span<const std::uint8_t> presence, int locations, int products);

// Component of each row, numbered from 0 in the order of its first row; a column belongs to the component of its rows.
struct Components {
  std::vector<std::int32_t> of_row;  // [rows]
  int count = 0;
};
Components connected_components(const BipartiteGraph& graph);

// The component with the most rows as a graph of its own, in the same order; none where two are as large or it holds
// less than half of the rows (METHODS C0.6 iii).
std::optional<BipartiteGraph> giant_component(const BipartiteGraph& graph, const Components& components);

// Sums over a location's products, sum_p M_cp z_p, and over a product's locations, in ascending order.
void sum_over_products(const BipartiteGraph& graph, std::span<const double> by_column, std::span<double> by_row);
void sum_over_locations(const BipartiteGraph& graph, std::span<const double> by_row, std::span<double> by_column);

// Means over a location's products, (1/k_c) sum_p M_cp z_p, and over a product's locations, (1/k_p) sum_c M_cp z_c: one
// step of the method of reflections (METHODS A1 eq. 6, 7). Summed in ascending order, so identical rows get equal bits.
void mean_over_products(const BipartiteGraph& graph, std::span<const double> by_column, std::span<double> by_row);
void mean_over_locations(const BipartiteGraph& graph, std::span<const double> by_row, std::span<double> by_column);

}  // namespace balassa
