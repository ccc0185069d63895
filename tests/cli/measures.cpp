// `compute --measures` as a process: only what is asked for, by name; the list; what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "io/hdf5/result_file.hpp"
#include "io/panel/panel_file.hpp"
#include "tests/cli/program.hpp"
#include "tests/oracle/golden_measures.hpp"

namespace balassa {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Measures : public ::testing::Test {
 protected:
  void SetUp() override {
    Panel panel;
    panel.years = {2001};
    panel.locations = {"e1", "e2", "e3", "e4", "e5"};
    panel.products = {"01", "02", "03", "04", "05", "06"};
    panel.value = golden::kToy;
    panel.missing.assign(5, 0);
    write_panel(folder / "toy.h5", panel, false);
  }
  cli::Folder folder;
};

TEST_F(Measures, OnlyWhatIsAskedForIsInTheFile) {
  const cli::Outcome run = folder.run("compute toy.h5 -o m.h5 --measures hhi,proximity --quiet --csv");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, AllOf(HasSubstr("2001: 5 locations x 6 products"), Not(HasSubstr("lambda"))));
  const ResultReader file(folder / "m.h5");
  EXPECT_EQ(file.find("measure/eci"), nullptr);
  EXPECT_EQ(file.find("spectrum"), nullptr);
  EXPECT_EQ(file.find("status/of_year"), nullptr);
  EXPECT_NE(file.find("status/of_location"), nullptr);
  EXPECT_EQ(file.numbers("measure/proximity"), golden::kToyProximity);
  EXPECT_THAT(cli::file_text(folder / "m.csv"), StartsWith("year,location,product,value,hhi\n2001,e1,01,60,"));
  EXPECT_THAT(folder.run("export m.h5 --table product_product").out,
              AllOf(StartsWith("year,product,other_product,proximity\n2001,01,01,1\n2001,01,02,0.5\n"),
                    HasSubstr("2001,02,04,0.5\n")));
}

TEST_F(Measures, OfScoresComeWithTheirCertificate) {
  ASSERT_EQ(folder.run("compute toy.h5 -o m.h5 --measures eci").code, 0);
  const ResultReader file(folder / "m.h5");
  EXPECT_EQ(file.find("measure/pci"), nullptr);
  EXPECT_NE(file.find("certificate/residual"), nullptr);
  const std::vector<double> eci = file.numbers("measure/eci");
  for (std::size_t c = 0; c < eci.size(); ++c) EXPECT_NEAR(eci[c], golden::kToyEci[c], 1e-13);
  // The ranking on the screen has all its columns though the file does not.
  EXPECT_THAT(folder.run("compute toy.h5 -o m.h5 --force --measures eci").out,
              HasSubstr("    1     1.0831          4"));
}

TEST_F(Measures, AllLeavesOutWhatIsLargeAndSaysSo) {
  const cli::Outcome run = folder.run("compute toy.h5 -o m.h5 --measures all,location_proximity --years 2001");
  EXPECT_THAT(run.err, HasSubstr("leaves out what is large or slow: proximity (0.0 MB a year), log_super"));
  EXPECT_THAT(run.err, HasSubstr("leaves out prody: the panel has no gdp"));
  const ResultReader file(folder / "m.h5");
  EXPECT_EQ(file.find("measure/proximity"), nullptr);
  EXPECT_NE(file.find("measure/location_proximity"), nullptr);
  EXPECT_THAT(folder.run("compute toy.h5 -o m.h5 --force --measures all,proximity").err, Not(HasSubstr(": proximity")));
}

TEST_F(Measures, ListNeedsNoPanel) {
  const std::string list = folder.run("compute --measures list").out;
  EXPECT_THAT(list, AllOf(HasSubstr("(X_cp / X_c) / (X_p / X)"), HasSubstr("[year, location, product]"),
                          HasSubstr("Hidalgo et al. 2007"), HasSubstr("--proximity-kind")));
  const auto json = nlohmann::json::parse(folder.run("compute --measures list --json").out);
  EXPECT_EQ(json[0]["name"], "rca");
  EXPECT_EQ(folder.entries(), 1u);
}

