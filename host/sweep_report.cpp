#include "host/sweep_report.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numeric>

#include "host/measures_file.hpp"
#include "host/tally_statistics.hpp"

namespace balassa {
namespace {

using Json = nlohmann::ordered_json;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<const char*, 3> kClasses = {"O", "F-O", "L"};
constexpr std::array<const char*, 3> kAlignments = {"own baseline", "neighbour", "convention"};
constexpr std::array<const char*, 4> kCertifications = {"first pass", "fp64", "not certified", "unchecked"};
constexpr std::size_t kTop = 10, kBottom = 5, kListed = 5;

// At most `width` characters of UTF-8, padded to it.
std::string fitted(const std::string& text, std::size_t width) {
  std::string out;
  std::size_t shown = 0;
  for (std::size_t i = 0; i < text.size(); ++shown) {
    std::size_t next = i + 1;
    while (next < text.size() && (static_cast<unsigned char>(text[next]) & 0xC0u) == 0x80u) ++next;
    if (shown == width) return out;
    out.append(text, i, next - i);
    i = next;
  }
  return out + std::string(width > shown ? width - shown : 0, ' ');
}

std::string percent(double share) {
  if (std::isnan(share)) return "-";
  // Never 100 % or 0 % of what is not quite so.
  if (share > 0.999 && share < 1.0) return ">99.9 %";
  if (share > 0.0 && share < 0.001) return "<0.1 %";
  return fmt::format("{:.1f} %", 100.0 * share);
}

std::string interval(const LocationSummary& l) {
  return std::isnan(l.rank_low) ? "-" : fmt::format("{:.0f} - {:.0f}", l.rank_low, l.rank_high);
}

double width(const LocationSummary& l) {
  return l.rank_high - l.rank_low;
}

// JSON has no NaN.
Json number(double x) {
  return std::isfinite(x) ? Json(x) : Json(nullptr);
}

Json numbers(const std::vector<double>& values) {
  Json out = Json::array();
  for (const double x : values) out.push_back(number(x));
  return out;
}

std::array<double, 3> class_shares(const Tallies& tallies, std::size_t cell, std::size_t n, std::size_t i) {
  std::array<double, 3> share = {kNan, kNan, kNan};
  if (tallies.class_count.empty()) return share;
  const std::uint64_t* count = tallies.class_count.data() + (cell * n + i) * 3;
  const std::uint64_t total = count[0] + count[1] + count[2];
  for (std::size_t k = 0; k < 3 && total > 0; ++k)
    share[k] = static_cast<double>(count[k]) / static_cast<double>(total);
  return share;
}

LocationSummary summarise(const SweepCell& cell, std::size_t i, std::size_t class_cells, std::size_t central_cell) {
  static constexpr Quantile kLow = {1, 40}, kHigh = {39, 40};
  const std::size_t n = cell.year->location_item.size();
  const Tallies& t = cell.tallies;
  LocationSummary l;
  l.eci = cell.baseline.eci[i];
  l.rank = cell.baseline.rank[i];
  l.sd = l.rank_low = l.rank_high = l.top10 = l.valid_share = kNan;
  l.class_share = class_shares(t, central_cell, n, i);
  for (std::size_t k = 0; k < class_cells && !cell.baseline.location_class.empty(); ++k) {
    const std::uint8_t c = cell.baseline.location_class[k * n + i];
    if (c < 3) ++l.cells[c];
  }
  if (t.rank.empty() || t.scenarios == 0) return l;
  const std::span<const std::uint64_t> ranks(t.rank.data() + i * (n + 1), n + 1);
  l.sd = score_statistics(t.score_moments[i]).sd;
  l.rank_low = rank_quantile(ranks, kLow);
  l.rank_high = rank_quantile(ranks, kHigh);
  l.top10 = top_share(ranks, 10);
  l.valid_share = static_cast<double>(rank_statistics(ranks).valid) / static_cast<double>(t.scenarios);
  return l;
}

}  // namespace

const char* certification_text(Certification certification) {
  return kCertifications[static_cast<std::size_t>(certification)];
}

const char* alignment_text(Alignment alignment) {
  return kAlignments[static_cast<std::size_t>(alignment)];
}

std::size_t central_class_cell(const ClassGrid& classes) {
  if (classes.cells() == 0) return 0;
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

std::string class_cell_label(const ClassGrid& classes, std::size_t cell) {
  const std::size_t cuts = classes.hhi_cuts.size(), splits = classes.splits.size();
  const P1Quantile& q = classes.quantiles[cell / cuts / splits];
  const Split& split = classes.splits[cell / cuts % splits];
  std::string at = "median";
  if (split.kind == Split::Kind::kMean) at = "mean";
  if (split.kind == Split::Kind::kQuantile) at = fmt::format("q{:g}", 100.0 * split.parameter);
  if (split.kind == Split::Kind::kFixed) at = fmt::format("fixed {:g} %", split.parameter);
  const std::string p1 =
      classes.p1_given ? "given"
                       : fmt::format("{:g}", static_cast<double>(q.numerator) / static_cast<double>(q.denominator));
  return fmt::format("P1 {}, {}, HHI {:g}", p1, at, classes.hhi_cuts[cell % cuts]);
}

SweepSummary::SweepSummary(const Plan& plan, const SpecificationGrid& grid, const Panel& panel)
    : plan_(plan), grid_(grid), panel_(panel), central_cell_(central_class_cell(class_grid_of(plan))) {}

void SweepSummary::finish(const SweepCell& cell) {
  const Tallies& t = cell.tallies;
  CellSummary summary;
  summary.year = cell.year->label;
  summary.year_index = cell.year_index;
  summary.specification = cell.specification;
  summary.alignment = cell.alignment;
  summary.ambiguous = cell.baseline.validity == Validity::kValid && sign_ambiguous(cell.baseline);
  summary.scenarios = t.scenarios;
  summary.sign_disagree = t.sign_disagree;
  summary.sign_undefined = t.sign_undefined;
  summary.axis_swap = t.axis_swap;
  summary.giant_component = t.giant_component;
  std::copy_n(t.validity.begin(), std::min(t.validity.size(), summary.validity.size()), summary.validity.begin());
  std::copy_n(t.certification.begin(), std::min(t.certification.size(), summary.certification.size()),
              summary.certification.begin());
  summary.worst_residual = t.worst_residual;
  summary.worst_gap = t.worst_gap;
  summary.worst_participation = t.worst_participation;
  LocationSummary absent;
  absent.eci = absent.sd = absent.rank_low = absent.rank_high = absent.top10 = absent.valid_share = kNan;
  absent.class_share = {kNan, kNan, kNan};
  summary.location.assign(panel_.locations.size(), absent);
  const std::size_t class_cells = class_grid_of(plan_).cells();
  for (std::size_t i = 0; i < cell.year->location_item.size(); ++i) {
    summary.location[static_cast<std::size_t>(cell.year->location_item[i])] =
        summarise(cell, i, class_cells, central_cell_);
  }
  summary.baseline = cell.baseline;
  ScenarioRecord& b = summary.baseline;
  b.eci = b.pci = b.share = b.hhi = b.split_value = {};
  b.rank = {};
  b.weight = b.diversity = b.ubiquity = {};
  b.in_p1 = b.location_class = {};
  cells_.push_back(std::move(summary));
}

const CellSummary& SweepSummary::at(std::size_t year, std::size_t specification) const {
  return cells_[year * grid_.specifications().size() + specification];
}

std::string SweepSummary::name(std::size_t location) const {
  const std::string& code = panel_.locations[location];
  const std::string label = panel_.location_name.empty() || panel_.location_name[location] == code
                                ? code
                                : code + " " + panel_.location_name[location];
  return fitted(label, 26);
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

std::string SweepSummary::year_text(std::size_t year) const {
  const CellSummary& cell = at(year, grid_.central());
  const ScenarioRecord& b = cell.baseline;
  std::string out = fmt::format("\n{}  {}: ", cell.year, grid_.label(cell.specification));
  if (b.validity != Validity::kValid)
    return out + fmt::format("the baseline has no scores ({})\n", validity_text(b.validity));
  out += fmt::format(
      "lambda_2 {:.4f}, lambda_3 {:.4f}; signs aligned with {}{}\n", b.lambda2, b.lambda3,
      kAlignments[static_cast<std::size_t>(cell.alignment.kind)],
      cell.ambiguous ? "; ORIENTATION AMBIGUOUS: the sign rules disagree or corr(ECI, diversity) is weak" : "");
  const bool drawn = cell.scenarios > 0, classes = class_grid_of(plan_).cells() > 0;
  out += fmt::format("{:>5}  {}  {:>7}", "rank", fitted("location", 26), "ECI");
  if (drawn) out += fmt::format("  {:>6}  {:>11}  {:>9}  {:>7}", "sd", "rank 95 %", "P(top 10)", "valid");
  if (drawn && classes) out += fmt::format("  {:>7}  {:>7}  {:>7}", "P(O)", "P(F-O)", "P(L)");
  out += '\n';
  std::vector<std::size_t> order;
  for (std::size_t c = 0; c < cell.location.size(); ++c) {
    if (cell.location[c].rank > 0) order.push_back(c);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b2) { return cell.location[a].rank < cell.location[b2].rank; });
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i == kTop && order.size() > kTop + kBottom) {
      out += "  ...\n";
      i = order.size() - kBottom;
    }
    const LocationSummary& l = cell.location[order[i]];
    out += fmt::format("{:>5}  {}  {:>7.3f}", l.rank, name(order[i]), l.eci);
    if (drawn) {
      out +=
          fmt::format("  {:>6.3f}  {:>11}  {:>9}  {:>7}", l.sd, interval(l), percent(l.top10), percent(l.valid_share));
    }
    if (drawn && classes) {
      for (const double share : l.class_share) out += fmt::format("  {:>7}", percent(share));
    }
    out += '\n';
  }
  if (drawn && classes) out += fmt::format("  classes at {}\n", class_cell_label(class_grid_of(plan_), central_cell_));
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
          fmt::format("{} {} [{}]", panel_.locations[*c], cell.location[*c].rank, interval(cell.location[*c])));
    }
    return fmt::format("{}", fmt::join(items, ", "));
  };
  const auto count = static_cast<std::ptrdiff_t>(std::min(kListed, order.size()));
  return fmt::format("  certain (narrowest 95 % of rank):  {}\n  uncertain (widest):                {}\n",
                     listed(order.begin(), order.begin() + count), listed(order.rbegin(), order.rbegin() + count));
}

