// The tables of a sweep that people read.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "host/measures_file.hpp"
#include "host/sweep_report.hpp"

namespace balassa {
namespace {

constexpr std::array<const char*, 3> kClasses = {"O", "F-O", "L"};
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

}  // namespace

std::string SweepSummary::name(std::size_t location) const {
  const std::string& code = panel_.locations[location];
  const std::string label = panel_.location_name.empty() || panel_.location_name[location] == code
                                ? code
                                : code + " " + panel_.location_name[location];
  return fitted(label, 26);
}

std::string SweepSummary::year_text(std::size_t year) const {
  const CellSummary& cell = at(year, grid_.central());
  const ScenarioRecord& b = cell.baseline;
  std::string out = fmt::format("\n{}  {}: ", cell.year, grid_.label(cell.specification));
  if (b.validity != Validity::kValid)
    return out + fmt::format("the baseline has no scores ({})\n", validity_text(b.validity));
  out += fmt::format(
      "lambda_2 {:.4f}, lambda_3 {:.4f}; signs aligned with {}{}\n", b.lambda2, b.lambda3,
      alignment_text(cell.alignment.kind),
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
    if (sum[k] > 0 || k == 2) out += fmt::format("; {} {}", sum[k], certification_text(static_cast<Certification>(k)));
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

}  // namespace balassa
