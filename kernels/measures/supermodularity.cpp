// Whether complex locations are relatively better at complex products: log-supermodularity of RCA (METHODS B5a).
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

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
  Steps steps;
  std::vector<double> ratio, room(product.size());
  for (std::size_t low = 0; low < location.size(); ++low) {
    for (std::size_t high = low + 1; high < location.size(); ++high) {
      // R_high,p / R_low,p rises from p to p' where R_high,p' R_low,p > R_high,p R_low,p'. It is X_high,p / X_low,p by
      // a factor of the pair alone, and equal fractions of whole numbers round to equal bits. A product that neither
      // has is level with every other.
      ratio.clear();
      for (const std::size_t p : product) {
        const double of_high = value[location[high] * products + p], of_low = value[location[low] * products + p];
        if (of_low > 0)
          ratio.push_back(of_high / of_low);
        else if (of_high > 0)
          ratio.push_back(std::numeric_limits<double>::infinity());
      }
      const std::uint64_t all = product.size(), n = ratio.size();
      steps.level += all * (all - 1) / 2 - (n * n - n) / 2;
      count_steps(ratio, room, 0, ratio.size(), steps);
    }
  }
  const double up = static_cast<double>(steps.up), down = static_cast<double>(steps.down),
               level = static_cast<double>(steps.level);
  context.measures.further["log_supermodularity"] = {(up + level) / (up + level + down)};
  context.measures.further["log_supermodularity_strict"] = {up / (up + down)};
}

}  // namespace balassa
