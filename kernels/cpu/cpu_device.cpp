#include "kernels/cpu/cpu_device.hpp"

#include <omp.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <fstream>
#include <limits>
#include <string>

#include "kernels/cpu/measures.hpp"
#include "kernels/cpu/resident_year.hpp"
#include "kernels/cpu/worker.hpp"
#include "kernels/device.hpp"
#include "kernels/philox.hpp"

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::uint64_t kMostBetweenHandovers = 1ull << 28;  // so no counter of a worker overflows

// The knobs of a study, as scenarios read them; pointers are attached later.
StudyView view_of(const Study& study) {
  StudyView view{};
  view.specification = study.specification;
  view.resampling = study.resampling;
  view.precision = study.precision;
  view.p1_given = study.classes.p1_given;
  view.quantiles = study.classes.cells() == 0 ? 0 : static_cast<int>(study.classes.quantiles.size());
  view.splits = static_cast<int>(study.classes.splits.size());
  view.cuts = static_cast<int>(study.classes.hhi_cuts.size());
  if (view.quantiles > kMaxQuantiles || view.splits > kMaxSplits || view.cuts > kMaxCuts) {
    throw std::invalid_argument("a class grid has at most " + std::to_string(kMaxQuantiles) + " P1 quantiles, " +
                                std::to_string(kMaxSplits) + " splits and " + std::to_string(kMaxCuts) + " HHI cuts");
  }
  std::copy(study.classes.quantiles.begin(), study.classes.quantiles.end(), view.quantile);
  std::copy(study.classes.splits.begin(), study.classes.splits.end(), view.split);
  std::copy(study.classes.hhi_cuts.begin(), study.classes.hhi_cuts.end(), view.cut);
  for (int q = 1; q < view.quantiles; ++q) {
    const P1Quantile &a = view.quantile[q - 1], &b = view.quantile[q];
    if (a.numerator * b.denominator >= b.numerator * a.denominator)
      throw std::invalid_argument("P1 quantiles must rise");
  }
  return view;
}

class CpuStudy final : public ResidentStudy {
 public:
  CpuStudy(const Study& study, const Engine& engine, const DeviceOptions& options, int threads)
      : study_(study),
        year_(*study.year),
        layout_(*study.year),
        engine_(engine),
        options_(options),
        view_(view_of(study)) {
    layout_.place_guesses(study.specification.rca_threshold);
    layout_.attach(view_);
    const std::size_t padded_c = static_cast<std::size_t>(view_.padded_locations);
    start_.assign(padded_c, 0.0);
    start_noise_.assign(padded_c, 0.0);
    reference_.assign(padded_c, 0.0);
    has_reference_.assign(padded_c, 0);
    // Depends on the location only, so that years and seeds share it.
    for (int c = 0; c < view_.locations; ++c) {
      const std::uint32_t item = static_cast<std::uint32_t>(layout_.location_item[static_cast<std::size_t>(c)]);
      const Philox4 drawn = draw_block(0, 0, item / 4, Purpose::kStartVector);
      start_noise_[static_cast<std::size_t>(c)] = (static_cast<double>(drawn.word[item % 4]) + 0.5) * 0x1p-31 - 1.0;
    }
    view_.start = start_.data();
    view_.start_noise = start_noise_.data();
    view_.reference = reference_.data();
    view_.has_reference = has_reference_.data();
    align_with(study.reference);
    const int batch = std::max(1, options.batch), workers = std::max(1, threads);
    for (int k = 0; k < workers; ++k)
      workers_.push_back(std::make_unique<Worker>(view_, year_, batch, study.product_tallies));
    compute_baseline();
  }

  const ScenarioRecord& baseline() const override { return baseline_; }

  void run(std::uint64_t first, std::uint64_t count, float* raw_eci, float* raw_pci) override {
    if (first == 0) throw std::invalid_argument("replicate 0 is the baseline; run from 1");
    if (since_handover_ + count > kMostBetweenHandovers) flush();
    since_handover_ += count;
    const std::uint64_t slots = static_cast<std::uint64_t>(workers_.front()->slots().capacity);
    const std::int64_t batches = static_cast<std::int64_t>((count + slots - 1) / slots);
    std::exception_ptr failure;
#pragma omp parallel num_threads(static_cast <int>(workers_.size()))
    {
      Worker& worker = *workers_[static_cast<std::size_t>(omp_get_thread_num())];
#pragma omp for schedule(dynamic, 1)
      for (std::int64_t b = 0; b < batches; ++b) {
        const std::uint64_t begin = static_cast<std::uint64_t>(b) * slots, end = std::min(count, begin + slots);
        try {
          run_batch(worker, first + begin, static_cast<int>(end - begin), begin, raw_eci, raw_pci);
        } catch (...) {
#pragma omp critical
          failure = std::current_exception();
        }
      }
    }
    if (failure) std::rethrow_exception(failure);
  }

