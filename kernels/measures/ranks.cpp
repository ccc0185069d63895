// Ranks of ECI and PCI, and quartiles of the PCI (METHODS A2 step 2, C0.7).
#include <algorithm>

#include "kernels/formulas/scoring.hpp"
#include "kernels/measures/measure_context.hpp"

namespace balassa {
namespace {

// Quartiles of the n products with a PCI by rank: P1..Pk are the n - floor((4 - k) n / 4) highest, ties at the cut
// going up together (METHODS A2 step 2; FORMATS 4).
std::vector<std::uint8_t> quartiles(const std::vector<std::int32_t>& rank) {
  const int n = static_cast<int>(std::count_if(rank.begin(), rank.end(), [](std::int32_t r) { return r > 0; }));
  std::vector<std::uint8_t> quartile(rank.size(), 0);
  for (std::size_t p = 0; p < rank.size(); ++p) {
    if (rank[p] == 0) continue;
    std::uint8_t k = 1;
    while (rank[p] > p1_size({4 - k, 4}, n)) ++k;
    quartile[p] = k;
  }
  return quartile;
}

}  // namespace

void measure_ranks(MeasureContext& context) {
  YearMeasures& measures = context.measures;
  measures.eci_rank = context.machine.ranks(measures.eci);
  measures.pci_rank = context.machine.ranks(measures.pci);
  measures.pci_quartile = quartiles(measures.pci_rank);
}

}  // namespace balassa
