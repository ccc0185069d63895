// What people do by mistake, and what systems do to them: nothing is lost, nothing is cut in silence, nothing hangs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;
using ::testing::StartsWith;

constexpr double kPresent = 15;  // cells of the table below
constexpr const char* kProgram = "'" BALASSA_PROGRAM "'";

class Hostile : public ::testing::Test {
 protected:
  // Trade of 5 locations and 6 products; RCA >= 1 in 15 of the 30 cells (reckoned in exact fractions).
  void SetUp() override { write_table("t.csv", ""); }
  void write_table(const char* name, const std::string& exponent) {
    static constexpr int kValue[5][6] = {{18, 73, 9, 33, 16, 64},
                                         {58, 61, 84, 49, 27, 13},
                                         {63, 4, 50, 56, 78, 1},
                                         {90, 58, 35, 30, 76, 14},
                                         {41, 4, 3, 4, 84, 70}};
    std::ofstream file(folder / name);
    file << "year,location,product,value\n";
    for (int c = 0; c < 5; ++c) {
      for (int p = 0; p < 6; ++p)
        file << "2000,"
             << "ABCDE"[c] << ",p" << p << ',' << kValue[c][p] << exponent << '\n';
    }
  }
  void import_panel() { ASSERT_EQ(folder.run("import t.csv -o p.h5 --quiet").code, 0); }
  cli::Folder folder;
};

TEST_F(Hostile, NoOutputReplacesAnInput) {
  import_panel();
  const std::string table = cli::file_text(folder / "t.csv"), panel = cli::file_text(folder / "p.h5");
  std::ofstream(folder / "plan.toml") << "panel = \"p.h5\"\n[resample]\nreplicates = 3\n";
  std::filesystem::copy_file(folder / "t.csv", folder / "p.csv");
  std::filesystem::copy_file(folder / "p.h5", folder / "q.csv");
  std::filesystem::create_symlink("p.h5", folder / "link.h5");
  std::ofstream(folder / "list") << "A\n";
  for (const char* arguments :
       {"import t.csv -o t.csv", "import - -o t.csv < t.csv", "import t.csv -o list --locations @list",
        "import t.csv -o p.csv --location-names p.csv:code=location,name=product", "compute p.h5 -o p.h5",
        "compute p.h5 -o link.h5", "compute q.csv -o q.h5 --csv", "sweep plan.toml -o plan.toml",
        "sweep plan.toml -o p.h5", "export p.h5 -o p.h5"}) {
    const cli::Outcome run = folder.run(std::string(arguments) + " --force --quiet");
    EXPECT_EQ(run.code, 73) << arguments << run.err;
    EXPECT_THAT(run.err, HasSubstr("the file of the input")) << arguments;
  }
  EXPECT_EQ(cli::file_text(folder / "t.csv"), table);
  EXPECT_EQ(cli::file_text(folder / "p.h5"), panel);
  EXPECT_EQ(cli::file_text(folder / "list"), "A\n");
  const cli::Outcome both = folder.run("compute p.h5 -o a.csv --csv --force");
  EXPECT_EQ(both.code, 73);
  EXPECT_THAT(both.err, HasSubstr("two outputs"));
}

TEST_F(Hostile, ReplacesTheFileAndNotTheLinkToIt) {
  import_panel();
  std::filesystem::create_directory(folder / "scratch");
  std::ofstream(folder / "scratch/m.h5") << "old";
  std::filesystem::create_symlink("scratch/m.h5", folder / "m.h5");
  ASSERT_EQ(folder.run("compute p.h5 -o m.h5 --force --quiet").code, 0);
  EXPECT_TRUE(std::filesystem::is_symlink(folder / "m.h5"));
  EXPECT_GT(std::filesystem::file_size(folder / "scratch/m.h5"), 1000u);
}

