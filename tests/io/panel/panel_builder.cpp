// Presets, filters, sums and side tables on inputs small enough to work out by hand.
#include "io/panel/panel_builder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <unistd.h>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "io/base/error.hpp"
#include "io/panel/side_tables.hpp"

namespace balassa {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

struct Imported {
  Panel panel;
  ImportSummary summary;
};

Imported import(const std::vector<std::string>& texts, const ImportOptions& options = {}) {
  PanelBuilder builder(options);
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string name = "BACI_HS92_file" + std::to_string(i) + ".csv";
    const auto source = text_from_memory(texts[i], name);
    CsvReader reader(*source, name, options.delimiter);
    builder.add(reader, *source);
  }
  Imported result{builder.build(), {}};
  result.summary = builder.summary();
  return result;
}

double at(const Panel& panel, std::size_t y, std::size_t l, std::size_t p) {
  return panel.value[panel.index(y, l, p)];
}

TEST(PanelBuilderTest, BaciSumsPartnersAndScalesToDollars) {
  const auto [panel, summary] =
      import({"t,i,j,k,v,q\n2020,4,8,010111,1.5,0\n2020,4,9,010111,2,NA\n2020,8,4,020110,3,1\n2021,4,8,010111,1,1\n"});
  EXPECT_EQ(summary.presets[0].second, "baci");
  EXPECT_THAT(panel.years, ElementsAre(2020, 2021));
  EXPECT_THAT(panel.locations, ElementsAre("4", "8"));
  EXPECT_THAT(panel.products, ElementsAre("010111", "020110"));
  EXPECT_EQ(at(panel, 0, 0, 0), 3500.0);
  EXPECT_EQ(at(panel, 0, 0, 1), 0.0);
  EXPECT_EQ(at(panel, 0, 1, 1), 3000.0);
  EXPECT_TRUE(std::isnan(at(panel, 1, 1, 0)));
  EXPECT_THAT(panel.missing, ElementsAre(0, 0, 0, 1));
  EXPECT_EQ(panel.units, "USD");
  EXPECT_EQ(panel.product_code_system, "hs92_6");
  EXPECT_EQ(panel.location_code_system, "baci_numeric");
  EXPECT_EQ(summary.summed, 1U);
}

TEST(PanelBuilderTest, ComtradeTakesWorldWhereItIsAndPartnersElsewhere) {
  const auto [panel, summary] = import(
      {"refYear,reporterISO,flowCode,partnerISO,partner2Code,cmdCode,primaryValue\n"
       "2020,AUT,X,W00,0,0101,10\n2020,AUT,X,DEU,0,0101,6\n2020,AUT,X,FRA,0,0101,4\n2020,AUT,M,W00,0,0101,99\n"
       "2020,AUT,X,W00,7,0101,5\n2020,AUT,X,W00,0,TOTAL,10\n2020,NAM,X,DEU,0,0101,1\n2020,NAM,X,FRA,0,0101,2\n"});
  EXPECT_EQ(summary.presets[0].second, "comtrade");
  EXPECT_THAT(panel.locations, ElementsAre("AUT", "NAM"));
  EXPECT_EQ(at(panel, 0, 0, 0), 10.0);
  EXPECT_EQ(at(panel, 0, 1, 0), 3.0);
  EXPECT_EQ(summary.filtered.at("flow is not export"), 1U);
  EXPECT_EQ(summary.filtered.at("broken down by second partner"), 1U);
  EXPECT_EQ(summary.filtered.at("total over products"), 1U);
  EXPECT_THAT(summary.remarks, ElementsAre(HasSubstr("only exports are kept: 1 rows"), HasSubstr("partner World")));
}

