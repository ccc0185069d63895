#include "kernels/resident/resident_year.hpp"

#include <algorithm>
#include <numeric>

#include "kernels/base/canonical_sum.hpp"

namespace balassa {
namespace {

// What fp32 totals can do without underflow or overflow: values, and their sums before they are weighted.
constexpr double kLeastValue32 = 1e-30, kMostTotal32 = 1e28;

}  // namespace

double all_population(const Year& year) {
  return canonical_sum(year.population.size(), [&](std::size_t c) { return year.population[c]; });
}

ResidentYear::ResidentYear(const Year& year)
    : locations(year.locations),
      products(year.products),
      padded_locations(padded(year.locations)),
      padded_products(padded(year.products)),
      snapshots(year.products / kSnapshotStep + 2) {
  const std::size_t c_count = static_cast<std::size_t>(locations), p_count = static_cast<std::size_t>(products);
  const std::size_t cp = static_cast<std::size_t>(padded_locations), pp = static_cast<std::size_t>(padded_products);
  value.assign(c_count * pp, 0.0);
  value_by_product.assign(p_count * cp, 0.0);
  for (std::size_t c = 0; c < c_count; ++c) {
    for (std::size_t p = 0; p < p_count; ++p) {
      value[c * pp + p] = value_by_product[p * cp + c] = year.value[c * p_count + p];
    }
  }
  location_total.assign(cp, 0.0);
  product_total.assign(pp, 0.0);
  for (std::size_t c = 0; c < c_count; ++c)
    location_total[c] = canonical_sum(p_count, [&](std::size_t p) { return value[c * pp + p]; });
  for (std::size_t p = 0; p < p_count; ++p)
    product_total[p] = canonical_sum(c_count, [&](std::size_t c) { return value_by_product[p * cp + c]; });
  grand_total = canonical_sum(c_count, [&](std::size_t c) { return location_total[c]; });

  const std::size_t steps = static_cast<std::size_t>(prefix_steps(snapshots));
  // A weight is below 2^31 and a sum of positive terms none the smaller for a next one.
  const bool spanned =
      std::all_of(value.begin(), value.end(), [](double x) { return x == 0.0 || x >= kLeastValue32; }) &&
      std::all_of(location_total.begin(), location_total.end(), [](double x) { return x <= kMostTotal32; });
  if (spanned) value32.assign(value.begin(), value.end());

  prefix_ratio.assign(c_count * pp, -1.0);
  prefix_step.assign(c_count * steps, -1.0);
  prefix_order.assign(c_count * pp, 0);
  prefix_count.assign(cp, 0);
  const std::size_t words = pp / kTile;
  snapshot.assign(c_count * static_cast<std::size_t>(snapshots) * words, 0);
  std::vector<double> ratio(p_count);
  for (std::size_t c = 0; c < c_count; ++c) {
    std::int32_t* order = prefix_order.data() + c * pp;
    int count = 0;
    for (std::size_t p = 0; p < p_count; ++p) {
      const double x = value[c * pp + p];
      if (!(x > 0.0)) continue;
      ratio[p] = x / product_total[p];
      order[count++] = static_cast<std::int32_t>(p);
    }
    std::sort(order, order + count, [&](std::int32_t a, std::int32_t b) {
      const double ra = ratio[static_cast<std::size_t>(a)], rb = ratio[static_cast<std::size_t>(b)];
      return ra > rb || (ra == rb && a < b);
    });
    prefix_count[c] = count;
    std::uint32_t* bits = snapshot.data() + c * static_cast<std::size_t>(snapshots) * words;
    for (int i = 0; i < count; ++i)
      prefix_ratio[c * pp + static_cast<std::size_t>(i)] = ratio[static_cast<std::size_t>(order[i])];
    for (std::size_t k = 0; k * kSnapshotStep < static_cast<std::size_t>(count); ++k)
      prefix_step[c * steps + k] = prefix_ratio[c * pp + k * kSnapshotStep];
    for (int k = 1; k < snapshots; ++k) {
      std::uint32_t* now = bits + static_cast<std::size_t>(k) * words;
      std::copy(now - words, now, now);
      for (int i = (k - 1) * kSnapshotStep; i < std::min(k * kSnapshotStep, count); ++i)
        now[order[i] / kTile] |= 1u << (order[i] % kTile);
    }
  }
  location_item = year.location_item;
  location_item.resize(cp, 0);
  product_item = year.product_item;
  product_item.resize(pp, 0);
  class_unit = year.class_unit.empty() ? std::vector<std::uint8_t>(c_count, 1) : year.class_unit;
  class_unit.resize(cp, 0);
  given_p1 = year.given_p1;
  if (!given_p1.empty()) given_p1.resize(pp, 0);
}

void ResidentYear::attach(StudyView& view) const {
  view.locations = locations;
  view.products = products;
  view.padded_locations = padded_locations;
  view.padded_products = padded_products;
  view.value = value.data();
  view.value32 = value32.empty() ? nullptr : value32.data();
  view.value_by_product = value_by_product.data();
  view.location_total = location_total.data();
  view.product_total = product_total.data();
  view.grand_total = grand_total;
  view.prefix_ratio = prefix_ratio.data();
  view.prefix_step = prefix_step.data();
  view.prefix_order = prefix_order.data();
  view.prefix_count = prefix_count.data();
  view.snapshot = snapshot.data();
  view.snapshots = snapshots;
  view.location_item = location_item.data();
  view.product_item = product_item.data();
  view.class_unit = class_unit.data();
  view.given_p1 = given_p1.empty() ? nullptr : given_p1.data();
}

std::size_t ResidentYear::bytes(int locations, int products) {
  const std::size_t c = static_cast<std::size_t>(padded(locations)), p = static_cast<std::size_t>(padded(products));
  const std::size_t snapshots = p / kSnapshotStep + 2;
  return 3 * large_array_bytes(c * p * 8) + large_array_bytes(c * (snapshots + 7) * 8) +
         2 * large_array_bytes(c * p * 4) + large_array_bytes(c * snapshots * (p / kTile) * 4) + (c + p) * 64;
}

}  // namespace balassa
