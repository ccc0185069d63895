// Scenarios a second on the first GPU, by size, precision and resampling, beside two yardsticks measured on that GPU:
// the floor of the method, and cuSOLVER's batched eigen-solver on matrices of the same size and spectrum.
//
// The floor counts the bit-matrix products alone, as look-ups in tables of shared memory: an application of the
// operator takes C P / 2 of them (both directions, 4 columns a look-up; SOLVERS 3.1, 3.2), fp32 in the first pass and
// in the correction, fp64 in residuals and in double precision. How many applications a scenario takes is read from the
// CPU, which does the same ones. Draws, presence, margins, ranks, classes and tallies come on top.
//   bench_gpu [--table FILE] [--without-cusolver] [--benchmark_out=FILE --benchmark_out_format=json] ...
// Exit codes: 0 all measured; 1 one could not be; 77 there is no GPU. The table is written anew after each measurement.
// `bench_gpu_steps` prints the clocks of each step beside it; `bench_gpu_undo_NAME` has one choice of
// kernels/cuda/choices.hpp undone.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <map>
#include <numeric>
#include <system_error>
#include <vector>

#include "bench/gpu_ceilings.hpp"
#include "host/panel/synthetic_panel.hpp"
#include "host/panel/year_selection.hpp"
#include "kernels/cpu/cpu_device.hpp"
#include "kernels/cuda/choices.hpp"
#include "kernels/cuda/kernels.hpp"
#include "kernels/device.hpp"
#include "kernels/solvers/cusolver.hpp"

