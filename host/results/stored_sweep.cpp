#include "host/results/stored_sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "host/report/result_cells.hpp"
#include "host/results/tally_statistics.hpp"
#include "io/base/error.hpp"

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Plan plan_of(const ResultReader& file) {
  Plan plan = parse_plan(file.text_attribute("", "plan"), file.path() + ": plan");
  for (const Precision precision : {Precision::kCertified, Precision::kDouble, Precision::kFast}) {
    if (file.text_attribute("", "precision") == precision_name(precision)) plan.precision = precision;
  }
  if (file.text_attribute("", "arithmetic").starts_with("gemm")) plan.arithmetic = Arithmetic::kGemm;
  resolve_plan(plan);
  return plan;
}

bool is_same(const Quantile& a, const Quantile& b) {
  return a.numerator * b.denominator == b.numerator * a.denominator;
}

// The numbers of a cell, of datasets that older files have under another name, or not at all.
class CellReader {
 public:
  CellReader(const ResultReader& file, std::size_t year, std::size_t specification)
      : file_(file), cell_{year, specification, "", ""} {}

  std::vector<double> numbers(const std::string& name) const { return of_cell(file_, present(name), cell_); }
  bool has(const std::string& name) const { return file_.find(present(name)) != nullptr; }
  double number(const std::string& name) const { return numbers(name).front(); }
  std::optional<std::uint64_t> count(const std::string& name) const {
    const double x = number(name);
    return std::isnan(x) ? std::nullopt : std::optional(static_cast<std::uint64_t>(x));
  }
  std::optional<bool> flag(const std::string& name) const {
    const double x = number(name);
    return std::isnan(x) ? std::nullopt : std::optional(x != 0);
  }
  template <class Code>
  Code code(const std::string& name) const {
    const double x = number(name);
    return static_cast<Code>(std::isnan(x) ? 0 : static_cast<int>(x));
  }

 private:
  std::string present(const std::string& name) const {
    static constexpr std::pair<const char*, const char*> kOlderNames[] = {
        {"rank/quantiles", "rank/quantile"},
        {"score/quantiles", "score/quantile"},
        {"baseline/certified_by", "baseline/certification"},
        {"tally/certified_by", "tally/certification"}};
    for (const auto& [now, older] : kOlderNames) {
      if (name == now && file_.find(now) == nullptr) return older;
    }
    return name;
  }
  const ResultReader& file_;
  ResultCell cell_;
};

// Where the plan kept a quantile; none: it did not.
std::optional<std::size_t> kept(const Plan& plan, const Quantile& asked) {
  for (std::size_t q = 0; q < plan.quantiles.size(); ++q) {
    if (is_same(plan.quantiles[q], asked)) return q;
  }
  return std::nullopt;
}

// A quantile of each location: from the dataset where the plan kept it, else by `from_histogram(c)`.
template <class FromHistogram>
std::vector<double> quantile_of(const CellReader& cell, const std::string& dataset, const Plan& plan,
                                const Quantile& asked, std::size_t locations, FromHistogram from_histogram) {
  std::vector<double> values;
  const auto place = kept(plan, asked);
  const std::vector<double> quantiles = place ? cell.numbers(dataset) : std::vector<double>{};
  for (std::size_t c = 0; c < locations; ++c)
    values.push_back(place ? quantiles[c * plan.quantiles.size() + *place] : from_histogram(c));
  return values;
}

std::vector<double> rank_quantiles(const CellReader& cell, const Plan& plan, const Quantile& asked,
                                   std::size_t locations) {
  std::vector<std::uint64_t> histogram;
  if (!kept(plan, asked) && cell.has("rank/histogram")) {
    const std::vector<double> counts = cell.numbers("rank/histogram");
    histogram.assign(counts.begin(), counts.end());
  }
  return quantile_of(cell, "rank/quantiles", plan, asked, locations, [&](std::size_t c) {
    const std::size_t columns = locations + 1;
    return histogram.empty() ? kNan : rank_quantile(std::span(histogram).subspan(c * columns, columns), asked);
  });
}

