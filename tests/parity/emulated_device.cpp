// The CUDA device's host side on an imitated runtime of two GPUs, whose kernels are emulated blocks: uploads, memory
// plan, batches in flight, counters handed over, shares of several GPUs, errors. Against the CPU: bytes. Built where
// the toolkit's headers are; needs no driver.
#define BALASSA_ISA emulated
#include "tests/emulated_block.hpp"

#include <gtest/gtest.h>

#include <map>
#include <mutex>

#include "kernels/cpu/measures.hpp"
#include "kernels/cuda/cuda_device.cpp"
#include "kernels/cuda/gpu_study.cpp"
#include "kernels/cuda/lock_step_block.cuh"
#include "kernels/cuda/scenario_block.cuh"
#include "tests/device_trial.hpp"

// The dense path needs cuBLAS and cuSOLVER; the imitated GPU measures as the CPU does.
namespace balassa {
struct DenseMeasures::Kept {};
DenseMeasures::DenseMeasures(int device) : device_(device) {}
DenseMeasures::~DenseMeasures() = default;
YearMeasures DenseMeasures::measure(const Year& year, const MeasureRequest& request) {
  return measure_year(year, request);
}
}  // namespace balassa

namespace {

// The imitated runtime. Work of a stream waits in a queue until somebody asks for the stream, so that a copy that
// nobody waited for is seen as old bytes.
struct Runtime {
  std::recursive_mutex guard;
  int devices = 2;
  std::size_t free_bytes = std::size_t{1} << 30;
  std::size_t allocated = 0;
  std::map<void*, std::size_t> blocks;
  std::map<cudaStream_t, std::vector<std::function<void()>>> queue;
  std::map<cudaEvent_t, std::vector<std::function<void()>>> before;  // what an event waits for
  cudaError_t fault = cudaSuccess;                                   // of the next wait
  std::size_t handles = 0;
} runtime;
thread_local int current_device = 0;
constexpr std::size_t kGuard = 64;

void run_all(std::vector<std::function<void()>>& work) {
  const std::vector<std::function<void()>> all = std::move(work);
  work.clear();
  for (const auto& each : all) each();
}

cudaError_t waited() {
  return std::exchange(runtime.fault, cudaSuccess);
}

}  // namespace

extern "C" {
cudaError_t cudaGetLastError() {
  return cudaSuccess;
}
const char* cudaGetErrorString(cudaError_t) {
  return "imitated error";
}
const char* cudaGetErrorName(cudaError_t) {
  return "cudaErrorImitated";
}
cudaError_t cudaGetDevice(int* device) {
  return *device = current_device, cudaSuccess;
}
cudaError_t cudaSetDevice(int device) {
  return current_device = device, cudaSuccess;
}
cudaError_t cudaGetDeviceCount(int* count) {
  return *count = runtime.devices, cudaSuccess;
}
cudaError_t cudaMemGetInfo(std::size_t* free_bytes, std::size_t* all) {
  return *free_bytes = *all = runtime.free_bytes, cudaSuccess;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr, int) {
  return *value = 2, cudaSuccess;
}
cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  std::strcpy(properties->name, "imitated GPU");
  return cudaSuccess;
}
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned) {
  const std::lock_guard lock(runtime.guard);
  *stream = reinterpret_cast<cudaStream_t>(++runtime.handles);
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t) {
  return cudaSuccess;
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  const std::lock_guard lock(runtime.guard);
  *event = reinterpret_cast<cudaEvent_t>(++runtime.handles);
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t) {
  return cudaSuccess;
}
cudaError_t cudaMalloc(void** block, std::size_t bytes) {
  const std::lock_guard lock(runtime.guard);
  if (bytes > runtime.free_bytes) return cudaErrorMemoryAllocation;
  *block = std::aligned_alloc(256, (bytes + kGuard + 255) / 256 * 256);
  std::memset(*block, 0xFF, bytes + kGuard);
  runtime.blocks[*block] = bytes;
  runtime.allocated += bytes;
  return cudaSuccess;
}
cudaError_t cudaFree(void* block) {
  if (block == nullptr) return cudaSuccess;
  const std::lock_guard lock(runtime.guard);
  const std::size_t bytes = runtime.blocks.at(block);
  for (std::size_t k = 0; k < kGuard; ++k)
    EXPECT_EQ(static_cast<unsigned char*>(block)[bytes + k], 0xFF) << "written past the allocation";
  runtime.blocks.erase(block);
  runtime.allocated -= bytes;
  std::free(block);
  return cudaSuccess;
}
cudaError_t cudaMallocHost(void** block, std::size_t bytes) {
  return *block = std::malloc(bytes), cudaSuccess;
}
cudaError_t cudaFreeHost(void* block) {
  return std::free(block), cudaSuccess;
}
cudaError_t cudaMemcpy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind) {
  return std::memcpy(to, from, bytes), cudaSuccess;
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, std::size_t bytes, cudaMemcpyKind, cudaStream_t stream) {
  const std::lock_guard lock(runtime.guard);
  runtime.queue[stream].push_back([=] { std::memcpy(to, from, bytes); });
  return cudaSuccess;
}
cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t stream) {
  const std::lock_guard lock(runtime.guard);
  runtime.queue[stream].push_back([=] { std::memset(to, value, bytes); });
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  const std::lock_guard lock(runtime.guard);
  run_all(runtime.queue[stream]);
  return waited();
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const std::lock_guard lock(runtime.guard);
  runtime.before[event] = {[=] { run_all(runtime.queue[stream]); }};
  return cudaSuccess;
}
cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  const std::lock_guard lock(runtime.guard);
  runtime.queue[stream].push_back([=] { run_all(runtime.before[event]); });
  return cudaSuccess;
}
cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  const std::lock_guard lock(runtime.guard);
  run_all(runtime.before[event]);
  return waited();
}
}

