#include "host/results/cell_diagnostic.hpp"

#include <numeric>

#include "kernels/formulas/scoring.hpp"

namespace balassa {

std::optional<double> CellDiagnostic::turned_share() const {
  if (!sign_disagree || valid == 0) return std::nullopt;
  return static_cast<double>(*sign_disagree + *sign_undefined) / static_cast<double>(valid);
}

CellDiagnostic diagnose(const SweepCell& cell, Precision precision) {
  const Tallies& t = cell.tallies;
  const ScenarioRecord& b = cell.baseline;
  CellDiagnostic d;
  d.valid = t.validity.empty() ? 0 : t.validity[0];
  if (d.valid > 0) {
    d.sign_undefined = t.sign_undefined;
    d.giant_component = t.giant_component;
    const auto few = static_cast<std::ptrdiff_t>(kFewLocations);  // the histogram is of whole locations, rounded down
    if (t.participation.size() > static_cast<std::size_t>(few))
      d.few_locations = std::accumulate(t.participation.begin(), t.participation.begin() + few, std::uint64_t{0});
    if (precision != Precision::kFast && !t.certification.empty())
      d.not_certified = t.certification[static_cast<std::size_t>(Certification::kNotCertified)];
    // By the convention's rule alone every sign is the rule's, and no axis is there to compare with.
    if (cell.alignment.kind != Alignment::kConvention) {
      d.sign_disagree = t.sign_disagree;
      d.axis_swap = t.axis_swap;
    }
  }
  if (const auto share = d.turned_share()) {
    d.orientation_ambiguous = *share >= kTurnedShare;
  } else if (t.scenarios == 0 && b.validity == Validity::kValid) {
    d.orientation_ambiguous = sign_ambiguous(b.votes, b.sign);
  }
  return d;
}

}  // namespace balassa
