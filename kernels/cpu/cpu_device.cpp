#include "kernels/cpu/cpu_device.hpp"

#include <omp.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <exception>
#include <limits>
#include <string>

#include "kernels/base/blas.hpp"
#include "kernels/cpu/lock_step_solver.hpp"
#include "kernels/cpu/measures.hpp"
#include "kernels/cpu/worker.hpp"
#include "kernels/device.hpp"
#include "kernels/resident/study_frame.hpp"

namespace balassa {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Replicates drawn together.
int slots_of(const CellStudy& study, const DeviceOptions& options) {
  return study.arithmetic == Arithmetic::kGemm ? kLockStepColumns : std::max(1, options.batch);
}

class CpuStudy final : public ResidentStudy {
 public:
  CpuStudy(const CellStudy& study, const Engine& engine, const DeviceOptions& options, int threads)
      : frame_(study), engine_(engine), options_(options) {
    const int batch = slots_of(study, options), workers = std::max(1, threads);
    for (int k = 0; k < workers; ++k)
      workers_.push_back(std::make_unique<Worker>(frame_.view, frame_.year, batch, study.product_tallies));
    compute_baseline();
  }

  void become(const CellStudy& study) override {
    frame_.become(study);
    if (since_handover_ > 0) flush();
    pending_ = {};
    compute_baseline();
  }

  const ScenarioRecord& baseline() const override { return frame_.baseline; }

