// `balassa export` and `balassa info` as processes: tables, exit codes, nothing half-written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

#include "io/hdf5/result_file.hpp"
#include "io/panel/panel_file.hpp"
#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using cli::Folder;
using cli::Outcome;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Panel small_panel() {
  Panel panel;
  panel.years = {2000, 2001, 2004};
  panel.locations = {"AA", "NA", "ZZZZ"};
  panel.products = {"01", "9999"};
  const double nan = std::nan("");
  panel.value = {1, 3, 0, 0, 0, 4, 1, 0, 0.1, nan, 0, 0, 2, 0, 0, 0, 0, 0};
  panel.missing = {0, 1, 0, 0, 0, 0, 0, 0, 1};
  panel.units = "USD";
  return panel;
}

// [year 2, location 3, product 2]; names, a knob-free measures file with a status and a certificate.
void write_measures(const std::string& path) {
  ResultFile file(path, "balassa-measures", 1, false);
  const std::vector<std::int32_t> years{2000, 2001};
  const double nan = std::nan("");
  file.dimension("year", std::span<const std::int32_t>(years));
  file.dimension("location", std::vector<std::string>{"AA", "B,B", "NA"});
  file.dimension("product", std::vector<std::string>{"01", "02"});
  file.dimension("eigenvalue", 2);
  file.write("measure/rca", std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, nan},
             {"year", "location", "product"});
  file.write("measure/pci", std::vector<double>{-1, 1, -2, 2}, {"year", "product"});
  file.write("measure/eci", std::vector<double>{0.5, nan, -0.25, 1, 2, 3}, {"year", "location"});
  file.write("measure/diversity", std::vector<double>{2, 0, 1, 2, 2, 2}, {"year", "location"});
  file.write("status/of_location", std::vector<std::uint8_t>{0, 1, 0, 0, 0, 0}, {"year", "location"},
             {{"flag_values", std::vector<std::uint8_t>{0, 1}}, {"flag_meanings", "ok no_trade"}});
  file.write("certificate/gap", std::vector<double>{0.125, 0.25}, {"year"});
  file.write("spectrum", std::vector<double>{1, 0.3, 1, 0.4}, {"year", "eigenvalue"});
  file.commit();
}

TEST(Export, TablesOfMeasures) {
  const Folder folder;
  write_measures(folder / "m.h5");
  EXPECT_EQ(folder.run("export m.h5").out,
            "year,location,diversity,eci,location_status\n2000,AA,2,0.5,ok\n2000,\"B,B\",0,,no_trade\n"
            "2000,NA,1,-0.25,ok\n2001,AA,2,1,ok\n2001,\"B,B\",2,2,ok\n2001,NA,2,3,ok\n");
  EXPECT_EQ(folder.run("export m.h5 --table product").out,
            "year,product,pci\n2000,01,-1\n2000,02,1\n2001,01,-2\n2001,02,2\n");
  EXPECT_THAT(folder.run("export m.h5 --table location_product").out,
              StartsWith("year,location,product,rca,diversity,eci,pci,location_status\n2000,AA,01,1,2,0.5,-1,ok\n"
                         "2000,AA,02,2,2,0.5,1,ok\n2000,\"B,B\",01,3,0,,-1,no_trade\n"));
  EXPECT_EQ(folder.run("export m.h5 --table year").out,
            "year,gap,spectrum_0,spectrum_1\n2000,0.125,1,0.3\n2001,0.25,1,0.4\n");
  const Outcome wrong = folder.run("export m.h5 --table rank");
  EXPECT_EQ(wrong.code, 64);
  EXPECT_THAT(wrong.err, HasSubstr("expected one that m.h5 has: location, product, location_product, year"));
}

// What was not measured is an empty field, whatever number stands for it in the file; a measured 0 is 0.
TEST(Export, FillValuesAreEmpty) {
  const Folder folder;
  {
    ResultFile file(folder / "s.h5", "balassa-sweep", 1, false);
    file.dimension("year", std::vector<std::int32_t>{2000, 2001});
    file.dimension("location", std::vector<std::string>{"AA", "BB"});
    const auto fill = [](std::int64_t value) {
      Storage storage;
      storage.fill = value;
      return storage;
    };
    file.write("baseline/rank", std::vector<std::int32_t>{1, 0, 2, 1}, {"year", "location"}, {}, fill(0));
    file.write("baseline/diversity", std::vector<std::int64_t>{0, -1, 3, 4}, {"year", "location"}, {}, fill(-1));
    file.write("diagnostic/axis_swap", std::vector<std::uint64_t>{0, ~std::uint64_t{0}}, {"year"}, {}, fill(-1));
    file.write("diagnostic/orientation_ambiguous", std::vector<std::uint8_t>{255, 1}, {"year"},
               {{"flag_values", std::vector<std::uint8_t>{0, 1}}, {"flag_meanings", "no yes"}}, fill(255));
    file.commit();
  }
  EXPECT_EQ(folder.run("export s.h5").out,
            "year,location,diversity,rank\n2000,AA,0,1\n2000,BB,,\n2001,AA,3,2\n2001,BB,4,1\n");
  EXPECT_EQ(folder.run("export s.h5 --table year").out, "year,axis_swap,orientation_ambiguous\n2000,0,\n2001,,yes\n");
}

