#include "host/plan/knobs/rows.hpp"
#include "host/plan/knobs/settings.hpp"

namespace balassa {

std::vector<Knob> validity_knobs() {
  return {
      {.table = "specification",
       .name = "disconnected",
       .level = Level::kMatrix,
       .about = "a disconnected matrix: no scores, or those of its largest component",
       .words = {{"na", Disconnected::kNa}, {"giant", Disconnected::kGiant}},
       .member = member(&Specification::disconnected)},
      {.table = "select",
       .name = "min_participation",
       .level = Level::kScale,
       .help = "3: no scores below",
       .about = "an axis that fewer locations than this carry gives no scores",
       .interval = {0.0, kHuge, "numbers >= 0"},
       .member = member(&Specification::min_participation),
       .takes_range = true},
  };
}

}  // namespace balassa
