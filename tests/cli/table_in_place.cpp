// A table where a panel is expected: compute imports it on the fly, others name the command, which works.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "io/hdf5/result_file.hpp"
#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kProgram = "'" BALASSA_PROGRAM "'";

// Eight locations and ten products of a band matrix with a gap, so that there is an ECI; two years.
class TableInPlace : public ::testing::Test {
 protected:
  void SetUp() override { write("trade.csv", ',', true); }
  void write(const char* name, char separator, bool with_year) {
    std::ofstream file(folder / name);
    const std::string s(1, separator);
    file << (with_year ? "year" + s : "") << "country" << s << "label" << s << "hs92_4" << s << "export_usd\n";
    for (int year = 2015; year < (with_year ? 2017 : 2016); ++year) {
      for (int c = 0; c < 8; ++c) {
        for (int p = 0; p < 10; ++p) {
          const int value = p >= c && p < c + 3 ? 90 + 7 * c + 3 * p + year % 5 : (c * p) % 4;
          file << (with_year ? std::to_string(year) + s : "") << "C" << c << s << "x" << s << 1000 + p << s << value
               << '\n';
        }
      }
    }
  }
  // The command after the last ": " of an error, with what it lacks, by a shell.
  cli::Outcome follow(const std::string& error, const std::string& more = "") {
    std::string command = error.substr(error.rfind("balassa import"));
    command = command.substr(0, command.find('\n'));
    return folder.shell(kProgram + command.substr(std::string("balassa").size()) + more);
  }
  cli::Folder folder;
};

TEST_F(TableInPlace, ComputeGivesTheBytesOfImportAndCompute) {
  ASSERT_EQ(folder.run("import trade.csv -o panel.h5 --quiet").code, 0);
  ASSERT_EQ(folder.run("compute panel.h5 -o expected.h5 --quiet").code, 0);
  const std::string expected = cli::file_text(folder / "expected.h5");
  const cli::Outcome run = folder.run("compute trade.csv");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(cli::file_text(folder / "trade-measures.h5"), expected);
  EXPECT_THAT(run.err, HasSubstr("trade.csv is a table: imported here with the defaults"));
  EXPECT_THAT(run.err, HasSubstr("year=year location=country product=hs92_4 value=export_usd; ignored: label"));
  EXPECT_THAT(run.err, HasSubstr("panel: 2 years x 8 locations x 10 products"));

  write("trade.tsv", '\t', true);
  ASSERT_EQ(folder.shell("gzip -k trade.csv; mkfifo pipe").code, 0);
  for (const char* arguments : {"compute trade.csv.gz --quiet", "compute trade.tsv --quiet --force",
                                "compute - -o trade-measures.h5 --quiet --force < trade.csv",
                                "compute pipe -o trade-measures.h5 --quiet --force & cat trade.csv > pipe; wait $!"}) {
    std::filesystem::remove(folder / "trade-measures.h5");
    const cli::Outcome other = folder.run(arguments);
    EXPECT_EQ(other.code, 0) << arguments << other.err;
    EXPECT_EQ(other.err, "") << arguments;
    EXPECT_EQ(cli::file_text(folder / "trade-measures.h5"), expected) << arguments;
  }
  const cli::Outcome unnamed = folder.run("compute - < trade.csv");
  EXPECT_EQ(unnamed.code, 64);
  EXPECT_THAT(unnamed.err, HasSubstr("give -o FILE"));
}

TEST_F(TableInPlace, TheManifestHoldsTheTableAndWhatImportMadeOfIt) {
  ASSERT_EQ(folder.run("compute trade.csv --quiet").code, 0);
  const auto manifest = nlohmann::json::parse(cli::file_text(folder / "trade-measures.h5.manifest.json"));
  EXPECT_EQ(manifest["inputs"][0]["path"], "trade.csv");
  EXPECT_EQ(manifest["inputs"][0]["bytes"], std::filesystem::file_size(folder / "trade.csv"));
  EXPECT_EQ(manifest["import"]["columns"][0]["product"], "hs92_4");
  EXPECT_EQ(manifest["import"]["columns"][0]["ignored"][0], "label");
  EXPECT_EQ(manifest["import"]["rows"]["kept"], 160);
  const std::string hash = ResultReader(folder / "trade-measures.h5").text_attribute("", "panel_hash");
  EXPECT_EQ(manifest["import"]["panel_hash"], hash);
  EXPECT_EQ(manifest["inputs"][0]["content_xxh3_128"], hash);
}

TEST_F(TableInPlace, ComputeNamesTheCommandThatHasTheOptions) {
  write("trade_2016.csv", ',', false);
  const cli::Outcome run = folder.run("compute trade_2016.csv");
  EXPECT_EQ(run.code, 65);
  EXPECT_THAT(run.err, HasSubstr("or give --year 2016 where all of the file is of that year"));
  EXPECT_THAT(run.err, HasSubstr("give such options to: balassa import trade_2016.csv -o trade_2016.h5\n"));
  const cli::Outcome followed = follow(run.err, " --year 2016");
  EXPECT_EQ(followed.code, 0) << followed.err;
  EXPECT_THAT(followed.err, HasSubstr("2016: total"));
  EXPECT_EQ(folder.run("compute trade_2016.h5 --quiet").code, 0);
}

TEST_F(TableInPlace, OthersNameTheCommandThatMakesAPanel) {
  ASSERT_EQ(folder.shell("cp trade.csv 'my trade.csv'").code, 0);
  for (const char* arguments : {"sweep --panel 'my trade.csv' -o out.h5", "sweep 'my trade.csv' -o out.h5",
                                "sweep 'my trade.csv' --dry-run", "plan 'my trade.csv'", "plan --panel 'my trade.csv'",
                                "info 'my trade.csv'", "export 'my trade.csv'", "report 'my trade.csv' -o out.html"}) {
    const cli::Outcome run = folder.run(arguments);
    EXPECT_EQ(run.code, 65) << arguments;
    EXPECT_THAT(run.err, HasSubstr("my trade.csv: found text")) << arguments;
    EXPECT_THAT(run.err, HasSubstr("balassa import 'my trade.csv' -o 'my trade.h5'\n")) << arguments;
    EXPECT_THAT(run.err, Not(HasSubstr("HDF5 says"))) << arguments;
  }
  const cli::Outcome run = folder.run("sweep 'my trade.csv' -o out.h5 --replicates 60");
  ASSERT_EQ(follow(run.err).code, 0);
  EXPECT_EQ(folder.run("sweep 'my trade.h5' -o out.h5 --replicates 60 --quiet").code, 0);
}

}  // namespace
}  // namespace balassa
