#include "io/tables/result_table.hpp"

#include <gtest/gtest.h>

#include "tests/io/sample_panel.hpp"

namespace balassa {
namespace {

// Counts of one year, two class rules and two locations, with the dimension of the rules under the name given.
std::string class_table(const Folder& folder, const std::string& dimension) {
  const std::string path = folder / (dimension + ".h5"), table_path = path + ".csv";
  {
    ResultFile file(path, "balassa-sweep", 1, false);
    file.dimension("year", std::span<const std::int32_t>(std::vector<std::int32_t>{2017}));
    file.dimension("specification", std::span<const std::int64_t>(std::vector<std::int64_t>{0}));
    file.dimension(dimension, std::span<const std::int64_t>(std::vector<std::int64_t>{0, 1}));
    file.dimension("location", std::vector<std::string>{"AAA", "BBB"});
    file.write("class/count", std::vector<std::uint64_t>{5, 6, 7, 8}, {"year", "specification", dimension, "location"});
    file.commit();
  }
  const ResultReader file(path);
  for (const TableKind& table : tables_of(file)) {
    if (table.name != "class") continue;
    CsvWriter csv(table_path, false);
    write_table(file, table, nullptr, csv);
    csv.commit();
  }
  return bytes_of(table_path);
}

TEST(ResultTable, ReadsTheOlderNameOfClassRules) {
  const Folder folder;
  const std::string expected =
      "year,specification,class_rule,location,count\n2017,0,0,AAA,5\n2017,0,0,BBB,6\n2017,0,1,AAA,7\n2017,0,1,BBB,8\n";
  EXPECT_EQ(class_table(folder, "class_rule"), expected);
  EXPECT_EQ(class_table(folder, "cell"), expected);
}

}  // namespace
}  // namespace balassa
