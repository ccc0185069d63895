// One scenario, whole and step by step, on one core: a synthetic 240 x 1240 panel, and the world panel of 2017 where
// BALASSA_PANEL names it. Names: scenario/<precision>/<draws>/<class rules>/<simd>; the counters are microseconds. Of
// draws, multinomial and bayesian are product weights; locations, joint (with the products), noise and all (of these)
// are timed certified with 120 class rules, weights Bayesian, sigma = .2.
// The whole is what a sweep does per replicate, its share of the batched draws included. Of 16 batches of 64 scenarios,
// `median` and its quartiles q1 and q3 are of the whole, a step's time is its median. `GHz` is the clock that a chain
// of additions saw beside each batch, `GHz_least` the slowest: far below the other, the machine was busy elsewhere.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

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

// Additions that each wait for the one before, a clock tick each, per nanosecond.
double clock_seen() {
  constexpr int kTurns = 1 << 13, kAdditions = 8;
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t x = 0;
  for (int i = 0; i < kTurns; ++i) {
    asm volatile("add $1, %0; add $1, %0; add $1, %0; add $1, %0; add $1, %0; add $1, %0; add $1, %0; add $1, %0"
                 : "+r"(x));
  }
  const std::chrono::duration<double, std::nano> taken = std::chrono::steady_clock::now() - start;
  return kTurns * kAdditions / taken.count();
}

// Of a sample: a quantile between its neighbours.
double quantile(std::vector<double> x, double q) {
  std::sort(x.begin(), x.end());
  const double at = q * static_cast<double>(x.size() - 1);
  const std::size_t below = static_cast<std::size_t>(at), above = std::min(below + 1, x.size() - 1);
  return x[below] + (at - static_cast<double>(below)) * (x[above] - x[below]);
}

struct DrawnKind {
  const char* name;
  Draws draws;
  Weights law;
};

void run_scenarios(benchmark::State& state, Precision precision, const DrawnKind& kind, ClassGrid classes,
                   const std::string& simd) {
  CellStudy study;
  study.year = &bench_year();
  study.precision = precision;
  study.resampling.draws = kind.draws;
  study.resampling.weights = study.resampling.location_weights = kind.law;
  study.resampling.sigma = kind.draws.cell_noise ? 0.2 : 0.0;
  study.classes = std::move(classes);
  DeviceOptions options;
  options.threads = 1;
  options.simd = simd;
  const auto resident = make_device("cpu", options)->make_resident(study);
  constexpr std::uint64_t kTogether = 64;
  std::uint64_t next = 1;
  std::vector<StepTimes> batches;
  std::vector<double> clock;
  for (auto _ : state) {
    clock.push_back(clock_seen());
    batches.push_back(time_steps(*resident, next, kTogether));
    next += kTogether;
    state.SetIterationTime(batches.back().whole * 1e-6);  // of one scenario
  }
  const auto sample_of = [&](auto number) {
    std::vector<double> sample;
    for (const StepTimes& batch : batches) sample.push_back(number(batch));
    return sample;
  };
  const std::vector<double> whole = sample_of([](const StepTimes& t) { return t.whole; });
  state.counters["median"] = quantile(whole, 0.5);
  state.counters["q1"] = quantile(whole, 0.25);
  state.counters["q3"] = quantile(whole, 0.75);
  state.counters["GHz"] = quantile(clock, 0.5);
  state.counters["GHz_least"] = quantile(clock, 0.0);
  state.counters["draw"] = quantile(sample_of([](const StepTimes& t) { return t.draw; }), 0.5);
  for (std::size_t s = 0; s < kSteps; ++s) {
    const double median = quantile(sample_of([s](const StepTimes& t) { return t.step[s]; }), 0.5);
    if (median > 0) state.counters[kStepNames[s]] = median;
  }
  state.counters["n_lanczos"] = quantile(sample_of([](const StepTimes& t) { return t.lanczos_steps; }), 0.5);
  state.counters["n_correction"] = quantile(sample_of([](const StepTimes& t) { return t.correction_steps; }), 0.5);
}

void register_all() {
  const std::pair<const char*, Precision> precisions[] = {
      {"certified", Precision::kCertified}, {"double", Precision::kDouble}, {"fast", Precision::kFast}};
  const DrawnKind kinds[] = {{"multinomial", Scheme::kProducts, Weights::kMultinomial},
                             {"bayesian", Scheme::kProducts, Weights::kBayesian},
                             {"locations", Scheme::kLocations, Weights::kBayesian},
                             {"joint", Scheme::kProducts | Scheme::kLocations, Weights::kBayesian},
                             {"noise", Scheme::kNoise, Weights::kBayesian},
                             {"all", Scheme::kProducts | Scheme::kLocations | Scheme::kNoise, Weights::kBayesian}};
  const std::tuple<int, int, int> grids[] = {{3, 5, 8}, {0, 0, 0}, {5, 10, 10}};  // 120, none, 500 class rules
  for (const Engine* engine : available_engines()) {
    for (const auto& [precision_name, precision] : precisions) {
      for (const DrawnKind& kind : kinds) {
        for (const auto& [quantiles, splits, cuts] : grids) {
          const bool everywhere = kind.draws == Draws(Scheme::kProducts);
          if (!everywhere && (precision != Precision::kCertified || quantiles != 3)) continue;
          const std::string simd = engine->name;
          const std::string name =
              fmt::format("scenario/{}/{}/{}/{}", precision_name, kind.name, quantiles * splits * cuts, simd);
          const ClassGrid grid = class_grid(quantiles, splits, cuts);
          benchmark::RegisterBenchmark(name.c_str(),
                                       [=, precision = precision](benchmark::State& state) {
                                         run_scenarios(state, precision, kind, grid, simd);
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
