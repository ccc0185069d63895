#include "io/panel/panel_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <thread>

#include "io/hdf5/result_file.hpp"
#include "tests/io/sample_panel.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;

// Bit for bit, with any NaN equal to any other.
void expect_same(const std::vector<double>& found, const std::vector<double>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(found[i])) << i;
    } else {
      EXPECT_EQ(found[i], expected[i]) << i;
    }
  }
}

void expect_same(const Panel& found, const Panel& expected) {
  EXPECT_EQ(found.years, expected.years);
  EXPECT_EQ(found.locations, expected.locations);
  EXPECT_EQ(found.products, expected.products);
  expect_same(found.value, expected.value);
  EXPECT_EQ(found.missing, expected.missing);
  EXPECT_EQ(found.title, expected.title);
  EXPECT_EQ(found.source, expected.source);
  EXPECT_EQ(found.units, expected.units);
  EXPECT_EQ(found.long_name, expected.long_name);
  EXPECT_EQ(found.location_code_system, expected.location_code_system);
  EXPECT_EQ(found.product_code_system, expected.product_code_system);
  EXPECT_EQ(found.location_name, expected.location_name);
  EXPECT_EQ(found.product_name, expected.product_name);
  EXPECT_EQ(found.location_parent, expected.location_parent);
  EXPECT_EQ(found.location_kind, expected.location_kind);
  EXPECT_EQ(found.product_class, expected.product_class);
  expect_same(found.population, expected.population);
  expect_same(found.gdp, expected.gdp);
  EXPECT_EQ(found.population_units, expected.population_units);
  EXPECT_EQ(found.gdp_units, expected.gdp_units);
  ASSERT_EQ(found.table.size(), expected.table.size());
  for (const auto& [name, values] : expected.table) expect_same(found.table.at(name), values);
}

// Random values at the given density, with some NaN; a fixed seed.
Panel random_panel(std::size_t years, std::size_t locations, std::size_t products, double density) {
  std::mt19937_64 random(7);
  Panel panel;
  for (std::size_t i = 0; i < years; ++i) panel.years.push_back(static_cast<std::int32_t>(1990 + 3 * i));
  for (std::size_t i = 0; i < locations; ++i) panel.locations.push_back("L" + std::to_string(i));
  for (std::size_t i = 0; i < products; ++i) panel.products.push_back("0" + std::to_string(i));
  for (std::size_t i = 0; i < years * locations * products; ++i) {
    const double u = static_cast<double>(random() >> 11) * 0x1p-53;
    panel.value.push_back(u < density ? std::exp(40 * u / density - 10) : 0);
    if (u < density / 50) panel.value.back() = std::nan("");
  }
  panel.missing.assign(years * locations, 0);
  panel.units = "USD";
  return panel;
}

TEST(PanelFile, KeepsEverything) {
  const Folder folder;
  const Panel panel = sample_panel();
  write_panel(folder / "p.h5", panel, false);
  const Panel again = read_panel(folder / "p.h5");
  expect_same(again, panel);
  EXPECT_EQ(panel_hash(again), panel_hash(panel));
}

TEST(PanelFile, SparseBelowThreePercentAndDenseAbove) {
  const Folder folder;
  for (const double density : {0.0, 0.01, 0.2}) {
    const std::string path = folder / ("d" + std::to_string(density) + ".h5");
    const Panel panel = random_panel(3, 65, 1100, density);
    write_panel(path, panel, false);
    EXPECT_EQ(ResultReader(path).find("sparse/data") != nullptr, density < 0.03);
    EXPECT_EQ(ResultReader(path).find("value") != nullptr, density > 0.03);
    const Panel again = read_panel(path);
    expect_same(again, panel);
    EXPECT_EQ(panel_hash(again), panel_hash(panel));
  }
}

TEST(PanelFile, SamePanelSameBytes) {
  const Folder folder;
  write_panel(folder / "a.h5", sample_panel(), false);
  std::this_thread::sleep_for(std::chrono::milliseconds(1100));  // a time of creation, in seconds, would differ
  write_panel(folder / "b.h5", sample_panel(), false);
  write_panel(folder / "c.h5", read_panel(folder / "a.h5"), false);
  EXPECT_EQ(bytes_of(folder / "a.h5"), bytes_of(folder / "b.h5"));
  EXPECT_EQ(bytes_of(folder / "a.h5"), bytes_of(folder / "c.h5"));
  EXPECT_EQ(folder.files(), 3u);  // no temporary is left
}