namespace balassa {

void launch_weights(const StudyView& study, const ScenarioBatch& batch, int blocks, cudaStream_t stream) {
  const std::lock_guard lock(runtime.guard);
  runtime.queue[stream].push_back([=] {
    EmulatedBlock threads(kDrawThreads, 1);
    for (int block = 0; block < blocks; ++block) threads.run([&] { draw_batch_weights(study, batch, block, blocks); });
  });
}

void launch_totals(const StudyView& study, const ScenarioBatch& batch, cudaStream_t stream) {
  const std::lock_guard lock(runtime.guard);
  runtime.queue[stream].push_back([=] {
    EmulatedBlock threads(kDrawThreads, 2);
    for (int c = 0; c < study.locations; c += kTotalRows)
      threads.run(
          [&] { total_batch_rows(study, batch, c, static_cast<int>(threadIdx.x) / kWarp, kDrawThreads / kWarp); });
  });
}

void launch_scenarios(const StudyView& study, const ScenarioBatch& batch, const TallyView& tallies, int blocks,
                      int threads, std::size_t fast_bytes, cudaStream_t stream) {
  const std::lock_guard lock(runtime.guard);
  runtime.queue[stream].push_back([=] {
    EmulatedBlock block_threads(threads, 3);
    struct alignas(64) Line {
      std::byte bytes[64];
    };
    const unsigned all = batch.count;
    for (int block = 0; block < blocks; ++block) {
      std::vector<Line> fast(fast_bytes / 64 + 1);
      BlockState state;
      ScenarioBatch share = batch;  // as many to each block as if they ran side by side
      share.count = static_cast<unsigned>(static_cast<std::size_t>(all) * (static_cast<std::size_t>(block) + 1) /
                                          static_cast<std::size_t>(blocks));
      block_threads.run([&] { run_batch_scenarios(study, share, tallies, block, fast.data()->bytes, state); });
      *batch.next = share.count;  // each thread block looked once too often
    }
  });
}

// Vector steps by emulated blocks, products by plain sums.
struct GpuLockStep::Machine {
  void to_products(const double* in, double* out) const { multiply(in, out, s.products, s.locations, 1, s.products); }
  void to_locations(const double* in, double* out) const { multiply(in, out, s.locations, s.products, s.products, 1); }
  // out[i, r] = sum over k of presence[i outer + k inner] in[k, r]
  void multiply(const double* in, double* out, int n, int terms, int outer, int inner) const {
    for (int i = 0; i < n; ++i) {
      for (int r = 0; r < s.columns; ++r) {
        double sum = 0.0;
        for (int k = 0; k < terms; ++k) sum += s.presence[i * outer + k * inner] * in[k * s.columns + r];
        out[i * s.columns + r] = sum;
      }
    }
  }
  template <class Step>
  void cells(int rows, const Step& step) {
    for (unsigned block = 0; block < 3; ++block) threads.run([&] { cells_of_block(step, rows, block, 3); });
  }
  template <class Step>
  void sums(int rows, const Step& step) {
    std::vector<double> part(Step::kSums * kRowSlices * kWarp, std::bit_cast<double>(~0ull));
    for (int block = 0; block < s.columns / kWarp; ++block)
      threads.run([&] { sums_of_block(step, rows, static_cast<unsigned>(block), part.data()); });
  }
  template <class Step>
  void columns(const Step& step) {
    threads.run([&] { columns_of_block(step, 0); });
  }
  bool any_open() const {
    return std::any_of(s.open, s.open + s.columns, [](std::int32_t open) { return open != 0; });
  }
  LockStep s{};
  cudaStream_t stream = nullptr;
  double *presence = nullptr, *ubiquity = nullptr;
  EmulatedBlock threads{kLockStepThreads, 4};
};

LockStep shaped_lock_step(const StudyView& view) {
  LockStep s{};
  s.locations = view.locations;
  s.products = view.products;
  s.columns = GpuLockStep::columns(view.locations, view.products);
  s.padded_locations = view.padded_locations;
  s.padded_products = view.padded_products;
  return s;
}

int GpuLockStep::columns(int, int) {
  return 64;
}

std::size_t GpuLockStep::bytes(const StudyView& view) {
  LockStep s = shaped_lock_step(view);
  Arena measure;
  carve_lock_step(measure, s);
  return measure.used() + static_cast<std::size_t>((view.locations + 1) * view.products) * 8 + 4096;
}

GpuLockStep::GpuLockStep(DeviceArena& arena, const StudyView& view, cudaStream_t stream)
    : machine_(std::make_unique<Machine>()) {
  LockStep& s = machine_->s;
  s = shaped_lock_step(view);
  machine_->stream = stream;
  Arena measure;
  carve_lock_step(measure, s);
  Arena place(arena.take<std::byte>(measure.used(), "lock-step solve"));
  carve_lock_step(place, s);
  s.presence = machine_->presence = arena.take<double>(static_cast<std::size_t>(s.locations * s.products), "presence");
  s.ubiquity = machine_->ubiquity = arena.take<double>(static_cast<std::size_t>(s.products), "presence");
  s.start = view.start;
  s.start_noise = view.start_noise;
}

GpuLockStep::~GpuLockStep() = default;

void GpuLockStep::take_presence(const DensePresence& presence) {
  std::copy(presence.cell.begin(), presence.cell.end(), machine_->presence);
  std::copy(presence.ubiquity.begin(), presence.ubiquity.end(), machine_->ubiquity);
}

const SolvedAxis* GpuLockStep::solve(std::uint64_t first, int count, const std::int32_t* weight) {
  const std::lock_guard lock(runtime.guard);
  run_all(runtime.queue[machine_->stream]);
  LockStep& s = machine_->s;
  s.first = static_cast<int>((first - 1) % static_cast<std::uint64_t>(s.columns));
  s.count = count;
  s.weight = weight;
  solve_together(*machine_, s);
  return s.axis + s.first;
}

std::string gemm_library_name() {
  return "imitated";
}

SharedMemory scenario_shared_memory(int) {
  return {100'000, 102'400, 1'024};
}
int scenario_blocks_per_multiprocessor(int threads, std::size_t) {
  return threads == 256 ? 2 : 1;
}

namespace {

Trial expected_of(const Study& study, std::uint64_t replicates) {
  DeviceOptions plain;
  plain.simd = "plain";
  return run(*make_device("cpu", plain), study, replicates);
}

Trial found_on(const char* name, const Study& study, std::uint64_t replicates, std::uint64_t together, int batch) {
  DeviceOptions options;
  options.batch = batch;
  return run(*make_device(name, options), study, replicates, together);
}

TEST(EmulatedDevice, EqualsTheCpuWhateverTheBatches) {
  Year year = random_year(33, 40, 3);
  for (double& value : year.value) value *= 0.1;
  const Study study = study_of(year, Scheme::kProducts, Weights::kMultinomial, Precision::kCertified);
  const Trial expected = expected_of(study, 11);
  expect_same(expected, found_on("cuda", study, 11, 1000, 1), "one a block, several batches");
  expect_same(expected, found_on("cuda", study, 11, 4, 64), "calls of four");
  expect_same(expected, found_on("cuda:1", study, 11, 1000, 2), "the second GPU");
  expect_same(expected, found_on("cuda:all", study, 11, 1000, 1), "two GPUs");
  expect_same(expected, found_on("cuda:1,0", study, 11, 1, 1), "two GPUs, one replicate at a time");
  EXPECT_EQ(runtime.allocated, 0u);
}

TEST(EmulatedDevice, NoiseFixedPresenceAndGivenSet) {
  Year year = random_year(20, 33, 4);
  const Study noise = study_of(year, Scheme::kNoise, Weights::kPoisson, Precision::kDouble);
  expect_same(expected_of(noise, 4), found_on("cuda", noise, 4, 3, 1), "noise");
  Study fixed = study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kFast);
  fixed.resampling.recompute_presence = false;
  fixed.product_tallies = false;
  fixed.classes.quantiles = {{1, 2}};
  fixed.classes.p1_given = true;
  for (int p = 0; p < year.products; ++p) year.given_p1.push_back(p % 3 == 0 ? 1 : 0);
  expect_same(expected_of(fixed, 5), found_on("cuda:0,1", fixed, 5, 1000, 1), "fixed presence, given set");
}

// Vectors of a lock-step solve, whatever the batches: the ranks and classes of canonical double precision.
TEST(EmulatedDevice, GemmGivesTheRanksAndClassesOfDouble) {
  const Year year = random_year(66, 50, 4);
  Study study = study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kDouble);
  study.resampling.recompute_presence = false;
  const Trial expected = expected_of(study, 5);
  study.precision = Precision::kCertified;
  study.arithmetic = Arithmetic::kGemm;
  const Trial found = found_on("cuda", study, 5, 1000, 1);
  EXPECT_EQ(found.tallies.certification[static_cast<std::size_t>(Certification::kFirstPass)], 5u);
  expect_same_bytes(expected.tallies.rank, found.tallies.rank, "rank");
  expect_same_bytes(expected.tallies.in_p1, found.tallies.in_p1, "p1");
  expect_same_bytes(expected.tallies.class_count, found.tallies.class_count, "class");
  expect_same_bytes(expected.last.rank, found.last.rank, "replayed rank");
  for (std::size_t i = 0; i < expected.raw_eci.size(); ++i) EXPECT_NEAR(expected.raw_eci[i], found.raw_eci[i], 2e-6);
  expect_same(found, found_on("cuda", study, 5, 2, 64), "calls of two");
  expect_same(found, found_on("cuda:1,0", study, 5, 1000, 2), "two GPUs");
  EXPECT_EQ(make_device("cuda", {})->arithmetic_name(Arithmetic::kGemm), "gemm-1 (imitated)");
}

// One allocation for the studies of a year, and nothing left of the one before.
TEST(EmulatedDevice, BecomesAnotherStudyOfTheYear) {
  const Year year = random_year(20, 33, 4);
  const Study first = study_of(year, Scheme::kProducts, Weights::kPoisson, Precision::kDouble);
  const auto resident = make_device("cuda:0,1", {})->make_resident(first);
  resident->run(1, 2, nullptr, nullptr);
  Study second = study_of(year, Scheme::kProducts, Weights::kBayesian, Precision::kCertified);
  second.specification.rca_threshold = 0.7;
  second.reference = resident->baseline().eci;
  const std::size_t allocated = runtime.allocated;
  resident->become(second);
  EXPECT_EQ(runtime.allocated, allocated);
  const auto fresh = make_device("cuda", {})->make_resident(second);
  expect_same_record(fresh->baseline(), resident->baseline(), "baseline");
  fresh->run(1, 3, nullptr, nullptr);
  resident->run(1, 3, nullptr, nullptr);
  expect_same_tallies(fresh->collect(), resident->collect(), "tallies");
}

TEST(EmulatedDevice, CollectsInParts) {
  const Year year = random_year(12, 20, 5);
  const Study study = study_of(year, Scheme::kProducts, Weights::kPoisson, Precision::kCertified);
  const auto resident = make_device("cuda", {})->make_resident(study);
  resident->run(1, 3, nullptr, nullptr);
  Tallies sum = resident->collect();
  resident->run(4, 4, nullptr, nullptr);
  sum.add(resident->collect());
  expect_same_tallies(expected_of(study, 7).tallies, sum, "two parts");
}

TEST(EmulatedDevice, SaysWhatWouldFit) {
  const Year year = random_year(12, 20, 5);
  const Study study = study_of(year, Scheme::kProducts, Weights::kPoisson, Precision::kCertified);
  runtime.free_bytes = (std::size_t{256} << 20) + 100'000;
  try {
    make_device("cuda", {})->make_resident(study);
    ADD_FAILURE() << "made resident without memory";
  } catch (const std::bad_alloc& error) {
    EXPECT_NE(std::string(error.what()).find("cuda:0: the study takes"), std::string::npos) << error.what();
  }
  runtime.free_bytes = std::size_t{1} << 30;
}

// A fault while a batch runs is charged to its replicates; nothing leaks.
TEST(EmulatedDevice, FaultsNameWhatRan) {
  const Year year = random_year(12, 20, 5);
  const Study study = study_of(year, Scheme::kProducts, Weights::kPoisson, Precision::kCertified);
  {
    const auto resident = make_device("cuda", {})->make_resident(study);
    runtime.fault = cudaErrorIllegalAddress;
    try {
      resident->run(5, 3, nullptr, nullptr);
      ADD_FAILURE() << "no fault";
    } catch (const CudaError& error) {
      EXPECT_NE(std::string(error.what()).find("running replicates 5 to 7 on cuda:0"), std::string::npos)
          << error.what();
      EXPECT_NE(std::string(error.what()).find("gpu_study.cpp:"), std::string::npos) << error.what();
    }
  }
  EXPECT_EQ(runtime.allocated, 0u);
}

// What was in flight when a run threw does not come to the next one's arrays.
TEST(EmulatedDevice, ARunAfterAFaultKeepsToItsArrays) {
  const Year year = random_year(12, 20, 5);
  const Study study = study_of(year, Scheme::kProducts, Weights::kPoisson, Precision::kCertified);
  DeviceOptions options;
  options.batch = 1;
  const auto resident = make_device("cuda", options)->make_resident(study);
  std::vector<float> eci(50 * 12);
  runtime.fault = cudaErrorUnknown;
  EXPECT_THROW(resident->run(1, 50, eci.data(), nullptr), CudaError);
  std::fill(eci.begin(), eci.end(), 9.0f);
  resident->run(1, 1, eci.data(), nullptr);
  EXPECT_NE(eci[0], 9.0f);
  EXPECT_EQ(std::count(eci.begin() + 12, eci.end(), 9.0f), 49 * 12);
}

TEST(EmulatedDevice, Names) {
  for (const char* name : {"cuda:2", "cuda:", "cuda:x", "cuda:0,", "cuda:0,0", "cuda0", "cuda:-1", "cuda:0 "})
    EXPECT_THROW(make_device(name, {}), DeviceUnavailable) << name;
  EXPECT_EQ(make_device("cuda:all", {})->describe().name, "cuda:0,1");
  ASSERT_EQ(unsetenv("BALASSA_DEVICE"), 0);
  EXPECT_EQ(make_device("auto", {})->describe().name, "cuda:0");
  ASSERT_EQ(setenv("BALASSA_DEVICE", "cpu", 1), 0);
  EXPECT_EQ(make_device("auto", {})->describe().name, "cpu");
  EXPECT_EQ(make_device("cuda", {})->describe().name, "cuda:0");
  runtime.devices = 0;
  EXPECT_THROW(make_device("cuda", {}), DeviceUnavailable);
  runtime.devices = 2;
}

}  // namespace
}  // namespace balassa
