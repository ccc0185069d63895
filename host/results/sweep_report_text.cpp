// The tables of a sweep that people read.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/panel/sample_selection.hpp"
#include "host/plan/knobs.hpp"
#include "host/results/measures_report.hpp"
#include "host/results/sweep_report.hpp"
#include "host/results/validity_text.hpp"
#include "io/text/counted.hpp"
#include "io/text/utf8.hpp"
#include "kernels/formulas/scoring.hpp"

namespace balassa {
namespace {

constexpr std::array<const char*, 3> kClasses = {"O", "F-O", "L"};
constexpr std::size_t kListed = 5;
// Of the table without classes and totals: 78 columns, what one of them and its gap adds.
constexpr std::size_t kTableColumns = 78, kNameColumns = 26, kTotalColumns = 9, kClassesColumns = 27;

std::string percent(double share) {
  if (std::isnan(share)) return "-";
  // Never 100 % or 0 % of what is not quite so.
  if (share > 0.999 && share < 1.0) return ">99.9 %";
  if (share > 0.0 && share < 0.001) return "<0.1 %";
  return fmt::format("{:.1f} %", 100.0 * share);
}

std::string interval(const LocationSummary& l) {
  return std::isnan(l.rank_low) ? "-" : fmt::format("[{:.0f}, {:.0f}]", l.rank_low, l.rank_high);
}

// "[-0.12, 0.34]", as wide as ECIs are.
std::string score_interval(const LocationSummary& l) {
  return std::isnan(l.score_low) ? "-" : fmt::format("[{:.2f}, {:.2f}]", l.score_low, l.score_high);
}

// Below the table: who was left without a rank in more than one replicate of a hundred.
std::string seldom_valid_text(const CellSummary& cell, const std::vector<std::size_t>& order, const Panel& panel) {
  constexpr double kUsual = 0.99;
  std::vector<std::string> items;
  for (const std::size_t c : order) {
    const double share = cell.location[c].valid_share;
    if (share < kUsual) items.push_back(fmt::format("{} {}", panel.locations[c], percent(share)));
  }
  if (items.empty()) return {};
  const std::size_t count = items.size();
  items.resize(std::min(count, kListed));
  return fmt::format("  valid in fewer than 99 % of the replicates: {}{}\n", fmt::join(items, ", "),
                     count > kListed ? fmt::format(" and {} more", count - kListed) : "");
}

// A count over cells: what was not tested is left out, and how many cells it covers is said where it is not all.
class CountOverCells {
 public:
  void add(const std::optional<std::uint64_t>& count) {
    sum_ += count.value_or(0);
    covered_ += count ? 1 : 0;
  }
  std::uint64_t sum() const { return sum_; }
  // "12", "12 (3 of 4 cells)", "not tested".
  std::string text(std::size_t cells) const {
    if (covered_ == 0) return "not tested";
    return covered_ == cells ? fmt::format("{}", sum_) : fmt::format("{} ({} of {} cells)", sum_, covered_, cells);
  }

