#include "host/plan/knobs/rows.hpp"

namespace balassa {

std::vector<Knob> reading_knobs() {
  return {
      {.table = "specification",
       .name = "read_as",
       .level = Level::kPreparation,
       .about = "how values are read; Stata stores float32",
       .words = {{"float64", false}, {"float32", true}},
       .by_convention = {{"stata", true}},
       .member = member(&YearOptions::read_as_float32),
       .place = Place::kOfMatrix,
       .older_flag = "--values"},
  };
}

}  // namespace balassa
