// What a scenario is made of: plain data shared by host and devices. No CUDA, no files, no behaviour.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace balassa {

// Whether a product at the threshold is present (METHODS A1 eq. 3, E8).
enum class TieRule : std::uint8_t { kAtLeast, kAbove };  // RCA >= t | RCA > t

// What makes a product present: RCA; RPOP, exports per head against the world's, (X_cp / X_p) / (N_c / N); both of
// them; either of them (METHODS A1). Each has a threshold of its own, and both the tie rule.
enum class Presence : std::uint8_t { kRca, kRpop, kBoth, kEither };

// A kind of resampling: a row of kSchemes, and a file below scenario/draws/.
enum class Scheme : std::uint8_t { kNone, kProducts, kNoise, kLocations };

// What one replicate draws: any of these together, each from a purpose of its own of the generator, so that one is
// switched on or off with the rest unchanged (METHODS C1b).
struct Draws {
  bool product_weights = false;   // on the columns (METHODS C1)
  bool location_weights = false;  // on the rows (METHODS C2)
  bool cell_noise = false;        // lognormal, on the values (METHODS C4)
  constexpr Draws() = default;
  constexpr Draws(bool products, bool locations, bool noise)
      : product_weights(products), location_weights(locations), cell_noise(noise) {}
  constexpr Draws(Scheme scheme);
  constexpr bool any() const { return product_weights || location_weights || cell_noise; }
  constexpr bool operator==(const Draws&) const = default;
};
constexpr Draws operator|(Draws a, Draws b) {
  return {a.product_weights || b.product_weights, a.location_weights || b.location_weights,
          a.cell_noise || b.cell_noise};
}

// In the order of Scheme.
struct SchemeRow {
  std::string_view name;
  Draws draws;
};
inline constexpr SchemeRow kSchemes[] = {{"none", {}},
                                         {"products", {true, false, false}},
                                         {"noise", {false, false, true}},
                                         {"locations", {false, true, false}}};
constexpr Draws::Draws(Scheme scheme) : Draws(kSchemes[static_cast<std::size_t>(scheme)].draws) {}
constexpr Draws operator|(Scheme a, Scheme b) {
  return Draws(a) | Draws(b);
}

// Law of integer weights (METHODS C0.1). Bayesian: round(-ln u * 2^20).
enum class Weights : std::uint8_t { kMultinomial, kBayesian, kPoisson };

// Certified: fp32 Lanczos, fp64 residual, fp32 correction, fp64 residual, fp64 solve where that does not certify.
enum class Precision : std::uint8_t { kCertified, kDouble, kFast };

// How second eigenvectors are found: each by its scenario, in the canonical order | those of many replicates of one
// presence matrix together, by a BLAS whose sums have an order of its own (lock_step.hpp).
enum class Arithmetic : std::uint8_t { kCanonical, kGemm };

// Which deviation standardises (FORMATS 5): n | n - 1 | Stata's long table, sqrt(P sum (x - m)^2 / (C P - 1)).
enum class Deviation : std::uint8_t { kPopulation, kSample, kLongTable };

// Whose mean and deviation scale the PCI.
enum class PciScale : std::uint8_t { kEci, kOwn };

// A disconnected matrix (METHODS C0.6 iii): no scores | those of its largest component, the other locations NA.
enum class Disconnected : std::uint8_t { kNa, kGiant };

// One set of the analyst's choices: a point of the grid.
struct Specification {
  double rca_threshold = 1.0;
  TieRule tie = TieRule::kAtLeast;
  Deviation deviation = Deviation::kPopulation;
  PciScale pci_scale = PciScale::kEci;
  Disconnected disconnected = Disconnected::kNa;
  double min_participation = 0.0;  // an axis that fewer locations than this carry gives no scores; 0: none is too few
  Presence presence = Presence::kRca;
  double rpop_threshold = 1.0;
};

struct Resampling {
  Draws draws = Scheme::kProducts;
  Weights weights = Weights::kBayesian;  // law of the product weights
  bool recompute_presence = true;        // false: M of the baseline, only the weights vary (METHODS C1, V1)
  double sigma = 0.0;                    // lognormal cell noise (METHODS C4)
  double rho_location = 0.0;             // share of its variance common to a location
  double rho_product = 0.0;              // share common to a product
  std::uint64_t seed = 42;
  Weights location_weights = Weights::kBayesian;  // law of the location weights
};

// O exports much within P1 and little varied, F-O much and varied, L little (METHODS A2 step 3, C7; class_of in
// formulas/scoring.hpp).
enum class LocationClass : std::uint8_t { kO, kFo, kL };
inline constexpr int kLocationClasses = 3;

// What a location's P1 share is compared with (METHODS C7).
struct Split {
  enum class Kind : std::uint8_t { kMedian, kMean, kQuantile, kFixed };
  Kind kind = Kind::kMedian;
  double parameter = 0.0;  // kQuantile: q in [0, 1], type 7; kFixed: per cent
};

// The product cut of P1 at a rational quantile q = numerator / denominator: the n - floor(q n) highest PCI.
struct Quantile {
  std::int64_t numerator = 3;
  std::int64_t denominator = 4;
};

