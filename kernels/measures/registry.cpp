#include "kernels/measures/registry.hpp"

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "kernels/measures/measure_context.hpp"

namespace balassa {

// What computes them: a file each, of the name.
void measure_baskets(MeasureContext& context);
void measure_complexity(MeasureContext& context);
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
     .numbers = &Y::rca,
     .in_table = true},
    {.name = "mcp",
     .on = On::kLocationProduct,
     .meaning = "presence",
     .source = "METHODS A1 eq. 3",
     .compute = measure_baskets,
     .numbers = &Y::presence,
     .in_table = true},
    {.name = "diversity",
     .on = On::kLocation,
     .meaning = "products present in a location",
     .source = "METHODS A1 eq. 4; Hidalgo and Hausmann 2009",
     .compute = measure_baskets,
     .numbers = &Y::diversity,
     .in_table = true},
    {.name = "ubiquity",
     .on = On::kProduct,
     .meaning = "locations in which a product is present",
     .source = "METHODS A1 eq. 5; Hidalgo and Hausmann 2009",
     .compute = measure_baskets,
     .numbers = &Y::ubiquity,
     .in_table = true},
    {.name = "eci",
     .on = On::kLocation,
     .meaning = "economic complexity index",
     .source = "METHODS A1 eq. 12; Hausmann et al. 2014",
     .compute = measure_complexity,
     .needs = {"mcp"},
     .numbers = &Y::eci,
     .in_table = true},
    {.name = "pci",
     .on = On::kProduct,
     .meaning = "product complexity index",
     .source = "METHODS A1 eq. 14; Hausmann et al. 2014",
     .compute = measure_complexity,
     .needs = {"mcp"},
     .numbers = &Y::pci,
     .in_table = true},
    {.name = "eci_rank",
     .on = On::kLocation,
     .meaning = "1 = highest, 0 = no ECI",
     .source = "METHODS B4",
     .compute = measure_ranks,
     .needs = {"eci", "pci"},
     .numbers = &Y::eci_rank,
     .absent = 0},
    {.name = "pci_rank",
     .on = On::kProduct,
     .meaning = "1 = highest, 0 = no PCI",
     .source = "METHODS B4",
     .compute = measure_ranks,
     .needs = {"eci", "pci"},
     .numbers = &Y::pci_rank,
     .absent = 0},
    {.name = "hhi",
     .on = On::kLocation,
     .meaning = "Herfindahl-Hirschman index of the export basket, 0..10000",
     .source = "METHODS A2",
     .compute = measure_baskets,
     .numbers = &Y::hhi},
    {.name = "p_quartile",
     .on = On::kProduct,
     .meaning = "quartile of the PCI, 1 = most complex",
     .source = "METHODS A2 step 2",
     .compute = measure_ranks,
     .needs = {"eci", "pci"},
     .numbers = &Y::pci_quartile,
     .codes = "none P1 P2 P3 P4"},
    {.name = "reflection_location",
     .on = On::kLocation,
     .meaning = "k_{c,N} of the method of reflections",
     .source = "METHODS A1 eq. 6; Hidalgo and Hausmann 2009",
     .compute = measure_reflections,
     .needs = {"mcp"},
     .numbers = &Y::reflection_location,
     .reflections = true},
    {.name = "reflection_product",
     .on = On::kProduct,
     .meaning = "k_{p,N} of the method of reflections",
     .source = "METHODS A1 eq. 7; Hidalgo and Hausmann 2009",
     .compute = measure_reflections,
     .needs = {"mcp"},
     .numbers = &Y::reflection_product,
     .reflections = true},
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

double number_at(const MeasureInfo& measure, const YearMeasures& measures, std::int32_t location, std::int32_t product,
                 int products) {
  const bool absent = (measure.on != On::kProduct && location < 0) || (measure.on != On::kLocation && product < 0);
  if (absent) return std::numeric_limits<double>::quiet_NaN();
  const auto c = static_cast<std::size_t>(location), p = static_cast<std::size_t>(product);
  const std::size_t at = measure.on == On::kLocation  ? c
                         : measure.on == On::kProduct ? p
                                                      : c * static_cast<std::size_t>(products) + p;
  return visit_numbers(measure, measures, [&](const auto& numbers) { return static_cast<double>(numbers[at]); });
}

}  // namespace balassa
