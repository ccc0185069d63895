// What a location could still come to make: the complexity outlook, and what each product would add to it (METHODS B5;
// Hausmann et al. 2014).
#include <cmath>
#include <limits>

#include "kernels/base/canonical_sum.hpp"
#include "kernels/formulas/relatedness.hpp"
#include "kernels/formulas/scoring.hpp"
#include "kernels/measures/proximity.hpp"

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// PCI of the graph's products, 0 where there is none. Outlooks are of the eigenvector, whose mean over all links is 0
// (METHODS A1.1.3): standardising moved that mean, and this moves it back.
std::vector<double> outlook_pci(const MeasureContext& context) {
  const BipartiteGraph& graph = context.graph;
  std::vector<double> pci;
  double links = 0, sum = 0;
  for (int k = 0; k < graph.columns(); ++k) {
    pci.push_back(context.measures.pci[static_cast<std::size_t>(graph.product[static_cast<std::size_t>(k)])]);
    if (std::isnan(pci.back())) continue;
    links += graph.ubiquity(k);
    sum += graph.ubiquity(k) * pci.back();
  }
  const double mean = context.request.parameters.raw_outlook || links == 0 ? 0 : sum / links;
  for (double& x : pci) x = std::isnan(x) ? 0 : x - mean;
  return pci;
}

// By the same rule as the ECI, over the locations that have one.
void standardise(std::vector<double>& outlook, Deviation rule, int products) {
  std::vector<double> valid;
  for (const double x : outlook) {
    if (!std::isnan(x)) valid.push_back(x);
  }
  const std::size_t n = valid.size();
  const double sum = canonical_sum(n, [&](std::size_t i) { return valid[i]; }), mean = sum / static_cast<double>(n);
  const double square = canonical_sum(n, [&](std::size_t i) { return (valid[i] - mean) * (valid[i] - mean); });
  const Scale scale = scale_of(static_cast<double>(n), sum, square, rule, products);
  for (double& x : outlook) x = standardised(x, scale, 1);
}

}  // namespace

void measure_outlook(MeasureContext& context) {
  const BipartiteGraph& graph = context.graph;
  const MeasureParameters& parameters = context.request.parameters;
  const auto locations = static_cast<std::size_t>(context.year.locations),
             products = static_cast<std::size_t>(context.year.products), n = graph.product.size();
  std::vector<double> coi(locations, kNan), cog(locations * products, kNan);
  if (context.measures.validity == Validity::kValid) {
    const std::vector<double>& near = proximity_of(context);
    const std::vector<double>& density = context.measures.further.at("density");
    const std::vector<double> pci = outlook_pci(context);
    // What the absence of p lets each product open: PCI_p over all that is near to p. The absent ones' sum is that of
    // all products minus that of the present ones.
    std::vector<double> weight = row_totals(near), total(n, 0.0);
    for (std::size_t p = 0; p < n; ++p) {
      weight[p] = weight[p] > 0 ? pci[p] / weight[p] : 0;
      for (std::size_t q = 0; q < n; ++q) total[q] += weight[p] * near[p * n + q];
    }
    const std::vector<double> present = context.machine.sum_rows(graph, near, weight);
    std::vector<bool> has(n);
    for (std::size_t r = 0; r < graph.location.size(); ++r) {
      const auto c = static_cast<std::size_t>(graph.location[r]);
      if (std::isnan(context.measures.eci[c])) continue;
      has.assign(n, false);
      for (const std::int32_t k : graph.products_of(static_cast<int>(r))) has[static_cast<std::size_t>(k)] = true;
      coi[c] = 0;
      for (std::size_t k = 0; k < n; ++k) {
        const std::size_t at = c * products + static_cast<std::size_t>(graph.product[k]);
        if (std::isnan(context.measures.pci[static_cast<std::size_t>(graph.product[k])])) continue;
        coi[c] += outlook_of(density[at], has[k], pci[k]);
        cog[at] = gain_of(total[k] - present[r * n + k], has[k], density[at], pci[k], parameters.second_term);
      }
    }
    if (!parameters.raw_outlook) standardise(coi, context.request.specification.deviation, static_cast<int>(n));
  }
  context.measures.further["coi"] = std::move(coi);
  context.measures.further["cog"] = std::move(cog);
}

}  // namespace balassa
