// What the Stata package `ecomplexity` computes for its own sample, to the last digits.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
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

// Stata keeps what reaches max(t, -1) of the k-th largest proximity t, and takes the maximum as (t - 1 + |t + 1|) / 2.
// Of t = .6 that is an ulp above t, so that the k-th neighbour and all that tie with it are lost.
bool lost_to_an_ulp(const std::vector<double>& proximity, std::size_t products, std::size_t p, int nearest) {
  if (nearest == 0) return false;
  std::vector<double> row(proximity.begin() + static_cast<std::ptrdiff_t>(p * products),
                          proximity.begin() + static_cast<std::ptrdiff_t>((p + 1) * products));
  std::sort(row.begin(), row.end(), std::greater<>());
  const double t = row[static_cast<std::size_t>(nearest) - 1];
  return (t - 1 + std::abs(t + 1)) / 2 > t;
}

void compare(const std::string& option_set, const std::map<std::string, double>& choices,
             const MeasureParameters& parameters = {}) {
  const std::string folder = real::data_folder() + "/stata-fixture/";
  BALASSA_REQUIRE_FILE(folder + "trade_data_sample.csv");
  BALASSA_REQUIRE_FILE(folder + "reproduced_stata_outputs_7configs.csv");
  const bool per_head = choices.count("presence") != 0;
  auto trade = real::read_rows(folder + "trade_data_sample.csv");
  // Stata leaves out whose population is not known, before anything else.
  if (per_head) std::erase_if(trade, [](const auto& row) { return row[1] == "blx"; });
  Panel panel = real::panel_from_rows(trade);
  const auto position = [](const std::vector<std::string>& codes, const std::string& code) {
    return static_cast<std::int32_t>(std::find(codes.begin(), codes.end(), code) - codes.begin());
  };
  if (per_head) {
    panel.population.assign(panel.years.size() * panel.locations.size(), std::nan(""));
    const auto persons = real::read_rows(folder + "population_data_sample.csv");
    for (std::size_t i = 1; i < persons.size(); ++i) {
      const std::size_t year = static_cast<std::size_t>(std::stoi(persons[i][0]) - panel.years.front()),
                        c = static_cast<std::size_t>(position(panel.locations, persons[i][1]));
      panel.population.at(year * panel.locations.size() + c) = std::stod(persons[i][2]);
    }
  }
  const auto expected = real::read_rows(folder + "reproduced_stata_outputs_7configs.csv");
  const std::vector<std::string> header{"config",  "year", "origin", "hs92",      "rca",      "rpop", "M",
                                        "density", "eci",  "pci",    "diversity", "ubiquity", "coi",  "cog"};
  ASSERT_EQ(expected.at(0), header);

  Plan stata;
  stata.convention = "stata";
  for (const auto& [name, value] : choices) stata.choices[name] = {value};
  resolve_plan(stata);
  const Specification specification = SpecificationGrid(stata, 1).specifications().front();
  const YearOptions reading = SpecificationGrid(stata, 1).reading(0);
  std::map<std::string, std::pair<SelectedYear, YearMeasures>> by_year;
  for (std::size_t y = 0; y < panel.years.size(); ++y) {
    SelectedYear selected = select_year(panel, y, reading);
    MeasureRequest request{specification};
    request.measures = {"rca", "mcp", "eci", "pci", "diversity", "ubiquity", "density", "coi", "cog", "proximity"};
    request.parameters = parameters;
    request.parameters.zero_diagonal = true;
    YearMeasures measures = measure_year(selected.year, request);
    by_year[std::to_string(panel.years[y])] = {std::move(selected), std::move(measures)};
  }
  int rows = 0, losses = 0;
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
    if (!row[4].empty()) {
      EXPECT_NEAR(found.rca[cell], std::stod(row[4]), kTolerance) << where;
    }
    EXPECT_EQ(found.presence[cell], std::stoi(row[6])) << where;
    EXPECT_NEAR(found.eci[c], std::stod(row[8]), kTolerance) << where;
    EXPECT_NEAR(found.pci[p], std::stod(row[9]), kTolerance) << where;
    EXPECT_EQ(found.diversity[c], std::stod(row[10])) << where;
    EXPECT_EQ(found.ubiquity[p], std::stod(row[11])) << where;
    const bool lost = lost_to_an_ulp(found.further.at("proximity"), static_cast<std::size_t>(items.products),
                                     static_cast<std::size_t>(p), parameters.nearest);
    losses += lost ? 1 : 0;
    if (!lost) {
      EXPECT_NEAR(found.further.at("density")[cell], std::stod(row[7]), kTolerance) << where;
    }
    // An outlook is of all densities.
    if (parameters.nearest == 0) {
      EXPECT_NEAR(found.further.at("coi")[c], std::stod(row[12]), kTolerance) << where;
    }
    EXPECT_NEAR(found.further.at("cog")[cell], std::stod(row[13]), kTolerance) << where;
  }
  EXPECT_EQ(rows, per_head ? 540 : 600);
  EXPECT_LT(losses, rows / 2);
}

TEST(Stata, Default) {
  compare("default", {});
}
TEST(Stata, Threshold05) {
  compare("rca05", {{"rca_threshold", 0.5}});
}
TEST(Stata, ExportsPerHead) {
  compare("rpop1", {{"presence", static_cast<double>(Presence::kRpop)}});
}
TEST(Stata, RcaOrExportsPerHead) {
  compare("rca1_or_rpop1", {{"presence", static_cast<double>(Presence::kEither)}});
}
TEST(Stata, Asymmetric) {
  MeasureParameters parameters;
  parameters.proximity = ProximityKind::kAsymmetric;
  compare("asym", {}, parameters);
}
TEST(Stata, Continuous) {
  MeasureParameters parameters;
  parameters.proximity = ProximityKind::kContinuous;
  compare("continuous", {}, parameters);
}
TEST(Stata, NearestFive) {
  MeasureParameters parameters;
  parameters.nearest = 5;
  compare("knn5", {}, parameters);
}

}  // namespace
}  // namespace balassa