// The histograms of scores are of the bins that occurred, one row after the other.
std::vector<double> score_quantiles(const ResultReader& file, const CellReader& cell, const Plan& plan,
                                    const Quantile& asked, std::size_t locations) {
  std::vector<double> first, length, minimum, maximum;
  if (!kept(plan, asked) && cell.has("tally/score/first")) {
    first = cell.numbers("tally/score/first");
    length = cell.numbers("tally/score/length");
    minimum = cell.numbers("score/minimum");
    maximum = cell.numbers("score/maximum");
  }
  return quantile_of(cell, "score/quantiles", plan, asked, locations, [&](std::size_t c) {
    if (first.empty() || !(length[c] > 0)) return kNan;
    const std::vector<std::size_t> from = {static_cast<std::size_t>(first[c])},
                                   entries = {static_cast<std::size_t>(length[c])};
    const std::vector<double> columns = file.slab("tally/score/column", from, entries),
                              counts = file.slab("tally/score/count", from, entries);
    const std::vector<std::uint16_t> column(columns.begin(), columns.end());
    const std::vector<std::uint64_t> count(counts.begin(), counts.end());
    Moments moments;
    moments.minimum = minimum[c];
    moments.maximum = maximum[c];
    return score_quantile(ScoreOrder({column, count}, moments), asked);
  });
}

void read_intervals(const ResultReader& file, const CellReader& cell, const Plan& plan,
                    std::vector<LocationSummary>& location) {
  const std::size_t n = location.size();
  const std::vector<double> rank_low = rank_quantiles(cell, plan, kIntervalLow, n),
                            rank_high = rank_quantiles(cell, plan, kIntervalHigh, n),
                            score_low = score_quantiles(file, cell, plan, kIntervalLow, n),
                            score_high = score_quantiles(file, cell, plan, kIntervalHigh, n);
  for (std::size_t c = 0; c < n; ++c) {
    location[c].rank_low = rank_low[c];
    location[c].rank_high = rank_high[c];
    location[c].score_low = score_low[c];
    location[c].score_high = score_high[c];
  }
}

void read_classes(const CellReader& cell, const Plan& plan, std::vector<LocationSummary>& location) {
  const std::size_t rules = class_grid_of(plan).rules(), n = location.size();
  if (rules == 0) return;
  const std::vector<double> classes = cell.numbers("baseline/class"), counts = cell.numbers("class/count");
  const std::vector<std::uint64_t> count(counts.begin(), counts.end());
  const std::size_t central = central_class_rule(class_grid_of(plan));
  for (std::size_t c = 0; c < n; ++c) {
    location[c].class_share = class_shares(count.data() + (central * n + c) * 3);
    for (std::size_t k = 0; k < rules; ++k) {
      const double found = classes[k * n + c];
      if (found >= 0 && found < 3) ++location[c].rules[static_cast<std::size_t>(found)];
    }
  }
}

std::vector<LocationSummary> read_locations(const ResultReader& file, const CellReader& cell, const Plan& plan,
                                            double scenarios) {
  const std::vector<double> eci = cell.numbers("baseline/eci"), rank = cell.numbers("baseline/rank"),
                            sd = cell.numbers("score/sd"), top10 = cell.numbers("probability/top10"),
                            valid = cell.numbers("valid"), diversity = cell.numbers("baseline/diversity");
  std::vector<LocationSummary> location(eci.size(), absent_location());
  for (std::size_t c = 0; c < eci.size(); ++c) {
    LocationSummary& l = location[c];
    l.eci = eci[c];
    l.rank = std::isnan(rank[c]) ? 0 : static_cast<std::int32_t>(rank[c]);
    l.sd = sd[c];
    l.top10 = top10[c];
    // The year has the location where its diversity is known.
    if (scenarios > 0 && !std::isnan(diversity[c])) l.valid_share = valid[c] / scenarios;
  }
  if (cell.has("total")) {
    const std::vector<double> total = cell.numbers("total");
    for (std::size_t c = 0; c < total.size(); ++c) location[c].total = total[c];
  }
  read_intervals(file, cell, plan, location);
  read_classes(cell, plan, location);
  return location;
}

