// What the Stata package `ecomplexity` computes for its own sample, to the last digits.
#include <gtest/gtest.h>

#include <map>

#include "host/panel/year_selection.hpp"
#include "host/plan/knobs.hpp"
#include "host/plan/specification_grid.hpp"
#include "kernels/cpu/measures.hpp"
#include "tests/real/real_data.hpp"

namespace balassa {
namespace {

// 30 products: sums of <= 30 terms and an eigenvector over gaps >= 0.05 keep errors near 1e-14; the printed numbers
// have 16 digits.
constexpr double kTolerance = 1e-12;

void compare(const std::string& option_set, double threshold) {
  const std::string folder = real::data_folder() + "/stata-fixture/";
  BALASSA_REQUIRE_FILE(folder + "trade_data_sample.csv");
  BALASSA_REQUIRE_FILE(folder + "reproduced_stata_outputs_7configs.csv");
  const Panel panel = real::panel_from_rows(real::read_rows(folder + "trade_data_sample.csv"));
  const auto expected = real::read_rows(folder + "reproduced_stata_outputs_7configs.csv");
  const std::vector<std::string> header{"config",  "year", "origin", "hs92",      "rca",      "rpop", "M",
                                        "density", "eci",  "pci",    "diversity", "ubiquity", "coi",  "cog"};
  ASSERT_EQ(expected.at(0), header);

  Plan stata;
  stata.convention = "stata";
  stata.choices["rca_threshold"] = {threshold};
  resolve_plan(stata);
  const Specification specification = SpecificationGrid(stata, 1).specifications().front();
  const YearOptions reading = SpecificationGrid(stata, 1).reading(0);
  std::map<std::string, std::pair<SelectedYear, YearMeasures>> by_year;
  for (std::size_t y = 0; y < panel.years.size(); ++y) {
    SelectedYear selected = select_year(panel, y, reading);
    YearMeasures measures = measure_year(selected.year, {specification, 0});
    by_year[std::to_string(panel.years[y])] = {std::move(selected), std::move(measures)};
  }
  const auto position = [](const std::vector<std::string>& codes, const std::string& code) {
    return static_cast<std::int32_t>(std::find(codes.begin(), codes.end(), code) - codes.begin());
  };
  int rows = 0;
  for (const auto& row : expected) {
    if (row[0] != option_set) continue;
    ++rows;
    const auto& [selected, found] = by_year.at(row[1]);
    const auto& items = selected.year;
    const auto c =
        std::find(items.location_item.begin(), items.location_item.end(), position(panel.locations, row[2])) -
        items.location_item.begin();
    const auto p = std::find(items.product_item.begin(), items.product_item.end(), position(panel.products, row[3])) -
                   items.product_item.begin();
    ASSERT_LT(c, items.locations);
    ASSERT_LT(p, items.products);
    const std::size_t cell = static_cast<std::size_t>(c) * items.products + static_cast<std::size_t>(p);
    const std::string where = row[1] + " " + row[2] + " " + row[3];
    EXPECT_NEAR(found.rca[cell], std::stod(row[4]), kTolerance) << where;
    EXPECT_EQ(found.presence[cell], std::stoi(row[6])) << where;
    EXPECT_NEAR(found.eci[c], std::stod(row[8]), kTolerance) << where;
    EXPECT_NEAR(found.pci[p], std::stod(row[9]), kTolerance) << where;
    EXPECT_EQ(found.diversity[c], std::stod(row[10])) << where;
    EXPECT_EQ(found.ubiquity[p], std::stod(row[11])) << where;
  }
  EXPECT_EQ(rows, 600);
}

TEST(Stata, Default) {
  compare("default", 1.0);
}
TEST(Stata, Threshold05) {
  compare("rca05", 0.5);
}

}  // namespace
}  // namespace balassa
