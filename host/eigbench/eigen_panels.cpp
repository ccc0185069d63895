#include "host/eigbench/eigen_panels.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "host/panel/synthetic_panel.hpp"
#include "host/panel/year_selection.hpp"
#include "io/base/error.hpp"
#include "kernels/base/canonical_sum.hpp"
#include "kernels/device.hpp"
#include "kernels/resident/resident_year.hpp"

namespace balassa {
namespace {

// Presence under product weights by the defined rounding of kernels/scenario/presence.hpp, RCA >= t.
std::vector<std::uint8_t> presence_under(const ResidentYear& year, double threshold,
                                         const std::vector<std::int64_t>& weight) {
  const std::size_t rows = static_cast<std::size_t>(year.locations), columns = static_cast<std::size_t>(year.products);
  const auto value = [&](std::size_t c, std::size_t p) {
    return year.value[c * static_cast<std::size_t>(year.padded_products) + p];
  };
  std::vector<double> total(rows);
  for (std::size_t c = 0; c < rows; ++c) {
    total[c] = canonical_sum(
        columns, [&](std::size_t p) { return static_cast<double>(weight[p]); },
        [&](std::size_t p) { return value(c, p); });
  }
  const double grand = canonical_sum(rows, [&](std::size_t c) { return total[c]; });
  std::vector<std::uint8_t> presence(rows * columns, 0);
  for (std::size_t c = 0; c < rows; ++c) {
    const double cut = threshold * total[c];
    for (std::size_t p = 0; p < columns; ++p)
      presence[c * columns + p] = total[c] > 0 && value(c, p) * grand >= cut * year.product_total[p] ? 1 : 0;
  }
  return presence;
}

// The margins tell whether this is the matrix that the engine had.
void require_engine_margins(const ScenarioRecord& record, const SpectralProblem& problem, const std::string& name) {
  std::vector<std::int64_t> diversity(record.weighted_diversity.size(), 0), ubiquity(record.ubiquity.size(), 0);
  for (std::size_t c = 0; c < diversity.size(); ++c) {
    for (std::size_t p = 0; p < ubiquity.size(); ++p) {
      if (problem.presence[c * ubiquity.size() + p] == 0) continue;
      diversity[c] += record.weight[p];
      ubiquity[p] += 1;
    }
  }
  if (diversity != record.weighted_diversity || ubiquity != record.ubiquity) {
    throw Error(ExitCode::kInternal,
                fmt::format("{}, replicate {}: found margins other than the engine's; report this with the panel", name,
                            record.replicate));
  }
}

// Locations with a product go, in order; the rest of the set keeps this size.
struct Rows {
  std::vector<std::size_t> kept;
  std::size_t products;
  SpectralProblem problem(const std::vector<std::uint8_t>& presence, const std::vector<std::int64_t>& weight) const {
    SpectralProblem out;
    out.locations = static_cast<int>(kept.size());
    out.products = static_cast<int>(products);
    for (const std::size_t c : kept) {
      const auto row = presence.begin() + static_cast<std::ptrdiff_t>(c * products);
      out.presence.insert(out.presence.end(), row, row + static_cast<std::ptrdiff_t>(products));
    }
    out.weight.assign(weight.begin(), weight.end());
    return out;
  }
};

Rows rows_of(const std::vector<std::uint8_t>& presence, std::size_t locations, std::size_t products) {
  Rows rows{{}, products};
  for (std::size_t c = 0; c < locations; ++c) {
    const auto row = presence.begin() + static_cast<std::ptrdiff_t>(c * products);
    if (std::find(row, row + static_cast<std::ptrdiff_t>(products), std::uint8_t{1}) !=
        row + static_cast<std::ptrdiff_t>(products)) {
      rows.kept.push_back(c);
    }
  }
  return rows;
}

// D^1/2 of the replicate times the baseline's K_c: the start of SOLVERS 3.3, by location that takes part in both.
std::vector<double> start_from(const std::vector<double>& base_vector, const ReferenceOperator& base,
                               const ReferenceOperator& replicate) {
  std::vector<double> start(base_vector.size(), 0.0);
  for (std::size_t c = 0; c < start.size(); ++c) {
    const Extended from = base.diversity()[c];
    if (from > 0) start[c] = static_cast<double>(base_vector[c] * std::sqrt(replicate.diversity()[c] / from));
  }
  return start;
}

ProblemSet set_of_year(const Year& year, double threshold, const PanelProblems& request) {
  CellStudy study;
  study.year = &year;
  study.specification.rca_threshold = threshold;
  study.specification.disconnected = Disconnected::kGiant;
  study.resampling.weights = request.weights;
  study.resampling.seed = request.seed;
  study.product_tallies = false;
  DeviceOptions options;
  options.threads = 1;
  const std::unique_ptr<ResidentStudy> resident = make_device("cpu", options)->make_resident(study);
  const ResidentYear layout(year);
  const std::size_t products = static_cast<std::size_t>(year.products);

  ProblemSet set;
  set.name = fmt::format("{}{}/t={:g}", request.label, year.label, threshold);
  const std::vector<std::int64_t> ones(products, 1);
  const std::vector<std::uint8_t> presence = presence_under(layout, threshold, ones);
  const Rows rows = rows_of(presence, static_cast<std::size_t>(year.locations), products);
  if (rows.kept.size() < 3) {
    throw Error(ExitCode::kBadData, fmt::format("{}: found {} locations with a product, expected 3 at least; lower the "
                                                "threshold",
                                                set.name, rows.kept.size()));
  }
  SpectralProblem baseline = rows.problem(presence, ones);
  baseline.weight.clear();
  set.locations = baseline.locations;
  set.products = baseline.products;
  set.statement =
      fmt::format("{} replicates of the product bootstrap, started from the baseline's vector", request.replicates);
  if (request.replicates == 0) {
    set.statement = "the baseline, cold";
    set.problems.push_back(std::move(baseline));
    return set;
  }
  const ReferenceOperator base(baseline);
  const std::shared_ptr<const BasePairs> pairs = leading_pairs(base, kBasePairs);
  const std::vector<double> axis(pairs->vector.begin(), pairs->vector.begin() + baseline.locations);
  for (int k = 1; k <= request.replicates; ++k) {
    const ScenarioRecord record = resident->replay(static_cast<std::uint64_t>(k));
    SpectralProblem whole;
    whole.presence = presence_under(layout, threshold, record.weight);
    require_engine_margins(record, whole, set.name);
    SpectralProblem problem = rows.problem(whole.presence, record.weight);
    problem.start = start_from(axis, base, ReferenceOperator(problem));
    problem.base = pairs;
    set.problems.push_back(std::move(problem));
  }
  return set;
}

}  // namespace

std::vector<ProblemSet> panel_problems(const Panel& panel, const PanelProblems& request) {
  std::vector<ProblemSet> sets;
  for (const std::size_t index : parse_years(request.years, panel.years)) {
    const SelectedYear selected = select_year(panel, index);
    for (const double threshold : request.thresholds) {
      sets.push_back(set_of_year(selected.year, threshold, request));
      sets.back().family = "panel";
    }
  }
  return sets;
}

std::vector<ProblemSet> synthetic_problems(int locations, int products, double density, std::uint64_t seed,
                                           const PanelProblems& request) {
  SyntheticRequest synthetic;
  synthetic.locations = locations;
  synthetic.products = products;
  synthetic.years = {2017};
  synthetic.seed = seed;
  synthetic.density = density;
  PanelProblems of = request;
  of.label = fmt::format("synth-{}x{}-d{:g}/", locations, products, density);
  std::vector<ProblemSet> sets = panel_problems(synthetic_panel(synthetic).panel, of);
  for (ProblemSet& set : sets) set.family = "synth";
  return sets;
}

}  // namespace balassa
