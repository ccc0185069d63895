// What of a ranking is shown, for people and as tables; the rankings of `compute` and `sweep` read it alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace balassa {

struct RankingChoice {
  std::vector<std::int32_t> years;     // empty: all
  std::vector<std::size_t> locations;  // places among the locations of the result; empty: all that have a rank
  std::size_t top = 0;                 // the first so many; 0: the first ten and the last five
  bool classes = false;                // with the probabilities of the classes
  std::size_t columns = 78;            // of the screen

  bool shows_year(std::int32_t year) const;
};

// Rows of a table of `ranked` locations, the highest first: which of them, and none where some are left out.
std::vector<std::optional<std::size_t>> shown_rows(const std::vector<std::size_t>& ranked, const RankingChoice& choice);
// The same without the gap between the first and the last: all of them, where neither `top` nor `locations` chooses.
std::vector<std::size_t> chosen_rows(const std::vector<std::size_t>& ranked, const RankingChoice& choice);

}  // namespace balassa