namespace balassa {
namespace {

constexpr int kClassCells = 120;         // 3 quantiles x 5 splits x 8 cuts
constexpr double kSecondsEach = 0.5;     // of one timed call
constexpr double kWarmUpSeconds = 0.05;  // a call that takes this long has shown the speed
constexpr std::uint64_t kMostWarmUp = 65536, kMostTogether = 4'000'000;  // scenarios

struct Shape {
  int locations, products;
};
constexpr Shape kShapes[] = {{60, 300}, {240, 1240}, {240, 5200}, {2169, 650}};

struct Named {
  const char* precision;
  const char* resampling;
  Precision precision_value;
  Resampling resampling_value;
};

// A line of the table.
struct Line {
  std::string name;
  double rate = 0, floor = 0, eigen_rate = 0;  // scenarios /s; the floor's; matrices /s of cuSOLVER, 0: not measured
  std::vector<double> clocks;                  // of a scenario, by Step; empty unless counted
};

// What the measurements share.
struct Report {
  std::string model, table_file;
  GpuCeilings ceilings;
  bool with_cusolver = true, failed = false;
  std::vector<Line> lines;
};

const Year& year_of(const Shape& shape) {
  static std::map<std::pair<int, int>, SelectedYear> years;
  const auto [at, added] = years.try_emplace({shape.locations, shape.products});
  if (added) {
    SyntheticRequest request;
    request.locations = shape.locations;
    request.products = shape.products;
    request.years = {2019};
    at->second = select_year(synthetic_panel(request).panel, 0);
  }
  return at->second.year;
}

ClassGrid class_grid() {
  ClassGrid grid;
  for (const std::int64_t q : {70, 75, 80}) grid.quantiles.push_back({q, 100});
  grid.splits = {{Split::Kind::kMedian, 0},
                 {Split::Kind::kMean, 0},
                 {Split::Kind::kQuantile, 0.4},
                 {Split::Kind::kQuantile, 0.6},
                 {Split::Kind::kFixed, 20}};
  for (int h = 0; h < 8; ++h) grid.hhi_cuts.push_back(1000 + 200.0 * h);
  return grid;
}

CellStudy study_of(const Year& year, const Named& named) {
  CellStudy study;
  study.year = &year;
  study.precision = named.precision_value;
  study.resampling = named.resampling_value;
  study.classes = class_grid();
  return study;
}

// Seconds of the look-ups of a scenario's products at this GPU's rates.
double floor_seconds(const CellStudy& study, const GpuCeilings& ceilings) {
  DeviceOptions one;
  one.threads = 1;
  const auto resident = make_device("cpu", one)->make_resident(study);
  const StepTimes times = time_steps(*resident, 1, 16);
  const double lookups = 0.5 * study.year->locations * study.year->products;
  const double residuals = study.precision == Precision::kCertified ? 2 : study.precision == Precision::kDouble ? 1 : 0;
  const double first = times.lanczos_steps + times.correction_steps;
  return study.precision == Precision::kDouble
             ? lookups * (first + residuals) / ceilings.lookups64
             : lookups * first / ceilings.lookups32 + lookups * residuals / ceilings.lookups64;
}

// D^-1/2 M S M^T D^-1/2 of the smaller side under the weights of some replicates, M that of the whole year.
EigenProblem eigen_problem(const Year& year, ResidentStudy& resident, Device& cpu) {
  constexpr std::size_t kDistinct = 4, kMostElements = std::size_t{1} << 25, kMostMatrices = 2048;  // 256 MiB
  const YearMeasures measures = cpu.measure(year, {});
  const std::size_t rows = static_cast<std::size_t>(year.locations), columns = static_cast<std::size_t>(year.products);
  const bool by_location = rows <= columns;
  const std::size_t n = std::min(rows, columns), others = std::max(rows, columns);
  const auto present = [&](std::size_t i, std::size_t k) {
    return measures.presence[by_location ? i * columns + k : k * columns + i] != 0;
  };
  std::vector<double> distinct;
  for (std::size_t r = 0; r < kDistinct; ++r) {
    const std::vector<std::int64_t> weight = resident.replay(r + 1).weight;
    std::vector<double> gram(n * n, 0.0), degree(n, 0.0);
    std::vector<std::size_t> linked;
    for (std::size_t k = 0; k < others; ++k) {
      linked.clear();
      for (std::size_t i = 0; i < n; ++i) {
        if (present(i, k)) linked.push_back(i);
      }
      const double w = by_location ? static_cast<double>(weight[k]) : 1.0;
      for (const std::size_t i : linked) {
        degree[i] += w;
        for (const std::size_t j : linked) gram[j * n + i] += w / static_cast<double>(linked.size());
      }
    }
    for (std::size_t j = 0; j < n; ++j) {
      for (std::size_t i = 0; i < n; ++i) {
        if (degree[i] > 0 && degree[j] > 0) gram[j * n + i] /= std::sqrt(degree[i] * degree[j]);
      }
    }
    distinct.insert(distinct.end(), gram.begin(), gram.end());
  }
  EigenProblem problem;
  problem.n = static_cast<int>(n);
  problem.matrices = static_cast<int>(std::min(kMostMatrices, kMostElements / (n * n)));
  problem.wanted = 2;
  for (int b = 0; b < problem.matrices; ++b) {
    const auto from = distinct.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(b) % kDistinct * n * n);
    problem.matrix.insert(problem.matrix.end(), from, from + static_cast<std::ptrdiff_t>(n * n));
  }
  return problem;
}

// Matrices a second of cuSOLVER's batched solver; 0 where it could not, with a remark.
double eigen_rate(const Shape& shape) {
  static std::map<std::pair<int, int>, double> rates;
  const auto [at, added] = rates.try_emplace({shape.locations, shape.products}, 0.0);
  if (!added) return at->second;
  try {
    const auto cpu = make_device("cpu", {});
    const Named baseline{"", "", Precision::kDouble, {}};
    const auto resident = cpu->make_resident(study_of(year_of(shape), baseline));
    const EigenProblem problem = eigen_problem(year_of(shape), *resident, *cpu);
    at->second = problem.matrices / solve_on_cuda("xsyev_batched", 0, problem, 3).seconds;
  } catch (const std::exception& error) {
    fmt::print(stderr, "xsyev_batched, {} x {}: {}\n", shape.locations, shape.products, error.what());
  }
  return at->second;
}

double run_seconds(ResidentStudy& resident, std::uint64_t first, std::uint64_t count) {
  const auto start = std::chrono::steady_clock::now();
  resident.run(first, count, nullptr, nullptr);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string table(const Report& report) {
  const GpuCeilings& c = report.ceilings;
  std::string text = fmt::format(
      "{}, {} class rules, undone: {}\n\ncopy {:.3g} B/s; look-ups {:.3g} /s fp32, {:.3g} /s fp64; fused "
      "multiply-adds {:.3g} /s fp32, {:.3g} /s fp64\n\n"
      "| panel, precision, resampling | scenarios/s | floor, /s | floor / reached | xsyev_batched, matrices/s | "
      "reached / xsyev_batched |\n|---|---|---|---|---|---|\n",
      report.model, kClassCells, kUndone == "kNone" ? "nothing" : kUndone.substr(1), c.copy_bytes, c.lookups32,
      c.lookups64, c.fused32, c.fused64);
  for (const Line& line : report.lines) {
    const bool known = line.eigen_rate > 0;
    const std::string eigen = known ? fmt::format("{:.0f}", line.eigen_rate) : "not measured",
                      ratio = known ? fmt::format("{:.0f}", line.rate / line.eigen_rate) : "not measured";
    text += fmt::format("| {} | {:.0f} | {:.0f} | {:.2f} | {} | {} |\n", line.name, line.rate, line.floor,
                        line.floor / line.rate, eigen, ratio);
  }
  if (!kStepClocks || report.lines.empty()) return text;
  text += "\nClocks of a scenario by step, in its own block; presence includes what comes before it\n\n| step |";
  for (const Line& line : report.lines) text += fmt::format(" {} |", line.name);
  text += "\n|---|";
  for (std::size_t k = 0; k < report.lines.size(); ++k) text += "---|";
  for (std::size_t s = 0; s < kSteps; ++s) {
    text += fmt::format("\n| {} |", kStepNames[s]);
    for (const Line& line : report.lines) text += fmt::format(" {:.0f} |", line.clocks[s]);
  }
  text += "\n| all |";
  for (const Line& line : report.lines)
    text += fmt::format(" {:.0f} |", std::accumulate(line.clocks.begin(), line.clocks.end(), 0.0));
  return text + "\n";
}

// Throws where it can't be written.
void write_table(const Report& report) {
  if (report.table_file.empty()) return;
  const std::string text = table(report);
  std::FILE* out = std::fopen(report.table_file.c_str(), "w");
  const bool written = out != nullptr && std::fputs(text.c_str(), out) >= 0;
  if (out == nullptr || std::fclose(out) != 0 || !written)
    throw std::system_error(errno, std::generic_category(), report.table_file + ": can't be written");
}

// Calls of more and more scenarios, at least one a block of the kernel, until one takes long enough to show the speed:
// on a slow device the first does. Seconds a scenario.
double warm_up(ResidentStudy& resident, std::uint64_t blocks, std::uint64_t& next) {
  for (std::uint64_t count = blocks;; count *= 4) {
    const double seconds = run_seconds(resident, next, count);
    next += count;
    if (seconds >= kWarmUpSeconds || count >= kMostWarmUp) return seconds / static_cast<double>(count);
  }
}

void run_scenarios(benchmark::State& state, const Shape& shape, const Named& named, Report& report) {
  try {
    const CellStudy study = study_of(year_of(shape), named);
    const auto cuda = make_device("cuda:0", {});
    const auto resident = cuda->make_resident(study);
    const auto blocks = static_cast<std::uint64_t>(cuda->memory_need(shape.locations, shape.products, study).workers);
    std::uint64_t next = 1;
    const double each = warm_up(*resident, blocks, next);
    const auto together = std::clamp(static_cast<std::uint64_t>(kSecondsEach / each), 2 * blocks, kMostTogether);
    take_step_clocks();
    double seconds = 0;
    for (auto _ : state) {
      const double took = run_seconds(*resident, next, together);
      next += together;
      seconds += took;
      state.SetIterationTime(took / static_cast<double>(together));  // of one scenario
    }
    const double scenarios = static_cast<double>(together) * static_cast<double>(state.iterations());
    Line line;
    line.name = fmt::format("{}x{} {} {}", shape.locations, shape.products, named.precision, named.resampling);
    for (const std::uint64_t clocks : take_step_clocks())
      line.clocks.push_back(static_cast<double>(clocks) / scenarios);
    line.rate = scenarios / seconds;
    line.floor = 1.0 / floor_seconds(study, report.ceilings);
    state.counters["scenarios_per_second"] = line.rate;
    state.counters["floor_per_second"] = line.floor;
    state.counters["share_of_floor"] = line.rate / line.floor;
    report.lines.push_back(std::move(line));
    write_table(report);  // before what may take long or fail
    if (!report.with_cusolver) return;
    const double beside = eigen_rate(shape);
    report.failed = report.failed || !(beside > 0);
    report.lines.back().eigen_rate = beside;
    if (beside > 0) state.counters["xsyev_batched_per_second"] = beside;
    write_table(report);
  } catch (const std::exception& error) {
    report.failed = true;
    state.SkipWithError(error.what());
  }
}

void register_all(Report& report) {
  const std::pair<const char*, Precision> precisions[] = {
      {"certified", Precision::kCertified}, {"double", Precision::kDouble}, {"fast", Precision::kFast}};
  Resampling multinomial, bayesian, noise;
  multinomial.weights = Weights::kMultinomial;
  bayesian.weights = Weights::kBayesian;
  noise.scheme = Scheme::kNoise;
  noise.sigma = 0.2;
  const std::pair<const char*, Resampling> resamplings[] = {
      {"multinomial", multinomial}, {"bayesian", bayesian}, {"noise", noise}};
  for (const Shape& shape : kShapes) {
    for (const auto& [precision_name, precision] : precisions) {
      for (const auto& [resampling_name, resampling] : resamplings) {
        const Named named{precision_name, resampling_name, precision, resampling};
        const std::string name =
            fmt::format("gpu/{}x{}/{}/{}", shape.locations, shape.products, precision_name, resampling_name);
        benchmark::RegisterBenchmark(
            name.c_str(), [=, &report](benchmark::State& state) { run_scenarios(state, shape, named, report); })
            ->UseManualTime()
            ->Unit(benchmark::kMicrosecond)
            ->Iterations(3);
      }
    }
  }
}

// Takes "--table FILE" and "--without-cusolver" out of the arguments.
void take_options(int& argc, char** argv, Report& report) {
  const auto take = [&](int k, int count) {
    std::copy(argv + k + count, argv + argc + 1, argv + k);
    argc -= count;
  };
  for (int k = 1; k < argc;) {
    if (std::strcmp(argv[k], "--table") == 0 && k + 1 < argc) {
      report.table_file = argv[k + 1];
      take(k, 2);
    } else if (std::strcmp(argv[k], "--without-cusolver") == 0) {
      report.with_cusolver = false;
      take(k, 1);
    } else {
      ++k;
    }
  }
}

int run_all(int argc, char** argv) {
  constexpr int kFailed = 1, kSkipped = 77, kUsage = 64, kNothing = 66;
  Report report;
  take_options(argc, argv, report);
  try {
    report.model = make_device("cuda:0", {})->describe().model;
  } catch (const DeviceUnavailable& reason) {
    fmt::print("bench_gpu: skipped: {}\n", reason.what());
    return kSkipped;
  }
  report.ceilings = measure_gpu_ceilings(0);
  register_all(report);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return kUsage;
  benchmark::AddCustomContext("gpu", report.model);
  benchmark::AddCustomContext("undone", std::string(kUndone));
  benchmark::AddCustomContext("copy_bytes_per_second", fmt::format("{:.4g}", report.ceilings.copy_bytes));
  benchmark::AddCustomContext("lookups_fp32_per_second", fmt::format("{:.4g}", report.ceilings.lookups32));
  benchmark::AddCustomContext("lookups_fp64_per_second", fmt::format("{:.4g}", report.ceilings.lookups64));
  benchmark::AddCustomContext("fused_fp32_per_second", fmt::format("{:.4g}", report.ceilings.fused32));
  benchmark::AddCustomContext("fused_fp64_per_second", fmt::format("{:.4g}", report.ceilings.fused64));
  if (benchmark::RunSpecifiedBenchmarks() == 0) {
    fmt::print(stderr, "bench_gpu: --benchmark_filter names no benchmark; see --benchmark_list_tests\n");
    return kNothing;
  }
  fmt::print("\n{}", table(report));
  return report.failed ? kFailed : 0;
}

}  // namespace
}  // namespace balassa

int main(int argc, char** argv) {
  try {
    return balassa::run_all(argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "bench_gpu: {}\n", error.what());
    return 70;
  }
}
