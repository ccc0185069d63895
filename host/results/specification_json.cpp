#include "host/results/specification_json.hpp"

namespace balassa {

nlohmann::ordered_json specification_json(const SpecificationGrid& grid, std::size_t specification) {
  nlohmann::ordered_json json;
  for (const Place place : {Place::kFirst, Place::kOfMatrix, Place::kOfScores}) {
    if (place == Place::kOfScores) json["sign"] = "corr(diversity, eci) > 0";  // the only rule that is built
    for (const SpecificationGrid::Axis& axis : grid.axes()) {
      if (axis.knob->place != place) continue;
      const double value = grid.value(axis, specification);
      nlohmann::ordered_json& entry = json[std::string(axis.knob->name)];
      if (axis.knob->words.empty()) {
        entry = value;
      } else {
        entry = axis.knob->word(value);
      }
    }
  }
  return json;
}

}  // namespace balassa
