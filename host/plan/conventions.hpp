// The named conventions of sign and scale (FORMATS section 5); a result says which it used.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/study.hpp"

namespace balassa {

// What a convention fixes beyond Specification: how values are read. The sign rule of all three is
// corr(diversity, ECI) > 0.
struct Convention {
  std::string name;
  TieRule tie = TieRule::kAtLeast;
  bool read_as_float32 = false;  // Stata's `import delimited` stores float
  Deviation deviation = Deviation::kPopulation;
  PciScale pci_scale = PciScale::kEci;

  // The convention's choices at an RCA threshold.
  Specification specification(double rca_threshold = 1.0) const { return {rca_threshold, tie, deviation, pci_scale}; }
};

// "py", "stata" or "lyubimov". Throws Error kUsage for any other name, saying which exist.
Convention convention_by_name(std::string_view name);
const std::vector<std::string>& convention_names();

// Values of the explicit keys that override a convention: ">=", ">" | "population", "sample", "long-table" |
// "eci", "own" | "float64", "float32" | "na", "giant" (which is of no convention). nullopt for anything else.
std::optional<TieRule> parse_tie(std::string_view text);
std::optional<Deviation> parse_deviation(std::string_view text);
std::optional<PciScale> parse_pci_scale(std::string_view text);
std::optional<bool> parse_read_as_float32(std::string_view text);
std::optional<Disconnected> parse_disconnected(std::string_view text);
std::string_view tie_text(TieRule tie);
std::string_view deviation_text(Deviation deviation);
std::string_view pci_scale_text(PciScale scale);
std::string_view read_as_text(bool float32);
std::string_view disconnected_text(Disconnected policy);

}  // namespace balassa