TEST_F(Measures, WhatCannotBeIsRefused) {
  const std::vector<std::tuple<std::string, std::string>> cases{
      {"--measures dicersity", "the nearest is diversity"},
      {"--measures reflection_location", "--reflections N"},
      {"--measures eci --proximity-kind cosine", "add --measures proximity"},
      {"--proximity-kind cosine", "add --measures proximity"},
      {"--measures proximity --proximity-kind cosin", "\"cosine\""},
  };
  for (const auto& [arguments, word] : cases) {
    const cli::Outcome run = folder.run("compute toy.h5 -o m.h5 " + arguments);
    EXPECT_EQ(run.code, 64) << arguments;
    EXPECT_THAT(run.err, AllOf(StartsWith("balassa: error: "), HasSubstr(word))) << arguments;
    EXPECT_EQ(folder.entries(), 1u) << arguments;
  }
  EXPECT_EQ(folder.run("compute").code, 64);
  const cli::Outcome income = folder.run("compute toy.h5 -o m.h5 --measures prody");
  EXPECT_EQ(income.code, 65);
  EXPECT_THAT(income.err,
              HasSubstr("toy.h5: found no gdp, which the measure prody needs; import the panel with --gdp"));
}

// Tables of the panel reach their measures at the places of the year's own locations, and years their predecessor.
TEST_F(Measures, TablesAndTheYearBefore) {
  Panel panel;
  panel.years = {2001, 2002};
  panel.locations = {"e0", "e1", "e2", "e3", "e4", "e5"};  // e0 has no trade
  panel.products = {"01", "02", "03", "04", "05", "06"};
  panel.value.assign(2 * 6 * 6, 0.0);
  for (std::size_t y = 0; y < 2; ++y)
    std::copy(golden::kToy.begin(), golden::kToy.end(), panel.value.begin() + static_cast<std::ptrdiff_t>(36 * y + 6));
  panel.value[panel.index(1, 4, 0)] = 20;  // e4 comes to product 01
  panel.missing.assign(12, 0);
  panel.gdp = {9, 40, 35, 25, 15, 12, 9, 40, 35, 25, 15, 12};
  panel.population.assign(12, 1);
  write_panel(folder / "two.h5", panel, false);
  const cli::Outcome run = folder.run("compute two.h5 -o m.h5 --measures expy,prody,entries,entry --quiet");
  ASSERT_EQ(run.code, 0) << run.err;
  const ResultReader file(folder / "m.h5");
  EXPECT_TRUE(std::isnan(file.numbers("measure/expy")[0]));
  EXPECT_NEAR(file.numbers("measure/expy")[1], 32.227105641, 1e-9);
  EXPECT_NEAR(file.numbers("measure/prody")[5], 16.597432542, 1e-9);
  EXPECT_TRUE(std::isnan(file.numbers("measure/entries")[1]));
  EXPECT_EQ(file.numbers("measure/entries")[6 + 4], 1.0);
  EXPECT_EQ(file.numbers("measure/entry")[36 + 4 * 6], 1.0);
}

// A choice by convention stands in the specification of the file, and can be given against it.
TEST_F(Measures, ParametersFollowTheConvention) {
  const auto diagonal = [&](const std::string& arguments) {
    folder.run("compute toy.h5 -o m.h5 --force --measures proximity " + arguments);
    const ResultReader file(folder / "m.h5");
    const auto specification = nlohmann::json::parse(file.text_attribute("", "specification"));
    return std::pair{specification["measures"]["proximity_diagonal"].get<std::string>(),
                     file.numbers("measure/proximity")[0]};
  };
  EXPECT_EQ(diagonal(""), std::pair(std::string("own"), 1.0));
  EXPECT_EQ(diagonal("--convention stata"), std::pair(std::string("zero"), 0.0));
  EXPECT_EQ(diagonal("--convention stata --proximity-diagonal own"), std::pair(std::string("own"), 1.0));
}

}  // namespace
}  // namespace balassa
