// Cells at the threshold, or a few units in the last place from it, against the definition of presence under canonical
// totals (METHODS A1 eq. 3, E8): whatever screens totals or searches prefixes must not decide them
// otherwise.
#include <gtest/gtest.h>

#include <cmath>

#include "kernels/base/canonical_sum.hpp"
#include "kernels/cpu/cpu_device.hpp"
#include "tests/small_year.hpp"

namespace balassa {
namespace {

// All values alike up to powers of two of their row and column: an RCA of exactly 1 everywhere, under any weights. Then
// every fifth cell moves by up to 3 ulps and every eleventh is empty, which moves totals by far more; `scale` takes the
// values beyond what fp32 spans.
Year tied_year(int locations, int products, bool ulps, bool holes, double scale) {
  std::vector<double> value;
  for (int c = 0; c < locations; ++c) {
    for (int p = 0; p < products; ++p) {
      const std::uint32_t drawn =
          philox4x32(static_cast<std::uint32_t>(c), static_cast<std::uint32_t>(p), 1, 2, 3, 4).word[0];
      double x = 3.0;
      if (ulps && drawn % 5 == 0) {
        for (std::uint32_t k = 0; k <= drawn / 5 % 3; ++k) x = std::nextafter(x, drawn / 16 % 2 == 0 ? 0.0 : 4.0);
      }
      if (holes && drawn % 11 == 0) x = 0.0;
      value.push_back(std::ldexp(scale * x, c % 7 - p % 5));
    }
  }
  return year_of(locations, products, std::move(value));
}

// The same with every cell moved by up to ten times what fp32 rounds off: within the bound of the screen, at its edges,
// and beyond.
Year screened_year(int locations, int products, double scale) {
  std::vector<double> value;
  for (int c = 0; c < locations; ++c) {
    for (int p = 0; p < products; ++p) {
      const std::uint32_t drawn =
          philox4x32(static_cast<std::uint32_t>(c), static_cast<std::uint32_t>(p), 1, 2, 3, 5).word[0];
      const double moved = 3.0 * (1.0 + (static_cast<int>(drawn % 81) - 40) * 0x1p-26);
      value.push_back(std::ldexp(scale * moved, c % 7 - p % 5));
    }
  }
  return year_of(locations, products, std::move(value));
}

// Diversity and ubiquity by definition, of drawn products and of locations with one.
void expect_definition(const Year& year, const Specification& specification, const ScenarioRecord& record) {
  const std::size_t c_count = static_cast<std::size_t>(year.locations),
                    p_count = static_cast<std::size_t>(year.products);
  const auto weight = [&](std::size_t p) { return static_cast<double>(record.weight[p]); };
  const auto location_weight = [&](std::size_t c) {
    return record.location_weight.empty() ? 1.0 : static_cast<double>(record.location_weight[c]);
  };
  const auto value = [&](std::size_t c, std::size_t p) { return year.value[c * p_count + p]; };
  std::vector<double> total(c_count), product_total(p_count);
  for (std::size_t c = 0; c < c_count; ++c)
    total[c] = canonical_sum(p_count, weight, [&](std::size_t p) { return value(c, p); });
  for (std::size_t p = 0; p < p_count; ++p)
    product_total[p] = canonical_sum(c_count, location_weight, [&](std::size_t c) { return value(c, p); });
  const double grand = canonical_sum(c_count, location_weight, [&](std::size_t c) { return total[c]; });
  std::vector<std::vector<bool>> present(c_count, std::vector<bool>(p_count));
  std::vector<bool> held(p_count, false);
  std::vector<std::int64_t> diversity(c_count, 0), ubiquity(p_count, 0);
  for (std::size_t c = 0; c < c_count; ++c) {
    for (std::size_t p = 0; p < p_count; ++p) {
      const double left = value(c, p) * grand, right = specification.rca_threshold * total[c] * product_total[p];
      present[c][p] = value(c, p) > 0 && product_total[p] > 0 &&
                      (specification.tie == TieRule::kAbove ? left > right : left >= right);
      held[p] = held[p] || (present[c][p] && location_weight(c) > 0);
    }
  }
  for (std::size_t c = 0; c < c_count; ++c) {
    for (std::size_t p = 0; p < p_count; ++p) diversity[c] += present[c][p] && held[p] && record.weight[p] > 0 ? 1 : 0;
    for (std::size_t p = 0; p < p_count && diversity[c] > 0 && location_weight(c) > 0; ++p)
      ubiquity[p] += present[c][p] ? 1 : 0;
  }
  EXPECT_EQ(record.diversity, diversity) << record.replicate;
  EXPECT_EQ(record.ubiquity, ubiquity) << record.replicate;
}

TEST(Presence, CellsAtTheThreshold) {
  for (const auto& [ulps, holes, scale] : {std::tuple{false, false, 1.0},
                                           {true, false, 1.0},
                                           {true, true, 1.0},
                                           {true, true, 1e-45},
                                           {true, true, 1e35}}) {
    const Year year = tied_year(37, 613, ulps, holes, scale);
    for (const TieRule tie : {TieRule::kAtLeast, TieRule::kAbove}) {
      for (const Weights weights : {Weights::kMultinomial, Weights::kBayesian}) {
        CellStudy study;
        study.year = &year;
        study.specification.tie = tie;
        study.resampling.weights = weights;
        for (const Engine* engine : available_engines()) {
          DeviceOptions options;
          options.threads = 1;
          options.simd = engine->name;
          const auto resident = make_device("cpu", options)->make_resident(study);
          for (const std::uint64_t replicate : {1, 2, 3, 18}) {
            SCOPED_TRACE(std::string(engine->name) + (ulps ? ", ulps" : "") + (holes ? ", holes" : ""));
            expect_definition(year, study.specification, resident->replay(replicate));
          }
        }
      }
    }
  }
}

// Where locations are weighted the cells are compared, in fp32 where its bound allows (scale 1), at the ends of what it
// may span (1e-28, 1e24), and in fp64.
TEST(Presence, ComparedCellsAtTheThreshold) {
  for (const auto& [near, scale] :
       {std::pair{false, 1.0}, {true, 1.0}, {true, 1e-28}, {true, 1e24}, {true, 1e-45}, {true, 1e35}}) {
    const Year year = near ? screened_year(37, 301, scale) : tied_year(37, 301, true, false, scale);
    for (const TieRule tie : {TieRule::kAtLeast, TieRule::kAbove}) {
      for (const Draws draws : {Draws(Scheme::kLocations), Scheme::kProducts | Scheme::kLocations}) {
        CellStudy study;
        study.year = &year;
        study.specification.tie = tie;
        study.resampling.draws = draws;
        study.resampling.weights = Weights::kPoisson;
        for (const Weights law : {Weights::kMultinomial, Weights::kBayesian}) {
          study.resampling.location_weights = law;
          for (const Engine* engine : available_engines()) {
            DeviceOptions options;
            options.threads = 1;
            options.simd = engine->name;
            const auto resident = make_device("cpu", options)->make_resident(study);
            for (const std::uint64_t replicate : {1, 2, 18}) {
              SCOPED_TRACE(std::string(engine->name) + (near ? ", near " : ", tied ") + std::to_string(scale));
              expect_definition(year, study.specification, resident->replay(replicate));
            }
          }
        }
      }
    }
  }
}

// Totals that fp32 gets wrong by as much as it can: to the first location's value of every other product 63 are added
// that are each below half a unit in its last place. RCA of the first location is 1 to within a third of what is lost.
TEST(Presence, ComparedCellsWhoseTotalsFp32Loses) {
  constexpr int kLocations = 64, kProducts = 64;
  std::vector<double> value(kLocations * kProducts, 0.0);
  for (int c = 0; c < kLocations; ++c) {
    for (int p = 0; p < kProducts; ++p) {
      double& x = value[static_cast<std::size_t>(c * kProducts + p)];
      x = c == 0 ? 1.0 : p % 2 == 0 ? 0.4 * 0x1p-24 : 0.0;
    }
  }
  const Year year = year_of(kLocations, kProducts, std::move(value));
  CellStudy study;
  study.year = &year;
  study.resampling.draws = Scheme::kLocations;
  study.resampling.location_weights = Weights::kMultinomial;
  for (const Engine* engine : available_engines()) {
    DeviceOptions options;
    options.threads = 1;
    options.simd = engine->name;
    const auto resident = make_device("cpu", options)->make_resident(study);
    int drawn = 0;
    for (std::uint64_t replicate = 1; replicate <= 20; ++replicate) {
      SCOPED_TRACE(engine->name);
      const ScenarioRecord record = resident->replay(replicate);
      expect_definition(year, study.specification, record);
      drawn += record.location_weight[0] == 1 ? 1 : 0;
    }
    EXPECT_GT(drawn, 3);
  }
}

// Thresholds that no fp32 number can hold: the rows are compared in fp64.
TEST(Presence, ComparedCellsUnderAnyThreshold) {
  const Year year = random_year(33, 65, 2);
  for (const double threshold : {1e-300, 1e-44, 1e-9, 0.25, 1e12}) {
    CellStudy study;
    study.year = &year;
    study.specification.rca_threshold = threshold;
    study.resampling.draws = Scheme::kLocations;
    const auto resident = make_device("cpu", {})->make_resident(study);
    expect_definition(year, study.specification, resident->replay(1));
  }
}

}  // namespace
}  // namespace balassa