  Tallies collect() override {
    flush();
    Tallies result = std::move(pending_);
    pending_ = {};
    return result;
  }

  StepTimes time_steps(std::uint64_t first, std::uint64_t count) {
    Worker& worker = *workers_.front();
    std::array<std::uint64_t, kSteps> ticks{};
    std::uint64_t draw_ticks = 0;
    StepTimes times;
    const auto start = std::chrono::steady_clock::now();
    const std::uint64_t start_ticks = __builtin_ia32_rdtsc();
    for (std::uint64_t r = first; r < first + count;) {
      const std::uint64_t together = std::min(first + count - r, static_cast<std::uint64_t>(worker.slots().capacity));
      const std::uint64_t before = __builtin_ia32_rdtsc();
      engine_.draw(view_, r, static_cast<int>(together), worker.slots(), worker.work());
      draw_ticks += __builtin_ia32_rdtsc() - before;
      for (std::uint64_t k = 0; k < together; ++k, ++r) {
        engine_.run_timed(view_, engine_.slot(view_, r, static_cast<int>(k), worker.slots()), r, worker.work(),
                          worker.tallies(), ticks.data());
        times.lanczos_steps += worker.work().outcome->steps;
        times.correction_steps += worker.work().outcome->refinements;
      }
    }
    const double all_ticks = static_cast<double>(__builtin_ia32_rdtsc() - start_ticks), n = static_cast<double>(count);
    times.whole = std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() / n;
    times.draw = times.whole * static_cast<double>(draw_ticks) / all_ticks;
    for (std::size_t s = 0; s < kSteps; ++s) times.step[s] = times.whole * static_cast<double>(ticks[s]) / all_ticks;
    times.lanczos_steps /= n;
    times.correction_steps /= n;
    return times;
  }

  ScenarioRecord replay(std::uint64_t replicate) override {
    if (replicate == 0) return baseline_;
    Worker& worker = *workers_.front();
    const Draw draw = compute_one(worker, view_, replicate);
    return record(worker, draw, replicate);
  }

 private:
  // Draws and computes a replicate without tallying it.
  Draw compute_one(Worker& worker, const StudyView& view, std::uint64_t replicate) {
    if (options_.team > 0) {
      run_by_threads(options_.team, view, replicate, worker.slots(), worker.work(), nullptr);
      return engine_.slot(view, replicate, 0, worker.slots());
    }
    engine_.draw(view, replicate, 1, worker.slots(), worker.work());
    const Draw draw = engine_.slot(view, replicate, 0, worker.slots());
    engine_.run(view, draw, replicate, worker.work(), nullptr);
    return draw;
  }

  void run_batch(Worker& worker, std::uint64_t replicate, int count, std::uint64_t offset, float* raw_eci,
                 float* raw_pci) {
    if (options_.team == 0) engine_.draw(view_, replicate, count, worker.slots(), worker.work());
    for (int k = 0; k < count; ++k) {
      const std::uint64_t id = replicate + static_cast<std::uint64_t>(k);
      if (options_.team > 0) {
        run_by_threads(options_.team, view_, id, worker.slots(), worker.work(), &worker.tallies());
      } else {
        engine_.run(view_, engine_.slot(view_, id, k, worker.slots()), id, worker.work(), &worker.tallies());
      }
      const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(offset) + k;
      const bool valid = worker.work().outcome->validity == Validity::kValid;
      if (raw_eci != nullptr) keep(worker.work().eci, view_.locations, valid, raw_eci + row * view_.locations);
      if (raw_pci != nullptr) keep(worker.work().pci, view_.products, valid, raw_pci + row * view_.products);
    }
  }

  static void keep(const double* score, int n, bool valid, float* out) {
    for (int i = 0; i < n; ++i) out[i] = static_cast<float>(valid ? score[i] : kNan);
  }

  void flush() {
    if (pending_.validity.empty()) pending_ = shaped_tallies(view_, study_.product_tallies);
    for (const std::unique_ptr<Worker>& worker : workers_) worker->hand_over(view_, pending_);
    since_handover_ = 0;
  }