TEST_F(Hostile, AClosedOrFullStderrEndsNoWork) {
  import_panel();
  int n = 0;
  for (const char* streams : {"2>&-", "2>/dev/full", "2>&- <&-", "2> >(true)"}) {
    for (const char* command : {"import t.csv", "compute p.h5", "sweep p.h5 --replicates 50"}) {
      const std::string output = fmt::format("o{}.h5", ++n);
      const cli::Outcome run =
          folder.shell(fmt::format("bash -c \"{} {} -o {} {}\"", BALASSA_PROGRAM, command, output, streams));
      EXPECT_EQ(run.code, 0) << command << streams;
      EXPECT_TRUE(std::filesystem::exists(folder / output)) << command << streams;
      if (n % 3 == 0) {
        EXPECT_THAT(run.out, HasSubstr(output + ".manifest.json")) << "the summary is cut";
      }
    }
  }
  EXPECT_EQ(folder.shell(std::string(kProgram) + " compute nothing.h5 2>&-").code, 66);
}

TEST_F(Hostile, ACutResultIsNeverDone) {
  import_panel();
  std::ofstream(folder / "plan.toml") << "panel = \"p.h5\"\n[resample]\nreplicates = 3\n[output]\nfile = \"x.h5\"\n";
  int n = 0;
  for (const std::string& command :
       {std::string("plan plan.toml"), std::string("plan plan.toml --slurm"), std::string("--version"),
        std::string("--help"), std::string("completion bash"), std::string("info p.h5"),
        std::string("info p.h5 --json"), std::string("export p.h5"), std::string("export p.h5 --list"),
        std::string("compute p.h5 --json -o OUT"), std::string("compute p.h5 -o OUT"),
        std::string("sweep p.h5 --replicates 3 -o OUT"), std::string("sweep p.h5 --replicates 3 -o OUT --dry-run")}) {
    std::string line = command;
    if (const std::size_t at = line.find("OUT"); at != std::string::npos)
      line.replace(at, 3, fmt::format("c{}.h5", ++n));
    const cli::Outcome full = folder.shell(fmt::format("{} {} > /dev/full", kProgram, line));
    EXPECT_EQ(full.code, 74) << line;
    EXPECT_THAT(full.err, HasSubstr("standard output: cannot be written: No space left on device\n")) << line;
  }
  EXPECT_EQ(folder.shell(std::string(kProgram) + " plan >&-").code, 74);
  EXPECT_EQ(
      folder.shell(std::string("bash -c \"set -o pipefail; ") + BALASSA_PROGRAM + " export p.h5 | head -1\"").code, 0);
}

TEST_F(Hostile, ALogIsWritten) {
  import_panel();
  ASSERT_EQ(folder.run("compute p.h5 -o m.h5 --log run.log --verbose").code, 0);
  ASSERT_EQ(folder.run("compute nothing.h5 -o n.h5 --log run.log").code, 66);
  const std::string log = cli::file_text(folder / "run.log");
  EXPECT_THAT(log, MatchesRegex("(20..-..-..T..:..:..Z [^\n]*\n)+"));
  EXPECT_THAT(log, HasSubstr("compute: input p.h5"));
  EXPECT_THAT(log, HasSubstr("compute: measure: 0."));
  EXPECT_THAT(log, HasSubstr("balassa: error: nothing.h5"));
  EXPECT_EQ(folder.run("compute p.h5 -o k.h5 --log nowhere/x").code, 73);
  EXPECT_EQ(folder.run("compute p.h5 -o k.h5 --log t.csv").code, 73);  // no log of ours
  EXPECT_THAT(folder.run("compute p.h5 -o k.h5").err, Not(HasSubstr("measure:")));
}

TEST_F(Hostile, ExportRefusesThePanelOfAnotherResult) {
  import_panel();
  write_table("u.csv", "1");  // other values of the same codes
  ASSERT_EQ(folder.run("import u.csv -o other.h5 --quiet").code, 0);
  ASSERT_EQ(folder.run("compute p.h5 -o m.h5 --quiet").code, 0);
  EXPECT_EQ(folder.run("export m.h5 --table location_product --panel p.h5").code, 0);
  const cli::Outcome other = folder.run("export m.h5 --table location_product --panel other.h5");
  EXPECT_EQ(other.code, 65);
  EXPECT_THAT(other.err, HasSubstr("give the panel that the result was made from"));
  EXPECT_EQ(folder.run("export m.h5 -o x.csv.gz").code, 64);
}

