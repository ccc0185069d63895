// The measures of `compute`, one row each: result file, table and reports read it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "kernels/measures.hpp"

namespace balassa {

// What a measure has a number of.
enum class On : std::uint8_t { kLocation, kProduct, kLocationProduct };

// Where the numbers lie, in the year's own locations and products.
using MeasureNumbers = std::variant<std::vector<double> YearMeasures::*, std::vector<std::int32_t> YearMeasures::*,
                                    std::vector<std::uint8_t> YearMeasures::*>;

struct MeasureInfo {
  const char* name;  // of its dataset /measure/NAME, and of its column
  On on;
  const char* meaning;
  const char* source;  // formula and paper, by METHODS
  MeasureNumbers numbers;
  // Of whole numbers, what stands where there is none; floating ones have NaN there.
  std::optional<std::int64_t> absent = std::nullopt;
  const char* codes = "";    // what the numbers 0, 1, ... stand for; "": numbers
  bool in_table = false;     // a column of `compute --csv`
  bool reflections = false;  // only where MeasureRequest::reflections asks for it
};

// In the order of the result file.
std::span<const MeasureInfo> measure_registry();

// Whether the request asks for it.
inline bool is_asked_for(const MeasureInfo& measure, int reflections) {
  return !measure.reflections || reflections > 0;
}

// Of a location and product of the year, products apart by `products`; NaN where the measure has none, or the year does
// not have the item (-1).
double number_at(const MeasureInfo& measure, const YearMeasures& measures, std::int32_t location, std::int32_t product,
                 int products);

}  // namespace balassa