 private:
  std::uint64_t sum_ = 0;
  std::size_t covered_ = 0;
};

// What is to be said of which way round a cell's ranking is; "" where that is clear.
std::string orientation_text(const CellSummary& cell) {
  const CellDiagnostic& d = cell.diagnostic;
  if (!d.orientation_ambiguous) return "; orientation not tested";
  if (!*d.orientation_ambiguous) return {};
  if (const auto share = d.turned_share())
    return fmt::format("; ORIENTATION AMBIGUOUS: the rule would turn {} of the replicates", percent(*share));
  return "; ORIENTATION AMBIGUOUS: a sign rule votes to turn the ranking round, or none votes";
}

std::string share_text(std::uint64_t count, std::uint64_t of) {
  return percent(static_cast<double>(count) / static_cast<double>(of));
}

double width(const LocationSummary& l) {
  return l.rank_high - l.rank_low;
}

}  // namespace

std::string SweepSummary::name(std::size_t location) const {
  const std::string& code = panel_.locations[location];
  const std::string label = panel_.location_name.empty() || panel_.location_name[location] == code
                                ? code
                                : code + " " + panel_.location_name[location];
  return fitted(label, kNameColumns);
}

bool SweepSummary::shows_classes(const RankingChoice& choice) const {
  const Plan usual;
  return class_grid_of(plan_).rules() > 0 &&
         (choice.classes || std::any_of(knobs().begin(), knobs().end(), [&](const Knob& knob) {
            return knob.table == "classes" && knob.text(plan_) != knob.text(usual);
          }));
}

std::string SweepSummary::year_text(const CellSummary& cell, const RankingChoice& choice) const {
  const ScenarioRecord& b = cell.baseline;
  std::string out = fmt::format("\n{}  {}: ", cell.year, grid_.label(cell.specification));
  if (b.validity != Validity::kValid) {
    out += fmt::format("the baseline has no scores ({})", validity_text(b.validity));
    return out + (b.validity == Validity::kLocalised ? fmt::format(": participation {:.2f}\n", b.participation) : "\n");
  }
  out += fmt::format("lambda_2 {:.4f}, lambda_3 {:.4f}, participation {:.1f}; signs aligned with {}{}{}\n", b.lambda2,
                     b.lambda3, b.participation, alignment_text(cell.alignment.kind),
                     b.turned != 0 ? ", turned round by --align-years" : "", orientation_text(cell));
  out += turned_round_text(cell.year_before, cell.year);
  if (b.participation < kFewLocations) out += few_locations_text(b.participation);
  if (cell.diagnostic.few_locations.value_or(0) > 0) {
    out += fmt::format("  participation below {:.0f} in {} of the replicates\n", kFewLocations,
                       share_text(*cell.diagnostic.few_locations, cell.diagnostic.valid));
  }
  return out + ranking_text(cell, choice);
}

std::string SweepSummary::ranking_text(const CellSummary& cell, const RankingChoice& choice) const {
  const bool drawn = cell.scenarios > 0, classes = drawn && shows_classes(choice);
  const bool totals = choice.columns >= kTableColumns + kTotalColumns + (classes ? kClassesColumns : 0) &&
                      std::any_of(cell.location.begin(), cell.location.end(),
                                  [](const LocationSummary& l) { return !std::isnan(l.total); });
  std::string out = fmt::format("{:>4} {:<10}  {}", "rank", drawn ? "[95 %]" : "", fitted("location", kNameColumns));
  if (totals) out += fmt::format("  {:>7}", "total");
  out += fmt::format("  {:>6}", "ECI");
  if (drawn) out += fmt::format("  {:<14}  {:>9}", "[95 %]", "P(top 10)");
  if (classes) out += fmt::format("  {:>7}  {:>7}  {:>7}", "P(O)", "P(F-O)", "P(L)");
  out += '\n';
  for (const std::optional<std::size_t> row : shown_rows(cell.ranked(), choice)) {
    if (!row) {
      out += "  ...\n";
      continue;
    }
    const LocationSummary& l = cell.location[*row];
    out += fmt::format("{:>4} {:<10}  {}", l.rank > 0 ? fmt::format("{}", l.rank) : "-", drawn ? interval(l) : "",
                       name(*row));
    if (totals) out += fmt::format("  {:>7}", std::isnan(l.total) ? "-" : amount_text(l.total));
    out += std::isnan(l.eci) ? fmt::format("  {:>6}", "-") : fmt::format("  {:>6.3f}", l.eci);
    if (drawn) out += fmt::format("  {:<14}  {:>9}", score_interval(l), percent(l.top10));
    if (classes) {
      for (const double share : l.class_share) out += fmt::format("  {:>7}", percent(share));
    }
    out += '\n';
  }
  if (drawn) out += seldom_valid_text(cell, cell.ranked(), panel_);
  if (classes) out += fmt::format("  classes at {}\n", class_rule_label(class_grid_of(plan_), central_rule_));
  return out;
}

std::string SweepSummary::certainty_text(const CellSummary& cell) const {
  std::vector<std::size_t> order;
  for (std::size_t c = 0; c < cell.location.size(); ++c) {
    if (cell.location[c].rank > 0 && !std::isnan(cell.location[c].rank_low)) order.push_back(c);
  }
  if (order.empty()) return {};
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return width(cell.location[a]) < width(cell.location[b]); });
  const auto listed = [&](auto first, auto last) {
    std::vector<std::string> items;
    for (auto c = first; c != last; ++c) {
      items.push_back(
          fmt::format("{} {} {}", panel_.locations[*c], cell.location[*c].rank, interval(cell.location[*c])));
    }
    return fmt::format("{}", fmt::join(items, ", "));
  };
  const auto count = static_cast<std::ptrdiff_t>(std::min(kListed, order.size()));
  return fmt::format("  certain (narrowest 95 % of rank):  {}\n  uncertain (widest):                {}\n",
                     listed(order.begin(), order.begin() + count), listed(order.rbegin(), order.rbegin() + count));
}