TEST_F(Hostile, ASeedReadsBack) {
  for (const char* command : {"plan", "synth -o s.h5"}) {
    for (const char* seed : {"-1", "18446744073709551615", "''", "1e3", "9223372036854775808"}) {
      const cli::Outcome run = folder.run(fmt::format("{} --seed {}", command, seed));
      EXPECT_EQ(run.code, 64) << seed;
      EXPECT_THAT(run.err, HasSubstr("expected a whole number from 0 to 9223372036854775807")) << seed;
    }
  }
  std::ofstream(folder / "r.toml") << folder.run("plan --seed 9223372036854775807").out;
  EXPECT_THAT(folder.run("plan r.toml").out, HasSubstr("seed = 9223372036854775807"));
}

TEST_F(Hostile, APlanIsReadWhateverItsName) {
  import_panel();
  for (const char* name : {"study.txt", "study.TOML", "study"}) {
    std::ofstream(folder / name) << "[resample]\nreplicates = \"many\"\n";
    const cli::Outcome run = folder.run(std::string("plan ") + name);
    EXPECT_EQ(run.code, 78) << name;
    EXPECT_THAT(run.err, HasSubstr(std::string(name) + ":2: resample.replicates")) << name;
  }
  EXPECT_EQ(folder.run("plan nothing").code, 66);
  EXPECT_THAT(folder.run("plan p.h5").out, HasSubstr("panel = \"p.h5\""));
}

TEST_F(Hostile, AKeyOfManyPartsIsRefused) {
  std::string parts;
  for (int k = 0; k < 50000; ++k) parts += "a.";
  for (const std::string& text : {parts + "a = 1\n", "[" + parts + "a]\n", "x = { " + parts + "a = 1 }\n"}) {
    std::ofstream(folder / "deep.toml") << "seed = 1\n" << text;
    const cli::Outcome run = folder.run("plan deep.toml");
    EXPECT_EQ(run.code, 78);
    EXPECT_THAT(run.err, HasSubstr("deep.toml:2: found a key of more than 64 parts"));
  }
  std::ofstream(folder / "long.toml") << "panel = '" << parts << "h5' # " << parts << "\n";
  EXPECT_EQ(folder.run("plan long.toml").code, 0);
}

TEST_F(Hostile, StrictMeansThatAllIsChecked) {
  import_panel();
  EXPECT_EQ(folder.run("sweep p.h5 --replicates 5 -o a.h5 --precision fast --quiet").code, 0);
  EXPECT_EQ(folder.run("sweep p.h5 --replicates 5 -o b.h5 --precision fast --quiet --strict").code, 1);
  EXPECT_EQ(folder.run("sweep p.h5 --replicates 5 -o c.h5 --quiet --strict").code, 0);
}

TEST_F(Hostile, PipesAreReadAndNotWaitedFor) {
  const cli::Outcome in =
      folder.shell(fmt::format("mkfifo in; cat t.csv > in & timeout 20 {} import in -o o.h5 --quiet", kProgram));
  EXPECT_EQ(in.code, 0) << in.err;
  ASSERT_EQ(folder.shell("mkfifo out").code, 0);
  for (const char* command : {"import t.csv", "synth --locations 5 --products 9", "compute o.h5", "sweep o.h5"}) {
    const cli::Outcome out = folder.shell(fmt::format("timeout 20 {} {} -o out", kProgram, command));
    EXPECT_EQ(out.code, 73) << command;
    EXPECT_THAT(out.err, HasSubstr("device or pipe")) << command;
  }
}

