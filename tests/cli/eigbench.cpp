// `balassa eigbench` as a process: its list, its outputs, its comparison, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "io/hdf5/result_file.hpp"
#include "kernels/device.hpp"
#include "kernels/solvers/eigen_solver.hpp"
#include "tests/cli/page.hpp"
#include "tests/cli/program.hpp"

namespace balassa {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

// Two problems and two solvers: done in a moment.
const std::string kQuick =
    "eigbench --problems nested:12 synth:24x80,replicates=3 --solvers lanczos-fp64,lapack-dsyevr --repetitions 3 "
    "--batch 1,3 ";

TEST(Eigbench, ListNamesEverySolverAndWhyOneIsAbsent) {
  const cli::Folder folder;
  const cli::Outcome run = folder.run("eigbench --list");
  ASSERT_EQ(run.code, 0) << run.err;
  for (const SolverDescription& solver : eigen_solvers()) {
    EXPECT_THAT(run.out, HasSubstr("  " + solver.name + " "));
    if (!solver.absent.empty()) EXPECT_THAT(run.out, HasSubstr("absent: " + solver.absent));
  }
}

TEST(Eigbench, HelpFitsAScreen) {
  const cli::Folder folder;
  const cli::Outcome run = folder.run("eigbench --help");
  EXPECT_EQ(run.code, 0);
  EXPECT_LE(std::count(run.out.begin(), run.out.end(), '\n'), 30) << run.out;
  std::istringstream lines(run.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 120u) << line;
}

TEST(Eigbench, TableJsonHdf5AndHtmlOfOneRun) {
  const cli::Folder folder;
  const cli::Outcome run = folder.run(kQuick + "-o s.h5 --json s.json --html s.html");
  ASSERT_EQ(run.code, 0) << run.out << run.err;
  EXPECT_EQ(folder.entries(), 6u);  // three outputs, each with its manifest
  EXPECT_THAT(run.out, HasSubstr("nested-12  12 x 12, 1 problem"));
  EXPECT_THAT(run.out, HasSubstr("lanczos-fp64, cold"));
  EXPECT_THAT(run.out, HasSubstr("Findings: "));

  const Json json = Json::parse(cli::file_text(folder / "s.json"));
  EXPECT_EQ(json["format"], "balassa-eigbench");
  EXPECT_EQ(json["sets"].size(), 2u);
  EXPECT_EQ(json["sets"][0]["lambda2"], 0.25);
  // Two solvers on nested-12 at a batch of 1; on the other, two and a cold one at batches of 1 and 3.
  EXPECT_EQ(json["trials"].size(), 8u);
  EXPECT_EQ(json["answers"].size(), 2u + 3u * 3u);
  EXPECT_EQ(json["conditions"]["blas_threads"], 1);
  for (const Json& trial : json["trials"]) {
    EXPECT_GT(trial["solve_median"].get<double>(), 0);
    EXPECT_LE(trial["solve_low"].get<double>(), trial["solve_median"].get<double>());
    EXPECT_EQ(trial["repetitions"], 3);
  }
  // Both solve to 1e-10 at least; a gap of these is .01 or more.
  for (const Json& answer : json["answers"]) EXPECT_LT(answer["sine"].get<double>(), 1e-8) << answer.dump();

  const ResultReader file(folder / "s.h5");
  EXPECT_EQ(file.format(), "balassa-eigbench");
  EXPECT_EQ(file.numbers("trial/solve_median").size(), 8u);
  EXPECT_EQ(file.strings("set/name")[0], "nested-12");
  EXPECT_EQ(file.numbers("answer/sine")[3], json["answers"][3]["sine"].get<double>());
}

TEST(Eigbench, HtmlIsOneWellFormedPage) {
  const cli::Folder folder;
  const cli::Outcome run = folder.run(
      "eigbench --problems nested:12 synth:24x80,replicates=3 gap:12x24,gaps=0.1/1e-3/1e-6 --solvers "
      "lanczos-fp64,lapack-dsyevr --repetitions 2 --batch 1,3 --html s.html");
  ASSERT_EQ(run.code, 0) << run.err;
  const std::string page = cli::file_text(folder / "s.html");
  cli::expect_one_page(page);
  EXPECT_THAT(page, HasSubstr("Time against size"));
  EXPECT_THAT(page, HasSubstr("Throughput against batch: synth-24x80"));
  EXPECT_THAT(page, HasSubstr("Accuracy against gap"));
  EXPECT_THAT(page, HasSubstr("Time and error"));
  EXPECT_THAT(page, Not(HasSubstr("nan")));
}

// The answers are functions of the problems; only times vary.
TEST(Eigbench, AccuracyIsTheSameAgain) {
  const cli::Folder folder;
  ASSERT_EQ(folder.run(kQuick + "--json a.json").code, 0);
  ASSERT_EQ(folder.run(kQuick + "--json b.json").code, 0);
  const Json a = Json::parse(cli::file_text(folder / "a.json")), b = Json::parse(cli::file_text(folder / "b.json"));
  EXPECT_EQ(a["answers"], b["answers"]);
  EXPECT_EQ(a["sets"], b["sets"]);
}

TEST(Eigbench, JsonAloneGoesToStdout) {
  const cli::Folder folder;
  const cli::Outcome run = folder.run(kQuick + "--json --quiet");
  ASSERT_EQ(run.code, 0) << run.err;
  EXPECT_EQ(Json::parse(run.out)["trials"].size(), 8u);
  EXPECT_EQ(folder.entries(), 0u);
}

// A study and one like it whose times or errors were changed by hand.
TEST(Eigbench, ComparisonHasANoiseBand) {
  const cli::Folder folder;
  ASSERT_EQ(folder.run(kQuick + "--json a.json").code, 0);
  Json json = Json::parse(cli::file_text(folder / "a.json"));
  const auto changed = [&](double factor, double sine_factor) {
    Json other = json;
    for (const char* name : {"setup_low", "setup_median", "setup_high", "solve_low", "solve_median", "solve_high"}) {
      // The same narrow quartiles in both, so that the band is the least one, 5 %.
      for (Json& trial : other["trials"]) trial[name] = 1e-3;
      other["trials"][2][name] = 1e-3 * factor;
    }
    for (Json& answer : other["answers"]) answer["sine"] = 1e-9;
    other["answers"][0]["sine"] = 1e-9 * sine_factor;
    return other.dump();
  };
  const auto against = [&](double factor, double sine_factor) {
    std::ofstream(folder / "old.json") << changed(1, 1);
    std::ofstream(folder / "new.json") << changed(factor, sine_factor);
    return folder.run("eigbench --from new.json --compare old.json");
  };
  const cli::Outcome equal = against(1.04, 1.9);
  EXPECT_EQ(equal.code, 0) << equal.err;
  EXPECT_THAT(equal.out, HasSubstr("0 slower, 0 faster, 8 equal"));
  EXPECT_THAT(equal.out, HasSubstr("no accuracy changed"));
  const cli::Outcome slower = against(1.06, 1);
  EXPECT_EQ(slower.code, 1);
  EXPECT_THAT(slower.out, HasSubstr("1 slower, 0 faster, 7 equal"));
  EXPECT_THAT(slower.out, HasSubstr("1.06x, noise to 1.05x"));
  const cli::Outcome faster = against(0.9, 1);
  EXPECT_EQ(faster.code, 0);
  EXPECT_THAT(faster.out, HasSubstr("0 slower, 1 faster"));
  const cli::Outcome worse = against(1, 2.1);
  EXPECT_EQ(worse.code, 1);
  EXPECT_THAT(worse.out, HasSubstr("less accurate"));

  // Wide quartiles in one of them are a wide band.
  Json wide = Json::parse(changed(1.3, 1));
  wide["trials"][2]["solve_low"] = 1e-3;
  wide["trials"][2]["solve_high"] = 1.6e-3;
  std::ofstream(folder / "new.json") << wide.dump();
  EXPECT_EQ(folder.run("eigbench --from new.json --compare old.json").code, 0);

  // Times of another machine say nothing; accuracies still do.
  wide = Json::parse(changed(5, 1));
  wide["conditions"]["cpu"] = "another";
  std::ofstream(folder / "new.json") << wide.dump();
  const cli::Outcome other = folder.run("eigbench --from new.json --compare old.json");
  EXPECT_EQ(other.code, 0);
  EXPECT_THAT(other.out, HasSubstr("times are not compared: the CPU was"));
}

TEST(Eigbench, FindingsAreShownAndStrictExits1) {
  const cli::Folder folder;
  // Ten double steps shrink lambda_3's part by (.399 / .4)^10 only.
  const std::string crowded =
      "eigbench --problems gap:12x24,gaps=1e-3 --solvers reflections-20 --repetitions 2 --batch 1 --json s.json";
  const cli::Outcome run = folder.run(crowded);
  ASSERT_EQ(run.code, 0) << run.err;
  const Json findings = Json::parse(cli::file_text(folder / "s.json"))["findings"];
  ASSERT_GE(findings.size(), 1u) << run.out;
  EXPECT_THAT(run.out, HasSubstr(findings[0]["kind"].get<std::string>()));
  EXPECT_EQ(folder.run(crowded + " --force --strict").code, 1);
}

TEST(Eigbench, FindingsAreGroupedByWhatTheyMean) {
  const cli::Folder folder;
  const cli::Outcome run = folder.run(
      "eigbench --problems gap:12x24,gaps=1e-2/1e-3/1e-4 --solvers reflections-20,lanczos-fp64 --repetitions 2 --batch "
      "1 "
      "--json s.json");
  ASSERT_EQ(run.code, 0) << run.err;
  const std::size_t count = Json::parse(cli::file_text(folder / "s.json"))["findings"].size();
  ASSERT_GE(count, 3u);
  const std::string findings = run.out.substr(run.out.find("\nFindings: "));
  EXPECT_THAT(findings, HasSubstr(fmt::format("Findings: {}. They are about solvers, not about data", count)));
  EXPECT_THAT(findings, HasSubstr("wrong vector (3): more than 45 degrees from the second axis"));
  // One paragraph a kind, one line a solver in it.
  std::istringstream lines(findings.substr(0, findings.find("\nNot run")));
  std::map<std::string, int> headings;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("  ") && line[2] != ' ') EXPECT_EQ(++headings[line.substr(0, line.find(" ("))], 1) << line;
  }
  EXPECT_GE(headings.size(), 1u) << findings;
}

