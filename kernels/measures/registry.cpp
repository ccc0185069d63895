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
void measure_concentration(MeasureContext& context);
void measure_income(MeasureContext& context);
void measure_entry(MeasureContext& context);
void measure_nestedness(MeasureContext& context);
void measure_supermodularity(MeasureContext& context);
void measure_fitness(MeasureContext& context);
void measure_nhefc(MeasureContext& context);
void measure_genepy(MeasureContext& context);
void measure_genepy_product(MeasureContext& context);
void measure_eci_plus(MeasureContext& context);
void measure_density(MeasureContext& context);
void measure_location_proximity(MeasureContext& context);
void measure_outlook(MeasureContext& context);
void measure_proximity(MeasureContext& context);
void measure_ranks(MeasureContext& context);
void measure_reflections(MeasureContext& context);
void measure_exports_per_head(MeasureContext& context);
void measure_symmetric_rca(MeasureContext& context);
void measure_continuous_presence(MeasureContext& context);

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
     .formula = "1 where RCA >= t (or what --presence says), else 0",
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
    {.name = "rpop",
     .on = On::kLocationProduct,
     .meaning = "exports per head against the world's, (X_cp / X_p) / (N_c / N)",
     .source = "METHODS A1; py-ecomplexity",
     .compute = measure_exports_per_head,
     .formula = "(X_cp / X_p) / (N_c / N), N = population",
     .tables = {"population"}},
    {.name = "rsca",
     .on = On::kLocationProduct,
     .meaning = "symmetric RCA, -1 to 1",
     .source = "METHODS A1; Laursen 2015",
     .compute = measure_symmetric_rca,
     .formula = "(RCA - 1) / (RCA + 1)",
     .needs = {"rca"}},
    {.name = "rca_share",
     .on = On::kLocationProduct,
     .meaning = "continuous presence, 0 to 1",
     .source = "METHODS A1; the Atlas since 2026",
     .compute = measure_continuous_presence,
     .formula = "RCA / (1 + RCA)",
     .needs = {"rca"}},
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
    {.name = "hhi_share",
     .on = On::kLocation,
     .meaning = "Herfindahl-Hirschman index of the basket, 0..1",
     .source = "METHODS B5a",
     .compute = measure_concentration,
     .formula = "sum_p s_cp^2, s_cp = X_cp / X_c",
     .unit = "0..1"},
    {.name = "hhi_normalised",
     .on = On::kLocation,
     .meaning = "HHI from 0, all products alike, to 1, one product",
     .source = "METHODS B5a",
     .compute = measure_concentration,
     .formula = "(sum_p s_cp^2 - 1 / N) / (1 - 1 / N), N products",
     .unit = "0..1"},
    {.name = "n_eff",
     .on = On::kLocation,
     .meaning = "effective number of products",
     .source = "METHODS B5a; Laakso and Taagepera 1979",
     .compute = measure_concentration,
     .formula = "1 / sum_p s_cp^2",
     .unit = "products"},
    {.name = "entropy",
     .on = On::kLocation,
     .meaning = "entropy of the basket",
     .source = "METHODS B5a; Shannon 1948",
     .compute = measure_concentration,
     .formula = "-sum_p s_cp ln s_cp",
     .unit = "nats"},
    {.name = "theil",
     .on = On::kLocation,
     .meaning = "Theil index of the basket",
     .source = "METHODS B5a; Theil 1967",
     .compute = measure_concentration,
     .formula = "ln N - entropy, N products",
     .unit = "nats"},
    {.name = "gini",
     .on = On::kLocation,
     .meaning = "Gini coefficient of the basket",
     .source = "METHODS B5a; Gini 1914",
     .compute = measure_concentration,
     .formula = "sum_i (2 i - N - 1) x_i / (N sum_i x_i), x rising",
     .unit = "0..1"},
    {.name = "krugman",
     .on = On::kLocation,
     .meaning = "how unlike the basket is to that of all other locations",
     .source = "METHODS B5a; Krugman 1991",
     .compute = measure_concentration,
     .formula = "sum_p |s_cp - (X_p - X_cp) / (X - X_c)|",
     .unit = "0..2"},
    {.name = "prody",
     .on = On::kProduct,
     .meaning = "income that a product goes with",
     .source = "METHODS B5a; Hausmann, Hwang and Rodrik 2007",
     .compute = measure_income,
     .formula = "sum_c RCA_cp y_c / sum_c RCA_cp, y = gdp / population",
     .unit = "of gdp / population",
     .needs = {"rca"},
     .tables = {"gdp", "population"}},
    {.name = "expy",
     .on = On::kLocation,
     .meaning = "income that a basket goes with",
     .source = "METHODS B5a; Hausmann, Hwang and Rodrik 2007",
     .compute = measure_income,
     .formula = "sum_p (X_cp / X_c) PRODY_p",
     .unit = "of gdp / population",
     .needs = {"rca"},
     .tables = {"gdp", "population"}},
    {.name = "entry",
     .on = On::kLocationProduct,
     .meaning = "1 entered since the year before, -1 left, 0 neither",
     .source = "METHODS B5a",
     .compute = measure_entry,
     .formula = "M_cp - M_cp of the year before",
     .unit = "-1, 0, 1",
     .needs = {"mcp"},
     .against_before = true},
    {.name = "entries",
     .on = On::kLocation,
     .meaning = "products that entered since the year before",
     .source = "METHODS B5a",
     .compute = measure_entry,
     .formula = "sum_p M_cp (1 - M_cp of the year before)",
     .unit = "products",
     .needs = {"mcp"},
     .against_before = true},
    {.name = "exits",
     .on = On::kLocation,
     .meaning = "products that left since the year before",
     .source = "METHODS B5a",
     .compute = measure_entry,
     .formula = "sum_p (1 - M_cp) M_cp of the year before",
     .unit = "products",
     .needs = {"mcp"},
     .against_before = true},
    {.name = "nodf",
     .on = On::kYear,
     .meaning = "nestedness, of locations and products",
     .source = "METHODS B5a; Almeida-Neto et al. 2008",
     .compute = measure_nestedness,
     .formula = "sum over pairs k_i > k_j of |i and j| / k_j, over all pairs of both sides",
     .unit = "0..100",
     .needs = {"mcp"},
     .holds = On::kProductPair},
    {.name = "nodf_locations",
     .on = On::kYear,
     .meaning = "nestedness of locations",
     .source = "METHODS B5a; Almeida-Neto et al. 2008",
     .compute = measure_nestedness,
     .formula = "the same over pairs of locations",
     .unit = "0..100",
     .needs = {"mcp"},
     .holds = On::kProductPair},
    {.name = "nodf_products",
     .on = On::kYear,
     .meaning = "nestedness of products",
     .source = "METHODS B5a; Almeida-Neto et al. 2008",
     .compute = measure_nestedness,
     .formula = "the same over pairs of products",
     .unit = "0..100",
     .needs = {"mcp"},
     .holds = On::kProductPair},
    {.name = "nodf_mean",
     .on = On::kYear,
     .meaning = "mean of both halves",
     .source = "METHODS B5a; Almeida-Neto et al. 2008",
     .compute = measure_nestedness,
     .formula = "(nodf_locations + nodf_products) / 2",
     .unit = "0..100",
     .needs = {"mcp"},
     .holds = On::kProductPair},
    {.name = "nodf_stable",
     .on = On::kYear,
     .meaning = "nestedness where pairs of one degree count",
     .source = "METHODS B5a; Mariani et al. 2019",
     .compute = measure_nestedness,
     .formula = "nodf with k_i >= k_j",
     .unit = "0..100",
     .needs = {"mcp"},
     .holds = On::kProductPair},
    {.name = "log_supermodularity",
     .on = On::kYear,
     .meaning = "share of four cells in which complex locations are relatively no worse at complex products",
     .source = "METHODS B5a; Schetter 2019",
     .compute = measure_supermodularity,
     .formula = "share of R_c'p' R_cp >= R_c'p R_cp' over ECI_c' > ECI_c, PCI_p' > PCI_p",
     .unit = "0..1",
     .needs = {"eci", "pci"},
     .asked = Asked::kByName},
    {.name = "log_supermodularity_strict",
     .on = On::kYear,
     .meaning = "log_supermodularity among the cells that are not level; 0.5: no information",
     .source = "METHODS B5a",
     .compute = measure_supermodularity,
     .formula = "the share of > among > and <",
     .unit = "0..1",
     .needs = {"eci", "pci"},
     .asked = Asked::kByName},
    {.name = "fitness",
     .on = On::kLocation,
     .meaning = "fitness",
     .source = "METHODS B4a; Tacchella et al. 2012",
     .compute = measure_fitness,
     .formula = "F = M Q, over its mean",
     .unit = "mean 1",
     .needs = {"mcp"}},
    {.name = "fitness_product",
     .on = On::kProduct,
     .meaning = "complexity of a product by fitness",
     .source = "METHODS B4a; Tacchella et al. 2012",
     .compute = measure_fitness,
     .formula = "Q = 1 / (M^T (1 / F)), over its mean",
     .unit = "mean 1",
     .needs = {"mcp"}},
    {.name = "fitness_log",
     .on = On::kLocation,
     .meaning = "ln of fitness, where fitness itself is below what a double holds",
     .source = "METHODS B4a; Tacchella et al. 2012",
     .compute = measure_fitness,
     .formula = "ln F",
     .unit = "nats",
     .needs = {"mcp"}},
    {.name = "fitness_decay",
     .on = On::kLocation,
     .meaning = "how fast fitness goes to zero; near 0: it does not",
     .source = "METHODS B4a; Pugliese et al. 2016",
     .compute = measure_fitness,
     .formula = "-d ln F / d ln n over the last doubling of the steps n",
     .unit = "1",
     .needs = {"mcp"}},
    {.name = "fitness_steps",
     .on = On::kYear,
     .meaning = "steps of the map; 65536: ranks are not settled",
     .source = "METHODS B4a",
     .compute = measure_fitness,
     .formula = "n",
     .unit = "steps",
     .needs = {"mcp"}},
    {.name = "nhefc",
     .on = On::kLocation,
     .meaning = "fitness by a map that converges",
     .source = "METHODS B4a; Servedio et al. 2018",
     .compute = measure_nhefc,
     .formula = "F = d^2 + sum_p M_cp / P_p, d = 0.001",
     .unit = "1",
     .needs = {"mcp"}},
    {.name = "nhefc_product",
     .on = On::kProduct,
     .meaning = "complexity by a map that converges",
     .source = "METHODS B4a; Servedio et al. 2018",
     .compute = measure_nhefc,
     .formula = "1 / (P - 1), P = 1 + sum_c M_cp / F_c",
     .unit = "1",
     .needs = {"mcp"}},
    {.name = "genepy",
     .on = On::kLocation,
     .meaning = "GENEPY of locations",
     .source = "METHODS B4a; Sciarra et al. 2020",
     .compute = measure_genepy,
     .formula = "(sum_i l_i x_i^2)^2 + 2 sum_i l_i^2 x_i^2 of the two largest |l| of W W^T, diagonal 0",
     .unit = "1",
     .needs = {"mcp"},
     .holds = On::kLocationPair},
    {.name = "genepy_product",
     .on = On::kProduct,
     .meaning = "GENEPY of products",
     .source = "METHODS B4a; Sciarra et al. 2020",
     .compute = measure_genepy_product,
     .formula = "the same of W^T W",
     .unit = "1",
     .needs = {"mcp"},
     .holds = On::kProductPair,
     .asked = Asked::kByName},
    {.name = "eci_plus",
     .on = On::kLocation,
     .meaning = "ECI+",
     .source = "METHODS B4a; Albeaik et al. 2017",
     .compute = measure_eci_plus,
     .formula = "ln X_c^inf - ln sum_p X_cp / X_p, X_c <- sum_p X_cp / sum_c' (X_c'p / X_c')",
     .unit = "nats"},
    {.name = "pci_plus",
     .on = On::kProduct,
     .meaning = "PCI+",
     .source = "METHODS B4a; Albeaik et al. 2017",
     .compute = measure_eci_plus,
     .formula = "ln X_p - ln sum_c X_cp / X_c^inf",
     .unit = "nats"},
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
