// What holds of every measure of the registry: labels mean nothing, nor does the unit of the values, and a measure is
// the same whatever else is asked for.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "kernels/cpu/measures.hpp"
#include "kernels/measures/registry.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

// Eigenvectors over gaps of some 0.01, and fixed points to 1e-13: errors under 1e-10 of the largest number.
constexpr double kTolerance = 1e-9;
constexpr int kLocations = 13, kProducts = 21;

struct Order {
  std::vector<int> location, product;  // where each item of the new year stood before
};

Order shuffled(unsigned seed) {
  std::mt19937 random(seed);
  Order order{std::vector<int>(kLocations), std::vector<int>(kProducts)};
  std::iota(order.location.begin(), order.location.end(), 0);
  std::iota(order.product.begin(), order.product.end(), 0);
  std::shuffle(order.location.begin(), order.location.end(), random);
  std::shuffle(order.product.begin(), order.product.end(), random);
  return order;
}

Year reordered(const Year& year, const Order& order, double unit) {
  std::vector<double> value;
  for (const int c : order.location) {
    for (const int p : order.product) value.push_back(unit * year.value[static_cast<std::size_t>(c * kProducts + p)]);
  }
  return year_of(kLocations, kProducts, std::move(value));
}

MeasureRequest request_for(const Year& year, const Order& order, std::vector<std::string> names) {
  MeasureRequest request;
  request.measures = std::move(names);
  request.reflections = 2;
  for (const int c : order.location) {
    request.tables["gdp"].push_back(100.0 + 7 * c * c);
    request.tables["population"].push_back(10.0 + c);
  }
  Year before = year;
  for (std::size_t i = 0; i < before.value.size(); i += 5) before.value[i] = 0;
  request.before = std::make_shared<const Year>(std::move(before));
  return request;
}

std::vector<double> numbers(const MeasureInfo& measure, const YearMeasures& found) {
  return visit_numbers(measure, found, [](const auto& of) { return std::vector<double>(of.begin(), of.end()); });
}

// Numbers of the first order at the places of the second.
std::vector<double> reordered(const MeasureInfo& measure, const std::vector<double>& from, const Order& order) {
  const auto &c = order.location, &p = order.product;
  const auto pairs = [&](const std::vector<int>& rows, const std::vector<int>& columns) {
    std::vector<double> to;
    for (const int r : rows) {
      for (const int k : columns)
        to.push_back(from[static_cast<std::size_t>(r) * columns.size() + static_cast<std::size_t>(k)]);
    }
    return to;
  };
  switch (measure.on) {
    case On::kYear:
      return from;
    case On::kLocation:
      return pairs({0}, c);
    case On::kProduct:
      return pairs({0}, p);
    case On::kLocationProduct:
      return pairs(c, p);
    case On::kLocationPair:
      return pairs(c, c);
    case On::kProductPair:
      return pairs(p, p);
  }
  return from;
}

void expect_same(const MeasureInfo& measure, const std::vector<double>& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size()) << measure.name;
  double largest = 1;
  for (const double x : expected) largest = std::isfinite(x) ? std::max(largest, std::abs(x)) : largest;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(expected[i]))
      ASSERT_TRUE(std::isnan(found[i])) << measure.name << " " << i;
    else
      ASSERT_NEAR(found[i], expected[i], kTolerance * largest) << measure.name << " " << i;
  }
}

TEST(EveryMeasure, GoesWithItsLabelsAndNotWithUnits) {
  const Year year = random_year(kLocations, kProducts, 11);
  Order plain{std::vector<int>(kLocations), std::vector<int>(kProducts)};
  std::iota(plain.location.begin(), plain.location.end(), 0);
  std::iota(plain.product.begin(), plain.product.end(), 0);
  for (const MeasureInfo& measure : measure_registry()) {
    // The entries of the other order would need the earlier year in that order's items: they have a test of their own.
    if (measure.against_before) continue;
    const std::vector<double> before = numbers(measure, measure_year(year, request_for(year, plain, {measure.name})));
    for (const unsigned seed : {1u, 2u}) {
      const Order order = shuffled(seed);
      const Year other = reordered(year, order, 8.0);
      expect_same(measure, numbers(measure, measure_year(other, request_for(other, order, {measure.name}))),
                  reordered(measure, before, order));
    }
  }
}

TEST(EveryMeasure, IsTheSameWhateverElseIsAskedFor) {
  const Year year = random_year(kLocations, kProducts, 12);
  Order plain{std::vector<int>(kLocations), std::vector<int>(kProducts)};
  std::iota(plain.location.begin(), plain.location.end(), 0);
  std::iota(plain.product.begin(), plain.product.end(), 0);
  std::vector<std::string> all;
  for (const MeasureInfo& measure : measure_registry()) all.push_back(measure.name);
  const YearMeasures together = measure_year(year, request_for(year, plain, all));
  for (const MeasureInfo& measure : measure_registry()) {
    const std::vector<double> alone = numbers(measure, measure_year(year, request_for(year, plain, {measure.name}))),
                              beside = numbers(measure, together);
    ASSERT_EQ(alone.size(), beside.size());
    for (std::size_t i = 0; i < alone.size(); ++i) {
      if (std::isnan(beside[i])) continue;
      ASSERT_EQ(alone[i], beside[i]) << measure.name << " " << i;  // to the bit
    }
  }
}

}  // namespace
}  // namespace balassa