// The default study takes minutes. What it is at is said at once, also where no terminal is.
TEST(Eigbench, AloneSaysAtOnceWhatItIsAt) {
  const cli::Folder folder;
  const cli::Outcome run = folder.shell("timeout 2 '" BALASSA_PROGRAM "' eigbench");
  EXPECT_THAT(run.err, HasSubstr("eigbench: making the problems of synth:240x1240\n"));
  EXPECT_LE(std::count(run.err.begin(), run.err.end(), '\n'), 3) << run.err;
  const cli::Outcome quiet = folder.run(kQuick + "--quiet");
  EXPECT_EQ(quiet.err, "");
  const std::string help = folder.run("eigbench --help").out;
  EXPECT_THAT(help, HasSubstr("[synth:240x1240]"));
  EXPECT_THAT(help, HasSubstr("Alone it compares all solvers on a synthetic panel, 240 x 1240"));
}

TEST(Eigbench, BadRequests) {
  const cli::Folder folder;
  const cli::Outcome unknown = folder.run("eigbench --solvers lanczos-fp65");
  EXPECT_EQ(unknown.code, 64);
  EXPECT_THAT(unknown.err, HasSubstr("the nearest is 'lanczos-fp64'"));
  EXPECT_EQ(folder.run("eigbench --problems easy").code, 64);
  EXPECT_EQ(folder.run("eigbench --problems nested:8 nested:8").code, 64);
  EXPECT_EQ(folder.run("eigbench --batch 0").code, 64);
  for (const char* option :
       {"eigbench --limit nan", "eigbench --limit inf", "eigbench --limit 0", "eigbench --limit x",
        "synth --density nan -o p.h5", "import t.csv -o p.h5 --scale nan", "import t.csv -o p.h5 --scale -1"}) {
    const cli::Outcome run = folder.run(option);
    EXPECT_EQ(run.code, 64) << option;
    EXPECT_THAT(run.err, HasSubstr(", expected a ")) << option;
  }
  EXPECT_EQ(folder.run("eigbench --problems panel:none.h5").code, 66);
  EXPECT_EQ(folder.run("eigbench --from none.json").code, 66);
  std::ofstream(folder / "bad.json") << "{\"format\": \"other\"}";
  const cli::Outcome foreign = folder.run("eigbench --from bad.json");
  EXPECT_EQ(foreign.code, 65);
  EXPECT_THAT(foreign.err, HasSubstr("found format 'other'"));
  std::ofstream(folder / "there.html") << "x";
  const cli::Outcome there = folder.run(kQuick + "--html there.html");
  EXPECT_EQ(there.code, 73);
  EXPECT_EQ(cli::file_text(folder / "there.html"), "x");
  EXPECT_EQ(folder.run(kQuick + "--html there.html --force").code, 0);
}

TEST(Eigbench, NoGpuIsAnErrorWithTheReason) {
  const CudaSurvey cuda = survey_cuda();
  if (!cuda.gpus.empty()) GTEST_SKIP() << cuda.gpus.front().model << " is there";
  const cli::Folder folder;
  const cli::Outcome run = folder.run("--device cuda eigbench");
  EXPECT_EQ(run.code, 69);
  EXPECT_THAT(run.err, HasSubstr("no solver of those asked for can run on device cuda"));
}

// Limits are named before anything is run.
TEST(Eigbench, OverALimit) {
  for (const SolverDescription& solver : eigen_solvers()) {
    if (!solver.absent.empty() || solver.largest_n == 0 || solver.largest_n > 5000) continue;
    const cli::Folder folder;
    const cli::Outcome run =
        folder.run("eigbench --problems nested:" + std::to_string(solver.largest_n + 1) + " --solvers " + solver.name);
    EXPECT_EQ(run.code, 64) << solver.name;
    EXPECT_THAT(run.err, HasSubstr("expected " + std::to_string(solver.largest_n) + " at most")) << solver.name;
  }
}

}  // namespace
}  // namespace balassa
