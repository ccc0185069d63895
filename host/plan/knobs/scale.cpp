#include "host/plan/knobs/rows.hpp"

namespace balassa {

std::vector<Knob> scale_knobs() {
  return {
      {.table = "specification",
       .name = "deviation",
       .level = Level::kScale,
       .about = "which deviation standardises",
       .words = {{"population", Deviation::kPopulation},
                 {"sample", Deviation::kSample},
                 {"long-table", Deviation::kLongTable}},
       .by_convention = {{"stata", Deviation::kLongTable}},
       .member = member(&Specification::deviation)},
      {.table = "specification",
       .name = "pci_scale",
       .level = Level::kScale,
       .about = "whose mean and deviation scale the PCI",
       .words = {{"eci", PciScale::kEci}, {"own", PciScale::kOwn}},
       .by_convention = {{"lyubimov", PciScale::kOwn}},
       .member = member(&Specification::pci_scale)},
  };
}

}  // namespace balassa
