// Problems of the eigen-solver study from a panel: years x thresholds x bootstrap replicates with the engine's own
// draws, and the grammar by which problems are asked for.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "host/eigbench/eigen_problems.hpp"
#include "io/panel/panel.hpp"
#include "kernels/study.hpp"

namespace balassa {

struct PanelProblems {
  std::string label, years = "all";
  std::vector<double> thresholds{1.0};
  int replicates = 16;  // a set of them per year and threshold; 0: the baseline alone, cold
  Weights weights = Weights::kBayesian;
  std::uint64_t seed = 42;
};

inline constexpr int kBasePairs = 16;  // of the baseline that go with each replicate (SOLVERS 3.0)

// A set per year and threshold. Replicates start from the baseline's vector and carry its leading pairs. Locations that
// the baseline leaves without a product are dropped. Throws Error kUsage for years that the panel lacks, kBadData where
// a threshold leaves fewer than 3 locations.
std::vector<ProblemSet> panel_problems(const Panel& panel, const PanelProblems& request);

// The same of a synthetic panel of one year (host/panel/synthetic_panel.hpp) of this size and density.
std::vector<ProblemSet> synthetic_problems(int locations, int products, double density, std::uint64_t seed,
                                           const PanelProblems& request);

// Problems by name:
//   hard                              every problem with a known answer
//   nested:64/512  ring:32  path:64   one kind, by number of locations
//   gap:240x1236,gaps=0/1e-3/1e-12    three communities
//   bridge:240x1239,links=0/1e-6      two communities
//   synth:60x300/240x1240[,density=.15][,seed=42][,thresholds=1/2][,replicates=16][,weights=bayesian]
//   panel:FILE[,years=2017/1962][,thresholds=...][,replicates=...][,weights=...]
// `seed` is of the draws. Throws Error kUsage that says what was found and expected, and those of reading a panel.
std::vector<ProblemSet> problems_by_name(std::string_view text, std::uint64_t seed);

}  // namespace balassa
