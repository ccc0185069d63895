// Products that a location has come to have, or has lost, since the year before (METHODS B5a).
#include <limits>

#include "kernels/measures/measure_context.hpp"

namespace balassa {
namespace {

// Exports per head are not known of a location without a population.
bool knows_presence(const Specification& specification, const Year& year, std::size_t c) {
  return specification.presence == Presence::kRca || (c < year.population.size() && year.population[c] > 0);
}

// Presence by item of the panel; -1 = the year does not have the item.
class PresenceBefore {
 public:
  PresenceBefore(MeasureContext& context, const Year& before)
      : before_(before),
        specification_(context.request.specification),
        products_(static_cast<std::size_t>(before.products)) {
    context.machine.hold(before);
    presence_ = context.machine.cells(PresenceOfCell(context.request.specification));
    context.machine.hold(context.year);
    place(before.location_item, before.panel_locations, location_);
    place(before.product_item, before.panel_products, product_);
  }
  bool knows_location(std::int32_t item) const {
    const std::int32_t c = location_[static_cast<std::size_t>(item)];
    return c >= 0 && knows_presence(specification_, before_, static_cast<std::size_t>(c));
  }
  // A product that nobody traded was nobody's.
  bool has(std::int32_t location, std::int32_t product) const {
    const std::int32_t c = location_[static_cast<std::size_t>(location)],
                       p = product_[static_cast<std::size_t>(product)];
    return c >= 0 && p >= 0 && presence_[static_cast<std::size_t>(c) * products_ + static_cast<std::size_t>(p)] > 0;
  }

 private:
  static void place(const std::vector<std::int32_t>& item, int width, std::vector<std::int32_t>& at) {
    at.assign(static_cast<std::size_t>(width), -1);
    for (std::size_t i = 0; i < item.size(); ++i) at[static_cast<std::size_t>(item[i])] = static_cast<std::int32_t>(i);
  }
  const Year& before_;
  const Specification& specification_;
  std::size_t products_;
  std::vector<double> presence_;
  std::vector<std::int32_t> location_, product_;
};

}  // namespace

void measure_entry(MeasureContext& context) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const Year& year = context.year;
  const auto locations = static_cast<std::size_t>(year.locations), products = static_cast<std::size_t>(year.products);
  std::vector<double> entry(locations * products, kNan), entries(locations, kNan), exits(locations, kNan);
  if (context.request.before) {
    const PresenceBefore before(context, *context.request.before);
    for (std::size_t c = 0; c < locations; ++c) {
      if (!knows_presence(context.request.specification, year, c) || !before.knows_location(year.location_item[c]))
        continue;
      entries[c] = exits[c] = 0;
      for (std::size_t p = 0; p < products; ++p) {
        const bool had = before.has(year.location_item[c], year.product_item[p]),
                   has = context.measures.presence[c * products + p] != 0;
        entry[c * products + p] = static_cast<double>(has) - static_cast<double>(had);
        entries[c] += has && !had ? 1 : 0;
        exits[c] += had && !has ? 1 : 0;
      }
    }
  }
  context.measures.further["entry"] = std::move(entry);
  context.measures.further["entries"] = std::move(entries);
  context.measures.further["exits"] = std::move(exits);
}

}  // namespace balassa
