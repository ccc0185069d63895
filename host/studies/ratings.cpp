#include "host/studies/ratings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <unordered_set>

#include "host/terminal/edit_distance.hpp"
#include "io/base/error.hpp"
#include "io/text/csv_reader.hpp"

namespace balassa {
namespace {

constexpr std::size_t kMostUnits = 20'000;  // pairs of units are counted one by one
constexpr std::size_t kMostRatings = 50;    // triples of ratings are tested one by one

double number_of(const CsvReader& csv, std::size_t column, bool may_be_missing) {
  const std::string_view text = csv.fields()[column];
  for (const std::string_view missing : {"", "NA", "NaN", "."}) {
    if (may_be_missing && text == missing) return std::numeric_limits<double>::quiet_NaN();
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) {
    throw Error(ExitCode::kBadData,
                fmt::format("{}: found {}, expected a number{}; write it with a decimal point", csv.place(column),
                            shown(text), may_be_missing ? ", or nothing where there is no rating" : ""));
  }
  return value;
}

std::vector<std::string> names_of(const CsvReader& csv) {
  std::vector<std::string> names(csv.header().begin() + 1, csv.header().end());
  if (names.size() < 2 || names.size() > kMostRatings) {
    throw Error(ExitCode::kBadData, fmt::format("{}: found {} column{} after the first, expected 2 to {} ratings; give "
                                                "one column for each rating",
                                                csv.name(), names.size(), names.size() == 1 ? "" : "s", kMostRatings));
  }
  for (std::size_t k = 0; k < names.size(); ++k) {
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(k), names[k]) !=
        names.begin() + static_cast<std::ptrdiff_t>(k))
      throw Error(ExitCode::kBadData,
                  fmt::format("{}: found the column {} twice, expected each rating once; rename one", csv.name(),
                              shown(names[k])));
  }
  return names;
}

[[noreturn]] void refuse_unknown(const std::string& unit, const std::vector<std::string>& units,
                                 const std::string& path) {
  const auto nearest = std::min_element(units.begin(), units.end(), [&](const auto& a, const auto& b) {
    return edit_distance(unit, a) < edit_distance(unit, b);
  });
  throw Error(ExitCode::kUsage,
              fmt::format("--exclude: found {}, expected units of {}{}", shown(unit), path,
                          nearest == units.end() ? "" : fmt::format("; the nearest is {}", shown(*nearest))));
}

}  // namespace

Ratings read_ratings(const std::string& path, const std::set<std::string, std::less<>>& exclude) {
  const std::unique_ptr<TextSource> source = open_text(path);
  CsvReader csv(*source, path);
  Ratings ratings;
  ratings.names = names_of(csv);
  ratings.values.resize(ratings.names.size());
  std::vector<std::string> all;
  std::unordered_set<std::string> seen;
  while (csv.next()) {
    const std::string unit(csv.fields()[0]);
    if (!seen.insert(unit).second) {
      throw Error(ExitCode::kBadData, fmt::format("{}: found {} twice, expected each unit once; delete or rename a row",
                                                  csv.place(0), shown(unit)));
    }
    all.push_back(unit);
    if (all.size() > kMostUnits) {
      throw Error(ExitCode::kBadData,
                  fmt::format("{}: found more than {} units, expected ratings of regions or countries; "
                              "give fewer rows",
                              csv.place(0), kMostUnits));
    }
    if (exclude.count(unit) > 0) continue;
    ratings.units.push_back(unit);
    for (std::size_t k = 0; k < ratings.names.size(); ++k) ratings.values[k].push_back(number_of(csv, k + 1, true));
  }
  for (const std::string& unit : exclude) {
    if (seen.count(unit) == 0) refuse_unknown(unit, all, path);
  }
  return ratings;
}

CorrelationMatrix read_correlations(const std::string& path) {
  const std::unique_ptr<TextSource> source = open_text(path);
  CsvReader csv(*source, path);
  CorrelationMatrix matrix{names_of(csv), {}};
  const std::size_t k = matrix.names.size();
  std::size_t row = 0;
  for (; csv.next(); ++row) {
    if (row >= k || csv.fields()[0] != matrix.names[row]) {
      throw Error(ExitCode::kBadData,
                  fmt::format("{}: found {}, expected {}; give the rows in the order of the columns", csv.place(0),
                              shown(csv.fields()[0]), row < k ? shown(matrix.names[row]) : "no further row"));
    }
    for (std::size_t column = 0; column < k; ++column) {
      const double r = number_of(csv, column + 1, false);
      const bool good = row == column ? r == 1 : std::fabs(r) <= 1;
      const bool mirrored = column >= row || r == matrix.values[column * k + row];
      if (!good || !mirrored) {
        throw Error(ExitCode::kBadData,
                    fmt::format("{}: found {}, expected {}; correct the matrix", csv.place(column + 1), r,
                                row == column ? "1 on the diagonal"
                                : !good       ? "a correlation, from -1 to 1"
                                              : fmt::format("{}, as on the other side of the diagonal",
                                                            matrix.values[column * k + row])));
      }
      matrix.values.push_back(r);
    }
  }
  if (row < k)
    throw Error(ExitCode::kBadData, fmt::format("{}: found {} rows, expected {}, one for each column; give the whole "
                                                "matrix",
                                                path, row, k));
  return matrix;
}

}  // namespace balassa
