#include "kernels/resident/dense_presence.hpp"

namespace balassa {

DensePresence::DensePresence(const std::uint32_t* bits, const StudyView& view)
    : cell(static_cast<std::size_t>(view.locations) * static_cast<std::size_t>(view.products)),
      ubiquity(static_cast<std::size_t>(view.products)) {
  const std::ptrdiff_t words = view.padded_products / kTile, products = view.products;
  for (std::ptrdiff_t c = 0; c < view.locations; ++c) {
    for (std::ptrdiff_t p = 0; p < products; ++p) {
      const std::uint32_t word = bits[(c / kTile * words + p / kTile) * kTile + c % kTile];
      const double present = (word >> (p % kTile)) & 1u;
      cell[static_cast<std::size_t>(c * products + p)] = present;
      ubiquity[static_cast<std::size_t>(p)] += present;
    }
  }
}

}  // namespace balassa
