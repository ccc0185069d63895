#include "host/results/ranking_choice.hpp"

#include <algorithm>

namespace balassa {
namespace {

constexpr std::size_t kTop = 10, kBottom = 5;

}  // namespace

bool RankingChoice::shows_year(std::int32_t year) const {
  return years.empty() || std::find(years.begin(), years.end(), year) != years.end();
}

std::vector<std::size_t> chosen_rows(const std::vector<std::size_t>& ranked, const RankingChoice& choice) {
  const auto chosen = [&](std::size_t location) {
    return std::find(choice.locations.begin(), choice.locations.end(), location) != choice.locations.end();
  };
  std::vector<std::size_t> rows;
  for (const std::size_t location : ranked) {
    if (choice.locations.empty() || chosen(location)) rows.push_back(location);
  }
  if (choice.top > 0) rows.resize(std::min(rows.size(), choice.top));
  // Who was asked for and has no rank is said to have none.
  for (const std::size_t location : choice.locations) {
    if (std::find(ranked.begin(), ranked.end(), location) == ranked.end()) rows.push_back(location);
  }
  return rows;
}

std::vector<std::optional<std::size_t>> shown_rows(const std::vector<std::size_t>& ranked,
                                                   const RankingChoice& choice) {
  const std::vector<std::size_t> rows = chosen_rows(ranked, choice);
  std::vector<std::optional<std::size_t>> shown(rows.begin(), rows.end());
  const bool all = choice.top > 0 || !choice.locations.empty() || rows.size() <= kTop + kBottom;
  if (all) return shown;
  shown.erase(shown.begin() + kTop, shown.end() - kBottom);
  shown.insert(shown.begin() + kTop, std::nullopt);
  return shown;
}

}  // namespace balassa
