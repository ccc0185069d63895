#include "host/results/sweep_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "host/results/specification_json.hpp"
#include "host/results/validity_text.hpp"
#include "io/panel/location_totals.hpp"
#include "kernels/formulas/scoring.hpp"

namespace balassa {
namespace {

using Json = nlohmann::ordered_json;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<const char*, 3> kAlignments = {"own baseline", "neighbour", "convention"};
constexpr std::array<const char*, 4> kCertifications = {"first pass", "fp64", "not certified", "unchecked"};

// JSON has no NaN.
Json number(double x) {
  return std::isfinite(x) ? Json(x) : Json(nullptr);
}

// null: not tested.
template <class T>
Json tested(const std::optional<T>& found) {
  return found ? Json(*found) : Json(nullptr);
}

Json numbers(const std::vector<double>& values) {
  Json out = Json::array();
  for (const double x : values) out.push_back(number(x));
  return out;
}

}  // namespace

std::array<double, 3> class_shares(const std::uint64_t* count) {
  std::array<double, 3> share = {kNan, kNan, kNan};
  const std::uint64_t total = count[0] + count[1] + count[2];
  for (std::size_t k = 0; k < 3 && total > 0; ++k)
    share[k] = static_cast<double>(count[k]) / static_cast<double>(total);
  return share;
}

LocationSummary absent_location() {
  LocationSummary absent;
  absent.eci = absent.sd = absent.rank_low = absent.rank_high = kNan;
  absent.score_low = absent.score_high = absent.top10 = absent.valid_share = absent.total = kNan;
  absent.class_share = {kNan, kNan, kNan};
  return absent;
}

namespace {

LocationSummary summarise(const CellStatistics& of_cell, std::size_t i, std::size_t class_rules,
                          std::size_t central_rule) {
  const SweepCell& cell = of_cell.cell;
  const std::size_t n = cell.year->location_item.size();
  LocationSummary l = absent_location();
  l.eci = cell.baseline.eci[i];
  l.rank = cell.baseline.rank[i];
  if (!cell.tallies.class_count.empty())
    l.class_share = class_shares(cell.tallies.class_count.data() + (central_rule * n + i) * 3);
  for (std::size_t k = 0; k < class_rules && !cell.baseline.location_class.empty(); ++k) {
    const std::uint8_t c = cell.baseline.location_class[k * n + i];
    if (c < 3) ++l.rules[c];
  }
  if (of_cell.location.empty() || cell.tallies.scenarios == 0) return l;
  const LocationStatistics& s = of_cell.location[i];
  l.sd = s.score.sd;
  l.rank_low = s.rank_low;
  l.rank_high = s.rank_high;
  l.score_low = s.score_low;
  l.score_high = s.score_high;
  l.top10 = s.top10;
  l.valid_share = static_cast<double>(s.rank.valid) / static_cast<double>(cell.tallies.scenarios);
  return l;
}

Json location_json(const std::string& code, const LocationSummary& l) {
  return {{"location", code},
          {"eci", number(l.eci)},
          {"rank", l.rank > 0 ? Json(l.rank) : Json(nullptr)},
          {"sd", number(l.sd)},
          {"rank_q025", number(l.rank_low)},
          {"rank_q975", number(l.rank_high)},
          {"top10", number(l.top10)},
          {"valid_share", number(l.valid_share)},
          {"class_share", numbers({l.class_share.begin(), l.class_share.end()})},
          {"total", number(l.total)}};
}

// Of the locations that are chosen; of those of the year where none is, in the panel's order.
Json cell_json(const CellSummary& cell, const std::string& label, const Panel& panel, const RankingChoice& choice) {
  const ScenarioRecord& b = cell.baseline;
  const CellDiagnostic& d = cell.diagnostic;
  const bool valid = b.validity == Validity::kValid, axis = has_axis(b.validity);
  const double before = cell.year_before.correlation;
  Json entry = {{"year", cell.year},
                {"specification", label},
                {"validity", validity_text(b.validity)},
                {"lambda2", axis ? number(b.lambda2) : Json(nullptr)},
                {"lambda3", axis ? number(b.lambda3) : Json(nullptr)},
                {"participation", axis ? number(b.participation) : Json(nullptr)},
                {"alignment", kAlignments[static_cast<std::size_t>(cell.alignment.kind)]},
                {"sign_ambiguous", tested(cell.sign_ambiguous)},
                {"turned", valid ? Json(b.turned != 0) : Json(nullptr)},
                {"corr_year_before", number(before)},
                {"turned_round", std::isfinite(before) ? Json(cell.year_before.turned_round()) : Json(nullptr)},
                {"replicates", cell.scenarios},
                {"valid", cell.validity[0]},
                {"not_certified", tested(d.not_certified)},
                {"sign_disagree", tested(d.sign_disagree)},
                {"sign_undefined", tested(d.sign_undefined)},
                {"orientation_ambiguous", tested(d.orientation_ambiguous)},
                {"axis_swap", tested(d.axis_swap)},
                {"giant_component", tested(d.giant_component)},
                {"few_locations", tested(d.few_locations)},
                {"locations", Json::array()}};
  std::vector<std::size_t> shown;
  if (choice.top > 0 || !choice.locations.empty()) {
    shown = chosen_rows(cell.ranked(), choice);
  } else {
    for (std::size_t c = 0; c < cell.location.size(); ++c) {
      if (cell.location[c].rank > 0 || !std::isnan(cell.location[c].valid_share)) shown.push_back(c);
    }
  }
  for (const std::size_t c : shown) entry["locations"].push_back(location_json(panel.locations[c], cell.location[c]));
  return entry;
}

}  // namespace

const char* certification_text(Certification certification) {
  return kCertifications[static_cast<std::size_t>(certification)];
}

const char* alignment_text(Alignment alignment) {
  return kAlignments[static_cast<std::size_t>(alignment)];
}

std::size_t central_class_rule(const ClassGrid& classes) {
  if (classes.rules() == 0) return 0;
  const auto nearest = [](std::size_t count, auto distance) {
    std::size_t best = 0;
    for (std::size_t k = 1; k < count; ++k) best = distance(k) < distance(best) ? k : best;
    return best;
  };
  const std::size_t q = nearest(classes.quantiles.size(), [&](std::size_t k) {
    return std::fabs(static_cast<double>(classes.quantiles[k].numerator) /
                         static_cast<double>(classes.quantiles[k].denominator) -
                     0.75);
  });
  const std::size_t s = nearest(classes.splits.size(),
                                [&](std::size_t k) { return classes.splits[k].kind == Split::Kind::kMedian ? 0 : 1; });
  const std::size_t h =
      nearest(classes.hhi_cuts.size(), [&](std::size_t k) { return std::fabs(classes.hhi_cuts[k] - 1800.0); });
  return (q * classes.splits.size() + s) * classes.hhi_cuts.size() + h;
}

std::string class_rule_label(const ClassGrid& classes, std::size_t rule) {
  const std::size_t cuts = classes.hhi_cuts.size(), splits = classes.splits.size();
  const Quantile& q = classes.quantiles[rule / cuts / splits];
  const Split& split = classes.splits[rule / cuts % splits];
  std::string at = "median";
  if (split.kind == Split::Kind::kMean) at = "mean";
  if (split.kind == Split::Kind::kQuantile) at = fmt::format("q{:g}", 100.0 * split.parameter);
  if (split.kind == Split::Kind::kFixed) at = fmt::format("fixed {:g} %", split.parameter);
  const std::string p1 =
      classes.p1_given ? "given"
                       : fmt::format("{:g}", static_cast<double>(q.numerator) / static_cast<double>(q.denominator));
  return fmt::format("P1 {}, {}, HHI of P1 {:g}", p1, at, classes.hhi_cuts[rule % cuts]);
}

SweepSummary::SweepSummary(const Plan& plan, const SpecificationGrid& grid, const Panel& panel)
    : plan_(plan), grid_(grid), panel_(panel), central_rule_(central_class_rule(class_grid_of(plan))) {}

void SweepSummary::add(const CellStatistics& statistics) {
  const SweepCell& cell = statistics.cell;
  const Tallies& t = cell.tallies;
  CellSummary summary;
  summary.year = cell.year->label;
  summary.year_index = cell.year_index;
  summary.specification = cell.specification;
  summary.alignment = cell.alignment;
  summary.year_before = cell.year_before;
  summary.diagnostic = statistics.diagnostic;
  summary.scenarios = t.scenarios;
  std::copy_n(t.validity.begin(), std::min(t.validity.size(), summary.validity.size()), summary.validity.begin());
  std::copy_n(t.certification.begin(), std::min(t.certification.size(), summary.certification.size()),
              summary.certification.begin());
  summary.worst_residual = t.worst_residual;
  summary.worst_gap = t.worst_gap;
  summary.worst_participation = t.worst_participation;
  summary.location.assign(panel_.locations.size(), absent_location());
  const std::size_t class_rules = class_grid_of(plan_).rules();
  for (std::size_t i = 0; i < cell.year->location_item.size(); ++i) {
    summary.location[static_cast<std::size_t>(cell.year->location_item[i])] =
        summarise(statistics, i, class_rules, central_rule_);
  }
  const auto place = std::find(panel_.years.begin(), panel_.years.end(), summary.year);
  const std::vector<double> totals =
      location_totals(panel_, static_cast<std::size_t>(std::distance(panel_.years.begin(), place)));
  for (std::size_t c = 0; c < totals.size(); ++c) summary.location[c].total = totals[c];
  summary.baseline = cell.baseline;
  if (cell.baseline.validity == Validity::kValid)
    summary.sign_ambiguous = balassa::sign_ambiguous(cell.baseline.votes, cell.baseline.sign);
  ScenarioRecord& b = summary.baseline;
  b.eci = b.pci = b.share = b.hhi_p1 = b.split_value = {};
  b.rank = {};
  b.weight = b.diversity = b.ubiquity = b.weighted_diversity = {};
  b.in_p1 = b.location_class = {};
  cells_.push_back(std::move(summary));
}

std::vector<std::size_t> CellSummary::ranked() const {
  std::vector<std::size_t> order;
  for (std::size_t c = 0; c < location.size(); ++c) {
    if (location[c].rank > 0) order.push_back(c);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return location[a].rank < location[b].rank; });
  return order;
}

