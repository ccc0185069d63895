// The measures of `compute`, one row each: result file, table and reports read it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "kernels/measures.hpp"

namespace balassa {

// What a measure has a number of. Pairs are of the same year, the second item being the column.
enum class On : std::uint8_t { kYear, kLocation, kProduct, kLocationProduct, kLocationPair, kProductPair };

// Who has to ask for it: nobody | `all` | its name, because it is large or slow | the number of reflections.
enum class Asked : std::uint8_t { kAlways, kByAll, kByName, kByReflections };

// Where the numbers lie, in the year's own locations and products; nowhere: under the name in YearMeasures::further.
using MeasureNumbers =
    std::variant<std::monostate, std::vector<double> YearMeasures::*, std::vector<std::int32_t> YearMeasures::*,
                 std::vector<std::uint8_t> YearMeasures::*>;

struct MeasureContext;  // measure_context.hpp

struct MeasureInfo {
  const char* name;  // of its dataset /measure/NAME, and of its column
  On on;
  const char* meaning;
  const char* source;                // formula and paper, by METHODS
  void (*compute)(MeasureContext&);  // gives it, and maybe others of its group
  const char* formula = "";          // for people who choose; "": the meaning says it
  const char* unit = "1";
  std::array<const char*, 4> needs{};  // measures that must be there before
  std::array<const char*, 2>
      tables{};                 // of the panel, by location, without which there is none: MeasureRequest::tables
  bool against_before = false;  // compares with MeasureRequest::before
  On holds = On::kYear;         // the largest table that is held on the way
  Asked asked = Asked::kByAll;
  MeasureNumbers numbers = std::monostate{};
  // Of whole numbers, what stands where there is none; floating ones have NaN there.
  std::optional<std::int64_t> absent = std::nullopt;
  const char* codes = "";  // what the numbers 0, 1, ... stand for; "": numbers
  bool in_table = false;   // a column of a plain `compute --csv`
};

// In the order of the result file.
std::span<const MeasureInfo> measure_registry();
const MeasureInfo& measure_by_name(const std::string& name);

// Those that are asked for, in the order of the result file. No names: those of a plain `compute`. Reflections come
// where there is a number of them.
std::vector<const MeasureInfo*> asked_measures(const std::vector<std::string>& names, int reflections);

// These and all that they need, each once.
std::vector<const MeasureInfo*> with_needs(const std::vector<const MeasureInfo*>& asked);

// Whether ECI or PCI is among these or needed by one: the year then has a spectrum, a certificate and a sign.
bool are_scored(const std::vector<const MeasureInfo*>& asked);

// Numbers that a year of C locations and P products has of it.
std::size_t numbers_of(On on, std::size_t locations, std::size_t products);

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

// Of a location and product of the year, products apart by `products`; NaN where the year does not have the item (-1).
// Not of pairs.
double number_at(const MeasureInfo& measure, const YearMeasures& measures, std::int32_t location, std::int32_t product,
                 int products);

}  // namespace balassa
