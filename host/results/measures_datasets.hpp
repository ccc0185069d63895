// The datasets of `compute` (FORMATS section 2), one row each: the measures of the registry, and what is known of a
// year. File, table and JSON read them here.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "host/results/result_dataset.hpp"
#include "host/sweep/year_orientation.hpp"
#include "io/panel/panel.hpp"
#include "kernels/measures/registry.hpp"

namespace balassa {

struct MeasuredYear;
struct MeasuresHeader;

// A number, a count, or a yes or no about a year; none: there is nothing to say, because it has no ECI or no axis.
using FactValue = std::optional<std::variant<double, std::int32_t, bool>>;
struct YearFact {
  std::string name;  // of its dataset /certificate/NAME, and its key in JSON
  std::string meaning;
  enum class Kind { kReal, kCount, kFlag } kind;
  std::function<FactValue(const YearMeasures&, const YearBefore&)> value;
  std::optional<std::int64_t> absent = std::nullopt;  // of a count that may be none
  bool in_json = true;
  bool reflections = false;  // in the file only where reflections were asked for
};
std::span<const YearFact> year_facts();

// In the order of the file. `panel` must outlive them.
std::vector<ResultDataset<MeasuredYear>> measures_datasets(const MeasuresHeader& header, const Panel& panel);

}  // namespace balassa
