// A replicate of a fixed presence, only product weights drawn: each scenario's own solve, certified and in double
// precision, against many replicates solved together by the BLAS. Microseconds a scenario on one core, draw to tally;
// the panel is synthetic, or the one that BALASSA_PANEL names.
#include <benchmark/benchmark.h>

#include "bench/bench_year.hpp"
#include "kernels/cpu/cpu_device.hpp"

namespace balassa {
namespace {

void run_scenarios(benchmark::State& state, Precision precision, Arithmetic arithmetic, Weights weights) {
  CellStudy study;
  study.year = &bench_year();
  study.precision = precision;
  study.arithmetic = arithmetic;
  study.resampling.weights = weights;
  study.resampling.recompute_presence = false;
  study.classes = {{{70, 100}, {75, 100}, {80, 100}},
                   {{Split::Kind::kMedian, 0},
                    {Split::Kind::kMean, 0},
                    {Split::Kind::kQuantile, 0.4},
                    {Split::Kind::kQuantile, 0.6},
                    {Split::Kind::kFixed, 20}},
                   {1000, 1200, 1400, 1600, 1800, 2000, 2200, 2400},
                   false};
  DeviceOptions options;
  options.threads = 1;
  const auto resident = make_device("cpu", options)->make_resident(study);
  constexpr std::uint64_t kTogether = 256;
  std::uint64_t next = 1;
  double solve = 0, steps = 0;
  for (auto _ : state) {
    const StepTimes times = time_steps(*resident, next, kTogether);
    next += kTogether;
    solve += times.step[static_cast<std::size_t>(Step::kLanczos32)] +
             times.step[static_cast<std::size_t>(Step::kLanczos64)] +
             times.step[static_cast<std::size_t>(Step::kResidual)] +
             times.step[static_cast<std::size_t>(Step::kCorrection)];
    steps += times.lanczos_steps;
    state.SetIterationTime(times.whole * 1e-6);  // of one scenario
  }
  const Tallies tallies = resident->collect();
  const double n = static_cast<double>(state.iterations());
  state.counters["spectrum"] = solve / n;
  state.counters["n_lanczos"] = steps / n;
  state.counters["fp64"] = static_cast<double>(tallies.certification[static_cast<std::size_t>(Certification::kFp64)]);
}

void register_all() {
  for (const auto& [law, weights] :
       {std::pair{"multinomial", Weights::kMultinomial}, std::pair{"bayesian", Weights::kBayesian}}) {
    for (const auto& [name, precision, arithmetic] :
         {std::tuple{"certified", Precision::kCertified, Arithmetic::kCanonical},
          std::tuple{"double", Precision::kDouble, Arithmetic::kCanonical},
          std::tuple{"gemm", Precision::kCertified, Arithmetic::kGemm}}) {
      benchmark::RegisterBenchmark(
          (std::string("fixed_presence/") + name + "/" + law).c_str(),
          [precision = precision, arithmetic = arithmetic, weights = weights](benchmark::State& state) {
            run_scenarios(state, precision, arithmetic, weights);
          })
          ->UseManualTime()
          ->Unit(benchmark::kMicrosecond)
          ->Iterations(4);
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