  // Takes the scores that replicates are aligned with (METHODS C0.3); none where empty.
  void align_with(const std::vector<double>& eci) {
    view_.any_reference = false;
    for (std::size_t c = 0; c < eci.size(); ++c) {
      has_reference_[c] = std::isnan(eci[c]) ? 0 : 1;
      reference_[c] = std::isnan(eci[c]) ? 0.0 : eci[c];
      view_.any_reference = view_.any_reference || has_reference_[c] != 0;
    }
  }

  // Replicate 0: cold, in fp64. Its scores are what replicates start from and, unless the study names others, align
  // with; its presence is the fixed M.
  void compute_baseline() {
    StudyView cold = view_;
    cold.has_start = false;
    if (cold.precision == Precision::kFast) cold.precision = Precision::kDouble;
    Worker& worker = *workers_.front();
    const Draw draw = compute_one(worker, cold, 0);
    baseline_ = record(worker, draw, 0);
    const Workspace& work = worker.work();
    const std::size_t words =
        static_cast<std::size_t>(view_.padded_locations / kTile) * static_cast<std::size_t>(view_.padded_products);
    base_by_location_.assign(work.block_location_full, work.block_location_full + words);
    base_by_product_.assign(work.block_product_full, work.block_product_full + words);
    view_.base_by_location = base_by_location_.data();
    view_.base_by_product = base_by_product_.data();
    if (baseline_.validity != Validity::kValid) return;
    for (std::size_t c = 0; c < baseline_.eci.size(); ++c)
      start_[c] = std::isnan(baseline_.eci[c]) ? 0.0 : baseline_.eci[c];
    view_.has_start = true;
    if (study_.reference.empty()) align_with(baseline_.eci);
  }

  ScenarioRecord record(Worker& worker, const Draw& draw, std::uint64_t replicate);
  void record_margins(const Workspace& work, ScenarioRecord& r) const;

  const Study study_;
  const Year& year_;
  ResidentYear layout_;
  const Engine& engine_;
  const DeviceOptions options_;
  StudyView view_;
  std::vector<double> start_, start_noise_, reference_;
  std::vector<std::uint8_t> has_reference_;
  std::vector<std::uint32_t> base_by_location_, base_by_product_;
  std::vector<std::unique_ptr<Worker>> workers_;
  ScenarioRecord baseline_;
  Tallies pending_;
  std::uint64_t since_handover_ = 0;
};

// Of the whole matrix, from its bits: the margins in the workspace are the giant component's where that is scored.
void CpuStudy::record_margins(const Workspace& work, ScenarioRecord& r) const {
  const BitMatrix m = work.by_location_full;
  const auto present = [m](int c, int p) {
    return (m.bits[(static_cast<std::ptrdiff_t>(c / kTile) * m.words + p / kTile) * kTile + c % kTile] >> (p % kTile)) &
           1u;
  };
  for (int c = 0; c < view_.locations; ++c) {
    std::int64_t diversity = 0;
    for (int p = 0; p < view_.products; ++p)
      diversity += present(c, p) != 0 ? r.weight[static_cast<std::size_t>(p)] : 0;
    r.diversity.push_back(diversity);
  }
  // Locations without any drawn product are not in the matrix.
  r.ubiquity.assign(static_cast<std::size_t>(view_.products), 0);
  for (int c = 0; c < view_.locations; ++c) {
    if (r.diversity[static_cast<std::size_t>(c)] == 0) continue;
    for (int p = 0; p < view_.products; ++p) r.ubiquity[static_cast<std::size_t>(p)] += present(c, p);
  }
}