std::string SweepSummary::flips_text(std::size_t year) const {
  const std::size_t class_cells = class_grid_of(plan_).cells(), count = grid_.specifications().size();
  if (class_cells * count < 2) return {};
  struct Flip {
    std::size_t location;
    std::array<std::uint64_t, 3> cells;
    double major;
  };
  std::vector<Flip> flips;
  std::size_t classified = 0;
  for (std::size_t c = 0; c < panel_.locations.size(); ++c) {
    std::array<std::uint64_t, 3> cells{};
    for (std::size_t s = 0; s < count; ++s) {
      for (std::size_t k = 0; k < 3; ++k) cells[k] += at(year, s).location[c].cells[k];
    }
    const std::uint64_t all = cells[0] + cells[1] + cells[2], most = *std::max_element(cells.begin(), cells.end());
    classified += all > 0 ? 1 : 0;
    if (all > most) flips.push_back({c, cells, static_cast<double>(most) / static_cast<double>(all)});
  }
  std::stable_sort(flips.begin(), flips.end(), [](const Flip& a, const Flip& b) { return a.major < b.major; });
  std::string out = fmt::format("  class flips over {} specifications x {} class cells: {} of {} locations", count,
                                class_cells, flips.size(), classified);
  std::vector<std::string> items;
  for (const Flip& flip : flips) {
    if (items.size() == kListed) break;
    const double all = static_cast<double>(flip.cells[0] + flip.cells[1] + flip.cells[2]);
    std::vector<std::string> shares;
    for (std::size_t k = 0; k < 3; ++k) {
      if (flip.cells[k] > 0)
        shares.push_back(fmt::format("{} {:.0f} %", kClasses[k], 100.0 * static_cast<double>(flip.cells[k]) / all));
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
  std::uint64_t scenarios = 0, disagree = 0, undefined = 0, swap = 0, giant = 0, ambiguous = 0, realigned = 0;
  const CellSummary *residual = nullptr, *gap = nullptr;
  for (const CellSummary& cell : cells_) {
    scenarios += cell.scenarios;
    disagree += cell.sign_disagree;
    undefined += cell.sign_undefined;
    swap += cell.axis_swap;
    giant += cell.giant_component;
    ambiguous += cell.ambiguous ? 1 : 0;
    realigned += cell.alignment.kind != Alignment::kOwnBaseline ? 1 : 0;
    for (std::size_t k = 0; k < validity.size(); ++k) validity[k] += cell.validity[k];
    if (cell.worst_residual.any && (residual == nullptr || cell.worst_residual.value > residual->worst_residual.value))
      residual = &cell;
    if (cell.worst_gap.any && (gap == nullptr || cell.worst_gap.value < gap->worst_gap.value)) gap = &cell;
  }
  std::string out = fmt::format("\nCertificate: {} replicates and {} baselines", scenarios, cells_.size());
  for (std::size_t k = 0; k < sum.size(); ++k) {
    if (sum[k] > 0 || k == 2) out += fmt::format("; {} {}", sum[k], kCertifications[k]);
  }
  out += '\n';
  if (scenarios > 0) {
    out += fmt::format("  valid {}", percent(static_cast<double>(validity[0]) / static_cast<double>(scenarios)));
    for (std::size_t k = 1; k < validity.size(); ++k) {
      if (validity[k] > 0) out += fmt::format(", {} {}", validity_text(static_cast<Validity>(k)), validity[k]);
    }
    out += fmt::format("; sign rule disagrees in {}, undefined in {}; another axis matches better in {}\n", disagree,
                       undefined, swap);
    if (giant > 0) out += fmt::format("  scores of the largest of several components in {} of these\n", giant);
  }
  if (ambiguous + realigned > 0) {
    out += fmt::format(
        "  {} of {} baselines have an ambiguous orientation; {} cells are not aligned with their own baseline\n",
        ambiguous, cells_.size(), realigned);
  }
  if (residual != nullptr) {
    const auto id = [&](const CellSummary& cell, const Worst& worst) {
      return grid_.id({cell.year_index, cell.specification, worst.replicate});
    };
    out += fmt::format(
        "  largest residual {:.1e} (scenario {}), smallest gap {:.2e} (scenario {}); see one with --scenario K\n",
        residual->worst_residual.value, id(*residual, residual->worst_residual), gap->worst_gap.value,
        id(*gap, gap->worst_gap));
  }
  return out;
}

std::string SweepSummary::text() const {
  std::string out;
  for (std::size_t y = 0; y < grid_.years(); ++y) {
    out += year_text(y);
    out += certainty_text(at(y, grid_.central()));
    out += flips_text(y);
    out += spread_text(y);
  }
  out += certificate_text();
  return out.substr(out.starts_with('\n') ? 1 : 0);
}

std::string SweepSummary::json() const {
  const std::array<std::uint64_t, 4> sum = certification();
  Json out = {
      {"scenarios", grid_.scenarios()},
      {"plan_hash", plan_hash(plan_)},
      {"certification", {{"first_pass", sum[0]}, {"fp64", sum[1]}, {"not_certified", sum[2]}, {"unchecked", sum[3]}}},
      {"cells", Json::array()}};
  for (const CellSummary& cell : cells_) {
    Json entry = {{"year", cell.year},
                  {"specification", grid_.label(cell.specification)},
                  {"validity", validity_text(cell.baseline.validity)},
                  {"lambda2", number(cell.baseline.lambda2)},
                  {"lambda3", number(cell.baseline.lambda3)},
                  {"alignment", kAlignments[static_cast<std::size_t>(cell.alignment.kind)]},
                  {"sign_ambiguous", cell.ambiguous},
                  {"replicates", cell.scenarios},
                  {"valid", cell.validity[0]},
                  {"not_certified", cell.certification[2]},
                  {"sign_disagree", cell.sign_disagree},
                  {"axis_swap", cell.axis_swap},
                  {"giant_component", cell.giant_component},
                  {"locations", Json::array()}};
    for (std::size_t c = 0; c < cell.location.size(); ++c) {
      const LocationSummary& l = cell.location[c];
      if (l.rank == 0 && std::isnan(l.valid_share)) continue;
      entry["locations"].push_back({{"location", panel_.locations[c]},
                                    {"eci", number(l.eci)},
                                    {"rank", l.rank},
                                    {"sd", number(l.sd)},
                                    {"rank_q025", number(l.rank_low)},
                                    {"rank_q975", number(l.rank_high)},
                                    {"top10", number(l.top10)},
                                    {"valid_share", number(l.valid_share)},
                                    {"class_share", numbers({l.class_share.begin(), l.class_share.end()})}});
    }
    out["cells"].push_back(std::move(entry));
  }
  return out.dump(2) + "\n";
}

}  // namespace balassa
