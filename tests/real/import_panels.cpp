// The real panels: sizes as published, totals and cells against a reading of the same files by other means.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>

#include "io/panel/panel_builder.hpp"
#include "io/panel/side_tables.hpp"

namespace balassa {
namespace {

std::string real_data() {
  const char* path = std::getenv("BALASSA_REAL_DATA");
  return path != nullptr ? path : BALASSA_REAL_DATA_DEFAULT;
}

struct Imported {
  Panel panel;
  ImportSummary summary;
};

Imported import(const std::string& path, const ImportOptions& options = {}) {
  const auto source = open_text(path);
  CsvReader reader(*source, path);
  PanelBuilder builder(options);
  builder.add(reader, *source);
  Imported result{builder.build(), {}};
  result.summary = builder.summary();
  return result;
}

// The whole file through zlib's own file reader.
std::string read_whole(const std::string& path) {
  std::string text;
  gzFile file = gzopen(path.c_str(), "rb");
  char block[65536];
  for (int got = 0; (got = gzread(file, block, sizeof block)) > 0;) text.append(block, static_cast<std::size_t>(got));
  gzclose(file);
  return text;
}

// Fields of a line, quotes undone; enough for these files, which have no newline inside quotes.
std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> fields(1);
  bool inside = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && inside && i + 1 < line.size() && line[i + 1] == '"')
      fields.back() += line[++i];
    else if (line[i] == '"')
      inside = !inside;
    else if (line[i] == ',' && !inside)
      fields.emplace_back();
    else if (line[i] != '\r')
      fields.back() += line[i];
  }
  return fields;
}

// Every cell of the file is in the panel, the totals by year agree, and nothing else is there.
void expect_same(const Imported& imported, const std::string& path, std::size_t year, std::size_t location,
                 std::size_t product, std::size_t value) {
  const Panel& panel = imported.panel;
  std::istringstream lines(read_whole(path));
  std::string line;
  std::getline(lines, line);
  std::map<int, double> totals;
  std::uint64_t rows = 0, different = 0;
  const auto find = [](const std::vector<std::string>& codes, const std::string& code) {
    return static_cast<std::size_t>(std::lower_bound(codes.begin(), codes.end(), code) - codes.begin());
  };
  while (std::getline(lines, line)) {
    const auto fields = split(line);
    const int label = std::stoi(fields[year]);
    const double number = std::strtod(fields[value].c_str(), nullptr);
    const auto y =
        static_cast<std::size_t>(std::lower_bound(panel.years.begin(), panel.years.end(), label) - panel.years.begin());
    const std::size_t l = find(panel.locations, fields[location]), p = find(panel.products, fields[product]);
    ASSERT_TRUE(l < panel.locations.size() && panel.locations[l] == fields[location]);
    ASSERT_TRUE(p < panel.products.size() && panel.products[p] == fields[product]);
    different += panel.value[panel.index(y, l, p)] != number;
    totals[label] += number;
    ++rows;
  }
  EXPECT_EQ(different, 0U);
  EXPECT_EQ(imported.summary.rows, rows);
  EXPECT_EQ(imported.summary.cells_seen, rows);
  ASSERT_EQ(imported.summary.totals.size(), totals.size());
  for (const auto& [label, total] : imported.summary.totals) {
    // Both sum some 10^4..10^5 positive numbers in fp64, in different orders: relative error below n * 2^-53 < 2e-11.
    EXPECT_NEAR(total, totals.at(label), 2e-11 * total) << label;
  }
}

class RealPanels : public testing::Test {
 protected:
  std::string path(const std::string& name) {
    const std::string whole = real_data() + "/" + name;
    return std::filesystem::exists(whole) ? whole : "";
  }
};
#define NEED(variable, name)               \
  const std::string variable = path(name); \
  if (variable.empty()) GTEST_SKIP() << "no " << name << " under " << real_data() << " (set BALASSA_REAL_DATA)"

