// Ratings of the same units, and correlation matrices of ratings, as CSV.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace balassa {

struct Ratings {
  std::vector<std::string> units, names;    // names of the ratings
  std::vector<std::vector<double>> values;  // [rating][unit]; NaN: not rated
};

// The first column names the unit, each other one is a rating. Leaves out the units of `exclude`. Throws Error: as
// open_text, and kBadData (a unit twice, text for a number, fewer than two ratings), kUsage (a unit to exclude that the
// file does not have).
Ratings read_ratings(const std::string& path, const std::set<std::string, std::less<>>& exclude);

struct CorrelationMatrix {
  std::vector<std::string> names;
  std::vector<double> values;  // [rating, rating], symmetric, 1 on the diagonal
};

// The first column repeats the names of the others in their order. Throws Error: as open_text, and kBadData.
CorrelationMatrix read_correlations(const std::string& path);

}  // namespace balassa
