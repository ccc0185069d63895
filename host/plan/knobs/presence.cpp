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
             const std::string_view tie = word_of(kTies, static_cast<double>(s.tie));
             const std::string rca = fmt::format("RCA {} {}", tie, s.rca_threshold),
                               rpop = fmt::format("RPOP {} {}", tie, s.rpop_threshold);
             return s.presence == Presence::kRca    ? rca
                    : s.presence == Presence::kRpop ? rpop
                                                    : rca + (s.presence == Presence::kBoth ? " and " : " or ") + rpop;
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
       .about = "what presence is decided by: RCA, exports per head, both of them, either of them",
       .words = {{"rca", Presence::kRca},
                 {"rpop", Presence::kRpop},
                 {"both", Presence::kBoth},
                 {"either", Presence::kEither}},
       .later = {"continuous"},
       .member = member(&Specification::presence),
       .labelled = Labelled::kByAnother,
       .place = Place::kFirst,
       .list = true},
      {.table = "specification",
       .name = "rpop_threshold",
       .level = Level::kMatrix,
       .help = "where presence looks at it",
       .about = "and where its exports per head reach this number, against the world's",
       .interval = {std::numeric_limits<double>::denorm_min(), kHuge, "numbers > 0"},
       .otherwise = 1.0,
       .member = member(&Specification::rpop_threshold),
       .labelled = Labelled::kByAnother,
       .place = Place::kOfMatrix,
       .list = true,
       .takes_range = true},
  };
}

}  // namespace balassa
