#include "host/commands/measure_parameters.hpp"

#include <algorithm>

namespace balassa {
namespace {

template <class T>
std::function<void(MeasureParameters&, double)> member(T MeasureParameters::*field) {
  return [field](MeasureParameters& parameters, double value) { parameters.*field = static_cast<T>(value); };
}

}  // namespace

std::string MeasureParameter::flag() const {
  std::string flag = "--" + std::string(name);
  std::replace(flag.begin() + 2, flag.end(), '_', '-');
  return flag;
}

double MeasureParameter::default_of(std::string_view convention) const {
  for (const ConventionValue& value : by_convention) {
    if (value.convention == convention) return value.value;
  }
  return otherwise;
}

const std::vector<MeasureParameter>& measure_parameters() {
  static const std::vector<MeasureParameter> kParameters{
      {.name = "proximity_kind",
       .help = "what makes two near",
       .of = {"proximity", "location_proximity", "density", "distance", "coi", "cog"},
       .words = {{"discrete", ProximityKind::kDiscrete},
                 {"asymmetric", ProximityKind::kAsymmetric},
                 {"continuous", ProximityKind::kContinuous},
                 {"association", ProximityKind::kAssociation},
                 {"cosine", ProximityKind::kCosine},
                 {"jaccard", ProximityKind::kJaccard}},
       .set = member(&MeasureParameters::proximity)},
      {.name = "proximity_diagonal",
       .help = "of a product to itself, in densities too",
       .of = {"proximity", "location_proximity", "density", "distance", "coi", "cog"},
       .words = {{"own", false}, {"zero", true}},
       .by_convention = {{"stata", true}},
       .set = member(&MeasureParameters::zero_diagonal)},
      {.name = "nearest",
       .help = "a density counts the nearest K other products, ties too; 0: all",
       .of = {"density", "distance", "coi"},
       .interval = {0, 1e6, "a whole number from 0 to 1000000"},
       .set = member(&MeasureParameters::nearest)},
      {.name = "leave_own_out",
       .help = "densities by the proximities of the other locations",
       .of = {"density", "distance", "coi"},
       .words = {{"no", false}, {"yes", true}},
       .set = member(&MeasureParameters::leave_own_out)},
      {.name = "outlook_scale",
       .help = "of COI and COG, or the PCI's",
       .of = {"coi", "cog"},
       .words = {{"standardised", false}, {"pci", true}},
       .set = member(&MeasureParameters::raw_outlook)},
      {.name = "second_term",
       .help = "COG less density x PCI, as in the Atlas' book",
       .of = {"cog"},
       .words = {{"no", false}, {"yes", true}},
       .set = member(&MeasureParameters::second_term)},
      {.name = "basket",
       .help = "the products of a Gini: of the year, or of the location",
       .of = {"hhi_normalised", "theil", "gini"},
       .words = {{"traded", false}, {"exported", true}},
       .set = member(&MeasureParameters::basket_of_exported)},
      {.name = "fitness_iterations",
       .help = "steps of the fitness; 0: until ranks are settled",
       .of = {"fitness", "fitness_product", "fitness_log", "fitness_decay", "fitness_steps"},
       .interval = {0, 1e6, "a whole number from 0 to 1000000"},
       .set = member(&MeasureParameters::fitness_iterations)},
  };
  return kParameters;
}

}  // namespace balassa
