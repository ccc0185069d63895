// `balassa info` of a result: the ranking that the sweep printed, read from its file, in every form.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <sstream>

#include "io/hdf5/result_file.hpp"
#include "io/panel/panel_file.hpp"
#include "io/text/utf8.hpp"
#include "tests/cli/program.hpp"
#include "tests/oracle/golden.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

// The 5 x 6 economy of METHODS B3/B4, and a sixth location that exports nothing, in two years.
Panel toy_panel() {
  Panel panel;
  panel.years = {2001, 2002};
  panel.locations = {"e1", "e2", "e3", "e4", "e5", "e6"};
  panel.location_name = {"Alpha", "Beta & Co", "日本", "Co\u0302te", "Epsilon", "Zeta"};
  panel.products = {"01", "02", "03", "04", "05", "06"};
  panel.value.assign(2 * 6 * 6, 0.0);
  panel.missing.assign(2 * 6, 0);
  panel.units = "USD";
  for (std::size_t y = 0; y < 2; ++y) {
    for (std::size_t c = 0; c < 5; ++c) {
      for (std::size_t p = 0; p < 6; ++p)
        panel.value[panel.index(y, c, p)] = golden::kToy[c * 6 + p] * static_cast<double>(y + 1);
    }
  }
  return panel;
}

// Sum of a row of the toy, times `factor`: exact, by hand on its numbers.
double toy_total(std::size_t location, double factor) {
  double sum = 0;
  for (std::size_t p = 0; p < 6; ++p) sum += golden::kToy[location * 6 + p];
  return sum * factor;
}

class Ranking : public ::testing::Test {
 protected:
  void SetUp() override { write_panel(folder / "toy.h5", toy_panel(), false); }
  std::string sweep(const std::string& options) {
    const cli::Outcome run = folder.run("sweep toy.h5 -o s.h5 --force --quiet " + options);
    EXPECT_EQ(run.code, 0) << run.err;
    return run.out.substr(0, run.out.find("\n\ns.h5\n") + 1);
  }
  cli::Folder folder;
};

// Also where quantiles other than those of the table were kept, nothing was drawn, or no histogram was kept.
TEST_F(Ranking, IsWhatTheSweepPrinted) {
  for (const char* options :
       {"--replicates 200 --rca-threshold 0.75,1", "--replicates 200 --quantiles 0.1,0.5,0.9 --split median,mean",
        "--scheme none --rca-threshold 0.75,1", "--replicates 200 --tallies rank --p1-quantile none --precision fast",
        "--replicates 200 --align-years --weights multinomial --disconnected giant"}) {
    const std::string printed = sweep(options);
    ASSERT_THAT(printed, HasSubstr("rank "));
    const cli::Outcome info = folder.run("info s.h5");
    EXPECT_EQ(info.code, 0) << info.err;
    EXPECT_THAT(info.out, StartsWith("s.h5: balassa-sweep, version 1\n\n" + printed)) << options;
    EXPECT_THAT(info.out, HasSubstr("\nAttributes, datasets and tables: balassa info s.h5 --datasets\n"));
  }
  EXPECT_THAT(folder.run("info s.h5 --datasets").out, HasSubstr("rank/quantiles"));
}

TEST_F(Ranking, ShowsTheYearsAndLocationsThatAreChosen) {
  sweep("--replicates 100");
  const std::string one = folder.run("info s.h5 --years 2002 --top 2").out;
  EXPECT_THAT(one, Not(HasSubstr("2001  RCA")));
  EXPECT_THAT(one, HasSubstr("2002  RCA"));
  EXPECT_EQ(folder.run("info s.h5 --year 2002 --top 2").out, one);
  // METHODS B4: e1 is the first of the toy. e6 has no trade, and so no rank.
  EXPECT_THAT(one, HasSubstr("\n   1 ["));
  const std::string two = folder.run("info --locations e1,e6 s.h5 --year 2001").out;
  EXPECT_THAT(two, HasSubstr("] "));
  EXPECT_THAT(two, HasSubstr("\n   - -           e6 Zeta"));
  EXPECT_THAT(two, Not(HasSubstr("e2 Beta")));
  const cli::Outcome unknown = folder.run("info s.h5 --locations e1,e7x");
  EXPECT_EQ(unknown.code, 64);
  EXPECT_THAT(unknown.err, HasSubstr("--locations: found 'e7x', expected a location of s.h5; the nearest is e"));
  EXPECT_EQ(folder.run("info s.h5 --years 2003").code, 64);
  EXPECT_EQ(folder.run("info s.h5 --csv --latex").code, 64);
}

