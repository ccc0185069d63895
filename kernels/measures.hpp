// What `compute` measures of one year: plain data of the seam's dense operation.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernels/study.hpp"

namespace balassa {

// What likens two products, or two locations (METHODS B5): the smaller of both conditional probabilities | the one
// given the first | (1 + r) / 2 of the correlation r of RCA | shared over expected by chance | Salton's cosine | shared
// over either.
enum class ProximityKind : std::uint8_t { kDiscrete, kAsymmetric, kContinuous, kAssociation, kCosine, kJaccard };

// How single measures are made: a member each, and its row in host/commands/measure_parameters.cpp.
struct MeasureParameters {
  ProximityKind proximity = ProximityKind::kDiscrete;
  bool zero_diagonal = false;       // a product is not near itself, so that a density leaves the product itself out
  int nearest = 0;                  // a density counts the nearest k other products, ties included; 0: all products
  bool leave_own_out = false;       // a location's densities are by proximities of the other locations
  bool raw_outlook = false;         // outlooks by the PCI as published, not standardised
  bool second_term = false;         // a gain loses the opportunity itself, density x PCI (the Atlas' book)
  bool basket_of_exported = false;  // N of concentration: the products that the location exports, not all of the year
  int fitness_iterations = 0;       // 0: until no two ranks can cross
};

struct MeasureRequest {
  Specification specification;
  int reflections = 0;  // 0: none; else the iterate N >= 1 of the method of reflections (METHODS A1 eq. 6, 7)
  bool turned = false;  // the convention's sign is turned round: the year goes with its neighbours
  // Names of the registry (measures/registry.hpp), with which what they need is computed; none: those of a plain
  // `compute`.
  std::vector<std::string> measures = {};
  MeasureParameters parameters = {};
  // What else is known of the year's locations [C], by name ("gdp", "population"); NaN = not known.
  std::map<std::string, std::vector<double>> tables = {};
  std::shared_ptr<const Year> before =
      {};  // the earlier year that entries and exits are counted from; none: there is none
};

// A location or product without scores, and why.
enum class Status : std::uint8_t { kOk, kNoTrade, kNoDiversity, kNoUbiquity, kYearUndefined, kOtherComponent };

// All measures of one year, in the year's compact locations C and products P; NaN = not defined.
struct YearMeasures {
  std::vector<double> rca;                       // [C, P]
  std::vector<std::uint8_t> presence;            // [C, P] 0/1
  std::vector<double> diversity, ubiquity;       // [C], [P]
  std::vector<double> eci, pci;                  // [C], [P]
  std::vector<std::int32_t> eci_rank, pci_rank;  // 1 = highest, ties the smallest, 0 = not valid
  std::vector<double> hhi;                       // [C] of the export basket, 0..10000
  std::vector<std::uint8_t>
      pci_quartile;  // [P] 1 = P1 (highest) .. 4, 0 = none (METHODS A2 step 2: by rank, ties go up)
  std::vector<double> reflection_location, reflection_product;  // [C], [P] k_{c,N}, k_{p,N} where asked
  bool reflection_lost = false;                        // the signal is below what fp64 resolves (METHODS A1.1.5)
  std::map<std::string, std::vector<double>> further;  // by name: measures of the registry without a member here
  bool scored = false;                                 // ECI was asked for, or needed; else the rest here says nothing
  std::vector<Status> location_status, product_status;
  std::vector<std::int32_t> location_component;  // [C] component of the bipartite graph, 0-based; -1 = dropped
  std::array<double, 4> lambda{};                // 1, lambda_2..4 of W, or of its giant component; NaN = not there
  Validity validity = Validity::kValid;
  int components = 0;  // valid with more than one: scores of the largest
  double residual = 0, gap = 0, participation = 0;
  int undecided = 0;  // pairs of neighbours in rank whose order or tie the error bound leaves open
  double corr_eci_diversity = 0, corr_pci_ubiquity = 0, corr_reflection = 0;  // with the sign that was applied
  SignVotes votes;                                                            // on the sign that was applied
  bool sign_ambiguous = false;  // a rule votes against it, or none votes (formulas/scoring.hpp)
  bool sign_undefined = false;
  bool turned = false;        // as asked for
  bool deterministic = true;  // false: the last bits of scores may differ from run to run
};

}  // namespace balassa
