// The plan of a sweep: what is varied, drawn, classified and kept (FORMATS section 4).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/panel/sample_selection.hpp"
#include "kernels/study.hpp"

namespace balassa {

// When a running sweep saves itself: after so many scenarios, or where that is 0, so many seconds.
struct CheckpointInterval {
  std::uint64_t scenarios = 0;
  double seconds = 60.0;
};

struct Plan {
  std::string panel;
  std::uint64_t seed = 42;

  std::string years = "all";  // as parse_years reads it
  SampleSelection sample;     // who and what takes part
  std::string convention = "py";
  // Values of the knobs that make a specification or a year's table (Knob::is_choice), by name, ascending; several span
  // the grid. None: the convention's, until resolve_plan.
  std::map<std::string, std::vector<double>, std::less<>> choices;

  Draws scheme = Scheme::kProducts;
  Weights weights = Weights::kBayesian;
  std::optional<Weights> location_weights;  // none: Bayesian where locations are drawn
  bool recompute_presence = true;
  std::optional<std::uint64_t> replicates;  // none: 1,000, or 0 where nothing is drawn
  double sigma = 0.0, rho_location = 0.0, rho_product = 0.0;

  bool regions_only = true;                      // [classes] units
  std::vector<Quantile> p1_quantile = {{3, 4}};  // empty: no classes
  bool p1_given = false;
  std::vector<Split> split = {{}};
  std::vector<double> hhi_cut = {1800.0};

  std::string file;
  bool keep_eci = false, keep_pci = false;
  std::vector<Quantile> quantiles = {{1, 40}, {1, 4}, {1, 2}, {3, 4}, {39, 40}};
  bool tally_rank = true, tally_score = true, tally_product_score = true;

  std::string device = "auto";
  Precision precision = Precision::kCertified;
  Arithmetic arithmetic = Arithmetic::kCanonical;
  bool align_years = false;  // one orientation through all years; decides numbers, though it stands in [run]
  int threads = 0;           // 0: the cores that the process may use
  int batch = 16;
  CheckpointInterval checkpoint_every;
  double max_seconds = 0.0;  // 0: no limit
  std::string shard;         // "k/N" or "auto" (host/plan/shards.hpp); "": the whole sweep
};

std::string precision_name(Precision precision);

// Reads a TOML plan over the defaults. Every key is known, every value in range. Throws Error: kPlan with file, line
// and key (unknown keys name the nearest known one), kInputMissing, kPermission.
Plan read_plan(const std::string& path);

// The same from a text; `name` stands in messages.
Plan parse_plan(std::string_view text, const std::string& name);

// Fills in what the convention decides, sorts what has no order, and refuses what cannot be run: noise without sigma,
// too many class rules or specifications. Throws Error kPlan naming the key.
void resolve_plan(Plan& plan);

// The whole resolved plan as TOML, with every key; parse_plan gives the same plan back.
std::string plan_text(const Plan& plan);

// The part that decides the numbers, for result file and hash: no panel path, no output file, of [run] align_years
// alone.
std::string canonical_plan_text(const Plan& plan);

// XXH3-128 of canonical_plan_text, in hexadecimal.
std::string plan_hash(const Plan& plan);

Resampling resampling_of(const Plan& plan);
ClassGrid class_grid_of(const Plan& plan);
std::string split_text(const Split& split);  // "median", "mean", "q40", "fixed:20"

}  // namespace balassa
