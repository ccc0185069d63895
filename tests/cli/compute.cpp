// `balassa compute` as a process: numbers in the file, exit codes, messages, nothing half-written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "io/hdf5/result_file.hpp"
#include "io/panel/panel_file.hpp"
#include "kernels/device.hpp"
#include "tests/cli/blocks_panel.hpp"
#include "tests/cli/program.hpp"
#include "tests/cli/turning_panel.hpp"
#include "tests/host/knob_values.hpp"
#include "tests/oracle/golden.hpp"

namespace balassa {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Three years: the 5 x 6 economy; two blocks; the 5 x 6 economy again with location e6 missing in all but the second.
Panel toy_panel() {
  Panel panel;
  panel.years = {2001, 2002, 2003};
  panel.locations = {"e1", "e2", "e3", "e4", "e5", "e6"};
  panel.products = {"01", "02", "03", "04", "05", "06", "07"};
  panel.value.assign(3 * 6 * 7, 0.0);
  panel.missing.assign(3 * 6, 0);
  panel.population.assign(3 * 6, 1000.0);
  panel.population_units = "persons";
  for (const std::size_t y : {std::size_t{0}, std::size_t{2}}) {
    panel.missing[y * 6 + 5] = 1;
    for (std::size_t c = 0; c < 5; ++c) {
      for (std::size_t p = 0; p < 6; ++p) panel.value[panel.index(y, c, p)] = golden::kToy[c * 6 + p];
    }
  }
  for (std::size_t c = 0; c < 6; ++c) {
    for (std::size_t p = 0; p < 6; ++p)
      panel.value[panel.index(1, c, p)] = c / 3 == p / 3 ? 1.0 + static_cast<double>((c + p) % 3) : 0.0;
  }
  return panel;
}

class Compute : public ::testing::Test {
 protected:
  void SetUp() override { write_panel(folder / "toy.h5", toy_panel(), false); }
  cli::Folder folder;
};

TEST_F(Compute, WritesWhatTheFormatSays) {
  const cli::Outcome run = folder.run("compute toy.h5 -o m.h5 --reflections 2 --quiet");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(run.err, "");
  EXPECT_THAT(run.out, HasSubstr("2001: 5 locations x 6 products"));
  EXPECT_THAT(run.out, HasSubstr("no scores (disconnected)"));
  EXPECT_THAT(run.out, HasSubstr("locations by component: 3 3"));
  EXPECT_TRUE(std::filesystem::exists(folder / "m.h5.manifest.json"));

  const ResultReader file(folder / "m.h5");
  EXPECT_EQ(file.format(), "balassa-measures");
  EXPECT_EQ(file.version(), 1);
  EXPECT_EQ(file.text_attribute("", "convention"), "py");
  EXPECT_EQ(file.text_attribute("", "panel_hash"), panel_hash(toy_panel()));
  EXPECT_EQ(file.text_attribute("", "arithmetic"),
            make_device("auto", {})->describe().name == "cpu" ? "lapack-fp64" : "cusolver-fp64");
  EXPECT_EQ(file.require("measure/rca").dimensions, (std::vector<std::string>{"year", "location", "product"}));
  const std::vector<double> eci = file.numbers("measure/eci"), pci = file.numbers("measure/pci"),
                            rca = file.numbers("measure/rca");
  ASSERT_EQ(eci.size(), 18u);
  ASSERT_EQ(pci.size(), 21u);
  for (const std::size_t y : {std::size_t{0}, std::size_t{2}}) {
    for (std::size_t c = 0; c < 5; ++c) EXPECT_NEAR(eci[y * 6 + c], golden::kToyEci[c], 1e-13);
    for (std::size_t p = 0; p < 6; ++p) EXPECT_NEAR(pci[y * 7 + p], golden::kToyPci[p], 1e-13);
    EXPECT_TRUE(std::isnan(eci[y * 6 + 5]));
    EXPECT_TRUE(std::isnan(pci[y * 7 + 6]));
    EXPECT_NEAR(rca[y * 42 + 1 * 7 + 2], golden::kToyRca[1 * 6 + 2], 1e-15);
  }
  for (std::size_t c = 0; c < 6; ++c) EXPECT_TRUE(std::isnan(eci[6 + c]));
  EXPECT_THAT(file.integers("measure/eci_rank"), ElementsAre(1, 2, 3, 4, 4, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 4, 0));
  // ok 0, missing 1, no_trade 2, year_undefined 5
  EXPECT_THAT(file.integers("status/of_location"), ElementsAre(0, 0, 0, 0, 0, 1, 5, 5, 5, 5, 5, 5, 0, 0, 0, 0, 0, 1));
  EXPECT_THAT(file.integers("status/of_year"), ElementsAre(0, 2, 0));
  EXPECT_THAT(file.integers("certificate/components"), ElementsAre(1, 2, 1));
  EXPECT_NEAR(file.numbers("spectrum")[1], golden::kToyEigenvalues[1], 1e-13);
  EXPECT_LE(file.numbers("certificate/residual")[0], 1e-12);
  EXPECT_THAT(file.integers("dropped/in_year"), ElementsAre(2001, 2001, 2002, 2003, 2003));
  EXPECT_THAT(file.strings("dropped/code"), ElementsAre("e6", "07", "07", "e6", "07"));
  EXPECT_THAT(file.integers("dropped/reason"), ElementsAre(1, 2, 2, 1, 2));
}

// The nested block of three has ECI (1.2247, 0, -1.2247) (METHODS B4); the other two locations stand apart.
TEST_F(Compute, GiantComponentWhereAskedFor) {
  write_panel(folder / "blocks.h5", cli::blocks_panel(), false);
  ASSERT_EQ(folder.run("compute blocks.h5 -o na.h5 --rca-threshold 0.001").code, 0);
  EXPECT_THAT(ResultReader(folder / "na.h5").integers("status/of_year"), ElementsAre(2));

  const cli::Outcome run = folder.run("compute blocks.h5 -o m.h5 --rca-threshold 0.001 --disconnected giant --quiet");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("scores of the largest component, 3 of 5 locations"));
  EXPECT_THAT(run.out, HasSubstr("locations by component: 3 1 1"));
  const ResultReader file(folder / "m.h5");
  EXPECT_EQ(nlohmann::json::parse(file.text_attribute("", "specification"))["disconnected"], "giant");
  const std::vector<double> eci = file.numbers("measure/eci");
  for (const auto& [row, expected] : {std::pair<std::size_t, double>{0, std::sqrt(1.5)}, {2, 0}, {4, -std::sqrt(1.5)}})
    EXPECT_NEAR(eci[row], expected, 1e-13);
  EXPECT_TRUE(std::isnan(eci[1]) && std::isnan(eci[3]));
  EXPECT_THAT(file.integers("status/of_year"), ElementsAre(0));
  EXPECT_THAT(file.integers("status/of_location"), ElementsAre(0, 6, 0, 6, 0));  // 6 = other_component
  EXPECT_THAT(file.integers("status/of_product"), ElementsAre(0, 0, 0, 6, 6));
  EXPECT_THAT(file.integers("certificate/components"), ElementsAre(3));
  EXPECT_THAT(file.strings("dropped/code"), ElementsAre("x", "y", "04", "05"));
  EXPECT_EQ(folder.run("compute blocks.h5 -o n.h5 --disconnected largest").code, 64);
}

