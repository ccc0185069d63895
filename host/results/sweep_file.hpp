// The result file `balassa-sweep`, version 1 (FORMATS section 3), written cell by cell.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "host/results/sweep_datasets.hpp"
#include "io/hdf5/result_file.hpp"
#include "io/panel/panel.hpp"

namespace balassa {

inline constexpr int kSweepVersion = 1;

struct SweepHeader {
  std::vector<std::int32_t> years;  // labels, in the order of the grid
  std::string panel_hash;
  std::string arithmetic;  // Device::arithmetic_name
};

class SweepFile {
 public:
  // Creates the temporary and every dataset. `plan`, `grid` and `panel` must outlive this. `threads`: that compress.
  // Throws Error as ResultFile.
  SweepFile(const std::string& path, bool force, const Plan& plan, const SpecificationGrid& grid, const Panel& panel,
            const SweepHeader& header, int threads);

  // As SweepSink::raw.
  void raw(const SweepCell& cell, std::uint64_t first, std::uint64_t count, std::span<const float> eci,
           std::span<const float> pci);
  void write(const CellStatistics& cell);

  // Verifies and renames.
  void commit(const std::function<void(std::size_t done, std::size_t parts)>& progress = {});

  // Bytes before compression: at most, when a histogram has an entry for each replicate, and about.
  struct Bytes {
    std::size_t at_most = 0, likely = 0;
    std::size_t of_cell = 0;  // at most
    std::size_t open = 0;     // in memory at a time: of the chunks that hold several cells, one of each dataset
  };
  static Bytes bytes(const Plan& plan, const SpecificationGrid& grid, std::size_t locations, std::size_t products);

 private:
  void write_header(const SweepHeader& header);
  void write_dimensions(const SweepHeader& header);
  void write_specifications();
  void write_class_rules();
  // A dataset [year, specification, dimensions...], chunked by cell.
  void begin(const SweepDataset& dataset);

  const Plan& plan_;
  const SpecificationGrid& grid_;
  const Panel& panel_;
  SweepShape shape_;
  std::vector<SweepDataset> datasets_;
  std::vector<std::size_t> order_;  // in which a cell is written
  ResultFile file_;
};

}  // namespace balassa
