// The world panel of 2017 (224 x 1222, HS2007 4-digit): its spectrum, its certificate, and the identities of its
// scores.
#include <gtest/gtest.h>

#include <cmath>

#include "host/panel/year_selection.hpp"
#include "kernels/cpu/measures.hpp"
#include "tests/real/real_data.hpp"

namespace balassa {
namespace {

std::string world_file() {
  return real::data_folder() + "/world-hs07-1962-1980-2017/ots_hs07_4_world.csv.gz";
}

const Panel& world() {
  static const Panel panel = real::panel_from_rows(real::read_rows(world_file()));
  return panel;
}

TEST(World, Spectrum2017) {
  BALASSA_REQUIRE_FILE(world_file());
  const SelectedYear selected = select_year(world(), 2);
  EXPECT_EQ(selected.year.label, 2017);
  EXPECT_EQ(selected.year.locations, 224);
  EXPECT_EQ(selected.year.products, 1222);
  const YearMeasures found = measure_year(selected.year, {});
  ASSERT_EQ(found.validity, Validity::kValid);
  // Published to 8 digits.
  EXPECT_NEAR(found.lambda[1], 0.26903187, 5e-9);
  EXPECT_NEAR(found.lambda[2], 0.19392976, 5e-9);
  EXPECT_LE(found.residual, 1e-12);
  EXPECT_EQ(found.components, 1);
}

TEST(World, EveryYearIsCertifiedAndEciIsMeanPci) {
  BALASSA_REQUIRE_FILE(world_file());
  for (std::size_t y = 0; y < world().years.size(); ++y) {
    const SelectedYear selected = select_year(world(), y);
    const YearMeasures found = measure_year(selected.year, {});
    ASSERT_EQ(found.validity, Validity::kValid) << selected.year.label;
    EXPECT_LE(found.residual, 1e-12);
    double mean = 0, square = 0;
    for (int c = 0; c < selected.year.locations; ++c) {
      double sum = 0;
      for (int p = 0; p < selected.year.products; ++p) {
        if (found.presence[static_cast<std::size_t>(c) * selected.year.products + p] != 0) sum += found.pci[p];
      }
      // A mean over <= 1222 products of size <= 20.
      EXPECT_NEAR(found.eci[c], sum / found.diversity[c], 1e-11);
      mean += found.eci[c] / selected.year.locations;
      square += found.eci[c] * found.eci[c] / selected.year.locations;
    }
    EXPECT_NEAR(mean, 0, 1e-13);
    EXPECT_NEAR(square, 1, 1e-13);
  }
}

}  // namespace
}  // namespace balassa