TEST_F(RealPanels, World) {
  NEED(file, "world-hs07-1962-1980-2017/ots_hs07_4_world.csv.gz");
  Imported imported = import(file);
  Panel& panel = imported.panel;
  EXPECT_THAT(panel.years, testing::ElementsAre(1962, 1980, 2017));
  EXPECT_EQ(imported.summary.rows, 313226U);
  const std::size_t locations[] = {158, 192, 224}, products[] = {991, 1106, 1222};
  for (std::size_t y = 0; y < 3; ++y) {
    std::size_t rows = 0, columns = 0;
    for (std::size_t l = 0; l < panel.locations.size(); ++l) rows += panel.missing[y * panel.locations.size() + l] == 0;
    for (std::size_t p = 0; p < panel.products.size(); ++p) {
      bool any = false;
      for (std::size_t l = 0; l < panel.locations.size(); ++l) any = any || panel.value[panel.index(y, l, p)] > 0;
      columns += any;
    }
    EXPECT_EQ(rows, locations[y]);
    EXPECT_EQ(columns, products[y]);
  }
  EXPECT_TRUE(std::binary_search(panel.locations.begin(), panel.locations.end(), "nam"));
  expect_same(imported, file, 0, 1, 2, 3);
  // Integers below 2^53: the totals are exact, whatever the order (awk's and Python's sums of the file).
  EXPECT_EQ(imported.summary.totals[0].second, 126865908380.0);
  EXPECT_EQ(imported.summary.totals[1].second, 2019842490258.0);
  EXPECT_EQ(imported.summary.totals[2].second, 20080692967295.0);

  const std::string people = real_data() + "/world-hs07-1962-1980-2017/world_gdp_and_population_2017.csv";
  const SideSummary used = add_table(panel, "population", parse_side_file(people + ":year=2017"));
  EXPECT_GT(used.used, 180U);
  add_table(panel, "gdp", parse_side_file(people + ":year=2017,value=gdp_current_usd"));
  const auto afg = static_cast<std::size_t>(std::lower_bound(panel.locations.begin(), panel.locations.end(), "afg") -
                                            panel.locations.begin());
  EXPECT_EQ(panel.population[2 * panel.locations.size() + afg], 35530081.0);
  EXPECT_TRUE(std::isnan(panel.population[afg]));
}

TEST_F(RealPanels, EuropeanUnion) {
  NEED(file, "eu22-sitc4-1962-2016/eu22_sitc4_goods.csv.gz");
  const Imported imported = import(file);
  EXPECT_EQ(imported.summary.presets[0].second, "atlas-old");
  EXPECT_EQ(imported.panel.years.size(), 55U);
  EXPECT_EQ(imported.panel.locations.size(), 22U);
  EXPECT_EQ(imported.panel.products.size(), 786U);
  EXPECT_EQ(imported.panel.product_code_system, "sitc_4");
  EXPECT_EQ(imported.summary.absent.front().second.size(), 6U) << "16 of 22 countries in 1962";
  expect_same(imported, file, 0, 1, 2, 3);
}

TEST_F(RealPanels, AustralianStates) {
  NEED(file, "australian-states-1988-2023/aus_states_hs4_long.csv.gz");
  const Imported imported = import(file);
  EXPECT_EQ(imported.panel.locations.size(), 8U);
  EXPECT_EQ(imported.panel.products.size(), 1272U);
  EXPECT_EQ(imported.panel.products.front(), "0101");
  expect_same(imported, file, 0, 1, 2, 3);
}

TEST_F(RealPanels, RussianRegionsInUtf8) {
  NEED(file, "russian-regions-2009-2016/rus_regions_okved_2009_2016.csv.gz");
  const Imported imported = import(file);
  EXPECT_EQ(imported.panel.years.size(), 8U);
  EXPECT_EQ(imported.panel.locations.size(), 83U);
  EXPECT_EQ(imported.panel.products.size(), 79U);
  EXPECT_TRUE(std::binary_search(imported.panel.locations.begin(), imported.panel.locations.end(), "Алтайский край"));
  expect_same(imported, file, 2, 0, 1, 3);
}

TEST_F(RealPanels, World2016WithItsYearGiven) {
  NEED(file, "world-hs92-2016/exports_2016.csv.gz");
  ImportOptions options;
  options.year = 2016;
  const Imported imported = import(file, options);
  EXPECT_EQ(imported.panel.locations.size(), 234U);
  EXPECT_EQ(imported.panel.products.size(), 1239U);
  EXPECT_EQ(imported.panel.product_code_system, "hs92_4");
}

}  // namespace
}  // namespace balassa
