#include <limits>

#include "host/plan/knobs/rows.hpp"
#include "host/plan/knobs/settings.hpp"

namespace balassa {

std::vector<Knob> input_knobs() {
  return {
      {.name = "panel",
       .level = Level::kRun,
       .help = "the panel file",
       .setting = text_setting(&Plan::panel, "a file name"),
       .takes_commas = true},
      {.name = "seed",
       .help = "seed of all random draws",
       .setting = {[](Plan& plan, const PlanValue& value) {
                     plan.seed = whole(value, single(value, "a whole number"), std::numeric_limits<std::int64_t>::max(),
                                       "a whole number from 0 to 2^63 - 1");
                   },
                   [](const Plan& plan) { return fmt::format("{}", plan.seed); }},
       .of_program = true},
  };
}

}  // namespace balassa