// The grid of class rules, evaluated on each scenario: P1 quantile x split x HHI cut (METHODS A2 step 3).
// Index of a class rule = (quantile * splits + split) * cuts + cut.
struct ClassGrid {
  std::vector<Quantile> quantiles;  // where p1_given there is one set, whatever stands here
  std::vector<Split> splits;
  std::vector<double> hhi_cuts;  // ascending
  bool p1_given = false;         // P1 = Year::given_p1, not from the PCI
  std::size_t p1_sets() const { return p1_given && !quantiles.empty() ? 1 : quantiles.size(); }
  std::size_t rules() const { return p1_sets() * splits.size() * hhi_cuts.size(); }
};

// One year's values, compacted by the host to locations and products with a positive total.
struct Year {
  std::int32_t label = 0;
  int locations = 0;                        // C
  int products = 0;                         // P
  std::vector<double> value;                // [C, P] finite, >= 0
  std::vector<std::int32_t> location_item;  // [C] index in the panel: the draw's item, and where results go
  std::vector<std::int32_t> product_item;   // [P] index in the panel
  std::vector<std::uint8_t> class_unit;     // [C] 1 = in the sample of medians, means and quantiles of shares
  std::vector<std::uint8_t> given_p1;       // [P] or empty
  std::vector<double> population;           // [C] persons, 0 = not known: no RPOP; or empty
  int panel_locations = 0, panel_products = 0;
};

// Everything about one (year, specification) cell of a sweep but the replicate.
struct CellStudy {
  const Year* year = nullptr;  // not owned
  Specification specification;
  Resampling resampling;
  Precision precision = Precision::kCertified;
  Arithmetic arithmetic = Arithmetic::kCanonical;  // kGemm: product weights, fixed presence, certified
  ClassGrid classes;                               // no quantiles: no classes
  bool product_tallies = true;                     // score histograms and moments of products
  std::vector<double> reference;  // [C] baseline ECI to align with, NaN = none there; empty = this cell's own baseline
  bool turned = false;            // the convention's rule is turned round: the year goes with its neighbours
};

// Why a scenario has no scores (METHODS C0.6, in order of the tests); localised: below
// Specification::min_participation.
enum class Validity : std::uint8_t { kValid, kTooSmall, kDisconnected, kTiedAxis, kNoSignal, kLocalised };
inline constexpr int kValidityCount = 6;

// Whether there is a second axis with a spectrum and a participation, scores or not.
constexpr bool has_axis(Validity validity) {
  return validity == Validity::kValid || validity == Validity::kLocalised;
}

// Below so many locations an axis describes single ones (participation ratio, SOLVERS 5): what it gives is no ranking.
inline constexpr double kFewLocations = 3.0;

// How a scenario's ranks and classes are certified (SOLVERS 5).
enum class Certification : std::uint8_t { kFirstPass, kFp64, kNotCertified, kUnchecked };  // kUnchecked: precision fast

// How the three rules of orientation vote on a vector: 1 for it as it stands, -1 against, 0 = within the rule's noise
// (formulas/scoring.hpp).
struct SignVotes {
  std::int8_t diversity = 0, ubiquity = 0, reflection = 0;
};

// All about one scenario, for baselines and `--scenario K`. NaN or rank 0 = not valid.
struct ScenarioRecord {
  std::uint64_t replicate = 0;
  Validity validity = Validity::kValid;
  Certification certification = Certification::kUnchecked;
  double lambda2 = 0, lambda3 = 0, residual = 0, participation = 0;
  double gap = 0;                  // a lower bound of lambda_2 - lambda_3, 0 = none proven; unchecked: an estimate
  std::uint8_t lambda3_found = 0;  // else lambda_3 is an estimate of a first pass
  int components = 0;              // valid with more than one: scores of the largest
  std::uint8_t axis_swap = 0;
  // Sign statistics of the raw vector, before any sign is chosen (METHODS A1.2, C0.8).
  double corr_eci_diversity = 0, corr_pci_ubiquity = 0, corr_reflection = 0;  // of the raw vector: times sign for ECI
  SignVotes votes;
  std::int8_t sign = 1;  // applied to the raw vector
  std::int8_t rule_sign =
      1;                    // what the convention's rule gives, turned where the study is; 0 = undefined (|r| < 1e-12)
  std::uint8_t turned = 0;  // the study is: the rule is turned round
  std::vector<double> eci;  // [C] aligned
  std::vector<double> pci;  // [P] aligned; weight-0 products by projection
  std::vector<std::int32_t> rank;                 // [C] 1 = highest, ties the smallest; 0 = not valid
  std::vector<std::int64_t> weight;               // [P]
  std::vector<std::int64_t> location_weight;      // [C]; empty: 1 each
  std::vector<std::int64_t> diversity, ubiquity;  // [C] drawn products that are present, [P] drawn locations with it
  std::vector<std::int64_t> weighted_diversity;   // [C] the sum of their weights, of which W and the sign rule are made
  std::vector<std::int64_t> weighted_ubiquity;    // [P] the sum of their weights; empty: ubiquity
  std::vector<double> share, hhi_p1;              // [quantile, C] per cent, 0..10000
  std::vector<double> split_value;                // [quantile, split] per cent
  std::vector<std::uint8_t> in_p1;                // [quantile, P]
  std::vector<std::uint8_t> location_class;       // [class_rule, C] by LocationClass, 255 not valid
};

}  // namespace balassa
