#include "kernels/measures/registry.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <set>
#include <stdexcept>

#include "kernels/measures/measure_context.hpp"

namespace balassa {

// What computes them: a file each, of the name.
void measure_baskets(MeasureContext& context);
void measure_complexity(MeasureContext& context);
void measure_density(MeasureContext& context);
void measure_location_proximity(MeasureContext& context);
void measure_outlook(MeasureContext& context);
void measure_proximity(MeasureContext& context);
void measure_ranks(MeasureContext& context);
void measure_reflections(MeasureContext& context);

namespace {

using Y = YearMeasures;

const MeasureInfo kMeasures[] = {
    {.name = "rca",
     .on = On::kLocationProduct,
     .meaning = "revealed comparative advantage, (X_cp / X_c) / (X_p / X)",
     .source = "METHODS A1 eq. 3; Balassa 1965",
     .compute = measure_baskets,
     .formula = "(X_cp / X_c) / (X_p / X)",
     .asked = Asked::kAlways,
     .numbers = &Y::rca,
     .in_table = true},
    {.name = "mcp",
     .on = On::kLocationProduct,
     .meaning = "presence",
     .source = "METHODS A1 eq. 3",
     .compute = measure_baskets,
     .formula = "1 where RCA >= t, else 0",
     .unit = "0 or 1",
     .asked = Asked::kAlways,
     .numbers = &Y::presence,
     .in_table = true},
    {.name = "diversity",
     .on = On::kLocation,
     .meaning = "products present in a location",
     .source = "METHODS A1 eq. 4; Hidalgo and Hausmann 2009",
     .compute = measure_baskets,
     .formula = "k_c = sum_p M_cp",
     .unit = "products",
     .asked = Asked::kAlways,
     .numbers = &Y::diversity,
     .in_table = true},
    {.name = "ubiquity",
     .on = On::kProduct,
     .meaning = "locations in which a product is present",
     .source = "METHODS A1 eq. 5; Hidalgo and Hausmann 2009",
     .compute = measure_baskets,
     .formula = "k_p = sum_c M_cp",
     .unit = "locations",
     .asked = Asked::kAlways,
     .numbers = &Y::ubiquity,
     .in_table = true},
    {.name = "eci",
     .on = On::kLocation,
     .meaning = "economic complexity index",
     .source = "METHODS A1 eq. 12; Hausmann et al. 2014",
     .compute = measure_complexity,
     .formula = "second eigenvector of D^-1 M U^-1 M^T, standardised",
     .unit = "deviations",
     .needs = {"mcp"},
     .asked = Asked::kAlways,
     .numbers = &Y::eci,
     .in_table = true},
    {.name = "pci",
     .on = On::kProduct,
     .meaning = "product complexity index",
     .source = "METHODS A1 eq. 14; Hausmann et al. 2014",
     .compute = measure_complexity,
     .formula = "second eigenvector of U^-1 M^T D^-1 M, scaled by convention",
     .unit = "deviations",
     .needs = {"mcp"},
     .asked = Asked::kAlways,
     .numbers = &Y::pci,
     .in_table = true},
    {.name = "eci_rank",
     .on = On::kLocation,
     .meaning = "1 = highest, 0 = no ECI",
     .source = "METHODS B4",
     .compute = measure_ranks,
     .formula = "1 = highest ECI; ties take the smallest",
     .unit = "rank",
     .needs = {"eci", "pci"},
     .asked = Asked::kAlways,
     .numbers = &Y::eci_rank,
     .absent = 0},
    {.name = "pci_rank",
     .on = On::kProduct,
     .meaning = "1 = highest, 0 = no PCI",
     .source = "METHODS B4",
     .compute = measure_ranks,
     .formula = "1 = highest PCI; ties take the smallest",
     .unit = "rank",
     .needs = {"eci", "pci"},
     .asked = Asked::kAlways,
     .numbers = &Y::pci_rank,
     .absent = 0},
    {.name = "hhi",
     .on = On::kLocation,
     .meaning = "Herfindahl-Hirschman index of the export basket, 0..10000",
     .source = "METHODS A2",
     .compute = measure_baskets,
     .formula = "10000 sum_p (X_cp / X_c)^2",
     .unit = "0..10000",
     .asked = Asked::kAlways,
     .numbers = &Y::hhi},
    {.name = "p_quartile",
     .on = On::kProduct,
     .meaning = "quartile of the PCI, 1 = most complex",
     .source = "METHODS A2 step 2",
     .compute = measure_ranks,
     .formula = "quarters of the products by rank of PCI",
     .unit = "1..4",
     .needs = {"eci", "pci"},
     .asked = Asked::kAlways,
     .numbers = &Y::pci_quartile,
     .codes = "none P1 P2 P3 P4"},
    {.name = "reflection_location",
     .on = On::kLocation,
     .meaning = "k_{c,N} of the method of reflections",
     .source = "METHODS A1 eq. 6; Hidalgo and Hausmann 2009",
     .compute = measure_reflections,
     .formula = "k_{c,N} = (1 / k_c) sum_p M_cp k_{p,N-1}",
     .unit = "products or locations",
     .needs = {"mcp"},
     .asked = Asked::kByReflections,
     .numbers = &Y::reflection_location},
    {.name = "reflection_product",
     .on = On::kProduct,
     .meaning = "k_{p,N} of the method of reflections",
     .source = "METHODS A1 eq. 7; Hidalgo and Hausmann 2009",
     .compute = measure_reflections,
     .formula = "k_{p,N} = (1 / k_p) sum_c M_cp k_{c,N-1}",
     .unit = "products or locations",
     .needs = {"mcp"},
     .asked = Asked::kByReflections,
     .numbers = &Y::reflection_product},
    {.name = "proximity",
     .on = On::kProductPair,
     .meaning = "proximity of two products",
     .source = "METHODS B5; Hidalgo et al. 2007",
     .compute = measure_proximity,
     .formula = "sum_c M_cp M_cp' / max(k_p, k_p')",
     .needs = {"rca", "mcp"},
     .asked = Asked::kByName},
    {.name = "location_proximity",
     .on = On::kLocationPair,
     .meaning = "proximity of two locations",
     .source = "METHODS B5",
     .compute = measure_location_proximity,
     .formula = "sum_p M_cp M_c'p / max(k_c, k_c')",
     .needs = {"rca", "mcp"}},
    {.name = "density",
     .on = On::kLocationProduct,
     .meaning = "how near a product is to what the location has",
     .source = "METHODS B5; Hidalgo et al. 2007",
     .compute = measure_density,
     .formula = "sum_p' phi_pp' M_cp' / sum_p' phi_pp'",
     .unit = "0..1",
     .needs = {"rca", "mcp"},
     .holds = On::kProductPair},
    {.name = "distance",
     .on = On::kLocationProduct,
     .meaning = "1 - density",
     .source = "METHODS B5; Hausmann et al. 2014",
     .compute = measure_density,
     .formula = "1 - density",
     .unit = "0..1",
     .needs = {"rca", "mcp"},
     .holds = On::kProductPair},
    {.name = "coi",
     .on = On::kLocation,
     .meaning = "complexity outlook index",
     .source = "METHODS B5; Hausmann et al. 2014",
     .compute = measure_outlook,
     .formula = "sum_p density_cp (1 - M_cp) PCI_p, standardised",
     .unit = "deviations",
     .needs = {"density", "eci", "pci"},
     .holds = On::kProductPair},
    {.name = "cog",
     .on = On::kLocationProduct,
     .meaning = "complexity outlook gain of a product that the location lacks",
     .source = "METHODS B5; Hausmann et al. 2014",
     .compute = measure_outlook,
     .formula = "(1 - M_cp) sum_p' (1 - M_cp') phi_p'p PCI_p' / sum_p'' phi_p'p''",
     .unit = "deviations of ECI",
     .needs = {"density", "eci", "pci"},
     .holds = On::kProductPair},
};

}  // namespace

std::span<const MeasureInfo> measure_registry() {
  return kMeasures;
}

const MeasureInfo& measure_by_name(const std::string& name) {
  const auto found = std::find_if(std::begin(kMeasures), std::end(kMeasures),
                                  [&](const MeasureInfo& measure) { return name == measure.name; });
  if (found == std::end(kMeasures)) throw std::logic_error("measures: found no '" + name + "', which another needs");
  return *found;
}

std::vector<const MeasureInfo*> asked_measures(const std::vector<std::string>& names, int reflections) {
  std::vector<const MeasureInfo*> asked;
  for (const MeasureInfo& measure : kMeasures) {
    const bool named = std::find(names.begin(), names.end(), measure.name) != names.end();
    const bool comes_along =
        measure.asked == Asked::kByReflections ? reflections > 0 : names.empty() && measure.asked == Asked::kAlways;
    if (named || comes_along) asked.push_back(&measure);
  }
  return asked;
}

std::vector<const MeasureInfo*> with_needs(const std::vector<const MeasureInfo*>& asked) {
  std::set<std::string> names;
  const std::function<void(const MeasureInfo&)> add = [&](const MeasureInfo& measure) {
    if (!names.insert(measure.name).second) return;
    for (const char* need : measure.needs) {
      if (need != nullptr) add(measure_by_name(need));
    }
  };
  for (const MeasureInfo* measure : asked) add(*measure);
  std::vector<const MeasureInfo*> all;
  for (const MeasureInfo& measure : kMeasures) {
    if (names.count(measure.name) > 0) all.push_back(&measure);
  }
  return all;
}

bool are_scored(const std::vector<const MeasureInfo*>& asked) {
  const std::vector<const MeasureInfo*> all = with_needs(asked);
  return std::any_of(all.begin(), all.end(),
                     [](const MeasureInfo* measure) { return measure->compute == measure_complexity; });
}

std::size_t numbers_of(On on, std::size_t locations, std::size_t products) {
  switch (on) {
    case On::kYear:
      return 1;
    case On::kLocation:
      return locations;
    case On::kProduct:
      return products;
    case On::kLocationProduct:
      return locations * products;
    case On::kLocationPair:
      return locations * locations;
    case On::kProductPair:
      return products * products;
  }
  return 0;
}

double number_at(const MeasureInfo& measure, const YearMeasures& measures, std::int32_t location, std::int32_t product,
                 int products) {
  const bool by_location = measure.on == On::kLocation || measure.on == On::kLocationProduct,
             by_product = measure.on == On::kProduct || measure.on == On::kLocationProduct;
  if ((by_location && location < 0) || (by_product && product < 0)) return std::numeric_limits<double>::quiet_NaN();
  const auto c = static_cast<std::size_t>(location), p = static_cast<std::size_t>(product);
  const std::size_t at = by_location && by_product ? c * static_cast<std::size_t>(products) + p
                         : by_location             ? c
                         : by_product              ? p
                                                   : 0;
  return visit_numbers(measure, measures, [&](const auto& numbers) { return static_cast<double>(numbers[at]); });
}

}  // namespace balassa
