// ECI+ and PCI+: what an economy exports, corrected by how hard each product is to export (METHODS B4a; Albeaik et al.
// 2017). The map is that of Fitness on values in place of presence.
#include <algorithm>
#include <cmath>

#include "kernels/measures/measure_context.hpp"

namespace balassa {
namespace {

constexpr int kMostIterations = 20000;
constexpr double kSettled = 1e-13;  // the largest change of a logarithm in a step

}  // namespace

void measure_eci_plus(MeasureContext& context) {
  const auto locations = static_cast<std::size_t>(context.year.locations),
             products = static_cast<std::size_t>(context.year.products);
  const std::vector<double>& value = context.year.value;
  std::vector<double> corrected(locations, 1.0), ease(products);
  const auto ease_of_products = [&] {  // sum_c X_cp / X_c
    std::fill(ease.begin(), ease.end(), 0.0);
    for (std::size_t c = 0; c < locations; ++c) {
      for (std::size_t p = 0; p < products; ++p) ease[p] += value[c * products + p] / corrected[c];
    }
  };
  double change = 1;
  for (int n = 0; n < kMostIterations && change > kSettled; ++n) {
    ease_of_products();
    std::vector<double> next(locations, 0.0);
    double logs = 0;
    for (std::size_t c = 0; c < locations; ++c) {
      for (std::size_t p = 0; p < products; ++p) {
        if (ease[p] > 0) next[c] += value[c * products + p] / ease[p];
      }
      logs += std::log(next[c]) / static_cast<double>(locations);
    }
    change = 0;
    for (std::size_t c = 0; c < locations; ++c) {
      next[c] /= std::exp(logs);
      change = std::max(change, std::abs(std::log(next[c] / corrected[c])));
    }
    corrected = std::move(next);
  }
  ease_of_products();
  std::vector<double> total(products, 0.0), plain(locations, 0.0), eci_plus(locations), pci_plus(products);
  for (std::size_t c = 0; c < locations; ++c) {
    for (std::size_t p = 0; p < products; ++p) total[p] += value[c * products + p];
  }
  for (std::size_t c = 0; c < locations; ++c) {
    for (std::size_t p = 0; p < products; ++p) {
      if (total[p] > 0) plain[c] += value[c * products + p] / total[p];
    }
    eci_plus[c] = std::log(corrected[c]) - std::log(plain[c]);
  }
  for (std::size_t p = 0; p < products; ++p) pci_plus[p] = std::log(total[p]) - std::log(ease[p]);
  context.measures.further["eci_plus"] = std::move(eci_plus);
  context.measures.further["pci_plus"] = std::move(pci_plus);
}

}  // namespace balassa