TEST_F(Hostile, SignalsLeaveNoTemporaries) {
  ASSERT_EQ(folder.run("synth --locations 150 --products 2000 --years 2001-2006 -o big.h5 --quiet").code, 0);
  ASSERT_EQ(folder.run("export big.h5 --zeros -o big.csv").code, 0);
  for (const char* command :
       {"import big.csv -o z.h5 --force", "compute big.h5 -o z.h5 --csv --force", "export big.h5 --zeros -o z.csv"}) {
    for (const auto& [signal, code] : {std::pair{"TERM", 143}, {"HUP", 129}, {"XCPU", 152}, {"INT", 130}}) {
      // A shell without a terminal starts what runs in the background with SIGINT ignored.
      const cli::Outcome run =
          folder.shell(fmt::format("env --default-signal=INT {} {} > said & p=$!; for i in $(seq 1000); do ls -A | "
                                   "grep -q 'tmp$' && break; sleep 0.01; done; "
                                   "kill -{} $p; wait $p; echo $?; ls -A | grep -c 'tmp$'",
                                   kProgram, command, signal));
      EXPECT_EQ(run.out, fmt::format("{}\n0\n", code)) << command;
    }
  }
}

TEST_F(Hostile, ASweepSavesItsWorkWhenTheTerminalCloses) {
  import_panel();
  for (const char* signal : {"HUP", "XCPU"}) {
    const cli::Outcome run = folder.shell(
        fmt::format("{0} sweep p.h5 --replicates 100000000 -o {1}.h5 --quiet & p=$!; for i in $(seq 1000); do [ -s "
                    "{1}.h5.cells ] && "
                    "break; sleep 0.01; done; sleep 0.3; kill -{1} $p; kill -{1} $p; wait $p; echo $?; ls {1}.h5.*",
                    kProgram, signal));
    EXPECT_THAT(run.out, StartsWith("143\n"));
    EXPECT_THAT(run.out, HasSubstr(fmt::format("{}.h5.checkpoint", signal)));
    EXPECT_THAT(run.out, Not(HasSubstr(".lock")));
    EXPECT_THAT(run.err, HasSubstr(fmt::format("stopped by SIG{}", signal)));
  }
  const cli::Outcome nohup = folder.shell(fmt::format(
      "trap '' HUP; {} sweep p.h5 --replicates 20000 -o n.h5 --quiet & p=$!; sleep 0.1; kill -HUP $p; wait $p",
      kProgram));
  EXPECT_EQ(nohup.code, 0) << nohup.err;
}

TEST_F(Hostile, TheOutputOfARunningSweepIsNotTaken) {
  import_panel();
  const cli::Outcome run =
      folder.shell(fmt::format("{0} sweep p.h5 --replicates 100000000 -o s.h5 --quiet & p=$!; for i in $(seq 1000); do "
                               "[ -s s.h5.cells ] && break; "
                               "sleep 0.01; done; for c in 'compute p.h5' 'import t.csv' 'synth'; do {0} $c -o s.h5 "
                               "--force --quiet; echo $?; done; "
                               "kill -TERM $p; wait $p; ls s.h5",
                               kProgram));
  EXPECT_THAT(run.out, StartsWith("73\n73\n73\n"));
  EXPECT_THAT(run.err, HasSubstr("found a sweep that is making it (process "));
  EXPECT_FALSE(std::filesystem::exists(folder / "s.h5"));
}

TEST_F(Hostile, UnitsFarFromOneChangeNothing) {
  for (const char* exponent : {"", "e153", "e-170", "e37"}) {
    write_table("e.csv", exponent);
    ASSERT_EQ(folder.run("import e.csv -o e.h5 --quiet --force").code, 0);
    for (const char* convention : {"py", "stata"}) {
      const cli::Outcome run =
          folder.run(fmt::format("compute e.h5 -o m.h5 --convention {} --force --json", convention));
      ASSERT_EQ(run.code, 0) << run.err;
      const auto year = nlohmann::json::parse(run.out)["years"][0];
      EXPECT_NEAR(year["density"].get<double>(), kPresent / 30.0, 1e-12) << exponent << convention;
      EXPECT_EQ(year["validity"], "valid") << exponent << convention;
    }
  }
}