TEST(Export, AddsThePanelsValue) {
  const Folder folder;
  write_measures(folder / "m.h5");
  write_panel(folder / "p.h5", small_panel(), false);
  const std::string table = folder.run("export m.h5 --table location_product --panel p.h5").out;
  EXPECT_THAT(table, StartsWith("year,location,product,value,rca,"));
  EXPECT_THAT(table, HasSubstr("\n2000,AA,01,1,1,"));
  EXPECT_THAT(table, HasSubstr("\n2000,AA,02,,2,"));  // the panel lacks product 02
  EXPECT_THAT(table, HasSubstr("\n2001,NA,01,0.1,11,"));
}

TEST(Export, PanelAsLongTable) {
  const Folder folder;
  write_panel(folder / "p.h5", small_panel(), false);
  EXPECT_EQ(folder.run("export p.h5").out,
            "year,location,product,value\n2000,AA,01,1\n2000,AA,9999,3\n2000,ZZZZ,9999,4\n2001,AA,01,1\n"
            "2001,NA,01,0.1\n2001,NA,9999,\n2004,AA,01,2\n");
  EXPECT_THAT(folder.run("export p.h5 --zeros").out, HasSubstr("2004,NA,9999,0\n"));
}

TEST(Export, OutputsAreWholeOrAbsent) {
  const Folder folder;
  write_panel(folder / "p.h5", small_panel(), false);
  EXPECT_EQ(folder.run("export p.h5 -o p.csv").code, 0);
  const std::string first = cli::file_text(folder / "p.csv");
  EXPECT_EQ(first, folder.run("export p.h5").out);
  EXPECT_EQ(folder.run("export p.h5 -o p.csv").code, 73);
  EXPECT_EQ(folder.run("export p.h5 -o p.csv --zeros --force").code, 0);
  EXPECT_NE(cli::file_text(folder / "p.csv"), first);
  EXPECT_EQ(folder.run("export p.h5 -o no/p.csv").code, 73);
  EXPECT_EQ(folder.run("export p.h5 -o /dev/full").code, 74);
  EXPECT_EQ(folder.run("export none.h5").code, 66);
  EXPECT_EQ(folder.run("export p.csv").code, 65);
  EXPECT_EQ(folder.run("export").code, 64);
  EXPECT_EQ(folder.run("export p.h5 --table product").code, 64);
  EXPECT_EQ(folder.entries(), 2u);
}

// Every column of every table of what the program writes is described; a word of a table that means nothing is a fault.
TEST(Export, DescribesEveryColumn) {
  const Folder folder;
  ASSERT_EQ(folder.run("synth -o p.h5 --locations 15 --products 30 --years 2015-2016 --regions 3").code, 0);
  ASSERT_EQ(folder.run("compute p.h5 -o m.h5 --quiet --reflections 2").code, 0);
  ASSERT_EQ(folder
                .run("sweep p.h5 -o s.h5 --quiet --replicates 20 --rca-threshold 0.5,1 --read-as float32,float64 "
                     "--deviation population,sample --keep eci,pci --split median,mean --p1-quantile 0.7,0.75")
                .code,
            0);
  for (const std::string file : {"p.h5", "m.h5", "s.h5"}) {
    const Outcome described = folder.run("export " + file + " --describe -o -");
    ASSERT_EQ(described.code, 0) << described.err;
    EXPECT_THAT(described.out, StartsWith("table,column,meaning,unit,varies_by,dataset,source\n"));
    std::istringstream list(folder.run("export " + file + " --list").out);
    std::size_t columns = 0;
    for (std::string line; std::getline(list, line);) {
      const std::string table = line.substr(0, line.find(':'));
      std::istringstream names(line.substr(line.find(':') + 2));
      for (std::string name; std::getline(names, name, ',');) {
        if (name.starts_with(' ')) name.erase(0, 1);
        const std::string row = "\n" + table + "," + name + ",";
        const std::size_t at = described.out.find(row);
        ASSERT_NE(at, std::string::npos) << file << row;
        EXPECT_NE(described.out[at + row.size()], ',') << file << row << " has no meaning";
        EXPECT_NE(described.out.substr(at + row.size(), 2), "\": ") << file << row << " has no meaning";
        ++columns;
      }
    }
    EXPECT_EQ(columns + 1, static_cast<std::size_t>(std::count(described.out.begin(), described.out.end(), '\n')));
  }
  const std::string measures = folder.run("export m.h5 --describe -o -").out;
  EXPECT_THAT(measures,
              HasSubstr("location,eci,economic complexity index,,year location,/measure/eci,METHODS A1 eq. 12;"));
  const std::string sweep = folder.run("export s.h5 --describe --table location").out;
  EXPECT_THAT(sweep,
              HasSubstr("smallest rank whose cumulative share reaches the quantile; exact: quantile 0.025; by year"));
  EXPECT_THAT(sweep, HasSubstr("  total  "));
  EXPECT_EQ(sweep.find("class_rule"), std::string::npos);
}

