// The study `comparison`: how far ratings of the same units agree, and whether one agrees with a third more than
// another does.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <memory>

#include "host/studies/rank_correlation.hpp"
#include "host/studies/ratings.hpp"
#include "host/studies/rows.hpp"
#include "host/terminal/code_list.hpp"
#include "io/base/error.hpp"

namespace balassa {
namespace {

constexpr double kLevel = 0.05;          // of a test
constexpr double kRounding = 1e-12;      // of an eigenvalue of a matrix whose entries are at most 1
constexpr std::size_t kFewestUnits = 5;  // of an interval of Kendall's tau (METHODS B7)

struct ComparisonOptions {
  std::vector<std::string> exclude;
  std::size_t matrix_units = 0;  // 0: the file holds ratings
};

// Correlations of each pair of ratings, and of the three pairs in a triple over the units that have all three.
class Agreement {
 public:
  virtual ~Agreement() = default;
  struct Pair {
    std::size_t n;
    double spearman, kendall;
  };
  struct Triple {
    std::size_t n;
    double first, second, between;  // of the first and the second with the common one; of the two
  };
  virtual Pair pair(std::size_t a, std::size_t b) const = 0;
  virtual Triple triple(std::size_t first, std::size_t second, std::size_t common) const = 0;
};

class OfRatings : public Agreement {
 public:
  explicit OfRatings(const Ratings& ratings) : ratings_(ratings) {}
  Pair pair(std::size_t a, std::size_t b) const override {
    const auto values = rated({a, b});
    return {values[0].size(), spearman(values[0], values[1]), kendall_tau_b(values[0], values[1])};
  }
  Triple triple(std::size_t first, std::size_t second, std::size_t common) const override {
    const auto values = rated({first, second, common});
    return {values[0].size(), spearman(values[0], values[2]), spearman(values[1], values[2]),
            spearman(values[0], values[1])};
  }

 private:
  std::vector<std::vector<double>> rated(const std::vector<std::size_t>& which) const {
    std::vector<std::vector<double>> values(which.size());
    for (std::size_t unit = 0; unit < ratings_.units.size(); ++unit) {
      bool all = true;
      for (const std::size_t k : which) all = all && !std::isnan(ratings_.values[k][unit]);
      for (std::size_t k = 0; all && k < which.size(); ++k) values[k].push_back(ratings_.values[which[k]][unit]);
    }
    return values;
  }
  const Ratings& ratings_;
};

// As printed: one number of units for all, and no Kendall.
class OfMatrix : public Agreement {
 public:
  OfMatrix(const CorrelationMatrix& matrix, std::size_t n) : matrix_(matrix), n_(n) {}
  Pair pair(std::size_t a, std::size_t b) const override { return {n_, at(a, b), std::nan("")}; }
  Triple triple(std::size_t first, std::size_t second, std::size_t common) const override {
    return {n_, at(first, common), at(second, common), at(first, second)};
  }

