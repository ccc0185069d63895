// `balassa study comparison` as a process: from a table to its numbers, and every bad table refused in words.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

// The values of tests/host/studies, one unit without a rating c, and one to leave out.
constexpr const char* kRatings =
    "region,a,b,c\nR0,3,2,1\nR1,1,7,4\nR2,4,1,1\nR3,1,8,4\nR4,5,2,2\nR5,9,8,1\nR6,2,1,3\nR7,6,8,5\nR8,5,2,6\nR9,3,8,2\n"
    "\"Altai, Krai\",7,7,NA\nMoscow,100,-100,100\n";

constexpr const char* kMatrix =
    "rating,ECI,ECIreg,HSE,RIA,RAEX\nECI,1,0.6529,0.5204,0.5984,0.4939\nECIreg,0.6529,1,0.3364,0.3441,0.2297\n"
    "HSE,0.5204,0.3364,1,0.8376,0.6644\nRIA,0.5984,0.3441,0.8376,1,0.7009\nRAEX,0.4939,0.2297,0.6644,0.7009,1\n";

class Study : public ::testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
  cli::Outcome comparison(const std::string& arguments) const { return folder_.run("study comparison " + arguments); }
  const cli::Folder folder_;
};

// Altai Krai has a and b: pairs are of the units that have both.
TEST_F(Study, ComparesRatingsWithoutTheExcluded) {
  write("r.csv", kRatings);
  write("out.txt", "Moscow\nAltai, Krai\n");
  const cli::Outcome run = comparison("--exclude @out.txt r.csv --json");
  ASSERT_EQ(run.code, 0) << run.err;
  const Json pairs = Json::parse(run.out)["tables"]["correlations"];
  ASSERT_EQ(pairs.size(), 3u);
  EXPECT_EQ(pairs[0]["first"], "a");
  EXPECT_EQ(pairs[0]["units"], 10);
  EXPECT_NEAR(pairs[0]["spearman"].get<double>(), 0.13471506281091267, 1e-14);
  EXPECT_NEAR(pairs[1]["kendall"].get<double>(), -0.19518001458970663, 1e-14);
  const Json missing = Json::parse(comparison("r.csv --exclude Moscow --json").out)["tables"];
  EXPECT_EQ(missing["correlations"][0]["units"], 11);
  EXPECT_EQ(missing["correlations"][1]["units"], 10);
  for (const Json& overlap : missing["overlaps"]) EXPECT_EQ(overlap["units"], 10);
}

TEST_F(Study, ReadsAPrintedMatrix) {
  write("m.csv", kMatrix);
  const cli::Outcome run = comparison("m.csv --matrix-of 82 --json");
  ASSERT_EQ(run.code, 0) << run.err;
  const Json json = Json::parse(run.out);
  EXPECT_EQ(json["tables"]["overlaps"].size(), 30u);
  int found = 0;
  for (const Json& row : json["tables"]["overlaps"]) {
    if (row["first"] != "ECI" || row["second"] != "ECIreg") continue;
    ++found;
    EXPECT_NEAR(row["z"].get<double>(), row["common"] == "HSE" ? 2.22 : row["common"] == "RIA" ? 3.18 : 3.07, 5e-3);
  }
  EXPECT_EQ(found, 3);
  EXPECT_TRUE(json["tables"]["correlations"][0]["kendall"].is_null());
  EXPECT_EQ(json["tables"]["matrix"][0]["positive_definite"], "yes");
  EXPECT_THAT(comparison("m.csv --matrix-of 82").out,
              HasSubstr("ECI goes with HSE more than ECIreg does: z = 2.22, p = 0.026.\n"));
  write("n.csv", "r,x,y,z\nx,1,0.9,-0.9\ny,0.9,1,0.9\nz,-0.9,0.9,1\n");
  const cli::Outcome never = comparison("n.csv --matrix-of 30");
  EXPECT_THAT(never.out, HasSubstr("No set of ratings has this correlation matrix: its smallest eigenvalue is -0.8."));
}

TEST_F(Study, TablesAreFilesToo) {
  write("r.csv", kRatings);
  ASSERT_EQ(comparison("r.csv --csv tables").code, 0);
  EXPECT_THAT(
      cli::file_text(folder_ / "tables/comparison-correlations.csv"),
      HasSubstr("first,second,units,spearman,spearman_low,spearman_high,kendall,kendall_low,kendall_high\na,b,12,"));
  EXPECT_THAT(cli::file_text(folder_ / "tables/comparison-matrix.csv"), HasSubstr("ratings,smallest_eigenvalue"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "tables/comparison-overlaps.csv"));
  EXPECT_EQ(comparison("r.csv --csv tables").code, 73);
  EXPECT_EQ(comparison("r.csv --csv tables --force").code, 0);
  EXPECT_EQ(comparison("r.csv --csv r.csv").code, 73);
}

TEST_F(Study, BadTablesAreRefusedInWords) {
  const auto refused = [&](const std::string& text, const std::string& options, int code, const std::string& words) {
    write("bad.csv", text);
    const cli::Outcome run = comparison("bad.csv " + options);
    EXPECT_EQ(run.code, code) << text;
    EXPECT_THAT(run.err, HasSubstr(words));
  };
  refused(kRatings, "--exclude Moskow", 64,
          "--exclude: found 'Moskow', expected units of bad.csv; the nearest is 'Moscow'");
  refused("u,x,y\nA,1,2\nA,2,3\n", "", 65, "bad.csv:u[3]: found 'A' twice, expected each unit once");
  refused("u,x,y\nA,1,high\n", "", 65, "bad.csv:y[2]: found 'high', expected a number");
  refused("u,x\nA,1\n", "", 65, "bad.csv: found 1 column after the first, expected 2 to 50 ratings");
  refused("u,x,x\nA,1,2\n", "", 65, "found the column 'x' twice");
  refused("u,x,y\nA,1,2\nB,2,1\n", "", 65, "bad.csv: found 2 units, expected 5 at least");
  refused("u,x,y\nA,inf,2\n", "", 65, "expected a number");
  refused(kMatrix, "--matrix-of 82 --exclude ECI", 64, "--exclude: found with --matrix-of");
  refused("r,x,y\nx,1,0.5\ny,0.4,1\n", "--matrix-of 9", 65,
          "bad.csv:x[3]: found 0.4, expected 0.5, as on the other side");
  refused("r,x,y\nx,1,0.5\n", "--matrix-of 9", 65, "bad.csv: found 1 rows, expected 2");
  refused("r,x,y\nx,1,1.5\ny,1.5,1\n", "--matrix-of 9", 65, "expected a correlation, from -1 to 1");
  refused("r,x,y\ny,1,0.5\nx,0.5,1\n", "--matrix-of 9", 65, "bad.csv:r[2]: found 'y', expected 'x'");
  EXPECT_EQ(comparison("absent.csv").code, 66);
  EXPECT_EQ(folder_.run("study compare bad.csv").code, 64);
  EXPECT_EQ(comparison("bad.csv --matrix-of 3").code, 64);
}

}  // namespace
}  // namespace balassa
