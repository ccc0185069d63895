// Where a study and a team's scratch lie: plain pointers into one block each, so that host and device carve alike.
// Plain data, the same for every instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/base/canonical_sum.hpp"
#include "kernels/base/hd.hpp"
#include "kernels/study.hpp"
#include "kernels/tally.hpp"

namespace balassa {

inline constexpr int kTile = 32;          // rows of a bit matrix that travel together; also bits of a word
inline constexpr int kMaxSums = 5;        // sums per barrier
inline constexpr int kMaxSteps = 32;      // fp32 Lanczos
inline constexpr int kMaxSteps64 = 160;   // fp64 Lanczos between restarts
inline constexpr int kSmallSide = 32;     // up to here the spectrum comes from all of the matrix
inline constexpr int kDenseMost = 1024;   // beyond, never: it would take 8 MB and a second a scenario
inline constexpr int kMaxQuantiles = 16;  // P1 quantiles of a class grid
inline constexpr int kMaxSplits = 16;
inline constexpr int kMaxCuts = 32;
inline constexpr int kSnapshotStep = 32;  // positions between snapshots of a sorted prefix

constexpr int padded(int n) {
  return (n + kTile - 1) / kTile * kTile;
}

// The largest side of a matrix that is ever solved whole.
constexpr int dense_side(int locations, int products) {
  const int smaller = padded(locations < products ? locations : products);
  return smaller <= kDenseMost ? smaller : kSmallSide;
}

// Room for every kSnapshotStep-th ratio of a prefix: whole registers.
constexpr int prefix_steps(int snapshots) {
  return (snapshots + 7) / 8 * 8;
}

// The steps of a scenario, for benchmarks.
enum class Step {
  kPresence,
  kMargins,
  kComponents,
  kLanczos32,
  kResidual,
  kCorrection,
  kLanczos64,
  kDense,
  kGap,
  kScores,
  kRanks,
  kClasses,
  kCertificate,
  kTally
};
inline constexpr int kSteps = 14;
inline constexpr const char* kStepNames[kSteps] = {"presence",   "margins",   "components",  "lanczos32", "residual",
                                                   "correction", "lanczos64", "dense",       "gap",       "scores",
                                                   "ranks",      "classes",   "certificate", "tally"};

// A bit matrix: row r = 32 t + l, column c = 32 w + b is bit b of bits[(t * words + w) * 32 + l].
struct BitMatrix {
  std::uint32_t* bits;
  int tiles;  // of 32 rows
  int words;  // of 32 columns
};

// A year and a specification, resident and read-only. C, P padded to tiles: Cp, Pp; padding is zero.
struct StudyView {
  int locations, products, padded_locations, padded_products;
  const double* value;             // [C, Pp]
  const float* value32;            // [C, Pp] rounded; null where fp32 does not span them
  const double* value_by_product;  // [P, Cp]
  const double* location_total;    // [Cp] unweighted X_c
  const double* product_total;     // [Pp] X_p
  double grand_total;              // canonical sum of X_c
  // Sorted prefixes (SOLVERS 8.3): location c's products by X_cp / X_p, falling.
  const double* prefix_ratio;        // [C, Pp] then -1
  const double* prefix_step;         // [C, prefix_steps(snapshots)] every kSnapshotStep-th of them, then -1
  const std::int32_t* prefix_order;  // [C, Pp]
  const std::int32_t* prefix_count;  // [C] products with X_cp > 0
  const std::uint32_t* snapshot;     // [C, snapshots, words] bits of the first 32 k products
  int snapshots;
  const std::uint32_t* base_by_location;  // presence of the baseline, both orientations
  const std::uint32_t* base_by_product;
  const std::uint32_t* rpop_by_location;  // presence by RPOP, which no product weight changes; null where not asked for
  const double* start;        // [Cp] raw scores to start from (zero where none)
  const double* start_noise;  // [Cp] uniform(-1, 1), fixed per location
  const double* probe;        // [Cp] the same, independent of it: where a gap is proven from
  bool has_start;
  const double* reference;            // [Cp] ECI to align with
  const std::uint8_t* has_reference;  // [Cp]
  bool any_reference;
  bool turned;
  const std::int32_t* location_item;  // [Cp]
  const std::int32_t* product_item;   // [Pp]
  const std::uint8_t* class_unit;     // [Cp]
  const std::uint8_t* given_p1;       // [Pp] or null
  Specification specification;
  Resampling resampling;
  Precision precision;
  Arithmetic arithmetic;
  int quantiles, splits, cuts;  // quantiles: P1 sets, one where the set is given
  bool p1_given;
  Quantile quantile[kMaxQuantiles];
  Split split[kMaxSplits];
  double cut[kMaxCuts];
};

// A replicate's second eigenvector that was found beside those of other replicates (lock_step.hpp).
struct SolvedAxis {
  const double* vector;         // [Cp] unit
  double lambda3;               // the second Ritz value
  std::int32_t steps, settled;  // settled: 0 where it did not converge
};

// What one replicate drew, formed before the scenario (several at a time on a CPU). Totals are canonical sums:
// X_c = sum_p w_p X_cp, X_p = sum_c v_c X_cp, X = sum_c v_c X_c.
struct Draw {
  const std::int32_t* weight = nullptr;           // [Pp] w
  const std::int32_t* location_weight = nullptr;  // [Cp] v; null: 1 each
  const double* location_total = nullptr;         // [Cp] X_c
  double grand_total = 0.0;                       // X
  const double* product_total = nullptr;          // [Pp] X_p
  const double* value_by_product = nullptr;       // [P, Cp] the year's or the noisy values
  const double* raw_location_total = nullptr;     // [Cp] unweighted, of these values (shares)
  bool noisy = false;
  const SolvedAxis* axis = nullptr;  // null: the scenario solves for itself
  double total_error = 0.0;          // of X_c and X, relative; 0: they are the canonical sums
  double product_error = 0.0;        // of X_p likewise
};

// Where a noisy replicate and its totals lie.
struct NoisyCells {
  double *value, *location_part, *product_part;  // [P, Cp] [Cp] [Pp]
  double *location_total, *product_total;        // [Cp] [Pp] under the weights
  double* raw_location_total;                    // [Cp] unweighted; null where products are not drawn: the same
};

// What a scenario reports beside scores and classes.
struct Outcome {
  Validity validity;
  Certification certification;
  int rows, drawn_rows;  // locations with a score; of these, with weight > 0: the rows of the operator
  int columns, drawn;    // products with a PCI; of these, with weight > 0: the columns of the operator
  int components;
  double total_weight, links;  // sums of the weights and of the diversities
  double lambda2, lambda3, residual, participation;
  double gap;                  // a lower bound of lambda_2 - lambda_3, 0 = none proven; in fast precision an estimate
  std::uint8_t lambda3_found;  // else lambda_3 is an estimate
  std::uint8_t solved_exactly, solved_whole;  // by exact_axis, by dense_axis
  double corr_diversity, corr_ubiquity, corr_reflection;
  SignVotes votes;
  double mean, deviation, product_deviation;  // of the raw scores, that standardise
  std::int8_t sign, rule_sign;
  std::uint8_t axis_swap;
  int steps, refinements;  // applications of the operator, for benchmarks
};

// What of a workspace is sized by the products that a replicate draws.
struct ColumnRoom {
  int columns;                              // products that there is room for, a multiple of 32; 0: none
  std::uint32_t *by_location, *by_product;  // presence over the drawn products, both orientations
  float *table32, *half32, *column_scale32;
  double* table;    // may be the place of table32
  int table_words;  // of a product whose tables fit there, a multiple of 4; 0: of any
};

// A team's scratch, carved by workspace.hpp. T[n] = length n; shared by the members, who set it in `once` only.
struct Workspace {
  Outcome* outcome;
  double* lanes;                                // [kMaxSums * kLanes]
  float* lanes32;                               // [kMaxSums * kLanes]
  BitMatrix by_location_full, by_product_full;  // every product
  BitMatrix by_location, by_product;            // columns: drawn products first, undrawn behind, ubiquity 0 dropped
  std::uint32_t* block_location_full;           // storage of the three that hold every product
  std::uint32_t* block_product_full;
  std::uint32_t* block_product;
  BitMatrix by_product_drawn;   // the drawn products of by_product, which lie where products are formed fast
  int table_words;              // words of the fp64 product whose tables have room; 0: of any
  ColumnRoom few, all;          // fast memory for as many drawn products as are likely; room for all of them
  std::int32_t* column;         // [Pp] product at a partitioned position
  std::int32_t* scratch_index;  // [2 max(Cp, Pp)]
  std::int32_t* order_scratch;  // [4 max(Cp, Pp) + 64], of the verb `order`
  double* diversity;            // [Cp] k_c, weighted, exact; 0: no score
  double* ubiquity;             // [Pp] k_p, weighted, exact, at partitioned positions
  // [Cp] (v_c / k_c)^1/2, (v_c k_c)^1/2 and the latter as a unit vector: 0 where v_c or k_c is; [Pp] w_p / k_p
  double *inv_sqrt_d, *sqrt_d, *trivial, *column_scale;
  const double* row_inv_sqrt_d;  // [Cp] k_c^-1/2: inv_sqrt_d where locations have no weights
  // Of location weights alone: [Cp] where row_inv_sqrt_d lies then; [Cp] sum_p M_cp w_p / k_p (certificate.hpp);
  // [2, Cp / 32] locations that count for products, and those whose rows are kept.
  double *block_row_inv_sqrt_d, *row_feed;
  std::uint32_t* row_sets;
  float *inv_sqrt_d32, *trivial32, *column_scale32;  // [Cp] [Cp] [Pp]
  double *table, *half, *x, *y, *z, *r;              // table product scratch, [Pp], [Cp] ...
  float* table32;                                    // the fp32 product's, which may share the fp64 one's place
  float *half32, *p32, *y32, *r32, *t32, *x32;
  float* basis32;                      // [kMaxSteps + 1, Cp]
  double* basis64;                     // [kMaxSteps64 + 1, Cp]
  double *dense, *dense_vector;        // [side, side], [8, side] of dense_side
  double *alpha, *beta, *ritz;         // [kMaxSteps64 + 1]
  double* shared;                      // [16] scalars handed from one member to all
  double *raw, *raw_product;           // [Cp], [Pp] at partitioned positions: K_c, K_p
  double *eci, *pci;                   // [Cp] by location, [Pp] by product; NaN = none
  std::int32_t *order, *select_index;  // [Cp] by falling ECI; scratch of the verb `select`
  std::int32_t* rank;                  // [Cp] 0 = none
  double *key, *share, *hhi;           // [Pp], [q, Cp], [q, Cp]
  double* class_scratch;               // [2, Cp]
  double* split_value;                 // [q, s]
  double* p1_cut;                      // [q, 2] -PCI of the last inside and the first outside, smallest set first
  std::uint8_t* p1_group;              // [Pp] by product: which P1 sets hold it (in_p1_set)
  std::uint8_t* component_label;       // [Cp] of the component search
  std::uint32_t* reached;              // [Pp / 32 + Cp / 32 + 2] bit sets of the component search
  std::uint32_t* giant;                // [Cp / 32] locations of the largest component, where there are several