TEST_F(Compute, SameBytesWithAnyThreadsAndOnRepeat) {
  ASSERT_EQ(folder.run("compute toy.h5 -o a.h5 --threads 1").code, 0);
  ASSERT_EQ(folder.run("compute toy.h5 -o b.h5 --threads 2").code, 0);
  ASSERT_EQ(folder.run("compute toy.h5 -o b.h5 --threads 3 --force").code, 0);
  EXPECT_TRUE(cli::file_text(folder / "a.h5") == cli::file_text(folder / "b.h5"));
}

TEST_F(Compute, ConventionAndKeysOverride) {
  ASSERT_EQ(folder.run("compute toy.h5 -o m.h5 --years 2003 --convention lyubimov --rca-tie '>='").code, 0);
  const ResultReader file(folder / "m.h5");
  const auto specification = nlohmann::json::parse(file.text_attribute("", "specification"));
  EXPECT_EQ(specification["rca_tie"], ">=");
  EXPECT_EQ(specification["pci_scale"], "own");
  EXPECT_EQ(file.require("measure/eci").shape, (std::vector<std::size_t>{1, 6}));
  for (std::size_t p = 0; p < 6; ++p) EXPECT_NEAR(file.numbers("measure/pci")[p], golden::kToyPciOwn[p], 1e-13);
}

