// Whether the ranking turns round from one year to the next, and one orientation carried through all years.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "host/plan/specification_grid.hpp"
#include "kernels/device.hpp"

namespace balassa {

// A year's ECI on the panel's locations, and how well its own data say which way round it is.
struct YearScores {
  std::int32_t year = 0;
  std::vector<double> eci;        // [C] of the panel, NaN = none; empty: the year has no scores
  double corr_eci_diversity = 0;  // |corr| sqrt(n - 1) is how far it is from 0, in standard errors
  bool any() const { return !eci.empty(); }
  double certainty() const;
};
YearScores year_scores(const Year& year, std::size_t panel_locations, const std::vector<double>& eci,
                       double corr_eci_diversity);

// Two years on the locations that both have scores of.
struct YearBefore {
  std::int32_t year = 0;      // the earlier one
  double correlation = 0;     // of the ECI; NaN where there is no year before, or fewer than 3 common locations
  std::size_t common = 0;     // locations
  bool turned_round() const;  // negative beyond the noise of so many locations
};
YearBefore compare_years(const YearScores& before, const YearScores& now);

// Follows the years in their order; each is compared with the last one before it that has scores.
class YearChain {
 public:
  YearBefore add(YearScores now);

 private:
  YearScores last_;
};

// Which years to turn so that all have the orientation of the one whose own is best determined: from there forward and
// backward, each year by its correlation with its neighbour. A year whose correlation is within its noise keeps the
// sign of the rule, and so does one without scores.
std::vector<bool> turned_years(std::span<const YearScores> years);

// By prepared year and specification from its first, whether the baseline is turned. Of the baselines of all years, so
// that every shard, rank and restart finds the same. Empty where the plan does not ask for it, or where `stop` says so.
using TurnedCells = std::vector<std::vector<bool>>;
TurnedCells turned_cells(const Plan& plan, const SpecificationGrid& grid,
                         const std::function<Year(std::size_t)>& load_year, Device& device,
                         const std::function<bool()>& stop = {});

}  // namespace balassa