std::vector<const CellSummary*> SweepSummary::central_cells(const RankingChoice& choice) const {
  std::vector<const CellSummary*> cells;
  for (std::size_t y = 0; y < grid_.years(); ++y) {
    const CellSummary& cell = at(y, grid_.central());
    if (choice.shows_year(cell.year)) cells.push_back(&cell);
  }
  return cells;
}

const CellSummary& SweepSummary::at(std::size_t year, std::size_t specification) const {
  return cells_[year * grid_.specifications().size() + specification];
}

std::array<std::uint64_t, 4> SweepSummary::certification() const {
  std::array<std::uint64_t, 4> sum{};
  for (const CellSummary& cell : cells_) {
    for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += cell.certification[k];
    if (cell.baseline.validity == Validity::kValid) ++sum[static_cast<std::size_t>(cell.baseline.certification)];
  }
  return sum;
}

std::uint64_t SweepSummary::not_certified() const {
  return certification()[static_cast<std::size_t>(Certification::kNotCertified)];
}

std::string SweepSummary::json() const {
  const std::array<std::uint64_t, 4> sum = certification();
  Json out = {
      {"scenarios", grid_.scenarios()},
      {"plan_hash", plan_hash(plan_)},
      {"certification", {{"first_pass", sum[0]}, {"fp64", sum[1]}, {"not_certified", sum[2]}, {"unchecked", sum[3]}}},
      {"grid", Json::array()},
      {"cells", Json::array()}};
  for (std::size_t s = 0; s < grid_.specifications().size(); ++s) {
    Json entry = {{"label", grid_.label(s)}};
    entry.update(specification_json(grid_, s));
    out["grid"].push_back(std::move(entry));
  }
  for (const CellSummary& cell : cells_) out["cells"].push_back(cell_json(cell, label(cell), panel_, {}));
  return out.dump(2) + "\n";
}

std::string SweepSummary::cells_json(const RankingChoice& choice) const {
  Json cells = Json::array();
  for (const CellSummary& cell : cells_) {
    if (choice.shows_year(cell.year)) cells.push_back(cell_json(cell, label(cell), panel_, choice));
  }
  return cells.dump();
}

}  // namespace balassa
