// The rows of the table of knobs, by concern.
#pragma once

#include <vector>

#include "host/plan/knob.hpp"

namespace balassa {

std::vector<Knob> input_knobs();       // the panel, the seed
std::vector<Knob> selection_knobs();   // which years, what of them
std::vector<Knob> presence_knobs();    // when a location has a product
std::vector<Knob> convention_knobs();  // the name that gives the others their defaults
std::vector<Knob> scale_knobs();       // how scores are standardised
std::vector<Knob> reading_knobs();     // how values of the panel are read
std::vector<Knob> validity_knobs();    // which matrices and axes give scores
std::vector<Knob> resampling_knobs();
std::vector<Knob> class_knobs();
std::vector<Knob> output_knobs();
std::vector<Knob> run_knobs();

}  // namespace balassa
