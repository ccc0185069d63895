// The measures of `compute`, one row each: result file, table and reports read it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "kernels/measures.hpp"

namespace balassa {

// What a measure has a number of.
enum class On : std::uint8_t { kLocation, kProduct, kLocationProduct };

// Where the numbers lie, in the year's own locations and products; nowhere: under the name in YearMeasures::further.
using MeasureNumbers =
    std::variant<std::monostate, std::vector<double> YearMeasures::*, std::vector<std::int32_t> YearMeasures::*,
                 std::vector<std::uint8_t> YearMeasures::*>;

struct MeasureContext;  // measure_context.hpp

struct MeasureInfo {
  const char* name;  // of its dataset /measure/NAME, and of its column
  On on;
  const char* meaning;
  const char* source;                  // formula and paper, by METHODS
  void (*compute)(MeasureContext&);    // gives it, and maybe others of its group
  std::array<const char*, 2> needs{};  // measures that must be there before
  MeasureNumbers numbers = std::monostate{};
  // Of whole numbers, what stands where there is none; floating ones have NaN there.
  std::optional<std::int64_t> absent = std::nullopt;
  const char* codes = "";    // what the numbers 0, 1, ... stand for; "": numbers
  bool in_table = false;     // a column of `compute --csv`
  bool reflections = false;  // only where MeasureRequest::reflections asks for it
};

// In the order of the result file.
std::span<const MeasureInfo> measure_registry();
const MeasureInfo& measure_by_name(const std::string& name);

// Calls visit(numbers), a vector<T>.
template <class Visit>
auto visit_numbers(const MeasureInfo& measure, const YearMeasures& measures, Visit visit) {
  return std::visit(
      [&](auto member) {
        if constexpr (std::is_same_v<decltype(member), std::monostate>) {
          return visit(measures.further.at(measure.name));
        } else {
          return visit(measures.*member);
        }
      },
      measure.numbers);
}

// Whether the request asks for it.
inline bool is_asked_for(const MeasureInfo& measure, int reflections) {
  return !measure.reflections || reflections > 0;
}

// Of a location and product of the year, products apart by `products`; NaN where the measure has none, or the year does
// not have the item (-1).
double number_at(const MeasureInfo& measure, const YearMeasures& measures, std::int32_t location, std::int32_t product,
                 int products);

}  // namespace balassa