TEST(PanelFile, HashSeesEveryPart) {
  const std::string whole = panel_hash(sample_panel());
  const auto changed = [&](auto change) {
    Panel panel = sample_panel();
    change(panel);
    return panel_hash(panel) != whole;
  };
  EXPECT_TRUE(changed([](Panel& p) { p.years[0] = 1994; }));
  EXPECT_TRUE(changed([](Panel& p) { p.locations[0] = "NAM"; }));
  EXPECT_TRUE(changed([](Panel& p) { p.value[3] = std::nextafter(p.value[3], 0); }));
  EXPECT_TRUE(changed([](Panel& p) { p.missing[5] = 1; }));
  EXPECT_TRUE(changed([](Panel& p) { p.units = "EUR"; }));
  EXPECT_TRUE(changed([](Panel& p) { p.location_parent[2] = 1; }));
  EXPECT_TRUE(changed([](Panel& p) { p.product_class["p1"][0] = "1"; }));
  EXPECT_TRUE(changed([](Panel& p) { p.table["employment"][0] = 0; }));
  // Moving a letter from one label to the next is another panel.
  EXPECT_TRUE(changed([](Panel& p) { p.product_name = {"Horse", "sCattle", "", "Odd, \"quoted\""}; }));
  Panel negative_zero = sample_panel();
  negative_zero.value[1] = -0.0;
  EXPECT_EQ(panel_hash(negative_zero), whole);
}

// Each wrong panel is refused before anything is written, with the dataset and row.
TEST(PanelFile, RefusesToWriteWhatItWouldNotRead) {
  struct Case {
    const char* message;
    void (*change)(Panel&);
  };
  const Case cases[] = {
      {"/year[1]: found 1995 after 1995", [](Panel& p) { p.years[1] = 1995; }},
      {"/location[2]: found code NA again (first at [0])", [](Panel& p) { p.locations[2] = "NA"; }},
      {"/product[1]: found an empty code", [](Panel& p) { p.products[1] = ""; }},
      {"/location[1]: found \"?\", expected UTF-8", [](Panel& p) { p.locations[1] = "\xff"; }},
      {"/product_name[0]: found \"a?b\"", [](Panel& p) { p.product_name[0] = "a\nb"; }},
      {"/value[year 2017, location NA, product 0102]: found -5", [](Panel& p) { p.value[13] = -5; }},
      {"/value[year 1995, location NA, product 0101]: found inf", [](Panel& p) { p.value[0] = HUGE_VAL; }},
      {"/value: found 23 entries, expected 24", [](Panel& p) { p.value.pop_back(); }},
      {"/missing[0]: found 2", [](Panel& p) { p.missing[0] = 2; }},
      {"/location_parent[2]: found 3", [](Panel& p) { p.location_parent[2] = 3; }},
      {"/location_parent[0]: found location NA among its own parents",
       [](Panel& p) {
         p.location_parent = {1, 0, -1};
       }},
      {"/population[year 1995, location CÔTE]: found inf", [](Panel& p) { p.population[1] = HUGE_VAL; }},
      {"/table/employment: found 5 entries, expected 6", [](Panel& p) { p.table["employment"].pop_back(); }},
      {"/product_class: found the name \"a/b\"",
       [](Panel& p) {
         p.product_class["a/b"] = {"", "", "", ""};
       }},
      {"/year: found no year", [](Panel& p) { p.years.clear(); }},
  };
  for (const Case& wrong : cases) {
    const Folder folder;
    Panel panel = sample_panel();
    wrong.change(panel);
    const Complaint complaint = complaint_of([&] { write_panel(folder / "p.h5", panel, false); });
    EXPECT_EQ(complaint.code, ExitCode::kBadData);
    EXPECT_THAT(complaint.message, HasSubstr(wrong.message));
    EXPECT_EQ(folder.files(), 0u) << wrong.message;
  }
}

TEST(PanelFile, ReadsOtherPeoplesNamesByTheirScales) {
  const Folder folder;
  {
    ResultFile file(folder / "x.h5", "other", 3, false);
    const std::vector<std::int64_t> time{2000, 2001};
    const std::vector<std::int64_t> industry{11, 12, 13};
    file.dimension("time", std::span<const std::int64_t>(time));
    file.dimension("area", std::vector<std::string>{"A", "B"});
    file.dimension("industry", std::span<const std::int64_t>(industry));
    const double nan = std::nan("");
    file.write("jobs", std::vector<float>{1, 2, 3, 4, 5, 6, 7, 8, 9, float(nan), float(nan), float(nan)},
               {"time", "area", "industry"}, {{"units", "jobs"}});
    file.commit();
  }
  PanelNames names;
  names.value = "jobs";
  const Panel panel = read_panel(folder / "x.h5", names);
  EXPECT_EQ(panel.years, (std::vector<std::int32_t>{2000, 2001}));
  EXPECT_EQ(panel.locations, (std::vector<std::string>{"A", "B"}));
  EXPECT_EQ(panel.products, (std::vector<std::string>{"11", "12", "13"}));
  EXPECT_EQ(panel.units, "jobs");
  EXPECT_EQ(panel.value[8], 9.0);
  EXPECT_EQ(panel.missing, (std::vector<std::uint8_t>{0, 0, 0, 1}));
  const Complaint complaint = complaint_of([&] { read_panel(folder / "x.h5"); });
  EXPECT_EQ(complaint.code, ExitCode::kBadData);
  EXPECT_THAT(complaint.message,
              testing::AllOf(HasSubstr("found format \"other\", expected format \"balassa-panel\""),
                             HasSubstr("balassa import FILE --value-name DATASET -o PANEL (it has jobs)")));
}

}  // namespace
}  // namespace balassa
