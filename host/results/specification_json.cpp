#include "host/results/specification_json.hpp"

#include "host/plan/knobs.hpp"

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

void add_sample_json(nlohmann::ordered_json& json, const SampleSelection& sample) {
  for (const Knob& knob : knobs()) {
    if (knob.codes_of != nullptr && !(sample.*knob.codes_of).empty())
      json["select"][std::string(knob.name)] = sample.*knob.codes_of;
    if (knob.floor_of != nullptr && sample.*knob.floor_of > 0)
      json["select"][std::string(knob.name)] = sample.*knob.floor_of;
  }
}

}  // namespace balassa
