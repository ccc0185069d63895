// The rows that result files are made of: each dataset once, written in its order, reckoned in the estimate.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

#include "host/results/measures_file.hpp"
#include "host/results/sweep_file.hpp"

namespace balassa {
namespace {

using ::testing::ElementsAre;

struct Row {
  std::string name, written_before;
};

TEST(ResultDatasets, ARowIsWrittenBeforeTheOneThatItNames) {
  const std::vector<Row> rows{{"a", ""}, {"b", ""}, {"c", "a"}, {"d", "missing"}, {"e", "b"}};
  EXPECT_THAT(writing_order(rows, {0, 1, 2, 3, 4}), ElementsAre(2, 0, 4, 1, 3));
  EXPECT_THAT(writing_order(rows, {4, 3, 2, 1, 0}), ElementsAre(3, 4, 1, 2, 0));
}

template <class Rows>
void expect_each_once(const Rows& rows, const std::vector<std::size_t>& order) {
  std::set<std::string> names;
  for (const auto& row : rows) EXPECT_TRUE(names.insert(row.name).second) << row.name;
  std::vector<std::size_t> sorted = order, all(rows.size());
  std::sort(sorted.begin(), sorted.end());
  std::iota(all.begin(), all.end(), std::size_t{0});
  EXPECT_EQ(sorted, all);
}

TEST(ResultDatasets, ASweepHasEachDatasetOnce) {
  for (const bool all : {false, true}) {
    Plan plan;
    plan.tally_rank = plan.tally_score = plan.tally_product_score = plan.keep_eci = plan.keep_pci = all;
    if (!all) plan.p1_quantile = {};
    plan.panel = "p.h5";
    plan.file = "s.h5";
    resolve_plan(plan);
    const SpecificationGrid grid(plan, 2);
    const SweepShape shape(plan, grid, 5, 7);
    const std::vector<SweepDataset> rows = sweep_datasets(plan, grid, shape);
    expect_each_once(rows, writing_order(rows));
    // Two years of one specification: a number of 4 bytes a replicate for each raw score is the largest part.
    if (all) {
      EXPECT_GT(SweepFile::bytes(plan, grid, 5, 7).at_most, 2u * 4 * 1000 * (5 + 7));
    }
  }
}

TEST(ResultDatasets, TheMeasuresHaveEachDatasetOnce) {
  const Panel panel;
  MeasuresHeader header;
  const std::size_t plain = measures_datasets(header, panel).size();
  header.reflections = 1;
  const auto rows = measures_datasets(header, panel);
  EXPECT_EQ(rows.size(), plain + 3);  // two measures, and whether they are lost
  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  expect_each_once(rows, writing_order(rows, order));
}

// The names and the order by which users of py-ecomplexity know the columns.
TEST(ResultDatasets, ColumnsOfTheTable) {
  std::vector<std::string> columns;
  for (const MeasureInfo& measure : measure_registry()) {
    if (measure.in_table) columns.push_back(measure.name);
  }
  EXPECT_THAT(columns, ElementsAre("rca", "mcp", "diversity", "ubiquity", "eci", "pci"));
}

}  // namespace
}  // namespace balassa
