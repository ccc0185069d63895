// The result of `compute`: file `balassa-measures`, version 1 (FORMATS section 2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "host/panel/year_selection.hpp"
#include "host/results/measures_datasets.hpp"
#include "host/sweep/year_orientation.hpp"
#include "io/hdf5/result_file.hpp"
#include "io/panel/panel.hpp"
#include "kernels/measures.hpp"

namespace balassa {

inline constexpr int kMeasuresVersion = 1;

// One measured year with what was left out of it.
struct MeasuredYear {
  SelectedYear selected;
  YearMeasures measures;
  YearBefore before;  // how the year's ECI goes with that of the year before
};

struct MeasuresHeader {
  std::string convention;     // its name
  std::string specification;  // resolved, JSON
  std::string panel_hash;
  std::string arithmetic;                  // how the spectrum was solved
  bool compact = false;                    // real numbers as float32
  int reflections = 0;                     // 0: no reflection datasets
  std::vector<std::string> measures = {};  // by name; none: those of a plain `compute`
  std::vector<const MeasureInfo*> asked() const { return asked_measures(measures, reflections); }
};

// Second axes of measures on pairs; their labels are those of the first.
inline constexpr const char *kOtherLocation = "other_location", *kOtherProduct = "other_product";

// Writes the years of one result, in the order of `years`, each as soon as it is there.
class MeasuresFile {
 public:
  // `years` are indices into panel.years. Throws Error as ResultFile does.
  MeasuresFile(const std::string& path, const Panel& panel, const std::vector<std::size_t>& years,
               const MeasuresHeader& header, bool force);

  // The next year, by its position in `years`.
  void write_year(std::size_t position, const MeasuredYear& year);

  // Writes /dropped and closes; the file is whole under its name afterwards.
  void commit();

 private:
  void begin(const ResultDataset<MeasuredYear>& dataset);
  std::size_t extent_of(const std::string& dimension) const;

  const Panel& panel_;
  std::vector<ResultDataset<MeasuredYear>> datasets_;
  std::vector<std::size_t> order_;  // in which a year is written
  ResultFile file_;
  struct Dropped {
    std::vector<std::int32_t> year;
    std::vector<std::uint8_t> kind, reason;
    std::vector<std::string> code;
  } dropped_;
};

// Why a location or product has no score; codes of /status and /dropped.
enum class ItemStatus : std::uint8_t {
  kOk,
  kMissing,
  kNoTrade,
  kNoDiversity,
  kNoUbiquity,
  kYearUndefined,
  kOtherComponent,
  kBelowMinTotal
};
const std::string& status_meanings();  // "ok missing ..."
// Attributes of a dataset whose numbers 0, 1, ... stand for words.
Attributes flags_of(const std::string& long_name, const std::string& meanings);

// Status of every panel location (or product) in a measured year.
std::vector<ItemStatus> location_status(const MeasuredYear& year, std::size_t panel_locations);
std::vector<ItemStatus> product_status(const MeasuredYear& year, std::size_t panel_products);

}  // namespace balassa
