// How concentrated a basket is, and how unlike the world's (METHODS B5a).
#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/measures/measure_context.hpp"

namespace balassa {

void measure_concentration(MeasureContext& context) {
  const auto locations = static_cast<std::size_t>(context.year.locations),
             products = static_cast<std::size_t>(context.year.products);
  const std::vector<double> squares = context.machine.row_sums(SquaredShareOfCell{}),
                            entropy = context.machine.row_sums(EntropyOfCell{}),
                            krugman = context.machine.row_sums(DifferenceOfCell{});
  auto& further = context.measures.further;
  for (const char* name : {"hhi_share", "hhi_normalised", "n_eff", "theil", "gini"}) further[name].resize(locations);
  std::vector<double> basket;
  for (std::size_t c = 0; c < locations; ++c) {
    const double* row = context.year.value.data() + c * products;
    // Those that are not exported come first in a basket by rising value.
    const std::size_t first = context.request.parameters.basket_of_exported
                                  ? static_cast<std::size_t>(std::count(row, row + products, 0.0))
                                  : 0;
    const double n = static_cast<double>(products - first);
    further["hhi_share"][c] = squares[c];
    // Of one product there is no more or less concentrated.
    further["hhi_normalised"][c] =
        n > 1 ? (squares[c] - 1 / n) / (1 - 1 / n) : std::numeric_limits<double>::quiet_NaN();
    further["n_eff"][c] = 1 / squares[c];
    further["theil"][c] = std::log(n) - entropy[c];
    basket.assign(row, row + products);
    std::sort(basket.begin(), basket.end());
    double sum = 0, ranked = 0;
    for (std::size_t i = first; i < products; ++i) {
      sum += basket[i];
      ranked += (2 * static_cast<double>(i - first + 1) - n - 1) * basket[i];
    }
    further["gini"][c] = ranked / (n * sum);
  }
  further["entropy"] = entropy;
  further["krugman"] = krugman;
}

}  // namespace balassa