// Total exports stand in the table of locations; of a file of a former version, by its panel.
TEST(Export, TotalsOfLocations) {
  const Folder folder;
  write_panel(folder / "p.h5", small_panel(), false);
  write_measures(folder / "m.h5");
  // small_panel: 2000 AA 1 + 3, NA nothing known, 2001 AA 1, NA 0.1.
  EXPECT_THAT(
      folder.run("export m.h5 --panel p.h5").out,
      StartsWith("year,location,total,diversity,eci,location_status\n2000,AA,4,2,0.5,ok\n2000,\"B,B\",,0,,no_trade\n"
                 "2000,NA,,1,-0.25,ok\n2001,AA,1,"));
  ASSERT_EQ(folder.run("synth -o q.h5 --locations 6 --products 9 --years 2015-2016").code, 0);
  ASSERT_EQ(folder.run("compute q.h5 -o n.h5 --quiet").code, 0);
  const Panel panel = read_panel(folder / "q.h5");
  double total = 0;
  for (std::size_t p = 0; p < 9; ++p) total += panel.value[panel.index(1, 2, p)];
  EXPECT_EQ(ResultReader(folder / "n.h5").numbers("total")[6 + 2], total);
  EXPECT_THAT(folder.run("export n.h5").out, StartsWith("year,location,location_name,total,"));
  EXPECT_EQ(folder.run("export n.h5 --panel q.h5").out, folder.run("export n.h5").out);
}

TEST(Info, SaysWhatLooksWrong) {
  const Folder folder;
  write_panel(folder / "p.h5", small_panel(), false);
  const Outcome info = folder.run("info p.h5");
  EXPECT_EQ(info.code, 0);
  EXPECT_THAT(info.out, HasSubstr("2 years are absent between the first and the last: 2002, 2003"));
  EXPECT_THAT(info.out, HasSubstr("ZZZZ names no location and makes"));
  EXPECT_THAT(info.out, HasSubstr("--drop-products 9999 leaves it out"));
  EXPECT_THAT(info.out, HasSubstr("2001: entered NA"));
  EXPECT_THAT(info.out, HasSubstr("2001: left ZZZZ"));
  EXPECT_THAT(info.out, HasSubstr("2001: 1 cell not observed"));
  // 2000: 8 in total, of which 3 + 4 on 9999 or ZZZZ.
  const Outcome json = folder.run("info p.h5 --json");
  EXPECT_THAT(json.out, HasSubstr("\"total\": 8.0"));
  EXPECT_THAT(json.out, HasSubstr("\"unspecified_share\": 0.875"));
  EXPECT_EQ(folder.run("info none.h5").code, 66);
}

TEST(Info, ReadsResultsToo) {
  const Folder folder;
  write_measures(folder / "m.h5");
  const Outcome info = folder.run("info m.h5");
  EXPECT_EQ(info.code, 0);
  EXPECT_THAT(info.out, HasSubstr("balassa-measures, version 1"));
  EXPECT_THAT(info.out, HasSubstr("measure/rca"));
  EXPECT_THAT(info.out, HasSubstr("location_product"));
  EXPECT_EQ(folder.run("info m.h5 --json").code, 0);
}

}  // namespace
}  // namespace balassa
