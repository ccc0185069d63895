#include <fmt/format.h>

#include "host/help/rows.hpp"
#include "host/results/sweep_report.hpp"
#include "kernels/formulas/scoring.hpp"

namespace balassa {
namespace {

std::string text() {
  constexpr std::size_t kWidth = 14;
  return paragraph(
             "An axis has no sign of its own: the ranking and its reverse solve the same equation. Conventions turn "
             "it so that corr(ECI, diversity) > 0. Where that says little, so does the ranking.") +
         "\n" +
         defined(
             "orientation", kWidth,
             fmt::format("which way round the ranking is. AMBIGUOUS: the rule would turn {:.0f} % of the replicates "
                         "or more; without replicates, a rule votes against the sign or none votes",
                         100 * kTurnedShare)) +
         defined(
             "votes", kWidth,
             "corr(ECI, diversity), corr(PCI, ubiquity) with the sign reversed, and the reflections; one votes where "
             "it is more than two standard errors from 0") +
         defined("alignment", kWidth,
                 fmt::format("what the signs of the replicates are made to go with: {}; {} (of another specification, "
                             "where the own one has no scores); {} (its rule alone)",
                             alignment_text(Alignment::kOwnBaseline), alignment_text(Alignment::kNeighbour),
                             alignment_text(Alignment::kConvention))) +
         defined(
             "axis swap", kWidth,
             "another axis of the replicate looks more like the baseline's than its second does; printed as \"another "
             "axis matches better\"") +
         defined("turned round", kWidth,
                 "the ECI runs against that of the year before; --align-years gives all years one orientation") +
         defined(
             "participation", kWidth,
             fmt::format("how many locations carry the axis; below {:.0f} the scores describe single locations, and "
                         "--min-participation {:.0f} leaves such scores out",
                         kFewLocations, kFewLocations));
}

}  // namespace

HelpTopic sign_topic() {
  return {"sign", "orientation, alignment, axis swap, participation", text};
}

}  // namespace balassa
