#include <fmt/format.h>

#include "host/help/rows.hpp"
#include "kernels/measures/registry.hpp"

namespace balassa {
namespace {

std::string text() {
  std::string text = paragraph("Measures of `balassa compute`, each a dataset /measure/NAME and a column of its name.");
  std::size_t width = 0;
  for (const MeasureInfo& measure : measure_registry()) width = std::max(width, std::string_view(measure.name).size());
  for (const auto& [on, what] : {std::pair{On::kLocation, "Of a location"},
                                 {On::kProduct, "Of a product"},
                                 {On::kLocationProduct, "Of a location and a product"},
                                 {On::kLocationPair, "Of two locations"},
                                 {On::kProductPair, "Of two products"},
                                 {On::kYear, "Of a year"}}) {
    text += fmt::format("\n{}:\n", what);
    for (const MeasureInfo& measure : measure_registry()) {
      if (measure.on == on) text += defined(measure.name, width, measure.meaning);
    }
  }
  return text + "\n" +
         paragraph(
             "X_cp is what location c exports of product p; X_c, X_p and X are sums of it. Formulas, units, papers "
             "and flags: balassa compute --measures list, and kernels/METHODS.md.");
}

}  // namespace

HelpTopic measures_topic() {
  return {"measures", "what compute measures: RCA, ECI, PCI, diversity, ...", text};
}

}  // namespace balassa
