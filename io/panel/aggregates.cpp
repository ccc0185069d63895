#include "io/panel/aggregates.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

namespace balassa {
namespace {

constexpr double kLeft = 0.01;         // of a code's values, by which it may differ from the sum of its parts
constexpr double kOverlap = 0.01;      // of a member's values, that may not fit into what is left of the group
constexpr double kMet = 0.9;           // of a group's cells, that its members add up to
constexpr std::size_t kFewCells = 10;  // a code with fewer cells may be a sum by chance
constexpr std::size_t kMostMatrix = std::size_t{1} << 27;  // cells of a year that are looked through for groups

// One year with codes of one axis as rows, the other axis across; NaN as 0.
struct Rows {
  std::vector<double> value;       // [codes, across]
  std::vector<double> total;       // [codes]
  std::vector<std::size_t> cells;  // [codes] > 0
  std::vector<std::size_t> place;  // [codes] across, of the largest value
  std::vector<double> largest;     // [codes]
  std::size_t across = 0;
  double all = 0;
  const double* of(std::size_t code) const { return value.data() + code * across; }
};

Rows rows_of(const Panel& panel, std::size_t year, bool products) {
  const std::size_t locations = panel.locations.size(), width = panel.products.size();
  const std::size_t codes = products ? width : locations;
  Rows rows{std::vector<double>(locations * width),
            std::vector<double>(codes),
            std::vector<std::size_t>(codes),
            std::vector<std::size_t>(codes),
            std::vector<double>(codes),
            products ? locations : width,
            0};
  for (std::size_t location = 0; location < locations; ++location) {
    const double* const from = panel.value.data() + panel.index(year, location);
    for (std::size_t product = 0; product < width; ++product) {
      const double value = from[product];
      if (!(value > 0)) continue;
      const std::size_t code = products ? product : location;
      const std::size_t place = products ? location : product;
      rows.value[code * rows.across + place] = value;
      if (value > rows.largest[code]) {
        rows.largest[code] = value;
        rows.place[code] = place;
      }
      rows.total[code] += value;
      rows.cells[code] += 1;
      rows.all += value;
    }
  }
  return rows;
}

// Whether the code's values are the sums of all others'.
bool is_sum_of_all(const Rows& rows, const std::vector<double>& sums, std::size_t code) {
  if (rows.cells[code] < std::min(kFewCells, rows.across) || rows.cells[code] < 3) return false;
  if (!(std::abs(2 * rows.total[code] - rows.all) <= kLeft * rows.total[code])) return false;
  double differ = 0;
  for (std::size_t i = 0; i < rows.across; ++i) differ += std::abs(2 * rows.of(code)[i] - sums[i]);
  return differ <= kLeft * rows.total[code];
}

// The codes that `group` adds up; none where it is no sum. `descending`: codes by total.
std::vector<std::size_t> members_of(const Rows& rows, std::size_t group, const std::vector<std::size_t>& descending,
                                    const std::set<std::size_t>& without) {
  std::vector<double> left(rows.of(group), rows.of(group) + rows.across);
  double remaining = rows.total[group];
  std::vector<std::size_t> members;
  for (const std::size_t code : descending) {
    const double total = rows.total[code];
    if (remaining <= kLeft / 100 * rows.total[group] || total == 0) break;
    if (code == group || total > remaining * (1 + kLeft)) continue;
    if (rows.largest[code] - left[rows.place[code]] > kOverlap * total) continue;  // tells of nearly all
    if (without.contains(code)) continue;
    const double* const value = rows.of(code);
    double beyond = 0;
    for (std::size_t i = 0; i < rows.across && beyond <= kOverlap * total; ++i) {
      if (value[i] > left[i]) beyond += value[i] - left[i];
    }
    if (beyond > kOverlap * total) continue;
    for (std::size_t i = 0; i < rows.across; ++i) left[i] = std::max(0.0, left[i] - value[i]);
    remaining = std::accumulate(left.begin(), left.end(), 0.0);
    members.push_back(code);
  }
  // Cell by cell too: of many small codes some always add up to one large cell.
  std::size_t cells = 0, met = 0;
  for (std::size_t i = 0; i < rows.across; ++i) {
    cells += rows.of(group)[i] > 0 ? 1 : 0;
    met += rows.of(group)[i] > 0 && left[i] <= kLeft * rows.of(group)[i] ? 1 : 0;
  }
  const bool whole =
      remaining <= kLeft * rows.total[group] && static_cast<double>(met) >= kMet * static_cast<double>(cells);
  return whole && members.size() >= 2 ? members : std::vector<std::size_t>{};
}

std::vector<Aggregate> find_along(const Panel& panel, bool products) {
  const std::vector<std::string>& codes = products ? panel.products : panel.locations;
  std::map<std::size_t, Aggregate> found;
  std::map<std::size_t, double> amount, of_years;
  const auto note = [&](std::size_t code, std::size_t year, const Rows& rows) -> Aggregate& {
    Aggregate& aggregate = found[code];
    aggregate.code = codes[code];
    aggregate.years.push_back(panel.years[year]);
    amount[code] += rows.total[code];
    of_years[code] += rows.all;
    return aggregate;
  };
  const std::size_t years = panel.years.size();
  std::set<std::size_t> parents;
  if (!products) {
    for (const std::int32_t parent : panel.location_parent) {
      if (parent >= 0) parents.insert(static_cast<std::size_t>(parent));
    }
  }
  if (codes.size() < 3) return {};
  for (std::size_t year = 0; year < years; ++year) {
    const Rows rows = rows_of(panel, year, products);
    std::vector<double> sums(rows.across);
    for (std::size_t code = 0; code < codes.size(); ++code) {
      for (std::size_t i = 0; i < rows.across; ++i) sums[i] += rows.of(code)[i];
    }
    std::set<std::size_t> totals = parents;
    for (std::size_t code = 0; code < codes.size(); ++code) {
      if (parents.contains(code) || !is_sum_of_all(rows, sums, code)) continue;
      note(code, year, rows).members.clear();
      totals.insert(code);
    }
    if ((year != 0 && year != years / 2 && year + 1 != years) || rows.value.size() > kMostMatrix) continue;
    std::vector<std::size_t> descending(codes.size());
    std::iota(descending.begin(), descending.end(), std::size_t{0});
    std::stable_sort(descending.begin(), descending.end(),
                     [&](std::size_t a, std::size_t b) { return rows.total[a] > rows.total[b]; });
    const double mean = rows.all / static_cast<double>(codes.size());
    for (const std::size_t code : descending) {
      if (rows.total[code] < mean) break;  // a group of some is larger than most
      if (totals.contains(code) || rows.cells[code] < kFewCells) continue;
      const std::vector<std::size_t> members = members_of(rows, code, descending, totals);
      if (members.empty()) continue;
      Aggregate& aggregate = note(code, year, rows);
      if (aggregate.years.size() > 1) continue;
      for (const std::size_t member : members) aggregate.members.push_back(codes[member]);
    }
  }
  std::vector<Aggregate> aggregates;
  for (auto& [code, aggregate] : found) {
    aggregate.share = amount[code] / of_years[code];
    aggregates.push_back(std::move(aggregate));
  }
  return aggregates;
}

std::string few(const std::vector<std::string>& codes, std::size_t most) {
  const std::size_t count = std::min(codes.size(), most);
  const std::string text =
      fmt::format("{}", fmt::join(codes.begin(), codes.begin() + static_cast<std::ptrdiff_t>(count), ", "));
  return codes.size() > count ? fmt::format("{} and {} more", text, codes.size() - count) : text;
}

void remark_on(const std::vector<Aggregate>& aggregates, const std::string& what, std::vector<std::string>& remarks) {
  constexpr std::size_t kSingly = 4;
  const std::string flag = what == "location" ? "--drop-locations" : "--drop-products";
  std::vector<std::string> codes;
  double share = 0;
  for (const Aggregate& aggregate : aggregates) {
    codes.push_back(aggregate.code);
    share += aggregate.share;
  }
  if (aggregates.size() <= kSingly) {
    for (const Aggregate& aggregate : aggregates) {
      remarks.push_back(fmt::format(
          "{} {} equals the sum of {}: {:.1f} % of the total in {} counts twice; leave it out at import with {} {}",
          what, aggregate.code,
          aggregate.members.empty()
              ? "all others"
              : fmt::format("{} others ({})", aggregate.members.size(), few(aggregate.members, 6)),
          100 * aggregate.share,
          aggregate.years.size() == 1 ? fmt::format("{}", aggregate.years[0])
                                      : fmt::format("{} to {}", aggregate.years.front(), aggregate.years.back()),
          flag, aggregate.code));
    }
    return;
  }
  remarks.push_back(
      fmt::format("{} {}s each equal the sum of others ({}; {} = {}): groups or an upper level, together {:.1f} % of "
                  "the total; leave "
                  "them out at import with {}{}",
                  codes.size(), what, few(codes, 8), aggregates[0].code,
                  aggregates[0].members.empty() ? "all others" : few(aggregates[0].members, 6), 100 * share, flag,
                  what == "product" ? ", or keep one level with --product-length" : ""));
}

}  // namespace

Aggregates find_aggregates(const Panel& panel) {
  return {find_along(panel, false), find_along(panel, true)};
}

std::vector<std::string> remarks_of(const Aggregates& aggregates) {
  std::vector<std::string> remarks;
  remark_on(aggregates.locations, "location", remarks);
  remark_on(aggregates.products, "product", remarks);
  return remarks;
}

}  // namespace balassa