  // Places that several steps use in turn, by what each keeps there.
  BALASSA_HOST_HD double* presence_cut() const { return z; }                      // [Cp] t X_c, which X_cp X is held to
  BALASSA_HOST_HD double* presence_reach() const { return half; }                 // [Pp] X_p that a cell must reach
  BALASSA_HOST_HD float* screen_cut() const { return half32; }                    // [Pp] t X_p / X in fp32
  BALASSA_HOST_HD double* weighted_product_total() const { return raw_product; }  // [Pp] X_p under location weights
  BALASSA_HOST_HD double* canonical_total() const { return z; }                   // [Cp] X_c where near rows need it
  BALASSA_HOST_HD std::uint8_t* near_rows() const { return component_label; }     // [Cp] 1: a cell of it is left open
  BALASSA_HOST_HD double* counted_weight() const { return z; }                    // [Cp] v_c; 0 where k_c is 0
  BALASSA_HOST_HD std::uint32_t* counted_rows() const { return reached; }         // [Cp / 32] locations with k_c > 0
  BALASSA_HOST_HD double* second_class_scratch() const { return class_scratch + by_location.tiles * kTile; }
  BALASSA_HOST_HD double* p1_value() const { return class_scratch; }            // [Cp] exports within P1, running sums
  BALASSA_HOST_HD double* p1_square() const { return second_class_scratch(); }  // [Cp] of their squares
  BALASSA_HOST_HD double* near_cuts() const { return class_scratch; }           // [Cp] splits and cuts that are near
  BALASSA_HOST_HD double* cuts_passed() const { return class_scratch; }         // [Cp] HHI cuts that are passed
  BALASSA_HOST_HD double* class_pattern() const { return second_class_scratch(); }  // [Cp] of a group of splits
  BALASSA_HOST_HD double* p1_code() const { return half; }                          // [Pp] p1_group, as real numbers
  BALASSA_HOST_HD double* split_order() const { return ritz; }   // [2 kMaxSplits] order statistics of shares
  BALASSA_HOST_HD double* baseline_vector() const { return r; }  // [Cp] of the baseline's scores
};

// Moments of products in words that a CPU adds several at a time, since there are 1,240 a scenario: the sum of
// q = round(x 2^24), and the sums of the low and the high 32 bits of q^2. |x| < 128 makes |q| <= 2^31 and q^2 <= 2^62,
// so that 2^28 scenarios come to 2^60 at most. The few larger scores have sums of 128 bits: |q| <= 2^48, 2^28 squares
// 2^124. How many there were is the sum of the histogram.
inline constexpr double kNarrowLimit = 128.0;
struct ProductMoments {
  std::int64_t *sum, *square_low, *square_high;
  Sum128 *wide_sum, *wide_square;
  double *minimum, *maximum;
};

// Columns of a worker's score histograms, in memory: rows an odd number of cache lines apart, so that the busy bins of
// different products don't meet in the same sets of a cache.
inline constexpr int kScoreStride = 5776;
static_assert(kScoreStride >= kScoreColumns && kScoreStride / 16 % 2 == 1 && kScoreStride % 16 == 0);

// The counters of one worker, in the shapes of tally.hpp; null where a study does not want them. Class counts are kept
// as one increment per (quantile, group of splits, location): pattern of splits passed x number of HHI cuts passed.

struct TallyView {
  std::uint64_t* validity;
  std::uint64_t* certification;
  std::uint64_t* diagnostic;       // [kDiagnostics] by Diagnostic
  std::uint64_t* rank;             // [C, C + 1]
  std::uint64_t* score;            // [C, kScoreStride]
  Moments* score_moments;          // [C]
  std::uint32_t* product_score;    // [P, kScoreStride]
  ProductMoments product_moments;  // [P]
  std::uint64_t* in_p1;            // [q, P]
  std::uint32_t* class_pattern;    // [q, split groups, C, patterns, cuts + 1]
  std::uint64_t *log_residual, *log_gap, *participation;
  Worst* worst;  // [kExtremes] by Extreme
};

inline constexpr int kSplitsPerGroup = 5;  // 2^5 patterns
constexpr int split_groups(int splits) {
  return (splits + kSplitsPerGroup - 1) / kSplitsPerGroup;
}
constexpr int group_patterns(int splits) {
  return 1 << (splits < kSplitsPerGroup ? splits : kSplitsPerGroup);
}

}  // namespace balassa

namespace balassa::inline BALASSA_ISA {

// Keeps the worse of two: the larger residual, the smaller gap or participation; of equal ones the smaller replicate.
BALASSA_HOST_HD inline void keep_worse(Extreme of, Worst& kept, const Worst& other) {
  if (!other.any) return;
  const bool beyond = of == kWorstResidual ? other.value > kept.value : other.value < kept.value;
  if (!kept.any || beyond || (other.value == kept.value && other.replicate < kept.replicate)) kept = other;
}

}  // namespace balassa::inline BALASSA_ISA