std::string message_of(const std::vector<std::string>& texts, const ImportOptions& options = {}) {
  try {
    import(texts, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

// Comtrade sends what fits its limit of rows: World of some products, partners of others.
TEST(PanelBuilderTest, ComtradeChoosesWorldForEachProduct) {
  const auto [panel, summary] =
      import({"refYear,reporterISO,flowCode,partnerISO,cmdCode,primaryValue\n2020,AUT,X,W00,0101,10\n2020,AUT,X,DEU,"
              "0101,6\n2020,AUT,X,DEU,0102,2\n2020,AUT,X,FRA,0102,3\n"});
  EXPECT_EQ(at(panel, 0, 0, 0), 10.0);
  EXPECT_EQ(at(panel, 0, 0, 1), 5.0);
  EXPECT_EQ(summary.partner_cells, 1U);
  EXPECT_EQ(summary.partner_value, 5.0);
  EXPECT_THAT(summary.remarks.back(), HasSubstr("33.3 % of the total"));
}

// Products that are cut to one: World has one part of it, partners the other.
TEST(PanelBuilderTest, ComtradeChoosesWorldBeforeProductsAreCut) {
  ImportOptions cut;
  cut.product_digits = 4;
  EXPECT_EQ(at(import({"refYear,reporterISO,flowCode,partnerISO,cmdCode,primaryValue\n2020,AUT,X,W00,010121,10\n2020,"
                       "AUT,X,DEU,010129,6\n2020,AUT,X,DEU,010121,9\n"},
                      cut)
                   .panel,
               0, 0, 0),
            16.0);
}

TEST(PanelBuilderTest, ComtradeWithoutIsoCodesTakesNumbers) {
  const std::string header =
      "refYear,reporterCode,reporterISO,reporterDesc,flowCode,partnerCode,partnerISO,partner2Code,partner2ISO,cmdCode,"
      "primaryValue\n";
  const auto none = import({header + "2020,40,,,X,0,,0,,0101,10\n2020,40,,,X,276,,0,,0101,10\n2020,40,,,X,0,,276,,0101,"
                                     "4\n2020,276,,,X,0,,0,,0101,7\n"});
  EXPECT_THAT(none.panel.locations, ElementsAre("276", "40"));
  EXPECT_EQ(at(none.panel, 0, 1, 0), 10.0);
  EXPECT_EQ(none.panel.location_code_system, "m49");
  EXPECT_EQ(none.summary.filtered.at("broken down by second partner"), 1U);

  const auto asia =
      import({header + "2020,40,AUT,Austria,X,0,W00,0,W00,0101,10\n2020,490,,\"Other Asia, nes\",X,0,W00,0,"
                       "W00,0101,7\n"});
  EXPECT_THAT(asia.panel.locations, ElementsAre("490", "AUT"));
  EXPECT_EQ(asia.panel.location_code_system, "iso3");
  EXPECT_THAT(asia.summary.remarks, testing::Contains(HasSubstr("490 (Other Asia, nes)")));
}

TEST(PanelBuilderTest, PresetsUnderTheirOtherNames) {
  const auto preset = [](const std::string& text) {
    const auto read = import({text});
    return read.summary.presets[0].second + fmt::format(" {}", at(read.panel, 0, 0, 0));
  };
  EXPECT_EQ(preset("t,hs6,i,j,v,q\n2016,010100,32,156,75.5,NA\n2016,010100,32,8,1,NA\n"), "baci 76500");
  EXPECT_EQ(
      preset("year,trade_flow,trade_flow_code,reporter,reporter_iso,partner_iso,second_partner_iso,mode_of_transport_"
             "code,commodity_code,trade_value_usd\n2016,Export,2,Austria,AUT,WLD,,,0101,5\n2016,Import,1,Austria,AUT,"
             "WLD,,,0101,9\n"),
      "comtrade 5");
  EXPECT_EQ(
      preset("yr,rgCode,rtCode,rt3ISO,ptCode,pt3ISO,cmdCode,TradeValue\n2016,2,40,AUT,0,WLD,0101,5\n2016,1,40,AUT,0,"
             "WLD,0101,9\n"),
      "comtrade 5");
  EXPECT_EQ(
      preset("Nomenclature,ReporterISO3,ProductCode,ReporterName,PartnerISO3,PartnerName,Year,TradeFlowName,"
             "TradeFlowCode,TradeValue in 1000 USD,Quantity\nH4,AUT,010121,Austria,WLD,World,2016,Export,6,5.5,1\nH4,"
             "AUT,010121,Austria,DEU,Germany,2016,Export,6,5.5,1\nH4,AUT,010121,Austria,WLD,World,2016,Import,5,9,1\n"),
      "wits 5500");
}

TEST(PanelBuilderTest, UnlikeCodeSystemsAreRefusedAndTheAdviceWorks) {
  const std::string
      iso = "refYear,reporterCode,reporterISO,flowCode,partnerCode,cmdCode,primaryValue\n2020,40,AUT,X,0,0101,1\n",
      number = "refYear,reporterCode,flowCode,partnerCode,cmdCode,primaryValue\n2021,40,X,0,0101,2\n";
  EXPECT_THAT(message_of({iso, number}), HasSubstr("found locations by code system m49, expected iso3"));
  ImportOptions advised;
  advised.columns.location = "reporterCode";
  EXPECT_THAT(import({iso, number}, advised).panel.locations, ElementsAre("40"));
}

TEST(PanelBuilderTest, NothingKeptNamesTheCause) {
  EXPECT_THAT(message_of({"refYear,reporterISO,flowCode,partnerISO,cmdCode,primaryValue\n2020,AUT,M,W00,0101,10\n"}),
              HasSubstr("found no row to keep among 1 (left out: flow is not export: 1)"));
  EXPECT_THAT(message_of({"year,country,product,value\n"}), HasSubstr("found a header and no row"));
}

TEST(PanelBuilderTest, LostZerosBeforeCodesAreCut) {
  const std::string text = "year,country,product,value\n2016,AUT,9011190,1\n2016,AUT,90112000,2\n2016,AUT,84713000,4\n";
  ImportOptions cut;
  cut.product_digits = 4;
  EXPECT_THAT(import({text}, cut).panel.products, ElementsAre("0901", "8471", "9011"));
  cut.keep_codes = true;
  EXPECT_THAT(message_of({text}, cut), HasSubstr("--product-pad N"));
  cut.product_pad = 8;
  EXPECT_THAT(import({text}, cut).panel.products, ElementsAre("0901", "8471", "9011"));
}

TEST(PanelBuilderTest, RepairedCodesThatMeetInACellAreASecondRow) {
  const std::string first =
      "year,country,product,value\n2016,AUT,0101,1\n2016,AUT,0203,1\n2017,AUT,101,1\n2017,AUT,203,1\n";
  EXPECT_THAT(import({first}).panel.products, ElementsAre("0101", "0203"));
  EXPECT_THAT(message_of({first + "2017,AUT,0101,5\n"}), HasSubstr("with and without its leading zeros in year 2017"));
  EXPECT_THAT(message_of({"year,country,product,value\n2016,AUT,0101,1\n2016,AUT,'0101,1\n"}),
              HasSubstr("found a second row"));
  ImportOptions sum;
  sum.sum_duplicates = true;
  EXPECT_EQ(at(import({first + "2017,AUT,0101,5\n"}, sum).panel, 1, 0, 0), 6.0);
}

TEST(PanelBuilderTest, WideTablesAreReadWhenAsked) {
  const std::string text = "country,product,note,2016 [YR2016],2017 [YR2017]\nAUT,0101,x,5,..\nDEU,0102,y,6,7\n";
  EXPECT_THAT(message_of({text}), HasSubstr("a column for each year (2016 [YR2016] to 2017 [YR2017])"));
  ImportOptions wide;
  wide.wide = true;
  const auto [panel, summary] = import({text}, wide);
  EXPECT_THAT(panel.years, ElementsAre(2016, 2017));
  EXPECT_EQ(at(panel, 0, 0, 0), 5.0);
  EXPECT_EQ(at(panel, 1, 1, 1), 7.0);
  EXPECT_TRUE(std::isnan(at(panel, 1, 0, 0)));
  EXPECT_EQ(summary.rows, 4U);
}

TEST(PanelBuilderTest, RoundedCodesAndYearsOfAShiftedColumnAreRefused) {
  EXPECT_THAT(message_of({"year,country,product,value\n2016,AUT,1.01E+08,1\n"}),
              HasSubstr("product[2]: found '1.01E+08'"));
  EXPECT_THAT(message_of({"year,country,product,value\n52,AUT,0101,1\n"}), HasSubstr("a year from 1500 to 2200"));
}

TEST(PanelBuilderTest, AtlasPresets) {
  const auto atlas =
      import({"country_id,country_iso3_code,product_id,product_hs92_code,year,export_value,import_value\n1,NAM,7,0101,"
              "2019,5,6\n"});
  EXPECT_EQ(atlas.summary.presets[0].second, "atlas");
  EXPECT_EQ(atlas.panel.product_code_system, "hs92_4");
  EXPECT_EQ(at(atlas.panel, 0, 0, 0), 5.0);
  ImportOptions imports;
  imports.columns.value = "import_value";
  EXPECT_EQ(at(import({"country_id,country_iso3_code,product_id,product_hs92_code,year,export_value,import_value\n1,"
                       "NAM,7,0101,2019,5,6\n"},
                      imports)
                   .panel,
               0, 0, 0),
            6.0);
  const auto old = import({"year,location_code,hs_product_code,export_value\n2019,NAM,0101,5\n"});
  EXPECT_EQ(old.summary.presets[0].second, "atlas-old");
}

// A system that a column's name tells of is written where the codes bear it out, else none.
TEST(PanelBuilderTest, CodeSystemsAreThoseOfTheCodes) {
  const auto system = [](const std::string& column, const std::string& first, const std::string& second) {
    return import({"country,year," + column + ",value\nAUT,2019," + first + ",5\nDEU,2019," + second + ",6\n"})
        .panel.product_code_system;
  };
  EXPECT_EQ(system("nace", "0510", "1011"), "nace_4");
  EXPECT_EQ(system("nace", "051", "101"), "nace_3");
  EXPECT_EQ(system("nace", "B051", "C101"), "");  // section and group: four characters, not four digits
  EXPECT_EQ(system("nace", "05.1", "10.1"), "");
  EXPECT_EQ(system("hs92", "0101", "9999"), "hs92_4");
  EXPECT_EQ(system("hs92", "0101", "XXXX"), "hs92_4");  // not allotted
  EXPECT_EQ(system("hs92", "101", "0201"), "");         // a leading zero was lost
  EXPECT_EQ(system("sitc", "001", "0011"), "sitc");     // levels mixed
  EXPECT_EQ(system("hs92", "fruit", "cloth"), "");
}

TEST(PanelBuilderTest, FiltersAndTruncation) {
  const std::string text =
      "product;time;origin;value\n0101;2000;a;1\n0102;2000;a;2\n0201;2000;a;4\n0101;2000;b;8\n0101;2001;a;16\n0101;"
      "2002;a;32\n";
  ImportOptions options;
  options.years = parse_years("2000-2001");
  options.product_digits = 2;
  const auto cut = import({text}, options);
  EXPECT_THAT(cut.panel.products, ElementsAre("01", "02"));
  EXPECT_EQ(at(cut.panel, 0, 0, 0), 3.0);
  EXPECT_EQ(at(cut.panel, 0, 0, 1), 4.0);
  EXPECT_EQ(cut.summary.filtered.at("year not selected"), 1U);

  ImportOptions one;
  one.products.keep = {"0201"};
  one.locations.drop = {"b"};
  one.years = parse_years("2000");
  const auto kept = import({text}, one);
  EXPECT_THAT(kept.panel.products, ElementsAre("0201"));
  EXPECT_THAT(kept.panel.locations, ElementsAre("a"));
  EXPECT_EQ(kept.summary.filtered.at("product not selected"), 2U);

  // A location all of whose products are filtered out has zeros: it was observed.
  one.locations.drop = {};
  EXPECT_THAT(import({text}, one).panel.missing, ElementsAre(0, 0));
}

TEST(PanelBuilderTest, MissingValuesAndNamibia) {
  const auto [panel, summary] =
      import({"year,country,product,value\n2000,NA,1,5\n2000,nam,1,NA\n2000,nam,2,\n2000,aut,1,NaN\n2000,aut,2,3\n"});
  EXPECT_THAT(panel.locations, ElementsAre("NA", "aut", "nam"));
  EXPECT_EQ(summary.missing_values, 3U);
  EXPECT_TRUE(std::isnan(at(panel, 0, 1, 0)));
  EXPECT_EQ(at(panel, 0, 0, 1), 0.0);
  EXPECT_THAT(panel.missing, ElementsAre(0, 0, 0));
}

TEST(PanelBuilderTest, SeveralFilesWithTheirOwnColumnOrderAndRepeatedHeaders) {
  ImportOptions options;
  options.sum_duplicates = true;
  options.scale = 2;
  const auto [panel, summary] =
      import({"year,country,product,value\n2000,a,1,1\nyear,country,product,value\n2000,b,1,3\n",
              "value;product;year;country\n4;1;2000;a\n"},
             options);
  EXPECT_EQ(at(panel, 0, 0, 0), 10.0);
  EXPECT_EQ(at(panel, 0, 1, 0), 6.0);
  EXPECT_EQ(summary.repeated_headers, 1U);
  EXPECT_EQ(summary.summed, 1U);
}

TEST(PanelBuilderTest, DenseAndSparseAccumulationAgree) {
  std::string text = "year,country,product,value\n";
  for (int k = 0; k < 20000; ++k) {
    text += std::to_string(1990 + k % 7) + "," + std::to_string(k * 7919 % 311) + "," +
            std::to_string(k * 104729 % 1013) + "," + std::to_string(k % 97 + 1) + "\n";
  }
  ImportOptions dense, sparse;
  dense.sum_duplicates = sparse.sum_duplicates = true;
  sparse.dense_limit = 100000;
  const auto a = import({text}, dense), b = import({text}, sparse);
  EXPECT_FALSE(a.summary.sparse);
  EXPECT_TRUE(b.summary.sparse);
  ASSERT_EQ(a.panel.value.size(), b.panel.value.size());
  EXPECT_EQ(std::memcmp(a.panel.value.data(), b.panel.value.data(), a.panel.value.size() * sizeof(double)), 0);
}

TEST(PanelBuilderTest, YearOfTheFile) {
  ImportOptions options;
  options.year = 2016;
  EXPECT_THAT(import({"country,hs92_4,label,export_usd\nABW,0106,0707,188.0\n"}, options).panel.years,
              ElementsAre(2016));
}

class SideTables : public testing::Test {
 protected:
  SideTables() { panel_ = import({"year,country,product,value\n2000,aut,01,1\n2001,nam,02,2\n2000,vie,01,1\n"}).panel; }
  ~SideTables() override { std::filesystem::remove(path_); }
  SideFile file(const std::string& text, const std::string& columns = "") {
    std::ofstream(path_) << text;
    return parse_side_file(path_ + columns);
  }
  std::string path_ = testing::TempDir() + "balassa_side_" + std::to_string(::getpid()) + ".csv";
  Panel panel_;
};

TEST_F(SideTables, NamesTablesClassesParents) {
  EXPECT_EQ(add_location_names(panel_, file("code,name_en\nnam,Namibia\nxyz,Nowhere\n")).unknown, 1U);
  EXPECT_THAT(panel_.location_name, ElementsAre("", "Namibia", ""));
  add_product_names(panel_, file("id,text\n01,\"Live, animals\"\n", ":code=id,name=text"));
  EXPECT_THAT(panel_.product_name, ElementsAre("Live, animals", ""));
  const SideSummary population =
      add_table(panel_, "population", file("year,country,population\n2000,aut,8e6\n1999,aut,7e6\n2001,nam,NA\n"));
  EXPECT_EQ(population.used, 2U);
  EXPECT_EQ(population.unknown, 1U);
  EXPECT_EQ(panel_.population[0], 8e6);
  EXPECT_TRUE(std::isnan(panel_.population[4]));
  add_table(panel_, "balance", file("iso3,balance\naut,-3\n", ":year=2001"));
  EXPECT_EQ(panel_.table.at("balance")[3], -3.0);
  add_product_class(panel_, "tech", file("hs2,tech_level\n01,HT\n", ":code=hs2,class=tech_level"));
  EXPECT_THAT(panel_.product_class.at("tech"), ElementsAre("HT", ""));
  add_location_parents(panel_, file("code,parent\nvie,aut\n"));
  EXPECT_THAT(panel_.location_parent, ElementsAre(-1, -1, 0));
  add_location_kinds(panel_, file("code,kind\nvie,region\n"));
  EXPECT_THAT(panel_.location_kind, ElementsAre("country", "country", "region"));
}

TEST_F(SideTables, MalformedRowsNameTheirPlace) {
  const auto message = [&](auto&& action) -> std::string {
    try {
      action();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ExitCode::kBadData);
      return error.what();
    }
    return "no error";
  };
  EXPECT_THAT(message([&] { add_table(panel_, "gdp", file("year,country,gdp\n2000,aut,-1\n")); }),
              HasSubstr(":gdp[2]: found '-1'"));
  EXPECT_THAT(message([&] { add_table(panel_, "gdp", file("year,country,gdp\n2000,aut,1\n2000,aut,2\n")); }),
              HasSubstr("[3]: found a second row"));
  EXPECT_THAT(message([&] { add_table(panel_, "gdp", file("country,gdp\naut,1\n")); }), HasSubstr("no year column"));
  EXPECT_THAT(message([&] { add_location_names(panel_, file("code,name\naut,A\naut,B\n")); }),
              HasSubstr(":name[3]: found 'B'"));
  EXPECT_THAT(message([&] { add_location_kinds(panel_, file("code,kind\naut,planet\n")); }),
              HasSubstr("country or region"));
}

}  // namespace
}  // namespace balassa