TEST_F(Ranking, ClassesComeOnRequest) {
  EXPECT_THAT(sweep("--replicates 100"), Not(HasSubstr("P(F-O)")));
  EXPECT_THAT(folder.run("info s.h5").out, Not(HasSubstr("P(F-O)")));
  const std::string asked = folder.run("info s.h5 --classes").out;
  EXPECT_THAT(asked, HasSubstr("P(O)   P(F-O)     P(L)"));
  EXPECT_THAT(asked, HasSubstr("Terms: balassa help intervals | certificate | sign | classes\n"));
  for (const char* topic : {"intervals", "certificate", "sign", "classes", "measures"})
    EXPECT_EQ(folder.run(std::string("help ") + topic).code, 0) << topic;
  EXPECT_THAT(sweep("--replicates 100 --classes"), HasSubstr("P(O)   P(F-O)     P(L)"));
  sweep("--replicates 100 --p1-quantile none");
  EXPECT_EQ(folder.run("info s.h5 --classes").code, 64);
}

TEST_F(Ranking, TotalsStandWhereTheScreenHasRoom) {
  sweep("--replicates 100");
  const std::string narrow = folder.shell("COLUMNS=80 '" BALASSA_PROGRAM "' info s.h5").out,
                    wide = folder.shell("COLUMNS=90 '" BALASSA_PROGRAM "' info s.h5").out;
  EXPECT_THAT(narrow, Not(HasSubstr("  total  ")));
  EXPECT_THAT(wide, HasSubstr("  total     ECI"));
  // Names of wide characters and with accents leave the columns where they are.
  std::istringstream lines(narrow);
  std::size_t rows = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.size() < 7 || line[3] < '1' || line[3] > '9' || line[5] != '[') continue;
    EXPECT_EQ(display_width(line), 78u) << line;
    ++rows;
  }
  EXPECT_EQ(rows, 10u);
}

std::vector<std::vector<std::string>> rows_of(const std::string& csv) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    rows.emplace_back();
    std::istringstream fields(line);
    for (std::string field; std::getline(fields, field, ',');) rows.back().push_back(field);
  }
  return rows;
}

TEST_F(Ranking, AsCsvHasEveryLocationAndTheFilesNumbers) {
  sweep("--replicates 100");
  const cli::Outcome run = folder.run("info s.h5 --csv");
  EXPECT_THAT(run.out, StartsWith("year,specification,rank,rank_q025,rank_q975,location,location_name,total,eci,"
                                  "eci_q025,eci_q975,probability_top10\n"));
  const auto rows = rows_of(run.out);
  ASSERT_EQ(rows.size(), 1u + 2 * 5);
  const ResultReader file(folder / "s.h5");
  const std::vector<double> eci = file.numbers("baseline/eci"), rank = file.numbers("rank/quantiles");
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const std::size_t y = r <= 5 ? 0 : 1, c = static_cast<std::size_t>(rows[r][5][1] - '1');
    EXPECT_EQ(std::stod(rows[r][8]), eci[y * 6 + c]);
    EXPECT_EQ(std::stod(rows[r][3]), rank[(y * 6 + c) * 5]);
    EXPECT_EQ(std::stod(rows[r][4]), rank[(y * 6 + c) * 5 + 4]);
    EXPECT_EQ(std::stod(rows[r][7]), toy_total(c, static_cast<double>(y + 1)));
  }
  EXPECT_THAT(folder.run("info s.h5 --csv --classes").out, HasSubstr("probability_o,probability_fo,probability_l\n"));
  EXPECT_EQ(rows_of(folder.run("info s.h5 --csv --top 1").out).size(), 3u);
}

TEST_F(Ranking, AsLatexIsOneTabularAYear) {
  sweep("--replicates 100");
  const std::string text = folder.run("info s.h5 --latex --year 2001").out;
  EXPECT_THAT(text, StartsWith("% 2001, RCA >= 1\n\\begin{tabular}{rllrrlr}\n\\toprule\nRank & 95\\,\\% & Location &"));
  EXPECT_THAT(text, HasSubstr("Beta \\& Co & "));
  EXPECT_THAT(text, HasSubstr("\\bottomrule\n\\end{tabular}\n"));
  // Each row has as many cells as the head.
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!line.ends_with(" \\\\")) continue;
    std::size_t cells = 1;
    for (std::size_t at = line.find(" & "); at != std::string::npos; at = line.find(" & ", at + 1)) ++cells;
    EXPECT_EQ(cells, 7u) << line;
  }
}

TEST_F(Ranking, JsonHasTheCellsOfTheSweep) {
  const cli::Outcome run = folder.run("sweep toy.h5 -o s.h5 --quiet --replicates 100 --json");
  const auto sweep = nlohmann::json::parse(run.out), info = nlohmann::json::parse(folder.run("info s.h5 --json").out);
  EXPECT_EQ(info["cells"], sweep["cells"]);
  EXPECT_EQ(info["format"], "balassa-sweep");
  const auto some = nlohmann::json::parse(folder.run("info s.h5 --json --year 2001 --locations e2").out);
  ASSERT_EQ(some["cells"].size(), 1u);
  ASSERT_EQ(some["cells"][0]["locations"].size(), 1u);
  EXPECT_EQ(some["cells"][0]["locations"][0]["location"], "e2");
  EXPECT_EQ(some["cells"][0]["locations"][0]["total"], toy_total(1, 1));
}