CellDiagnostic read_diagnostic(const CellReader& cell) {
  CellDiagnostic d;
  d.valid = cell.count("tally/valid_scenarios").value_or(0);
  d.sign_disagree = cell.count("diagnostic/sign_disagree");
  d.sign_undefined = cell.count("diagnostic/sign_undefined");
  d.axis_swap = cell.count("diagnostic/axis_swap");
  d.giant_component = cell.count("diagnostic/giant_component");
  d.not_certified = cell.count("diagnostic/not_certified");
  d.few_locations = cell.count("diagnostic/few_locations");
  d.orientation_ambiguous = cell.flag("diagnostic/orientation_ambiguous");
  return d;
}

Worst read_worst(const CellReader& cell, const std::string& name, const SpecificationGrid& grid) {
  Worst worst;
  const auto id = cell.count(name + "_scenario");
  worst.any = id.has_value();
  if (!id) return worst;
  worst.value = cell.number(name);
  worst.replicate = grid.index(*id).replicate;
  return worst;
}

CellSummary read_cell(const ResultReader& file, const Plan& plan, const SpecificationGrid& grid, std::int32_t label,
                      std::size_t year, std::size_t specification) {
  const CellReader cell(file, year, specification);
  CellSummary s;
  s.year = label;
  s.year_index = year;
  s.specification = specification;
  s.alignment.kind = cell.code<Alignment>("alignment");
  s.diagnostic = read_diagnostic(cell);
  s.scenarios = cell.count("tally/scenarios").value_or(0);
  s.validity[0] = s.diagnostic.valid;
  const std::vector<double> invalid = cell.numbers("invalid"), certified = cell.numbers("tally/certified_by");
  for (std::size_t k = 0; k + 1 < s.validity.size() && k < invalid.size(); ++k)
    s.validity[k + 1] = static_cast<std::uint64_t>(invalid[k]);
  for (std::size_t k = 0; k < s.certification.size() && k < certified.size(); ++k)
    s.certification[k] = static_cast<std::uint64_t>(certified[k]);
  ScenarioRecord& b = s.baseline;
  b.validity = cell.code<Validity>("baseline/validity");
  b.certification = cell.code<Certification>("baseline/certified_by");
  b.lambda2 = cell.number("baseline/lambda2");
  b.lambda3 = cell.number("baseline/lambda3");
  b.participation = cell.number("baseline/participation");
  b.turned = cell.flag("baseline/turned").value_or(false) ? 1 : 0;
  s.sign_ambiguous = cell.flag("baseline/sign_ambiguous");
  s.worst_residual = read_worst(cell, "certificate/worst_residual", grid);
  s.worst_gap = read_worst(cell, "certificate/worst_gap", grid);
  s.worst_participation = read_worst(cell, "certificate/worst_participation", grid);
  s.location = read_locations(file, cell, plan, static_cast<double>(s.scenarios));
  return s;
}

// As year_scores has them, of a baseline that has scores.
YearScores scores_of(const CellSummary& cell) {
  YearScores scores;
  scores.year = cell.year;
  if (cell.baseline.validity != Validity::kValid) return scores;
  for (const LocationSummary& l : cell.location) scores.eci.push_back(l.eci);
  return scores;
}

}  // namespace

Panel labels_of_result(const ResultReader& file) {
  Panel panel;
  for (const std::int64_t year : file.integers("year")) panel.years.push_back(static_cast<std::int32_t>(year));
  panel.locations = file.strings("location");
  if (const auto* names = file.find("location_name"); names != nullptr && names->size() == panel.locations.size())
    panel.location_name = file.strings("location_name");
  return panel;
}

StoredSweep::StoredSweep(const ResultReader& file)
    : plan_(plan_of(file)),
      panel_(labels_of_result(file)),
      grid_(plan_, panel_.years.size()),
      summary_(plan_, grid_, panel_) {
  const std::size_t specifications = file.require("specification").size();
  if (specifications != grid_.specifications().size()) {
    throw Error(ExitCode::kBadData, fmt::format("{}:/specification: found {}, expected {} as of the plan in the file; "
                                                "export its tables instead",
                                                file.path(), specifications, grid_.specifications().size()));
  }
  std::vector<YearChain> chains(specifications);
  for (std::size_t year = 0; year < panel_.years.size(); ++year) {
    for (std::size_t s = 0; s < specifications; ++s) {
      CellSummary cell = read_cell(file, plan_, grid_, panel_.years[year], year, s);
      cell.year_before = chains[s].add(scores_of(cell));
      summary_.add(std::move(cell));
    }
  }
}

}  // namespace balassa