// What a flag says of any knob is what the file says of it.
TEST_F(Compute, WritesEveryKnobOfItsSpecification) {
  for (const Knob& knob : knobs()) {
    if (!knob.is_choice() || knob.place == Place::kNone) continue;
    const std::string value = knob.word(values_to_try(knob).back());
    const cli::Outcome run =
        folder.run(fmt::format("compute toy.h5 -o m.h5 --years 2001 --force --quiet {} '{}'", knob.flag(), value));
    ASSERT_EQ(run.code, 0) << run.err;
    const ResultReader file(folder / "m.h5");
    const auto found = nlohmann::json::parse(file.text_attribute("", "specification"))[std::string(knob.name)];
    EXPECT_EQ(found.is_string() ? found.get<std::string>() : knob.word(found.get<double>()), value) << knob.name;
  }
  EXPECT_THAT(folder.run("compute toy.h5 -o n.h5 --deviation sample,population").err,
              HasSubstr("--deviation: found 2 values, expected one; balassa sweep takes several"));
}

TEST_F(Compute, CompactIsFloat32) {
  ASSERT_EQ(folder.run("compute toy.h5 -o m.h5 --compact").code, 0);
  const ResultReader file(folder / "m.h5");
  EXPECT_EQ(file.require("measure/eci").type, "float32");
  // Half a unit of the last place of a float near 1.
  EXPECT_NEAR(file.numbers("measure/eci")[0], golden::kToyEci[0], 6e-8);
}

TEST_F(Compute, JsonAndCsv) {
  const cli::Outcome run = folder.run("compute toy.h5 -o m.h5 --json --csv --quiet");
  ASSERT_EQ(run.code, 0) << run.err;
  const auto json = nlohmann::json::parse(run.out);
  ASSERT_EQ(json["years"].size(), 3u);
  EXPECT_EQ(json["years"][0]["ranking"][0]["location"], "e1");
  EXPECT_NEAR(json["years"][0]["ranking"][0]["eci"].get<double>(), golden::kToyEci[0], 1e-13);
  EXPECT_TRUE(json["years"][1]["lambda"][3].is_null());
  // The second year has no scores: nothing was tested. The third is the first again.
  for (const char* name : {"sign_ambiguous", "sign_undefined", "few_locations", "votes", "corr_year_before", "turned"})
    EXPECT_TRUE(json["years"][1][name].is_null()) << name;
  EXPECT_EQ(json["years"][0]["sign_ambiguous"], true);  // of five locations no rule can vote
  EXPECT_EQ(json["years"][0]["votes"]["diversity"], 0);
  EXPECT_TRUE(json["years"][0]["corr_year_before"].is_null());
  EXPECT_NEAR(json["years"][2]["corr_year_before"].get<double>(), 1.0, 1e-12);
  EXPECT_EQ(json["years"][2]["turned_round"], false);
  const ResultReader file(folder / "m.h5");
  EXPECT_THAT(file.integers("certificate/sign_ambiguous"), ElementsAre(1, 255, 1));
  EXPECT_THAT(file.integers("certificate/turned"), ElementsAre(0, 255, 0));
  EXPECT_THAT(file.integers("certificate/reflection_sign"), ElementsAre(1, -9, 1));
  EXPECT_EQ(file.fill_value("measure/eci_rank"), 0.0);
  EXPECT_THAT(folder.run("export m.h5").out, HasSubstr("\n2002,e1,6,3,,"));  // total, diversity, and no ECI
  const std::string csv = cli::file_text(folder / "m.csv");
  EXPECT_THAT(
      csv,
      StartsWith("year,location,product,value,rca,mcp,diversity,ubiquity,eci,pci\n2001,e1,01,60,2.11428571428571"));
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 3 * 6 * 7);
}