ScenarioRecord CpuStudy::record(Worker& worker, const Draw& draw, std::uint64_t replicate) {
  const Workspace& work = worker.work();
  const Outcome& outcome = *work.outcome;
  const std::size_t c_count = static_cast<std::size_t>(view_.locations),
                    p_count = static_cast<std::size_t>(view_.products);
  const bool valid = outcome.validity == Validity::kValid;
  ScenarioRecord r;
  r.replicate = replicate;
  r.validity = outcome.validity;
  r.certification = outcome.certification;
  r.components = outcome.components;
  r.lambda2 = outcome.lambda2;
  r.lambda3 = outcome.lambda3;
  r.residual = outcome.residual;
  r.gap = outcome.gap;
  r.participation = outcome.participation;
  r.axis_swap = outcome.axis_swap;
  r.corr_eci_diversity = outcome.corr_diversity;
  r.corr_pci_ubiquity = outcome.corr_ubiquity;
  r.reflection = outcome.reflection;
  r.sign = outcome.sign;
  r.rule_sign = outcome.rule_sign;
  r.weight.assign(draw.weight, draw.weight + p_count);
  record_margins(work, r);
  r.eci.assign(c_count, kNan);
  r.pci.assign(p_count, kNan);
  r.rank.assign(c_count, 0);
  const std::size_t quantiles = view_.quantiles == 0 ? 0
                                : view_.p1_given     ? 1
                                                     : static_cast<std::size_t>(view_.quantiles);
  const std::size_t splits = static_cast<std::size_t>(view_.splits), cuts = static_cast<std::size_t>(view_.cuts);
  r.share.assign(quantiles * c_count, kNan);
  r.hhi.assign(quantiles * c_count, kNan);
  r.split_value.assign(quantiles * splits, kNan);
  r.in_p1.assign(quantiles * p_count, 0);
  r.location_class.assign(quantiles * splits * cuts * c_count, 255);
  if (!valid) return r;
  r.eci.assign(work.eci, work.eci + c_count);
  r.pci.assign(work.pci, work.pci + p_count);
  r.rank.assign(work.rank, work.rank + c_count);
  if (quantiles == 0) return r;
  r.split_value.assign(work.split_value, work.split_value + quantiles * splits);
  const std::size_t stride = static_cast<std::size_t>(view_.padded_locations);
  for (std::size_t q = 0; q < quantiles; ++q) {
    for (std::size_t p = 0; p < p_count; ++p)
      r.in_p1[q * p_count + p] = work.p1_group[p] != 0 && work.p1_group[p] <= quantiles - q ? 1 : 0;
    for (std::size_t c = 0; c < c_count; ++c) {
      if (r.rank[c] == 0) continue;
      const double share = r.share[q * c_count + c] = work.share[q * stride + c];
      const double hhi = r.hhi[q * c_count + c] = work.hhi[q * stride + c];
      for (std::size_t s = 0; s < splits; ++s) {
        for (std::size_t h = 0; h < cuts; ++h) {
          const bool beyond = share > r.split_value[q * splits + s];
          r.location_class[((q * splits + s) * cuts + h) * c_count + c] =
              static_cast<std::uint8_t>(!beyond              ? 2
                                        : hhi > view_.cut[h] ? 0
                                                             : 1);
        }
      }
    }
  }
  return r;
}

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "CPU";
}

class CpuDevice final : public Device {
 public:
  explicit CpuDevice(const DeviceOptions& options)
      : options_(options),
        engine_(choose_engine(options.simd)),
        threads_(options.threads > 0 ? options.threads : usable_cores()) {}

  DeviceDescription describe() const override {
    DeviceDescription d;
    d.name = "cpu";
    d.model = cpu_model();
    d.simd = options_.team > 0 ? "threads team of " + std::to_string(options_.team) : engine_.name;
    d.arithmetic = "canonical-1";
    d.threads = threads_;
    d.memory_free =
        static_cast<std::size_t>(sysconf(_SC_AVPHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return d;
  }

  YearMeasures measure(const Year& year, const MeasureRequest& request) override { return measure_year(year, request); }

  MemoryNeed memory_need(int locations, int products, const Study& study) const override {
    StudyView view = view_of(study);
    view.locations = locations;
    view.products = products;
    view.padded_locations = padded(locations);
    view.padded_products = padded(products);
    MemoryNeed need;
    need.resident = ResidentYear::bytes(locations, products);
    need.per_worker = Worker::bytes(view, products, std::max(1, options_.batch), study.product_tallies);
    need.workers = threads_;
    return need;
  }

  std::unique_ptr<ResidentStudy> make_resident(const Study& study) override {
    return std::make_unique<CpuStudy>(study, engine_, options_, threads_);
  }

 private:
  DeviceOptions options_;
  const Engine& engine_;
  int threads_;
};

}  // namespace

StepTimes time_steps(ResidentStudy& study, std::uint64_t first, std::uint64_t count) {
  return dynamic_cast<CpuStudy&>(study).time_steps(first, count);
}

std::unique_ptr<Device> make_cpu_device(const DeviceOptions& options) {
  return std::make_unique<CpuDevice>(options);
}

}  // namespace balassa
