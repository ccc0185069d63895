// The result file `balassa-sweep`, version 1 (FORMATS section 3), written cell by cell.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/sweep/sweep_cell.hpp"
#include "io/hdf5/result_file.hpp"
#include "io/panel/panel.hpp"

namespace balassa {

inline constexpr int kSweepVersion = 1;

struct SweepHeader {
  std::vector<std::int32_t> years;  // labels, in the order of the grid
  std::string panel_hash;
  std::string arithmetic;  // Device::arithmetic_name
};

class SweepFile final : public SweepSink {
 public:
  // Creates the temporary and every dataset. `plan`, `grid` and `panel` must outlive this. Throws Error as ResultFile.
  SweepFile(const std::string& path, bool force, const Plan& plan, const SpecificationGrid& grid, const Panel& panel,
            const SweepHeader& header);

  void raw(const SweepCell& cell, std::uint64_t first, std::uint64_t count, std::span<const float> eci,
           std::span<const float> pci) override;
  void finish(const SweepCell& cell) override;

  // Verifies and renames.
  void commit();

  // Bytes of all datasets before compression.
  static std::size_t bytes(const Plan& plan, const SpecificationGrid& grid, std::size_t locations,
                           std::size_t products);

 private:
  using Dimensions = std::vector<std::string>;
  void write_header(const SweepHeader& header);
  void write_dimensions(const SweepHeader& header);
  void write_specifications();
  void write_class_rules();
  void begin_all();
  void write_baseline(const SweepCell& cell);
  void write_scores(const SweepCell& cell);
  void write_product_scores(const SweepCell& cell);
  void write_classes(const SweepCell& cell);
  void write_counts(const SweepCell& cell);
  void write_diagnostics(const SweepCell& cell);
  void write_certificates(const SweepCell& cell);
  void begin_histograms(const std::string& group, const std::string& axis, const std::string& entry);
  void write_histograms(const std::string& group, const SweepCell& cell, const SparseHistograms& histograms,
                        const std::vector<std::int32_t>& item, std::size_t width);
  void write_moments(const std::string& group, const SweepCell& cell, const std::vector<Moments>& moments,
                     const std::vector<std::int32_t>& item, std::size_t width);

  // A dataset [year, specification, dimensions...], chunked by cell; `fill` stands for what was not measured.
  template <class T>
  void begin(const std::string& name, const Dimensions& dimensions, const Attributes& attributes = {},
             std::optional<std::int64_t> fill = std::nullopt);
  // The cell's part of it.
  template <class T>
  void put(const std::string& name, const SweepCell& cell, const std::vector<std::size_t>& shape,
           const std::vector<T>& values);

  const Plan& plan_;
  const SpecificationGrid& grid_;
  const Panel& panel_;
  std::size_t locations_, products_, p1_sets_, class_rules_;
  ResultFile file_;
  std::map<std::string, std::uint64_t> entries_;  // of histograms, written so far
};

}  // namespace balassa
