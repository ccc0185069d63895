// The program as a process: exit codes, what goes to stdout and stderr, nothing half-written.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "io/hdf5/result_file.hpp"
#include "io/panel/panel_file.hpp"

namespace balassa {
namespace {

using testing::HasSubstr;
using testing::Not;

class ImportCommand : public testing::Test {
 protected:
  ImportCommand() {
    folder_ = testing::TempDir() + "balassa_import_" + std::to_string(::getpid());
    std::filesystem::create_directories(folder_);
  }
  ~ImportCommand() override { std::filesystem::remove_all(folder_); }

  std::string write(const std::string& name, const std::string& text) {
    std::ofstream(folder_ + "/" + name) << text;
    return folder_ + "/" + name;
  }
  std::string output() const { return folder_ + "/panel.h5"; }
  static std::string slurp(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  // Runs `balassa import ARGUMENTS`; returns the exit code.
  int run(const std::string& arguments, const std::string& before = "") {
    const std::string command =
        before + " '" BALASSA_PROGRAM "' import " + arguments + " >'" + folder_ + "/out' 2>'" + folder_ + "/err'";
    const int status = std::system(command.c_str());
    out_ = slurp(folder_ + "/out");
    err_ = slurp(folder_ + "/err");
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string folder_, out_, err_;
};

std::string quoted_for_shell(const std::string& text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

const char* const kGood =
    "year,country,product,value\n2000,aut,0101,5\n2000,nam,0102,2\n2001,aut,0101,NA\n2001,aut,0102,1\n";

// The figure before reading against what the process took, which the system counted (getrusage, in the manifest).
TEST_F(ImportCommand, SaysAboutHowMuchMemoryItWillTake) {
  const std::string input = folder_ + "/trade.csv";
  {
    std::ofstream file(input);
    file << "year,country,product,value\n";
    for (int y = 0; y < 8; ++y) {
      for (int c = 0; c < 150; ++c) {
        for (int p = 0; p < 900; ++p) {
          if ((y + c + p) % 3 != 0) file << 2000 + y << ",c" << c << ',' << 1000 + p << ",5\n";
        }
      }
    }
  }
  for (const std::string rule : {"error", "sum"}) {
    ASSERT_EQ(run(input + " -o " + output() + " --force --duplicates " + rule), 0) << err_;
    const std::size_t at = err_.find("memory: about ");
    ASSERT_NE(at, std::string::npos) << err_;
    const double said = 1e6 * std::stod(err_.substr(at + 14));
    const double took = nlohmann::json::parse(slurp(output() + ".manifest.json"))["memory_high_water_bytes"];
    EXPECT_GT(said, took / 1.5);
    EXPECT_LT(said, took * 1.5);
  }
  EXPECT_THAT(err_, Not(HasSubstr("may not fit")));
  run(input + " -o " + output() + " --force --memory 20MB");
  EXPECT_THAT(err_, HasSubstr("at most 0.02 GB (--memory)\nimport: remark: the rows may not fit; fewer --years"));
  ASSERT_EQ(std::system(("gzip -k '" + input + "'").c_str()), 0);
  ASSERT_EQ(run(input + ".gz -o " + output() + " --force"), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("memory: at most"));  // how much a compressed file holds is not known
}

TEST_F(ImportCommand, WritesThePanelAndSaysWhatItDid) {
  const std::string input = write("trade.csv", kGood);
  const std::string names = write("names.csv", "code,name\naut,Austria\nxyz,Nowhere\n");
  ASSERT_EQ(run(input + " -o " + output() + " --json --location-names " + names), 0) << err_;
  EXPECT_THAT(err_, HasSubstr("preset generic"));
  EXPECT_THAT(err_, HasSubstr("by a sample of the rows, at most"));
  EXPECT_THAT(err_, HasSubstr("rows: 4 read, 4 kept"));
  EXPECT_THAT(err_, HasSubstr("missing values: 1"));
  EXPECT_THAT(err_, HasSubstr("no row of 1 location (nam)"));
  EXPECT_THAT(err_, HasSubstr("location names: 1 row used, 1 for codes"));
  const auto json = nlohmann::json::parse(out_);
  EXPECT_EQ(json["years"][0]["total"], 7.0);
  EXPECT_EQ(json["years"][1]["absent"][0], "nam");
  const Panel panel = read_panel(output());
  EXPECT_EQ(panel.products, (std::vector<std::string>{"0101", "0102"}));
  EXPECT_EQ(panel.missing, (std::vector<std::uint8_t>{0, 0, 0, 1}));
  EXPECT_EQ(panel.location_name[0], "Austria");
  EXPECT_TRUE(std::filesystem::exists(output() + ".manifest.json"));
}

TEST_F(ImportCommand, ReadsStandardInputAndSeveralFiles) {
  const std::string input = write("trade.csv", kGood);
  ASSERT_EQ(run("- -o " + output() + " --quiet < " + input), 0) << err_;
  EXPECT_EQ(err_, "");
  const std::string more = write("more.tsv", "product\tyear\tvalue\tcountry\n0101\t2002\t4\taut\n");
  ASSERT_EQ(run(input + " " + more + " -o " + output() + " --force"), 0) << err_;
  EXPECT_EQ(read_panel(output()).years, (std::vector<std::int32_t>{2000, 2001, 2002}));
}

// With decades of rows, a name misspelt is not found after minutes.
TEST_F(ImportCommand, SideFilesAreLookedAtBeforeTheRows) {
  const std::string bad = write("bad.csv", "year,country,product,value\n2000,aut,0101,many\n");
  const std::string names = write("names.csv", "code,name\naut,Austria\n");
  for (const char* flag :
       {"--location-names", "--product-names", "--location-kinds", "--population", "--concordance"}) {
    EXPECT_EQ(run(bad + " -o " + output() + " " + flag + " nofile.csv"), 66) << flag << err_;
  }
  EXPECT_EQ(run(bad + " -o " + output() + " --location-names " + names + ":name=nmae"), 65);
  EXPECT_THAT(err_, HasSubstr("nmae"));
  EXPECT_EQ(run(bad + " -o " + output() + " --location-names " + names), 65);
  EXPECT_THAT(err_, HasSubstr("many"));
}

TEST_F(ImportCommand, SameInputSameBytes) {
  const std::string input = write("trade.csv", kGood);
  ASSERT_EQ(run(input + " -o " + output()), 0);
  const std::string first = slurp(output());
  std::filesystem::copy(input, folder_ + "/elsewhere.csv");
  ASSERT_EQ(run(folder_ + "/elsewhere.csv -o " + output() + " --force"), 0);
  EXPECT_EQ(first, slurp(output()));
}

TEST_F(ImportCommand, FiltersAndListsFromFiles) {
  const std::string input = write("trade.csv", kGood);
  const std::string list = write("list.txt", "aut\n\n");
  ASSERT_EQ(run(input + " -o " + output() + " --locations @" + list + " --years 2000 --product-digits 2"), 0) << err_;
  const Panel panel = read_panel(output());
  EXPECT_EQ(panel.locations, std::vector<std::string>{"aut"});
  EXPECT_EQ(panel.products, std::vector<std::string>{"01"});
  EXPECT_THAT(err_, HasSubstr("left out: location not selected"));
}

// The command that a message names, run as it stands; how a file of another kind comes in.
TEST_F(ImportCommand, AdvisedCommandsImportOtherKindsOfFile) {
  write("trade.csv", kGood);
  write("codes.csv", "code,name\naut,Austria\n");
  const std::string table = "pandas.read_csv('trade.csv', dtype={'product': str})";
  struct Kind {
    const char* what;
    std::string made_by, advice;  // advice: how the command begins
  };
  const Kind kinds[] = {
      {"a zip file", "python3 -m zipfile -c file trade.csv codes.csv", "unzip -p"},
      {"an xz file", "xz -c trade.csv > file", "xz -dc"},
      {"a bzip2 file", "bzip2 -c trade.csv > file", "bzip2 -dc"},
      {"UTF-16 text", "iconv -f UTF-8 -t UTF-16 trade.csv > file", "iconv"},
      {"a Stata file", "python3 -c \"import pandas; " + table + ".to_stata('file', version=117, write_index=False)\"",
       "python3"},
      {"a Stata file", "python3 -c \"import pandas; " + table + ".to_stata('file', version=114, write_index=False)\"",
       "python3"},
      {"JSON", "python3 -c \"import pandas; " + table + ".to_json('file', orient='records')\"", "python3"},
      {"a Parquet file", "python3 -c \"import pyarrow, pandas; " + table + ".to_parquet('file')\"", "python3"},
      {"an Arrow (Feather) file", "python3 -c \"import pyarrow, pandas; " + table + ".to_feather('file')\"", "python3"},
      {"an HDF5 file", "python3 -c \"import tables, pandas; " + table + ".to_hdf('file', key='t')\"", "python3"},
  };
  const std::string tree = std::filesystem::path(__FILE__).parent_path() / "../..";
  const std::string in_folder = "cd '" + folder_ + "' && export PATH='" + tree + "/.venv/bin':'" +
                                std::filesystem::path(BALASSA_PROGRAM).parent_path().string() + "':\"$PATH\" && ";
  int tried = 0;
  for (const Kind& kind : kinds) {
    SCOPED_TRACE(kind.made_by);
    std::filesystem::remove(folder_ + "/file");
    const std::string make = in_folder + "( " + kind.made_by + " ) 2>make.err";
    if (std::system(("bash -c " + quoted_for_shell(make)).c_str()) != 0) continue;  // the tool is not there
    ++tried;
    ASSERT_EQ(run(folder_ + "/file -o " + output()), 65);
    EXPECT_THAT(err_, HasSubstr(std::string("found ") + kind.what));
    std::string command = err_.substr(err_.find(kind.advice));
    command = command.substr(0, command.find_first_of("\n"));
    if (command.ends_with(')')) command = command.substr(0, command.rfind(" ("));
    EXPECT_EQ(
        std::system(
            ("bash -c " + quoted_for_shell(in_folder + "set -o pipefail; " + command + " --force 2>err")).c_str()),
        0)
        << command << slurp(folder_ + "/err");
    EXPECT_EQ(read_panel(output()).products, (std::vector<std::string>{"0101", "0102"}));
    std::filesystem::remove(output());
  }
  EXPECT_GE(tried, 3);
}

// The option that a message names, tried.
TEST_F(ImportCommand, AdvisedOptionsWork) {
  const std::string head = "year;country;product;value\n";
  struct Fault {
    std::string text, advice, then;  // advice: as the message has it; then: what is typed
  };
  const Fault faults[] = {
      {head + "2000;aut;0101;1,234\n", "--thousands comma", "--thousands comma"},
      {head + "2000;aut;0101;1,234\n", "--decimal comma", "--decimal comma"},
      {head + "2000;aut;0101;1.234,5\n", "--decimal comma", "--decimal comma"},
      {head + "2000/01;aut;0101;1\n", "--fiscal-year first", "--fiscal-year first"},
      {head + "2000-01;aut;0101;1\n", "or none where it is a month", "--fiscal-year none"},
      {head + "2000;aut;0101;nil\n2000;aut;0102;1\n", "--missing MARK", "--missing nil"},
      {"country;product;2000;2001\naut;0101;1;2\n", "--wide", "--wide"},
      {"a;b;c;d\n" + head + "2000;aut;0101;1\n", "--skip-lines N", "--skip-lines 1"},
      {"t,i,j,k,v,q\n2000,4,8,101,1,1\n2000,4,8,10111,1,1\n2000,4,8,847130,1,1\n", "--product-length N",
       "--product-length 6"},
      {"t,i,j,k,v,q\n2000,4,8,101,1,1\n2000,4,8,10111,1,1\n2000,4,8,847130,1,1\n", "--product-pad N",
       "--product-pad 6"},
  };
  for (const Fault& fault : faults) {
    const std::string input = write("fault.csv", fault.text);
    EXPECT_NE(run(input + " -o " + output() + " --force"), 0) << fault.text;
    EXPECT_THAT(err_, HasSubstr(fault.advice));
    EXPECT_EQ(run(input + " -o " + output() + " --force " + fault.then), 0) << fault.text << err_;
  }
}

// Lists as Windows' editor writes them.
TEST_F(ImportCommand, ListsMayBeginWithAByteOrderMark) {
  const std::string input = write("trade.csv", kGood), list = write("list.txt",
                                                                    "\xEF\xBB\xBF"
                                                                    "aut\r\n");
  ASSERT_EQ(run(input + " -o " + output() + " --locations @" + list), 0) << err_;
  EXPECT_EQ(read_panel(output()).locations, std::vector<std::string>{"aut"});
}

TEST_F(ImportCommand, ExitCodesAndNothingLeftBehind) {
  const std::string good = write("trade.csv", kGood);
  const std::string bad = write("bad.csv", "year,country,product,value\n2000,aut,1,many\n");
  EXPECT_EQ(run(bad + " -o " + output()), 65);
  EXPECT_THAT(err_, HasSubstr("balassa: error: " + bad + ":value[2]: found 'many'"));
  EXPECT_EQ(run(folder_ + "/none.csv -o " + output()), 66);
  EXPECT_EQ(run(good + " -o " + output() + " --duplicates maybe"), 64);
  EXPECT_EQ(run(good + " -o " + output() + " --memory 10"), 71);
  EXPECT_EQ(run(good + " -o " + folder_ + "/nowhere/panel.h5"), 73);
  if (::geteuid() != 0) {
    ::chmod(good.c_str(), 0);
    EXPECT_EQ(run(good + " -o " + output()), 77);
    ::chmod(good.c_str(), 0600);
  }
  EXPECT_FALSE(std::filesystem::exists(output()));
  for (const auto& entry : std::filesystem::directory_iterator(folder_))
    EXPECT_EQ(entry.path().string().find("panel.h5"), std::string::npos);
  EXPECT_EQ(run(good + " -o " + output()), 0);
  EXPECT_EQ(run(good + " -o " + output()), 73) << "an existing output is refused without --force";
}

// A side file that is not there, or lacks a column, is told before a row is read: here one that can't be read.
TEST_F(ImportCommand, SideFilesAreCheckedFirst) {
  const std::string bad = write("bad.csv", "year,country,product,value\n2000,aut,1,x\n");
  EXPECT_EQ(run(bad + " -o " + output() + " --location-names " + folder_ + "/none.csv"), 66);
  const std::string names = write("names.csv", "code,name\naut,Austria\n");
  EXPECT_EQ(run(bad + " -o " + output() + " --location-names " + names + ":name=title"), 65);
  EXPECT_THAT(err_, HasSubstr("expected 'title' as name= says"));
}

// What the refusal advises, followed: someone else's file becomes a panel that every command reads.
TEST_F(ImportCommand, MakesAPanelOfOtherPeoplesDatasets) {
  const std::string theirs = folder_ + "/theirs.nc";
  {
    ResultFile file(theirs, "other", 1, false);
    const std::vector<std::int64_t> time{0, 366};
    file.dimension("time", std::span<const std::int64_t>(time), {{"units", "days since 2016-01-01"}});
    file.dimension("good", std::vector<std::string>{"01", "02"});
    file.dimension("country", std::vector<std::string>{"a", "b"});
    file.write("exports", std::vector<double>{1, 2, 3, 4, 5, 6, 7, -1}, {"time", "good", "country"},
               {{"missing_value", -1.0}, {"units", "EUR"}});
    file.commit();
  }
  EXPECT_EQ(run(theirs + " -o " + output()), 65);
  EXPECT_THAT(err_, HasSubstr("--value-name DATASET"));
  ASSERT_EQ(run(theirs + " --value-name exports -o " + output()), 0) << err_;
  const Panel panel = read_panel(output());
  EXPECT_EQ(panel.years, (std::vector<std::int32_t>{2016, 2017}));
  EXPECT_EQ(panel.locations, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(panel.units, "EUR");
  EXPECT_EQ((std::vector<double>(panel.value.begin(), panel.value.begin() + 7)),
            (std::vector<double>{1, 3, 2, 4, 5, 7, 6}));
  EXPECT_TRUE(std::isnan(panel.value[7]));
  EXPECT_EQ(run(theirs + " --value-name exports --years 2016 -o " + output() + " --force"), 64);
}

}  // namespace
}  // namespace balassa
