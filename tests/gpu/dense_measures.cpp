// `compute` on the CUDA device against the CPU. What is defined to the bit - RCA, presence, margins, HHI, reflections -
// is compared in bytes, what follows from an eigenvector with a tolerance.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "kernels/solvers/cusolver.hpp"
#include "tests/device_trial.hpp"

namespace balassa {
namespace {

constexpr double kTolerance = 1e-12;

// Both sides solve with a residual of at most 1e-15, so their vectors are at an angle of at most 2e-15 / gap; the
// scores here reach 4 deviations. 1e-12 where the gap is 0.01; it is 6e-4 and more in these years.
double score_tolerance(double gap) {
  return std::max(kTolerance, 1e-14 / gap);
}

void expect_near(const std::vector<double>& a, const std::vector<double>& b, double tolerance,
                 const std::string& what) {
  expect_same_items(a, b, what + " to within " + text_of(tolerance),
                    [=](double x, double y) { return std::isnan(x) ? std::isnan(y) : std::fabs(x - y) <= tolerance; });
}

void expect_same_measures(const YearMeasures& a, const YearMeasures& b, const std::string& what) {
  expect_same_bytes(a.rca, b.rca, what + " rca");
  expect_same_bytes(a.presence, b.presence, what + " presence");
  expect_same_bytes(a.hhi, b.hhi, what + " hhi");
  expect_same_bytes(a.diversity, b.diversity, what + " diversity");
  expect_same_bytes(a.ubiquity, b.ubiquity, what + " ubiquity");
  expect_same_bytes(a.reflection_location, b.reflection_location, what + " reflections");
  expect_same_bytes(a.reflection_product, b.reflection_product, what + " reflections of products");
  expect_same_bytes(a.location_component, b.location_component, what + " components");
  expect_same_bytes(a.eci_rank, b.eci_rank, what + " ranks");
  expect_same_bytes(a.pci_rank, b.pci_rank, what + " ranks of products");
  expect_same_bytes(a.pci_quartile, b.pci_quartile, what + " quartiles");
  EXPECT_EQ(a.validity, b.validity) << what;
  EXPECT_EQ(a.reflection_lost, b.reflection_lost) << what;
  EXPECT_EQ(a.sign_ambiguous, b.sign_ambiguous) << what;
  EXPECT_EQ(a.location_status, b.location_status) << what;
  EXPECT_EQ(a.product_status, b.product_status) << what;
  expect_near({a.lambda.begin(), a.lambda.end()}, {b.lambda.begin(), b.lambda.end()}, kTolerance, what + " lambda");
  if (a.validity != Validity::kValid) return;
  const double tolerance = score_tolerance(a.gap);
  expect_near(a.eci, b.eci, tolerance, what + " eci");
  expect_near(a.pci, b.pci, tolerance, what + " pci");
  expect_near({a.corr_eci_diversity, a.corr_pci_ubiquity}, {b.corr_eci_diversity, b.corr_pci_ubiquity}, tolerance,
              what + " correlations");
  EXPECT_LE(b.residual, kTolerance) << what;
  EXPECT_NEAR(a.participation / b.participation, 1.0, 100 * tolerance) << what;
}

void compare(Device& cuda, const Year& year, const MeasureRequest& request, const std::string& what) {
  expect_same_measures(make_device("cpu", {})->measure(year, request), cuda.measure(year, request), what);
}

TEST(DenseMeasures, EqualTheCpus) {
  BALASSA_DEVICE_OR_SKIP(cuda, "cuda", {});
  for (const auto& [locations, products] : {std::pair{4, 4}, std::pair{31, 33}, std::pair{63, 65}, std::pair{65, 257},
                                            std::pair{257, 64}, std::pair{240, 1240}, std::pair{700, 120}}) {
    Year year = random_year(locations, products, 11);
    for (double& value : year.value) value *= 0.1;  // totals depend on the order of their terms
    const std::string shape = std::to_string(locations) + "x" + std::to_string(products);
    MeasureRequest request;
    request.reflections = 5;
    compare(*cuda, year, request, shape);
    request.specification = {0.4, TieRule::kAbove, Deviation::kSample, PciScale::kOwn};
    request.reflections = 0;
    compare(*cuda, year, request, shape + " below 1");
    request.specification = {3.0, TieRule::kAtLeast, Deviation::kLongTable, PciScale::kEci};  // drops rows and columns
    compare(*cuda, year, request, shape + " above 1");
  }
}

// The years in turn grow, shrink and grow again, so that memory is taken anew and reused.
TEST(DenseMeasures, AYearDoesNotDependOnTheOnesBefore) {
  BALASSA_DEVICE_OR_SKIP(cuda, "cuda", {});
  for (const int size : {20, 90, 33, 120, 20}) {
    MeasureRequest request;
    request.specification.rca_threshold = 0.4;
    request.reflections = 2;
    compare(*cuda, random_year(size, 2 * size, 12), request, std::to_string(size));
  }
}

// A component that is scored alone keeps the places and the degrees of its vertices in the year.
TEST(DenseMeasures, TheGiantComponentAlone) {
  BALASSA_DEVICE_OR_SKIP(cuda, "cuda", {});
  for (const auto& [locations, products] : {std::pair{30, 70}, std::pair{70, 30}}) {
    const Year inner = random_year(locations, products, 13);
    Year year = year_of(locations + 2, products + 2,
                        std::vector<double>(static_cast<std::size_t>((locations + 2) * (products + 2)), 0.0));
    const auto at = [&](int c, int p) -> double& {
      return year.value[static_cast<std::size_t>(c * (products + 2) + p)];
    };
    at(0, 0) = at(locations + 1, products + 1) = 5;  // before and after the others
    for (int c = 0; c < locations; ++c) {
      for (int p = 0; p < products; ++p) at(c + 1, p + 1) = inner.value[static_cast<std::size_t>(c * products + p)];
    }
    MeasureRequest request;
    request.specification.rca_threshold = 0.4;
    request.specification.disconnected = Disconnected::kGiant;
    request.reflections = 2;
    EXPECT_EQ(make_device("cpu", {})->measure(year, request).validity, Validity::kValid);
    compare(*cuda, year, request, std::to_string(locations) + " of the giant component");
  }
}

TEST(DenseMeasures, DegenerateYears) {
  BALASSA_DEVICE_OR_SKIP(cuda, "cuda", {});
  MeasureRequest request;
  request.reflections = 3;
  compare(*cuda, year_of(4, 4, {1, 2, 0, 0, 2, 1, 0, 0, 0, 0, 3, 1, 0, 0, 1, 3}), request, "two blocks");
  compare(*cuda, year_of(3, 3, {1, 2, 3, 1, 2, 3, 1, 2, 3}), request, "identical rows");
  compare(*cuda, year_of(4, 4, {1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 1}), request, "tied axis");
  compare(*cuda, year_of(1, 1, {5}), request, "one cell");
  request.specification.rca_threshold = 1e300;
  compare(*cuda, random_year(5, 6, 1), request, "nothing present");
}

// The second difference matrix of order n: eigenvalues 2 - 2 cos(k pi / (n + 1)), vectors sin(i k pi / (n + 1)).
TEST(DenseMeasures, EveryEigenSolverFindsTheKnownSpectrum) {
  BALASSA_DEVICE_OR_SKIP(cuda, "cuda", {});
  ASSERT_EQ(cuda_eigen_solver_names().size(), 7u);
  for (const std::string& solver : cuda_eigen_solver_names()) {
    for (const int n : {3, 31, 64, 240}) {
      EigenProblem problem{n, 3, 2, std::vector<double>(static_cast<std::size_t>(3 * n * n), 0.0)};
      const std::size_t size = static_cast<std::size_t>(n);
      for (std::size_t b = 0; b < 3; ++b) {
        for (std::size_t i = 0; i < size; ++i) {
          double* column = problem.matrix.data() + (b * size + i) * size;
          column[i] = 2.0 * static_cast<double>(b + 1);
          if (i + 1 < size) column[i + 1] = -static_cast<double>(b + 1);
        }
      }
      const EigenSolution found = solve_on_cuda(solver, 0, problem);
      for (std::size_t b = 0; b < 3; ++b) {
        for (std::size_t k = 0; k < 2; ++k) {
          const double angle = static_cast<double>(size - k) * M_PI / (n + 1), scale = static_cast<double>(b + 1);
          const std::string what = solver + " n " + std::to_string(n) + " matrix " + std::to_string(b);
          // A backward stable solver is off by a small multiple of n eps |A|; |A| <= 4 scale.
          EXPECT_NEAR(found.value[b * 2 + k], scale * (2 - 2 * std::cos(angle)), n * 4e-15 * scale) << what;
          const double* vector = found.vector.data() + (b * 2 + k) * size;
          double overlap = 0;
          for (std::size_t i = 0; i < size; ++i)
            overlap += vector[i] * std::sqrt(2.0 / (n + 1)) * std::sin(static_cast<double>(i + 1) * angle);
          // The gap at the end of the spectrum, 5e-4 |A| at n = 240, leaves an angle of 1e-10 and a cosine of 1 -
          // 1e-20.
          EXPECT_NEAR(std::fabs(overlap), 1.0, 1e-12) << what;
        }
      }
    }
  }
}

TEST(DenseMeasures, EigenSolversRefuse) {
  BALASSA_DEVICE_OR_SKIP(cuda, "cuda", {});
  const EigenProblem problem{2, 1, 1, {2, 1, 1, 2}};
  EXPECT_THROW(solve_on_cuda("geev", 0, problem), std::invalid_argument);
  EXPECT_THROW(solve_on_cuda("xsyevd", 0, {2, 1, 3, {2, 1, 1, 2}}), std::invalid_argument);
  EXPECT_THROW(solve_on_cuda("xsyevd", 0, {3, 1, 1, {2, 1, 1, 2}}), std::invalid_argument);
}

}  // namespace
}  // namespace balassa