std::string SweepSummary::flips_text(std::size_t year) const {
  const std::size_t class_rules = class_grid_of(plan_).rules(), count = grid_.specifications().size();
  if (class_rules * count < 2) return {};
  struct Flip {
    std::size_t location;
    std::array<std::uint64_t, 3> rules;
    double major;
  };
  std::vector<Flip> flips;
  std::size_t classified = 0;
  for (std::size_t c = 0; c < panel_.locations.size(); ++c) {
    std::array<std::uint64_t, 3> rules{};
    for (std::size_t s = 0; s < count; ++s) {
      for (std::size_t k = 0; k < 3; ++k) rules[k] += at(year, s).location[c].rules[k];
    }
    const std::uint64_t all = rules[0] + rules[1] + rules[2], most = *std::max_element(rules.begin(), rules.end());
    classified += all > 0 ? 1 : 0;
    if (all > most) flips.push_back({c, rules, static_cast<double>(most) / static_cast<double>(all)});
  }
  std::stable_sort(flips.begin(), flips.end(), [](const Flip& a, const Flip& b) { return a.major < b.major; });
  std::string out = fmt::format("  class flips over {} x {}: {} of {}", counted(count, "specification"),
                                counted(class_rules, "class rule"), flips.size(), counted(classified, "location"));
  std::vector<std::string> items;
  for (const Flip& flip : flips) {
    if (items.size() == kListed) break;
    const double all = static_cast<double>(flip.rules[0] + flip.rules[1] + flip.rules[2]);
    std::vector<std::string> shares;
    for (std::size_t k = 0; k < 3; ++k) {
      if (flip.rules[k] > 0)
        shares.push_back(fmt::format("{} {:.0f} %", kClasses[k], 100.0 * static_cast<double>(flip.rules[k]) / all));
    }
    items.push_back(fmt::format("{} ({})", panel_.locations[flip.location], fmt::join(shares, ", ")));
  }
  return out + (items.empty() ? "\n" : fmt::format("; most: {}\n", fmt::join(items, ", ")));
}

std::string SweepSummary::spread_text(std::size_t year) const {
  const std::size_t count = grid_.specifications().size();
  if (count < 2) return {};
  struct Spread {
    std::size_t location;
    std::int32_t low, high;
  };
  std::vector<Spread> spreads;
  std::size_t valid = 0;
  for (std::size_t s = 0; s < count; ++s) valid += at(year, s).baseline.validity == Validity::kValid ? 1 : 0;
  double sum = 0;
  for (std::size_t c = 0; c < panel_.locations.size(); ++c) {
    Spread spread = {c, std::numeric_limits<std::int32_t>::max(), 0};
    for (std::size_t s = 0; s < count; ++s) {
      const std::int32_t rank = at(year, s).location[c].rank;
      if (rank == 0) continue;
      spread.low = std::min(spread.low, rank);
      spread.high = std::max(spread.high, rank);
    }
    if (spread.high == 0) continue;
    sum += spread.high - spread.low;
    spreads.push_back(spread);
  }
  if (spreads.empty()) return {};
  std::stable_sort(spreads.begin(), spreads.end(),
                   [](const Spread& a, const Spread& b) { return a.high - a.low > b.high - b.low; });
  std::vector<std::string> items;
  for (std::size_t i = 0; i < std::min(kListed, spreads.size()); ++i) {
    items.push_back(fmt::format("{} {} - {}", panel_.locations[spreads[i].location], spreads[i].low, spreads[i].high));
  }
  return fmt::format("  rank over {} specifications ({} valid): range {:.1f} on average; widest: {}\n", count, valid,
                     sum / static_cast<double>(spreads.size()), fmt::join(items, ", "));
}

