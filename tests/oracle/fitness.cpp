// Fitness, NHEFC, GENEPY and ECI+ against numbers worked out by hand or by numpy (METHODS B4a).
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/cpu/measures.hpp"
#include "tests/oracle/golden_measures.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

using golden::kAnyPositive;

void expect_near(const std::vector<double>& found, const std::vector<double>& expected, double tolerance) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << "element " << i;
}

std::map<std::string, std::vector<double>> measured(const Year& year, std::vector<std::string> names,
                                                    double threshold = 1.0, int iterations = 0) {
  MeasureRequest request;
  request.specification.rca_threshold = threshold;
  request.measures = std::move(names);
  request.parameters.fitness_iterations = iterations;
  return measure_year(year, request).further;
}

const std::vector<std::string> kFitness{"fitness", "fitness_product", "fitness_log", "fitness_decay", "fitness_steps"};

TEST(Fitness, TwoStepsByHand) {
  const auto found = measured(year_of(4, 4, golden::kTable1), kFitness, kAnyPositive, 2);
  expect_near(found.at("fitness"), {7.0 / 3, 1.0 / 2, 5.0 / 6, 1.0 / 3}, 1e-15);
  expect_near(found.at("fitness_product"), {105.0 / 44, 21.0 / 44, 35.0 / 44, 15.0 / 44}, 1e-15);
  EXPECT_EQ(found.at("fitness_steps")[0], 2);
}

// METHODS B4a: the second of a nested four falls as 1 / n, so values never settle; ranks do at once.
TEST(Fitness, OfANestedMatrixSettlesInRanksOnly) {
  const Year nested = year_of(4, 4, {1, 1, 1, 1, 0, 1, 1, 1, 0, 0, 1, 1, 0, 0, 0, 1});
  for (const auto& [n, second] : {std::pair{10, 0.624}, {100, 0.106}, {1000, 0.0118}, {10000, 0.0012}})
    EXPECT_NEAR(measured(nested, kFitness, kAnyPositive, n).at("fitness")[1], second, second < 0.01 ? 6e-5 : 6e-4) << n;
  const auto settled = measured(nested, kFitness, kAnyPositive);
  EXPECT_LE(settled.at("fitness_steps")[0], 64);
  EXPECT_NEAR(measured(nested, kFitness, kAnyPositive, 10000).at("fitness_decay")[1], 1.0, 0.01);
  EXPECT_NEAR(measured(nested, kFitness, kAnyPositive, 10000).at("fitness_decay")[0], 0.0, 0.01);
}

// e4 and e5 fall by the same factor each step. numpy: 1.53297580e-131 after 500 steps, 2.92313572e-262 after 1,000, and
// NaN after 2,000, where the reciprocal overflows.
TEST(Fitness, GoesOnInLogarithmsWhereDoublesEnd) {
  const Year toy = year_of(5, 6, golden::kToy);
  const double at500 = std::log(1.53297580e-131), at1000 = std::log(2.92313572e-262);
  EXPECT_NEAR(measured(toy, kFitness, 1.0, 500).at("fitness_log")[3], at500, 1e-8);
  EXPECT_NEAR(measured(toy, kFitness, 1.0, 1000).at("fitness_log")[3], at1000, 1e-8);
  const auto late = measured(toy, kFitness, 1.0, 2000);
  EXPECT_NEAR(late.at("fitness_log")[3], at1000 + 2 * (at1000 - at500), 1e-7);
  EXPECT_EQ(late.at("fitness_log")[3], late.at("fitness_log")[4]);
  EXPECT_NEAR(late.at("fitness")[0], 2.94304518, 1e-8);
  EXPECT_GT(late.at("fitness_decay")[3], 100);
  const auto settled = measured(toy, kFitness);
  EXPECT_LT(settled.at("fitness_steps")[0], 1000);
  EXPECT_LT(settled.at("fitness_decay")[0], 0.01);
}

TEST(Nhefc, Toy) {
  const auto found = measured(year_of(5, 6, golden::kToy), {"nhefc", "nhefc_product"});
  expect_near(found.at("nhefc"), golden::kToyNhefcFitness, 1e-9);
  expect_near(found.at("nhefc_product"), golden::kToyNhefcComplexity, 1e-9);
}

TEST(Genepy, Toy) {
  const auto found = measured(year_of(5, 6, golden::kToy), {"genepy", "genepy_product"});
  expect_near(found.at("genepy"), golden::kToyGenepy, 1e-13);
  EXPECT_EQ(found.at("genepy_product").size(), 6u);
}

TEST(EciPlus, Toy) {
  const auto found = measured(year_of(5, 6, golden::kToy), {"eci_plus", "pci_plus"});
  expect_near(found.at("eci_plus"), golden::kToyEciPlus, 1e-9);
  expect_near(found.at("pci_plus"), golden::kToyPciPlus, 1e-9);
}

}  // namespace
}  // namespace balassa