 private:
  double at(std::size_t a, std::size_t b) const { return matrix_.values[a * matrix_.names.size() + b]; }
  const CorrelationMatrix& matrix_;
  std::size_t n_;
};

StudyTable correlations_table(const std::vector<std::string>& names, const Agreement& agreement) {
  StudyTable table{"correlations",
                   {"first", "second", "units", "spearman", "spearman_low", "spearman_high", "kendall", "kendall_low",
                    "kendall_high"},
                   {}};
  for (std::size_t a = 0; a < names.size(); ++a) {
    for (std::size_t b = a + 1; b < names.size(); ++b) {
      const Agreement::Pair pair = agreement.pair(a, b);
      const Interval s = spearman_interval(pair.spearman, pair.n), k = kendall_interval(pair.kendall, pair.n);
      table.rows.push_back({names[a], names[b], static_cast<std::int64_t>(pair.n), pair.spearman, s.low, s.high,
                            pair.kendall, k.low, k.high});
    }
  }
  return table;
}

// Every two ratings against every third, the one with the higher correlation first.
StudyTable overlaps_table(const std::vector<std::string>& names, const Agreement& agreement,
                          std::vector<std::string>& findings) {
  StudyTable table{
      "overlaps",
      {"common", "first", "second", "units", "spearman_first", "spearman_second", "spearman_between", "z", "p"},
      {}};
  std::size_t clear = 0;
  for (std::size_t common = 0; common < names.size(); ++common) {
    for (std::size_t a = 0; a < names.size(); ++a) {
      for (std::size_t b = a + 1; b < names.size(); ++b) {
        if (a == common || b == common) continue;
        Agreement::Triple t = agreement.triple(a, b, common);
        std::size_t first = a, second = b;
        if (t.second > t.first) {
          std::swap(first, second);
          std::swap(t.first, t.second);
        }
        const OverlapTest test = overlap_test(t.first, t.second, t.between, t.n);
        table.rows.push_back({names[common], names[first], names[second], static_cast<std::int64_t>(t.n), t.first,
                              t.second, t.between, test.z, test.p});
        if (!(test.p < kLevel)) continue;
        ++clear;
        findings.push_back(fmt::format("{} goes with {} more than {} does: z = {:.2f}, p = {:.2g}.", names[first],
                                       names[common], names[second], test.z, test.p));
      }
    }
  }
  if (!table.rows.empty()) {
    findings.push_back(fmt::format("{} of {} tests have p < {}; by chance alone about {:.1f} would.", clear,
                                   table.rows.size(), kLevel, kLevel * static_cast<double>(table.rows.size())));
  }
  return table;
}

StudyTable matrix_table(const std::vector<std::string>& names, const Agreement& agreement,
                        std::vector<std::string>& findings) {
  const std::size_t k = names.size();
  std::vector<double> matrix(k * k, 1.0);
  bool defined = true;
  for (std::size_t a = 0; a < k; ++a) {
    for (std::size_t b = a + 1; b < k; ++b) {
      matrix[a * k + b] = matrix[b * k + a] = agreement.pair(a, b).spearman;
      defined = defined && std::isfinite(matrix[a * k + b]);
    }
  }
  const double smallest = defined ? smallest_eigenvalue(matrix, k) : std::nan("");
  const std::string verdict = !defined                ? "unknown"
                              : smallest > kRounding  ? "yes"
                              : smallest < -kRounding ? "no"
                                                      : "semidefinite";
  if (!defined)
    findings.emplace_back(
        "The correlation matrix has entries that are not defined: a rating is constant, or no unit has "
        "both ratings.");
  else if (verdict == "no")
    findings.push_back(
        fmt::format("No set of ratings has this correlation matrix: its smallest eigenvalue is {:.3g}. "
                    "Entries of different units, or wrong ones, do that.",
                    smallest));
  else
    findings.push_back(fmt::format("The correlation matrix is {}: its smallest eigenvalue is {:.3g}.",
                                   verdict == "yes" ? "positive definite" : "positive semidefinite", smallest));
  return {"matrix",
          {"ratings", "smallest_eigenvalue", "positive_definite"},
          {{static_cast<std::int64_t>(k), smallest, verdict}}};
}

StudyReport report_of(const std::vector<std::string>& names, const Agreement& agreement) {
  StudyReport report;
  report.tables.push_back(correlations_table(names, agreement));
  report.tables.push_back(overlaps_table(names, agreement, report.findings));
  report.tables.push_back(matrix_table(names, agreement, report.findings));
  return report;
}

StudyReport compare(const std::string& path, const ComparisonOptions& options) {
  if (options.matrix_units > 0) {
    if (!options.exclude.empty())
      throw Error(ExitCode::kUsage,
                  "--exclude: found with --matrix-of, expected ratings; a matrix has no units to leave "
                  "out, so give the ratings");
    const CorrelationMatrix matrix = read_correlations(path);
    return report_of(matrix.names, OfMatrix(matrix, options.matrix_units));
  }
  const Ratings ratings = read_ratings(path, parse_codes(options.exclude));
  if (ratings.units.size() < kFewestUnits) {
    throw Error(ExitCode::kBadData, fmt::format("{}: found {} units, expected {} at least; give more rows", path,
                                                ratings.units.size(), kFewestUnits));
  }
  return report_of(ratings.names, OfRatings(ratings));
}

std::function<StudyReport(const std::string&)> add_options(CLI::App& command) {
  auto options = std::make_shared<ComparisonOptions>();
  command.add_option("--exclude", options->exclude, "units to leave out: A,B or @FILE")
      ->group("comparison")
      ->allow_extra_args(false);
  command.add_option("--matrix-of", options->matrix_units, "FILE holds correlations of this many units")
      ->group("comparison")
      ->check(CLI::Range(kFewestUnits, std::size_t{1000000}));
  return [options](const std::string& path) { return compare(path, *options); };
}

}  // namespace

StudyKind comparison_study() {
  return {"comparison", "how far ratings of the same units agree, two by two and against a third", add_options};
}

}  // namespace balassa