  void run(std::uint64_t first, std::uint64_t count, float* raw_eci, float* raw_pci) override {
    if (first == 0) throw std::invalid_argument("replicate 0 is the baseline; run from 1");
    if (since_handover_ + count > kMostBetweenHandovers) flush();
    since_handover_ += count;
    const std::uint64_t slots = static_cast<std::uint64_t>(workers_.front()->slots().capacity);
    // Batches of a lock-step solve begin where its columns do.
    const std::uint64_t skipped = !together_ ? 0 : (first - 1) % slots;
    const std::int64_t batches = static_cast<std::int64_t>((skipped + count + slots - 1) / slots);
    std::exception_ptr failure;
#pragma omp parallel num_threads(static_cast <int>(workers_.size()))
    {
      Worker& worker = *workers_[static_cast<std::size_t>(omp_get_thread_num())];
#pragma omp for schedule(dynamic, 1)
      for (std::int64_t b = 0; b < batches; ++b) {
        const std::uint64_t from = static_cast<std::uint64_t>(b) * slots, begin = from > skipped ? from - skipped : 0,
                            end = std::min(count, from + slots - skipped);
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
    since_handover_ += count;
    const auto start = std::chrono::steady_clock::now();
    const std::uint64_t start_ticks = __builtin_ia32_rdtsc();
    for (std::uint64_t r = first; r < first + count;) {
      const std::uint64_t slots = static_cast<std::uint64_t>(worker.slots().capacity);
      const std::uint64_t together = std::min(first + count - r, !together_ ? slots : slots - (r - 1) % slots);
      const std::uint64_t before = __builtin_ia32_rdtsc();
      engine_.draw(frame_.view, r, static_cast<int>(together), worker.slots(), worker.work());
      const std::uint64_t drawn = __builtin_ia32_rdtsc();
      draw_ticks += drawn - before;
      if (together_) {
        solvers_.front()->solve(r, static_cast<int>(together), worker.slots().weight);
        ticks[static_cast<std::size_t>(Step::kLanczos64)] += __builtin_ia32_rdtsc() - drawn;
      }
      for (std::uint64_t k = 0; k < together; ++k, ++r) {
        Draw draw = engine_.slot(frame_.view, r, static_cast<int>(k), worker.slots());
        if (together_) draw.axis = solvers_.front()->axis(r);
        engine_.run_timed(frame_.view, draw, r, worker.work(), worker.tallies(), ticks.data());
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
    if (replicate == 0) return frame_.baseline;
    Worker& worker = *workers_.front();
    const Draw draw = compute_one(worker, frame_.view, replicate);
    return frame_.record(worker.work(), draw.weight, draw.location_weight, replicate);
  }

 private:
  // Draws and computes a replicate without tallying it.
  Draw compute_one(Worker& worker, const StudyView& view, std::uint64_t replicate) {
    if (options_.team > 0) {
      run_by_threads(options_.team, view, replicate, worker.slots(), worker.work(), nullptr);
      return engine_.slot(view, replicate, 0, worker.slots());
    }
    engine_.draw(view, replicate, 1, worker.slots(), worker.work());
    Draw draw = engine_.slot(view, replicate, 0, worker.slots());
    if (together_) {
      solvers_.front()->solve(replicate, 1, worker.slots().weight);
      draw.axis = solvers_.front()->axis(replicate);
    }
    engine_.run(view, draw, replicate, worker.work(), nullptr);
    return draw;
  }

  void run_batch(Worker& worker, std::uint64_t replicate, int count, std::uint64_t offset, float* raw_eci,
                 float* raw_pci) {
    if (options_.team == 0) engine_.draw(frame_.view, replicate, count, worker.slots(), worker.work());
    LockStepSolver* solver = together_ ? solvers_[static_cast<std::size_t>(omp_get_thread_num())].get() : nullptr;
    if (solver != nullptr) solver->solve(replicate, count, worker.slots().weight);
    for (int k = 0; k < count; ++k) {
      const std::uint64_t id = replicate + static_cast<std::uint64_t>(k);
      if (options_.team > 0) {
        run_by_threads(options_.team, frame_.view, id, worker.slots(), worker.work(), &worker.tallies());
      } else {
        Draw draw = engine_.slot(frame_.view, id, k, worker.slots());
        if (solver != nullptr) draw.axis = solver->axis(id);
        engine_.run(frame_.view, draw, id, worker.work(), &worker.tallies());
      }
      const std::ptrdiff_t row = static_cast<std::ptrdiff_t>(offset) + k;
      const bool valid = worker.work().outcome->validity == Validity::kValid;
      if (raw_eci != nullptr)
        keep(worker.work().eci, frame_.view.locations, valid, raw_eci + row * frame_.view.locations);
      if (raw_pci != nullptr)
        keep(worker.work().pci, frame_.view.products, valid, raw_pci + row * frame_.view.products);
    }
  }

  static void keep(const double* score, int n, bool valid, float* out) {
    for (int i = 0; i < n; ++i) out[i] = static_cast<float>(valid ? score[i] : kNan);
  }

  void flush() {
    if (pending_.validity.empty()) pending_ = shaped_tallies(shape_of(frame_.view, frame_.study.product_tallies));
    for (const std::unique_ptr<Worker>& worker : workers_) worker->hand_over(frame_.view, pending_);
    since_handover_ = 0;
  }

  void compute_baseline() {
    together_ = false;
    Worker& worker = *workers_.front();
    const Draw draw = compute_one(worker, frame_.cold_view(), 0);
    frame_.take_baseline(frame_.record(worker.work(), draw.weight, nullptr, 0), worker.work());
    if (frame_.study.arithmetic == Arithmetic::kGemm && frame_.view.has_start) solve_in_lock_step();
  }

  // A solver for each worker, over the baseline's presence.
  void solve_in_lock_step() {
    presence_ = std::make_unique<DensePresence>(frame_.view.base_by_location, frame_.view);
    while (solvers_.size() < workers_.size()) solvers_.push_back(std::make_unique<LockStepSolver>(frame_.view));
    for (const std::unique_ptr<LockStepSolver>& solver : solvers_) solver->take(frame_.view, *presence_);
    together_ = true;
  }

  StudyFrame frame_;
  const Engine& engine_;
  const DeviceOptions options_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<DensePresence> presence_;
  std::vector<std::unique_ptr<LockStepSolver>> solvers_;
  bool together_ = false;  // replicates are solved by the solvers; else each scenario solves for itself
  Tallies pending_;
  std::uint64_t since_handover_ = 0;
};

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
    d.spectrum = "lapack-fp64";
    d.threads = threads_;
    d.memory_free =
        static_cast<std::size_t>(sysconf(_SC_AVPHYS_PAGES)) * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    return d;
  }

  std::string arithmetic_name(Arithmetic arithmetic) const override {
    return arithmetic == Arithmetic::kGemm ? "gemm-1 (" + blas_name() + ")" : "canonical-1";
  }

  YearMeasures measure(const Year& year, const MeasureRequest& request) override { return measure_year(year, request); }

  MemoryNeed memory_need(int locations, int products, const CellStudy& study) const override {
    StudyView view = view_of(study);
    view.locations = locations;
    view.products = products;
    view.padded_locations = padded(locations);
    view.padded_products = padded(products);
    MemoryNeed need;
    need.resident = ResidentYear::bytes(locations, products);
    need.per_worker = Worker::bytes(view, locations, products, slots_of(study, options_), study.product_tallies);
    if (study.arithmetic == Arithmetic::kGemm) {
      need.resident += LockStepSolver::shared_bytes(locations, products);
      need.per_worker += LockStepSolver::bytes(locations, products);
    }
    need.workers = threads_;
    return need;
  }

  std::unique_ptr<ResidentStudy> make_resident(const CellStudy& study) override {
    if (options_.team > 0 && study.arithmetic == Arithmetic::kGemm)
      throw std::invalid_argument("a thread team has the canonical arithmetic only");
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
