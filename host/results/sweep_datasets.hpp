// The datasets of a sweep's result (FORMATS section 3): one row each, in the order of the file.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "host/plan/plan.hpp"
#include "host/plan/specification_grid.hpp"
#include "host/results/cell_statistics.hpp"
#include "host/results/result_dataset.hpp"

namespace balassa {

// Extents of the axes of a sweep's datasets.
struct SweepShape {
  SweepShape(const Plan& plan, const SpecificationGrid& grid, std::size_t locations, std::size_t products);
  std::size_t extent(const std::string& dimension) const;
  std::size_t size(const std::vector<std::string>& dimensions) const;  // the product of their extents

  std::size_t locations, products, quantiles, p1_sets, class_rules, replicates;
  std::size_t score_entries;  // of a histogram, at most
};

// Entries of a histogram's columns: at most one for each replicate and for each column.
inline constexpr const char* kScoreEntry = "score_entry";
inline constexpr const char* kProductScoreEntry = "product_score_entry";

// What of a cell a dataset is about. A cell is written topic by topic.
enum class CellTopic : std::uint8_t {
  kBaseline,
  kLocations,
  kProducts,
  kClasses,
  kCounts,
  kDiagnostics,
  kCertificates
};

struct SweepDataset : ResultDataset<CellStatistics> {
  CellTopic topic = CellTopic::kBaseline;
};

// Those that a plan asks for, of a panel with these extents. `grid` must outlive them.
std::vector<SweepDataset> sweep_datasets(const Plan& plan, const SpecificationGrid& grid, const SweepShape& shape);

// Indices into them in the order in which a cell is written.
std::vector<std::size_t> writing_order(const std::vector<SweepDataset>& datasets);

}  // namespace balassa
