// Results as other programs meet them: xarray's tree of groups, column names of Stata and R, files of older versions;
// and the table of a sweep on a screen of 80 columns.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "io/hdf5/result_file.hpp"
#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using cli::Folder;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Elsewhere : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(folder.run("synth -o p.h5 --locations 30 --products 60 --years 2016-2017").code, 0);
    ASSERT_EQ(folder.run("compute p.h5 -o m.h5 --min-total 1").code, 0);
    const cli::Outcome sweep = folder.run("sweep p.h5 -o s.h5 --replicates 40 --keep eci,pci --p1-quantile 0.7,0.725");
    ASSERT_EQ(sweep.code, 0);
    table = sweep.out;
  }
  Folder folder;
  std::string table;
};

TEST_F(Elsewhere, ANameStandsForOneCoordinateInTheWholeFile) {
  for (const char* name : {"m.h5", "s.h5"}) {
    const ResultReader file(folder / name);
    std::set<std::string> dimensions;
    for (const ResultReader::Dataset& dataset : file.datasets()) {
      if (dataset.scale) dimensions.insert(dataset.name);
    }
    EXPECT_GE(dimensions.size(), 4u);
    for (const ResultReader::Dataset& dataset : file.datasets()) {
      const std::size_t slash = dataset.name.rfind('/');
      if (slash != std::string::npos) EXPECT_EQ(dimensions.count(dataset.name.substr(slash + 1)), 0u) << dataset.name;
    }
  }
}

TEST_F(Elsewhere, ColumnNamesAreLegalInStataAndR) {
  const std::regex legal("[a-z][a-z0-9_]{0,31}");
  for (const char* name : {"m.h5", "s.h5"}) {
    std::istringstream list(folder.run(std::string("export --list ") + name).out);
    for (std::string line; std::getline(list, line);) {
      std::istringstream columns(line.substr(line.find(": ") + 2));
      for (std::string column; std::getline(columns >> std::ws, column, ',');)
        EXPECT_TRUE(std::regex_match(column, legal)) << column << " in " << line;
    }
  }
  const std::string list = folder.run("export --list s.h5").out;
  for (const char* column : {"share_p70,", "share_p72_5", "count_fo", "rank_q025", "eci_q975"})
    EXPECT_THAT(list, HasSubstr(column));
  EXPECT_THAT(folder.run("export --list m.h5").out, HasSubstr(" rank,"));
}

TEST_F(Elsewhere, FilesOfOlderVersionsAreRead) {
  ResultFile file(folder / "old.h5", "balassa-sweep", 1, false);
  file.dimension("year", std::vector<std::int32_t>{2017});
  file.dimension("location", std::vector<std::string>{"AA", "BB"});
  file.dimension("quantile", std::vector<double>{0.5});
  file.write("rank/quantile", std::vector<double>{1, 2}, {"year", "location", "quantile"});
  file.commit();
  EXPECT_EQ(ResultReader(folder / "old.h5").numbers("rank/quantiles"), (std::vector<double>{1, 2}));
  EXPECT_EQ(folder.run("export old.h5").out, "year,location,rank_q500\n2017,AA,1\n2017,BB,2\n");
}

TEST_F(Elsewhere, TheTableFitsOnAScreen) {
  ASSERT_EQ(folder.run("sweep p.h5 -o t.h5 --replicates 40 --quiet").code, 0);
  std::istringstream lines(folder.run("sweep p.h5 -o t.h5 --replicates 40 --quiet --force").out);
  int rows = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("rank [95 %]")) continue;
    EXPECT_EQ(line, "rank [95 %]      location                       ECI  [95 %]          P(top 10)");
    while (std::getline(lines, line) && !line.starts_with("  certain")) {
      EXPECT_LE(line.size(), 78u) << line;
      ++rows;
    }
  }
  EXPECT_GE(rows, 20);
  EXPECT_THAT(table, HasSubstr("P(top 10)     P(O)   P(F-O)     P(L)"));  // its plan has more than the usual class rule
}

}  // namespace
}  // namespace balassa
