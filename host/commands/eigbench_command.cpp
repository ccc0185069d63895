// `balassa eigbench`: eigen-solvers side by side on exactly the matrices of this field.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <memory>
#include <optional>

#include "host/commands/command.hpp"
#include "host/eigbench/comparison_verdict.hpp"
#include "host/eigbench/eigen_panels.hpp"
#include "host/eigbench/eigen_report.hpp"
#include "host/eigbench/solver_comparison_json.hpp"
#include "host/terminal/blas.hpp"
#include "host/terminal/help_layout.hpp"
#include "host/terminal/manifest.hpp"
#include "host/terminal/number_checks.hpp"
#include "host/terminal/version.hpp"
#include "io/base/atomic_file.hpp"
#include "io/base/edit_distance.hpp"
#include "io/base/output_places.hpp"
#include "kernels/device.hpp"

namespace balassa {
namespace {

struct EigbenchOptions {
  std::vector<std::string> problems;
  std::vector<std::string> solvers;
  StudyRequest request;
  bool no_flush = false, list = false;
  std::optional<std::string> json;  // "": to stdout
  std::string hdf5, html, compare, from;
};

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

bool on_device(const SolverDescription& solver, const std::string& device) {
  return device == "auto" || device.substr(0, device.find(':')) == solver.device;
}

// Names, libraries and devices of --solvers, resolved to names.
struct SolverChoice {
  std::vector<std::string> names;
  std::vector<Omission> absent;
  bool by_name = false;
};

SolverChoice chosen_solvers(const std::vector<std::string>& wanted, const std::string& device) {
  SolverChoice choice;
  const std::vector<SolverDescription>& known = eigen_solvers();
  const auto add = [&](const std::string& name) {
    if (std::find(choice.names.begin(), choice.names.end(), name) == choice.names.end()) choice.names.push_back(name);
  };
  for (const std::string& word : wanted) {
    bool group = false;
    for (const SolverDescription& solver : known) {
      if (word != "all" && word != lower(solver.library) && word != solver.device) continue;
      group = true;
      if (!on_device(solver, device)) continue;
      if (solver.absent.empty())
        add(solver.name);
      else
        choice.absent.push_back({solver.name, "", solver.absent});
    }
    if (group) continue;
    try {
      make_eigen_solver(word);
    } catch (const std::invalid_argument& error) {
      const auto nearest = std::min_element(known.begin(), known.end(), [&](const auto& a, const auto& b) {
        return edit_distance(word, a.name) < edit_distance(word, b.name);
      });
      throw Error(ExitCode::kUsage,
                  fmt::format("--solvers: {}; or a library or device of balassa eigbench --list; the nearest is '{}'",
                              error.what(), nearest->name));
    }
    choice.by_name = true;
    add(word);
  }
  if (choice.names.empty()) {
    const std::string reason = choice.absent.empty() ? "it has none" : choice.absent.front().reason;
    throw DeviceUnavailable(fmt::format("no solver of those asked for can run on device {}: {}", device, reason));
  }
  return choice;
}

double load_of_a_minute() {
  double load = 0;
  return getloadavg(&load, 1) == 1 ? load : 0;
}

void describe_conditions(StudyConditions& conditions, const GlobalOptions& global,
                         const std::vector<std::string>& problems) {
  utsname system{};
  uname(&system);
  const CpuSurvey cpu = survey_cpu();
  const BlasDescription blas = describe_blas();
  conditions.version = version();
  conditions.system = fmt::format("{} {} {}", system.sysname, system.release, system.machine);
  conditions.cpu = cpu.model;
  conditions.cores = cpu.cores;
  conditions.simd = cpu.simd_in_use;
  conditions.blas = blas.build;
  conditions.blas_core = blas.core;
  conditions.blas_threads = blas.threads;
  conditions.seed = global.seed;
  conditions.problems = problems;
}

// What a study is at. On a terminal one line that is written over; else now and then a line, the first at once.
class StudyProgress {
 public:
  explicit StudyProgress(bool quiet) : quiet_(quiet), terminal_(isatty(STDERR_FILENO) != 0) {}
  ~StudyProgress() {
    if (terminal_ && shown_) fmt::print(stderr, "\r\033[K");
  }
  StudyProgress(const StudyProgress&) = delete;
  StudyProgress& operator=(const StudyProgress&) = delete;

