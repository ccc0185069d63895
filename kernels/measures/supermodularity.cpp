// Whether complex locations are relatively better at complex products: log-supermodularity of RCA (METHODS B5a).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <utility>

#include "kernels/formulas/scoring.hpp"
#include "kernels/measures/measure_context.hpp"

namespace balassa {
namespace {

// Items with a score, by rising score.
std::vector<std::size_t> rising(const std::vector<double>& score) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < score.size(); ++i) {
    if (!std::isnan(score[i])) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return score[a] < score[b]; });
  return order;
}

// The runs of equal scores [first, last) of two or more, as ranks have them (METHODS C0.7).
std::vector<std::pair<std::size_t, std::size_t>> runs_of_ties(const std::vector<double>& score,
                                                              const std::vector<std::size_t>& order) {
  std::vector<std::pair<std::size_t, std::size_t>> runs;
  for (std::size_t first = 0, last = 0; first < order.size(); first = last) {
    for (last = first + 1; last < order.size() && tied(score[order[last]], score[order[last - 1]]);) ++last;
    if (last - first > 1) runs.emplace_back(first, last);
  }
  return runs;
}

// Pairs i < j of a sequence by whether it rises, falls or stays.
struct Steps {
  std::uint64_t up = 0, down = 0, level = 0;
};

// Counts while sorting by merging, so that all pairs take n log n. `sequence` is sorted, `room` as long.
void count_steps(std::vector<double>& sequence, std::vector<double>& room, std::size_t begin, std::size_t end,
                 Steps& steps) {
  if (end - begin < 2) return;
  const std::size_t middle = begin + (end - begin) / 2;
  count_steps(sequence, room, begin, middle, steps);
  count_steps(sequence, room, middle, end, steps);
  std::size_t lower = begin, upper = begin;  // of the first half: how many are less, and how many no more
  for (std::size_t j = middle; j < end; ++j) {
    while (lower < middle && sequence[lower] < sequence[j]) ++lower;
    upper = std::max(upper, lower);
    while (upper < middle && sequence[upper] <= sequence[j]) ++upper;
    steps.up += lower - begin;
    steps.level += upper - lower;
    steps.down += middle - upper;
  }
  std::merge(sequence.begin() + static_cast<std::ptrdiff_t>(begin),
             sequence.begin() + static_cast<std::ptrdiff_t>(middle),
             sequence.begin() + static_cast<std::ptrdiff_t>(middle),
             sequence.begin() + static_cast<std::ptrdiff_t>(end), room.begin() + static_cast<std::ptrdiff_t>(begin));
  std::copy(room.begin() + static_cast<std::ptrdiff_t>(begin), room.begin() + static_cast<std::ptrdiff_t>(end),
            sequence.begin() + static_cast<std::ptrdiff_t>(begin));
}

}  // namespace

void measure_supermodularity(MeasureContext& context) {
  const YearMeasures& measures = context.measures;
  const std::vector<double>& value = context.year.value;
  const auto products = static_cast<std::size_t>(context.year.products);
  const std::vector<std::size_t> location = rising(measures.eci), product = rising(measures.pci);
  const auto tied_products = runs_of_ties(measures.pci, product);
  std::vector<std::size_t> above(location.size());  // the first location whose ECI is higher
  for (std::size_t low = 0; low < location.size(); ++low) above[low] = low + 1;
  for (const auto& [first, last] : runs_of_ties(measures.eci, location)) {
    for (std::size_t low = first; low < last; ++low) above[low] = last;
  }
  std::vector<double> ratio, room(product.size());
  // The pairs of the products [first, last) in the order of PCI.
  const auto steps_of = [&](std::size_t low, std::size_t high, std::size_t first, std::size_t last) {
    // R_high,p / R_low,p rises from p to p' where R_high,p' R_low,p > R_high,p R_low,p'. It is X_high,p / X_low,p by
    // a factor of the pair alone, and equal fractions of whole numbers round to equal bits. A product that neither
    // has is level with every other.
    ratio.clear();
    for (std::size_t k = first; k < last; ++k) {
      const double of_high = value[location[high] * products + product[k]],
                   of_low = value[location[low] * products + product[k]];
      if (of_low > 0)
        ratio.push_back(of_high / of_low);
      else if (of_high > 0)
        ratio.push_back(std::numeric_limits<double>::infinity());
    }
    const std::uint64_t all = last - first, n = ratio.size();
    Steps steps{0, 0, all * (all - 1) / 2 - (n * n - n) / 2};
    count_steps(ratio, room, 0, ratio.size(), steps);
    return steps;
  };
  Steps steps;
  for (std::size_t low = 0; low < location.size(); ++low) {
    for (std::size_t high = above[low]; high < location.size(); ++high) {
      const Steps all = steps_of(low, high, 0, product.size());
      steps.up += all.up, steps.down += all.down, steps.level += all.level;
      for (const auto& [first, last] : tied_products) {
        const Steps tie = steps_of(low, high, first, last);
        steps.up -= tie.up, steps.down -= tie.down, steps.level -= tie.level;
      }
    }
  }
  const double up = static_cast<double>(steps.up), down = static_cast<double>(steps.down),
               level = static_cast<double>(steps.level);
  context.measures.further["log_supermodularity"] = {(up + level) / (up + level + down)};
  context.measures.further["log_supermodularity_strict"] = {up / (up + down)};
}

}  // namespace balassa