TEST_F(Compute, WarnsWhereReflectionsHaveLostTheirSignal) {
  EXPECT_THAT(folder.run("compute toy.h5 -o a.h5 --years 2001 --reflections 400").err,
              HasSubstr("2001: after 400 reflections"));
  EXPECT_EQ(folder.run("compute toy.h5 -o b.h5 --years 2001 --reflections 4").err, "");
}

TEST_F(Compute, YearsThatTurnRoundAreSaidAndAlignedWhereAskedFor) {
  write_panel(folder / "turning.h5", cli::turning_panel(), false);
  const cli::Outcome plain = folder.run("compute turning.h5 --rca-threshold 0.001 -o m.h5 --quiet");
  ASSERT_EQ(plain.code, 0) << plain.err;
  EXPECT_THAT(plain.out, HasSubstr("REMARK: the ranking turned round from 2001 to 2002"));
  EXPECT_THAT(plain.out, HasSubstr("REMARK: the ranking turned round from 2002 to 2004"));
  EXPECT_THAT(plain.out, HasSubstr("(for)"));
  const cli::Outcome aligned = folder.run("compute turning.h5 --rca-threshold 0.001 --align-years -o a.h5 --quiet");
  ASSERT_EQ(aligned.code, 0) << aligned.err;
  EXPECT_EQ(aligned.out.find("REMARK"), std::string::npos);
  EXPECT_THAT(aligned.out, HasSubstr("turned round by --align-years"));
  EXPECT_THAT(aligned.out, HasSubstr("AMBIGUOUS, a rule votes to turn the ranking round"));
  // Ranks turn with the scores.
  const ResultReader before(folder / "m.h5"), after(folder / "a.h5");
  for (const std::size_t c : {0, 5}) {
    EXPECT_EQ(before.numbers("measure/eci")[10 + c], -after.numbers("measure/eci")[10 + c]);
    EXPECT_NE(before.numbers("measure/eci_rank")[10 + c], after.numbers("measure/eci_rank")[10 + c]);
  }
}

TEST_F(Compute, RefusalsAreOneLineAndLeaveNothing) {
  std::ofstream(folder / "text.h5") << "not HDF5\n";
  std::ofstream(folder / "there.h5") << "precious\n";
  const std::size_t before = folder.entries();
  const std::vector<std::tuple<std::string, int, std::string>> cases{
      {"compute none.h5", 66, "none.h5"},
      {"compute text.h5", 65, "text.h5"},
      {"compute toy.h5 -o there.h5", 73, "there.h5"},
      {"compute toy.h5 -o no/such/folder.h5", 73, "no/such"},
      {"compute toy.h5 -o m.h5 --years 1999", 64, "--years"},
      {"compute toy.h5 -o m.h5 --convention atlas", 64, "\"py\", \"stata\", \"lyubimov\""},
      {"compute toy.h5 -o m.h5 --rca-tie =", 64, "--rca-tie"},
      {"compute toy.h5 -o m.h5 --deviation n", 64, "--deviation"},
      {"compute toy.h5 -o m.h5 --pci-scale mine", 64, "--pci-scale"},
      {"compute toy.h5 -o m.h5 --rca-threshold 0", 64, "--rca-threshold"},
      {"compute toy.h5 -o m.h5 --rca-threshold nan", 64, "--rca-threshold"},
  };
  for (const auto& [arguments, code, word] : cases) {
    const cli::Outcome run = folder.run(arguments);
    EXPECT_EQ(run.code, code) << arguments;
    EXPECT_EQ(run.out, "") << arguments;
    EXPECT_THAT(run.err, StartsWith("balassa: error: ")) << arguments;
    EXPECT_THAT(run.err, HasSubstr(word)) << arguments;
    EXPECT_EQ(std::count(run.err.begin(), run.err.end(), '\n'), 1) << run.err;
    EXPECT_EQ(folder.entries(), before) << arguments;
  }
  EXPECT_EQ(cli::file_text(folder / "there.h5"), "precious\n");
  EXPECT_EQ(folder.run("compute toy.h5 --reflections 0").code, 64);
}

}  // namespace
}  // namespace balassa