TEST_F(Hostile, ThreadsAreBoundedByMemory) {
  import_panel();
  ASSERT_EQ(folder.run("synth --locations 300 --products 1500 --years 2001 -o big.h5 --quiet").code, 0);
  const cli::Outcome dry = folder.run("sweep big.h5 --replicates 20 -o s.h5 --threads 65536 --dry-run");
  EXPECT_EQ(dry.code, 0) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("of 65536 workers"));
  const auto limited = [&](int kilobytes, const std::string& rest) {
    return folder.shell(
        fmt::format("ulimit -v {}; {} sweep big.h5 --replicates 20 --threads 64 {}", kilobytes, kProgram, rest));
  };
  const cli::Outcome fewer = limited(1200000, "-o s.h5");
  EXPECT_EQ(fewer.code, 0) << fewer.err;
  EXPECT_THAT(fewer.err, HasSubstr("(ulimit -v)); goes on with"));
  const cli::Outcome none = limited(350000, "-o t.h5");
  EXPECT_EQ(none.code, 71);
  EXPECT_THAT(none.err, HasSubstr("no room for a single worker"));
  EXPECT_EQ(limited(350000, "-o t.h5 --dry-run").code, 0);
  ASSERT_EQ(folder.run("sweep big.h5 --replicates 20 --threads 2 -o u.h5 --quiet").code, 0);
  EXPECT_EQ(cli::file_text(folder / "s.h5"), cli::file_text(folder / "u.h5"));
}

// The dry run's figure against the high-water mark that the run's manifest has.
TEST_F(Hostile, TheDryRunKnowsTheMemoryWithinAFifth) {
  ASSERT_EQ(folder.run("synth --locations 224 --products 1222 --years 2001-2003 -o w.h5 --quiet").code, 0);
  for (const int threads : {1, 3}) {
    const std::string arguments = fmt::format("sweep w.h5 --replicates 300 -o w{0}.h5 --threads {0}", threads);
    const auto told = nlohmann::json::parse(folder.run(arguments + " --dry-run --json").out);
    ASSERT_EQ(folder.run(arguments + " --quiet").code, 0);
    const auto manifest = nlohmann::json::parse(cli::file_text(folder / fmt::format("w{}.h5.manifest.json", threads)));
    const double ratio = told["memory_bytes"].get<double>() / manifest["memory_high_water_bytes"].get<double>();
    EXPECT_GT(ratio, 0.8);
    EXPECT_LT(ratio, 1.2);
    EXPECT_GT(told["memory_free_bytes"].get<double>(), 0.0);
  }
}

TEST_F(Hostile, OptionErrorsAreOneLineWithTheNearestName) {
  const std::pair<const char*, const char*> cases[] = {
      {"sweeep", "the nearest is sweep"},
      {"", "command: found none, expected one of import"},
      {"sweep --replicate 5", "--replicate: found no such option of balassa sweep"},
      {"sweep --replicate 5 ", "the nearest is --replicates"},
      {"compute x.h5 --convetion py", "the nearest is --convention"},
      {"compute --treads 2", "the nearest is --threads"},
      {"import a.csv --ouput b.h5", "the nearest is --output"},
      {"info --foobarbaz a.h5", "--foobarbaz: found no such option"},
      {"compute x.h5 --threads 0", "--threads: found 0, expected a number from 1 to 65536"},
      {"compute x.h5 --threads two", "--threads: found"},
      {"compute x.h5 --reflections 0", "--reflections: found 0, expected a number from 1 to 100000"},
      {"compute", "panel: found none, expected one; balassa compute --help says how"},
      {"import a.csv -o b.h5 --duplicates foo", "--duplicates: found 'foo', expected error | sum"},
      {"import a.csv -o b.h5 --scale -1", "--scale: found -1, expected a positive number"},
      {"info a.h5 b.h5", "b.h5: found one argument too many"},
      {"import a.csv --year", "--year: found no value, expected one"}};
  for (const auto& [arguments, said] : cases) {
    const cli::Outcome run = folder.run(arguments);
    EXPECT_EQ(run.code, 64) << arguments;
    EXPECT_THAT(run.err, MatchesRegex("balassa: error: [^\n]+\n")) << arguments;
    EXPECT_THAT(run.err, HasSubstr(said)) << arguments;
    EXPECT_LT(run.err.size(), 300u) << arguments;
  }
}

}  // namespace
}  // namespace balassa
