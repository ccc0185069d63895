#include <limits>

#include "host/plan/knob_values.hpp"
#include "host/plan/knobs/rows.hpp"
#include "host/plan/knobs/settings.hpp"

namespace balassa {

std::vector<Knob> presence_knobs() {
  static const std::vector<Word> kTies = {{">=", TieRule::kAtLeast, "at_least"}, {">", TieRule::kAbove, "above"}};
  return {
      {.table = "specification",
       .name = "rca_threshold",
       .level = Level::kMatrix,
       .help = "0.5,1,2 | 0.5:2:0.25",
       .about = "a product is present where its RCA reaches this number",
       .interval = {std::numeric_limits<double>::denorm_min(), kHuge, "numbers > 0"},
       .otherwise = 1.0,
       .member = member(&Specification::rca_threshold),
       .labelled = Labelled::kAlways,
       .label =
           [](const Specification& s) {
             return fmt::format("RCA {} {}", word_of(kTies, static_cast<double>(s.tie)), s.rca_threshold);
           },
       .summarised = 1.0,
       .place = Place::kOfMatrix,
       .list = true,
       .takes_range = true},
      {.table = "specification",
       .name = "rca_tie",
       .level = Level::kMatrix,
       .about = "whether a product at the threshold is present",
       .words = kTies,
       .by_convention = {{"stata", TieRule::kAbove}, {"lyubimov", TieRule::kAbove}},
       .member = member(&Specification::tie),
       .labelled = Labelled::kByAnother,
       .place = Place::kOfMatrix,
       .list = true},
      {.table = "specification",
       .name = "presence",
       .level = Level::kMatrix,
       .about = "what presence is decided by",
       .words = {{"rca", 0}},
       .later = {"rpop", "both", "either", "continuous"},
       .place = Place::kFirst},
  };
}

}  // namespace balassa
