#include "host/sweep/year_orientation.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "host/sweep/sweep_runner.hpp"
#include "kernels/formulas/scoring.hpp"

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kFewestCommon = 3;  // two locations always correlate perfectly

}  // namespace

double YearScores::certainty() const {
  const auto n = std::count_if(eci.begin(), eci.end(), [](double x) { return !std::isnan(x); });
  return std::fabs(corr_eci_diversity) * std::sqrt(std::max(static_cast<double>(n) - 1.0, 0.0));
}

YearScores year_scores(const Year& year, std::size_t panel_locations, const std::vector<double>& eci,
                       double corr_eci_diversity) {
  YearScores scores{year.label, {}, corr_eci_diversity};
  if (std::all_of(eci.begin(), eci.end(), [](double x) { return std::isnan(x); })) return scores;
  scores.eci.assign(panel_locations, kNan);
  for (std::size_t c = 0; c < eci.size(); ++c) scores.eci[static_cast<std::size_t>(year.location_item[c])] = eci[c];
  return scores;
}

bool YearBefore::turned_round() const {
  return sign_vote(correlation, static_cast<double>(common)) < 0;
}

YearBefore compare_years(const YearScores& before, const YearScores& now) {
  YearBefore found{before.year, kNan, 0};
  if (!before.any() || !now.any()) return found;
  long double a = 0, b = 0, aa = 0, bb = 0, ab = 0;
  const auto both = [&](std::size_t c) { return !std::isnan(before.eci[c]) && !std::isnan(now.eci[c]); };
  for (std::size_t c = 0; c < now.eci.size(); ++c) {
    if (!both(c)) continue;
    ++found.common;
    a += before.eci[c];
    b += now.eci[c];
  }
  if (found.common < kFewestCommon) return found;
  a /= static_cast<long double>(found.common);
  b /= static_cast<long double>(found.common);
  for (std::size_t c = 0; c < now.eci.size(); ++c) {
    if (!both(c)) continue;
    aa += (before.eci[c] - a) * (before.eci[c] - a);
    bb += (now.eci[c] - b) * (now.eci[c] - b);
    ab += (before.eci[c] - a) * (now.eci[c] - b);
  }
  if (aa > 0 && bb > 0) found.correlation = std::clamp(static_cast<double>(ab / std::sqrt(aa * bb)), -1.0, 1.0);
  return found;
}

YearBefore YearChain::add(YearScores now) {
  const YearBefore found = compare_years(last_, now);
  if (now.any()) last_ = std::move(now);
  return found;
}

std::vector<bool> turned_years(std::span<const YearScores> years) {
  std::vector<bool> turned(years.size(), false);
  std::vector<std::size_t> scored;
  for (std::size_t y = 0; y < years.size(); ++y) {
    if (years[y].any()) scored.push_back(y);
  }
  if (scored.empty()) return turned;
  const auto best = std::max_element(scored.begin(), scored.end(), [&](std::size_t a, std::size_t b) {
    return years[a].certainty() < years[b].certainty();
  });
  const auto follow = [&](std::size_t from, std::size_t to) {
    const YearBefore pair = compare_years(years[from], years[to]);
    const int vote = sign_vote(pair.correlation, static_cast<double>(pair.common));
    turned[to] = vote != 0 && turned[from] != (vote < 0);
  };
  for (auto y = best; y + 1 != scored.end(); ++y) follow(*y, *(y + 1));
  for (auto y = best; y != scored.begin(); --y) follow(*y, *(y - 1));
  return turned;
}

TurnedCells turned_cells(const Plan& plan, const SpecificationGrid& grid,
                         const std::function<Year(std::size_t)>& load_year, Device& device,
                         const std::function<bool()>& stop) {
  if (!plan.align_years) return {};
  const std::size_t specifications = grid.specifications().size();
  std::vector<std::vector<YearScores>> scores(specifications);
  for (std::size_t y = 0; y < grid.years(); ++y) {
    const SweepYear year(plan, grid, y, load_year(y), device, {}, stop);
    if (year.baselines.empty()) return {};
    for (std::size_t s = 0; s < specifications; ++s) {
      const ScenarioRecord& b = year.baselines[s];
      scores[s].push_back(
          year_scores(year.year, static_cast<std::size_t>(year.year.panel_locations), b.eci, b.corr_eci_diversity));
    }
  }
  TurnedCells turned(grid.years(), std::vector<bool>(specifications));
  for (std::size_t s = 0; s < specifications; ++s) {
    const std::vector<bool> of_years = turned_years(scores[s]);
    for (std::size_t y = 0; y < grid.years(); ++y) turned[y][s] = of_years[y];
  }
  return turned;
}

}  // namespace balassa