  void say(const std::string& what) {
    const auto now = std::chrono::steady_clock::now();
    const auto pause = terminal_ ? std::chrono::milliseconds(20) : std::chrono::milliseconds(10000);
    if (quiet_ || (shown_ && now - last_ < pause)) return;
    shown_ = true;
    last_ = now;
    const std::string line = "eigbench: " + what;
    if (terminal_) {
      fmt::print(stderr, "\r\033[K{}", line.substr(0, kWidth));
      std::fflush(stderr);
    } else {
      fmt::print(stderr, "{}\n", line);
    }
  }

 private:
  static constexpr std::size_t kWidth = 79;
  bool quiet_, terminal_, shown_ = false;
  std::chrono::steady_clock::time_point last_;
};

SolverComparison new_study(const GlobalOptions& global, EigbenchOptions& options, Manifest& manifest) {
  StudyRequest& request = options.request;
  const SolverChoice choice = chosen_solvers(options.solvers, device_name(global.device));
  request.solvers = choice.names;
  request.by_name = choice.by_name;
  request.flush = !options.no_flush;
  set_blas_threads(global.threads > 0 ? global.threads : 1);
  manifest.phase("problems");
  StudyProgress progress(global.quiet);
  std::vector<ProblemSet> sets;
  for (const std::string& text : options.problems) {
    if (text.rfind("panel:", 0) == 0) manifest.input(text.substr(6, text.find(',') - 6));
    progress.say("making the problems of " + text);
    for (ProblemSet& set : problems_by_name(text, global.seed)) {
      const bool twice = std::any_of(sets.begin(), sets.end(), [&](const ProblemSet& s) { return s.name == set.name; });
      if (twice)
        throw Error(ExitCode::kUsage,
                    fmt::format("--problems {}: found {} twice, expected each once; leave one out", text, set.name));
      sets.push_back(std::move(set));
    }
  }
  manifest.phase("study");
  const double load = load_of_a_minute();
  const std::string start = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  StudyHooks hooks;
  hooks.begins = [&](const std::string& what) { progress.say(what); };
  SolverComparison study = compare_solvers(request, std::move(sets), hooks);
  describe_conditions(study.conditions, global, options.problems);
  study.conditions.start = start;
  study.conditions.load_before = load;
  study.conditions.load_after = load_of_a_minute();
  study.omissions.insert(study.omissions.end(), choice.absent.begin(), choice.absent.end());
  return study;
}

void write_text(const std::string& path, const std::string& text, bool force) {
  AtomicFile file(path, force);
  file.write(text);
  file.commit();
}

ExitCode run_eigbench(const GlobalOptions& global, EigbenchOptions& options) {
  if (options.list) {
    fmt::print("{}", solver_list_text(eigen_solvers()));
    return ExitCode::kDone;
  }
  const std::string json = options.json.value_or("");
  const bool json_to_stdout = global.json || (options.json.has_value() && json.empty());
  require_apart({options.from, options.compare}, {options.hdf5, json, options.html, manifest_of(options.hdf5),
                                                  manifest_of(json), manifest_of(options.html)});
  std::vector<std::string> outputs;
  for (const std::string& path : {options.hdf5, json, options.html}) {
    if (path.empty()) continue;
    require_absent(path, global.force);
    outputs.push_back(path);
  }
  std::optional<SolverComparison> before;
  if (!options.compare.empty()) before = read_study(options.compare);
  Manifest manifest("eigbench", global.verbose);
  const SolverComparison study = options.from.empty() ? new_study(global, options, manifest) : read_study(options.from);
  manifest.phase("write");
  if (!options.hdf5.empty()) write_study_hdf5(study, options.hdf5, global.force);
  if (!json.empty()) write_text(json, study_json(study), global.force);
  if (!options.html.empty()) write_text(options.html, study_html(study), global.force);
  manifest.phase("");
  for (const std::string& path : {options.compare, options.from}) {
    if (!path.empty()) manifest.input(path);
  }
  manifest.set("seed", std::to_string(global.seed));
  for (const std::string& path : outputs) manifest.write(path);

  fmt::print("{}", json_to_stdout ? study_json(study) : study_text(study));
  ExitCode code = global.strict && !study.findings.empty() ? ExitCode::kNotCertified : ExitCode::kDone;
  if (before) {
    const Comparison comparison = compare_studies(*before, study);
    fmt::print(json_to_stdout ? stderr : stdout, "\nAgainst {}: {}", options.compare, comparison_text(comparison));
    if (comparison.regressed()) code = ExitCode::kNotCertified;
  }
  return code;
}

}  // namespace

void add_eigbench_command(CLI::App& program, const GlobalOptions& global, std::function<ExitCode()>& run) {
  CLI::App* command = program.add_subcommand("eigbench", "Eigen-solvers side by side on this field's matrices");
  auto options = std::make_shared<EigbenchOptions>();
  options->problems = {"synth:240x1240"};
  options->solvers = {"all"};
  StudyRequest& request = options->request;
  command->formatter(two_column_help());
  command->add_option("--problems", options->problems, "as below; several [synth:240x1240]")->group("study");
  command->add_option("--solvers", options->solvers, "names, libraries, cpu, cuda [all]")
      ->group("study")
      ->delimiter(',');
  command->add_option("--batch", request.batches, "problems given at once [1,16]")
      ->group("study")
      ->delimiter(',')
      ->check(CLI::Range(1, 1000000));
  command->add_option("--repetitions", request.repetitions, "timed rounds [11]")
      ->group("study")
      ->check(CLI::Range(1, 100000));
  command->add_option("--limit", request.limit, "seconds of a solver on a set [10]")
      ->group("study")
      ->check(check_positive);
  command->add_flag("--no-flush", options->no_flush, "leave caches warm before a solve")->group("study");
  command->add_flag("--list", options->list, "every solver: what it does, or why not")->group("study");
  command->add_option("-o,--output", options->hdf5, "tables as HDF5")->group("output");
  command->add_option("--json", options->json, "the same as JSON; alone: to stdout")->group("output")->expected(0, 1);
  command->add_option("--html", options->html, "report with plots")->group("output");
  command->add_option("--from", options->from, "a study's JSON instead of a run")->group("output");
  command->add_option("--compare", options->compare, "an older study's JSON")->group("output");
  command->footer(
      "Alone it compares all solvers on a synthetic panel, 240 x 1240, at 1 and at 16 replicates: some minutes.\n"
      "Problems:\n"
      "  panel:FILE,years=1962/2017,thresholds=0.5/1/2,replicates=16,weights=bayesian   a set per year and threshold\n"
      "  synth:60x300/240x1240,density=0.15,seed=42,thresholds=1,replicates=16          replicates=0: the baseline\n"
      "  hard            known answers: gaps from 1e-1 to 1e-12, ties, components, bridges, localised; 4 to 5570\n"
      "  gap:240x1236,gaps=1e-3/0   bridge:240x1239,links=1e-6   nested:64/512   ring:32   path:64\n"
      "Replicates are the engine's draws; they start from their baseline's vector, and a solver that uses it enters "
      "once\n"
      "more, cold. Errors are against a reference in long double. --compare exits 1 where a solver is slower than the\n"
      "noise of both runs allows (3 times their quartile spreads, 5 % at least) or less accurate; --strict where "
      "there\n"
      "is any finding. --threads is the BLAS's, 1 unless given.\n"
      "Example: balassa eigbench --problems panel:world.h5,years=2017 hard --html study.html --json study.json");
  command->callback([options, &global, &run] { run = [options, &global] { return run_eigbench(global, *options); }; });
}

}  // namespace balassa
