// One scenario, whole and step by step, on one core: a synthetic 240 x 1240 panel, and the world panel of 2017 where
// BALASSA_PANEL names it. Names: scenario/<precision>/<weights>/<class cells>/<simd>; the counters are microseconds.
// The whole is what a sweep does per replicate, its share of the batched draws included.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "bench/bench_year.hpp"
#include "kernels/cpu/cpu_device.hpp"

namespace balassa {
namespace {

ClassGrid class_grid(int quantiles, int splits, int cuts) {
  ClassGrid grid;
  for (int q = 0; q < quantiles; ++q) grid.quantiles.push_back({70 + 20 * q / quantiles, 100});
  for (int s = 0; s < splits; ++s) {
    grid.splits.push_back(s == 0   ? Split{Split::Kind::kMedian, 0}
                          : s == 1 ? Split{Split::Kind::kMean, 0}
                                   : Split{Split::Kind::kQuantile, static_cast<double>(s) / (splits + 1)});
  }
  for (int h = 0; h < cuts; ++h) grid.hhi_cuts.push_back(1000 + 1500.0 * h / cuts);
  return grid;
}

constexpr const char* kStepName[kSteps] = {"presence",   "margins",   "components",  "lanczos32", "residual",
                                           "correction", "lanczos64", "dense",       "gap",       "scores",
                                           "ranks",      "classes",   "certificate", "tally"};

void run_scenarios(benchmark::State& state, Precision precision, Weights weights, ClassGrid classes,
                   const std::string& simd) {
  Study study;
  study.year = &bench_year();
  study.precision = precision;
  study.resampling.weights = weights;
  study.classes = std::move(classes);
  DeviceOptions options;
  options.threads = 1;
  options.simd = simd;
  const auto resident = make_device("cpu", options)->make_resident(study);
  constexpr std::uint64_t kTogether = 64;
  std::uint64_t next = 1;
  StepTimes sum;
  for (auto _ : state) {
    const StepTimes times = time_steps(*resident, next, kTogether);
    next += kTogether;
    sum.whole += times.whole;
    sum.draw += times.draw;
    for (std::size_t s = 0; s < kSteps; ++s) sum.step[s] += times.step[s];
    sum.lanczos_steps += times.lanczos_steps;
    sum.correction_steps += times.correction_steps;
    state.SetIterationTime(times.whole * 1e-6);  // of one scenario
  }
  const double n = static_cast<double>(state.iterations());
  state.counters["draw"] = sum.draw / n;
  for (std::size_t s = 0; s < kSteps; ++s) {
    if (sum.step[s] > 0) state.counters[kStepName[s]] = sum.step[s] / n;
  }
  state.counters["n_lanczos"] = sum.lanczos_steps / n;
  state.counters["n_correction"] = sum.correction_steps / n;
}

void register_all() {
  const std::pair<const char*, Precision> precisions[] = {
      {"certified", Precision::kCertified}, {"double", Precision::kDouble}, {"fast", Precision::kFast}};
  const std::pair<const char*, Weights> laws[] = {{"multinomial", Weights::kMultinomial},
                                                  {"bayesian", Weights::kBayesian}};
  const std::tuple<int, int, int> grids[] = {{3, 5, 8}, {0, 0, 0}, {5, 10, 10}};  // 120, none, 500 class cells
  for (const Engine* engine : available_engines()) {
    for (const auto& [precision_name, precision] : precisions) {
      for (const auto& [law_name, law] : laws) {
        for (const auto& [quantiles, splits, cuts] : grids) {
          const std::string simd = engine->name;
          const std::string name =
              fmt::format("scenario/{}/{}/{}/{}", precision_name, law_name, quantiles * splits * cuts, simd);
          const ClassGrid grid = class_grid(quantiles, splits, cuts);
          benchmark::RegisterBenchmark(name.c_str(),
                                       [=, precision = precision, law = law](benchmark::State& state) {
                                         run_scenarios(state, precision, law, grid, simd);
                                       })
              ->UseManualTime()
              ->Unit(benchmark::kMicrosecond)
              ->Iterations(16);
        }
      }
    }
  }
}

}  // namespace
}  // namespace balassa

int main(int argc, char** argv) {
  balassa::register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