std::string SweepSummary::certificate_text() const {
  const std::array<std::uint64_t, 4> sum = certification();
  std::array<std::uint64_t, kValidityCount> validity{};
  std::uint64_t scenarios = 0;
  std::size_t ambiguous = 0, judged = 0, realigned = 0, turned_round = 0, localised = 0;
  CountOverCells disagree, undefined, swap, giant, few;
  const CellSummary *residual = nullptr, *gap = nullptr;
  for (const CellSummary& cell : cells_) {
    const CellDiagnostic& d = cell.diagnostic;
    scenarios += cell.scenarios;
    disagree.add(d.sign_disagree);
    undefined.add(d.sign_undefined);
    swap.add(d.axis_swap);
    giant.add(d.giant_component);
    few.add(d.few_locations);
    judged += d.orientation_ambiguous ? 1 : 0;
    ambiguous += d.orientation_ambiguous.value_or(false) ? 1 : 0;
    realigned += cell.alignment.kind != Alignment::kOwnBaseline ? 1 : 0;
    turned_round += cell.year_before.turned_round() ? 1 : 0;
    localised += has_axis(cell.baseline.validity) && cell.baseline.participation < kFewLocations ? 1 : 0;
    for (std::size_t k = 0; k < validity.size(); ++k) validity[k] += cell.validity[k];
    if (cell.worst_residual.any && (residual == nullptr || cell.worst_residual.value > residual->worst_residual.value))
      residual = &cell;
    if (cell.worst_gap.any && (gap == nullptr || cell.worst_gap.value < gap->worst_gap.value)) gap = &cell;
  }
  std::string out =
      fmt::format("\nCertificate: {} and {}", counted(scenarios, "replicate"), counted(cells_.size(), "baseline"));
  for (std::size_t k = 0; k < sum.size(); ++k) {
    if (sum[k] > 0 || k == 2) out += fmt::format("; {} {}", sum[k], certification_text(static_cast<Certification>(k)));
  }
  out += '\n';
  if (scenarios > 0) {
    out += fmt::format("  valid {}", percent(static_cast<double>(validity[0]) / static_cast<double>(scenarios)));
    for (std::size_t k = 1; k < validity.size(); ++k) {
      if (validity[k] > 0) out += fmt::format(", {} {}", validity_text(static_cast<Validity>(k)), validity[k]);
    }
    const std::size_t cells = cells_.size();
    out += fmt::format("\n  the sign rule would turn: {}; it is undefined: {}; another axis matches better: {}\n",
                       disagree.text(cells), undefined.text(cells), swap.text(cells));
    if (giant.sum() > 0)
      out += fmt::format("  scores of the largest of several components: {} of these\n", giant.text(cells));
  }
  if (ambiguous + realigned > 0 || judged < cells_.size()) {
    out += fmt::format(
        "  orientation ambiguous in {} of {} cells that were tested; {} cells are not aligned with their own "
        "baseline\n",
        ambiguous, judged, realigned);
  }
  if (localised > 0 || few.sum() > 0) {
    out += fmt::format("  participation below {:.0f}: {} of {} baselines; replicates: {}\n", kFewLocations, localised,
                       cells_.size(), few.text(cells_.size()));
  }
  if (turned_round > 0) {
    out += fmt::format(
        "  the ranking turned round from one year to the next in {} cells; --align-years gives all one orientation\n",
        turned_round);
  }
  if (residual != nullptr) {
    const auto id = [&](const CellSummary& cell, const Worst& worst) {
      return grid_.id({cell.year_index, cell.specification, worst.replicate});
    };
    out += fmt::format(
        "  largest residual {:.1e} (scenario {}), smallest {} {:.2e} (scenario {}); see one with --scenario K\n",
        residual->worst_residual.value, id(*residual, residual->worst_residual),
        plan_.precision == Precision::kFast ? "estimate of the gap" : "bound of the gap", gap->worst_gap.value,
        id(*gap, gap->worst_gap));
  }
  return out;
}

// One line on the words of the tables that no reader need know.
std::string SweepSummary::terms_text(const RankingChoice& choice) const {
  std::vector<std::string> topics = {"certificate", "sign"};
  if (grid_.replicates() > 0) topics.insert(topics.begin(), "intervals");
  if (class_grid_of(plan_).rules() * grid_.specifications().size() > 1 || shows_classes(choice))
    topics.emplace_back("classes");
  return fmt::format("Terms: balassa help {}\n", fmt::join(topics, " | "));
}

std::string SweepSummary::text(const RankingChoice& choice) const {
  std::string out;
  for (const CellSummary* cell : central_cells(choice)) {
    out += year_text(*cell, choice);
    out += certainty_text(*cell);
    out += flips_text(cell->year_index);
    out += spread_text(cell->year_index);
  }
  out += certificate_text();
  out += terms_text(choice);
  return out.substr(out.starts_with('\n') ? 1 : 0);
}

}  // namespace balassa
