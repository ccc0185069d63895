// The values of a specification as JSON, for summaries on stdout and the header of a file of measures.
#pragma once

#include <nlohmann/json.hpp>

#include "host/plan/specification_grid.hpp"

namespace balassa {

nlohmann::ordered_json specification_json(const SpecificationGrid& grid, std::size_t specification);

// "select": what of the sample was chosen; nothing where all takes part.
void add_sample_json(nlohmann::ordered_json& json, const SampleSelection& sample);

}  // namespace balassa
