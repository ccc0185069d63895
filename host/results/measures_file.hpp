// The result of `compute`: file `balassa-measures`, version 1 (FORMATS section 2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "host/panel/year_selection.hpp"
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
  std::string arithmetic;  // how the spectrum was solved
  bool compact = false;    // real numbers as float32
  int reflections = 0;     // 0: no reflection datasets
};

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
  void begin_datasets();
  void write_certificate(std::size_t position, const MeasuredYear& year);
  void begin_real(const std::string& name, const std::vector<std::string>& dimensions, const std::string& long_name);
  void write_real(const std::string& name, std::size_t position, const std::vector<std::size_t>& shape,
                  const std::vector<double>& values);

  const Panel& panel_;
  MeasuresHeader header_;
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
  kOtherComponent
};

// Status of every panel location (or product) in a measured year.
std::vector<ItemStatus> location_status(const MeasuredYear& year, std::size_t panel_locations);
std::vector<ItemStatus> product_status(const MeasuredYear& year, std::size_t panel_products);

// "valid", "too_small", "disconnected", "tied_axis", "no_signal", "localised"; all of them; all but the first.
const char* validity_text(Validity validity);
std::string validity_meanings();
std::vector<std::string> invalid_causes();

}  // namespace balassa