TEST_F(Ranking, OfMeasuresHasNoIntervals) {
  const cli::Outcome computed = folder.run("compute toy.h5 -o m.h5 --json");
  const auto json = nlohmann::json::parse(computed.out),
             info = nlohmann::json::parse(folder.run("info m.h5 --json").out);
  ASSERT_EQ(info["years"].size(), 2u);
  EXPECT_EQ(info["years"][1]["ranking"], json["years"][1]["ranking"]);
  const std::string text = folder.run("info m.h5 --year 2001").out;
  EXPECT_THAT(text, StartsWith("m.h5: balassa-measures, version 1\n\n2001: lambda_2 0.6985"));  // METHODS B4, toy
  EXPECT_THAT(text, HasSubstr("   rank        ECI  diversity      HHI    total  location\n      1 "));
  EXPECT_THAT(folder.run("info m.h5 --csv").out,
              StartsWith("year,rank,location,location_name,total,eci,diversity,hhi\n"));
  EXPECT_THAT(folder.run("info m.h5 --latex").out, HasSubstr("\\begin{tabular}{rlrrrr}"));
  EXPECT_THAT(folder.run("info m.h5 --datasets").out, HasSubstr("measure/eci_rank"));
  // A result of the ECI alone has the same ranks, which are not stored there.
  ASSERT_EQ(folder.run("compute toy.h5 -o e.h5 --measures eci").code, 0);
  const auto alone = nlohmann::json::parse(folder.run("info e.h5 --json").out)["years"];
  for (std::size_t y = 0; y < 2; ++y) {
    ASSERT_EQ(alone[y]["ranking"].size(), info["years"][y]["ranking"].size());
    for (std::size_t i = 0; i < alone[y]["ranking"].size(); ++i) {
      for (const char* key : {"location", "rank", "eci"})
        EXPECT_EQ(alone[y]["ranking"][i][key], info["years"][y]["ranking"][i][key]) << key;
    }
  }
}

TEST_F(Ranking, OfAPanelIsOfWhatItsLocationsExport) {
  const auto rows = rows_of(folder.run("info toy.h5 --csv --year 2002").out);
  ASSERT_EQ(rows.size(), 7u);
  EXPECT_EQ(rows[0], (std::vector<std::string>{"year", "location", "location_name", "total", "share"}));
  for (std::size_t r = 1; r < rows.size(); ++r) {
    const std::size_t c = static_cast<std::size_t>(rows[r][1][1] - '1');
    EXPECT_EQ(std::stod(rows[r][3]), c == 5 ? 0 : toy_total(c, 2));
    EXPECT_LE(std::stod(rows[r][3]), r > 1 ? std::stod(rows[r - 1][3]) : INFINITY);
  }
  EXPECT_THAT(folder.run("info toy.h5 --top 1").out, HasSubstr("   total      share  location\n"));
  EXPECT_EQ(folder.run("info toy.h5 --latex").code, 64);
}

// A shard is no HDF5 file; what it is, and the command that makes the result of it, is said.
TEST_F(Ranking, OfAShardIsNotThereYet) {
  const std::string options = "sweep toy.h5 -o t.h5 --quiet --replicates 100 --shard ";
  ASSERT_EQ(folder.run(options + "0/2").code, 0);
  const cli::Outcome info = folder.run("info t.h5.shard-0-of-2");
  EXPECT_EQ(info.code, 0) << info.err;
  EXPECT_THAT(info.out, StartsWith("t.h5.shard-0-of-2: shard 0 of 2 of a sweep, scenarios 0 to 101 of 202\n"));
  EXPECT_THAT(folder.run("info t.h5").out, StartsWith("t.h5 is not there yet\nt.h5.shard-0-of-2: shard 0 of 2"));
  for (const char* command :
       {"report t.h5.shard-0-of-2 -o r.html", "export t.h5.shard-0-of-2", "compute t.h5.shard-0-of-2 -o x.h5"}) {
    const cli::Outcome run = folder.run(command);
    EXPECT_EQ(run.code, 65);
    EXPECT_THAT(run.err, HasSubstr("found a shard or other saved work of a sweep")) << command;
  }
  // The advice works.
  ASSERT_EQ(folder.run(options + "1/2").code, 0);
  EXPECT_EQ(folder.run("merge t.h5 --quiet").code, 0);
  EXPECT_THAT(folder.run("info t.h5").out, StartsWith("t.h5: balassa-sweep, version 1\n"));
}

}  // namespace
}  // namespace balassa
