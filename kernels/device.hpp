// The seam: what the host may ask of a machine. Coarse operations, no CUDA type, no files, no configuration.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/measures.hpp"
#include "kernels/study.hpp"
#include "kernels/tally.hpp"

namespace balassa {

// A device that can't be had, with the reason: not built, no driver, no such device, no such instruction set.
class DeviceUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct DeviceOptions {
  int threads = 0;  // 0: the cores that the process may use (affinity and cgroup limits)
  int batch = 16;   // replicates whose draws and totals are formed together; never changes a result
  int team = 0;     // tests only: members of a ThreadsTeam per scenario; 0 = one core per scenario
  std::string
      simd;  // "", "plain", "avx2", "avx512", "avx512vbmi"; empty: BALASSA_SIMD, else the best that the machine has
};

struct DeviceDescription {
  std::string name;      // "cpu"
  std::string model;     // "AMD EPYC ..., 2 threads, avx2"
  std::string simd;      // the path in use
  std::string spectrum;  // how measure() solves for it: "lapack-fp64", "cusolver-fp64"; rounded differently
  int threads = 1;
  std::size_t memory_free = 0;
};

// Bytes that a study takes on this device; nothing is allocated to find out.
struct MemoryNeed {
  std::size_t resident = 0;    // the year's values in their layouts
  std::size_t per_worker = 0;  // workspace and tallies of one worker
  int workers = 1;
  std::size_t total() const { return resident + per_worker * static_cast<std::size_t>(workers); }
};

// One study resident on a device: its values, factors and baseline. Not thread-safe; runs its scenarios in parallel.
class ResidentStudy {
 public:
  virtual ~ResidentStudy() = default;

  // Replicate 0, in fp64 from a cold start, residual <= 1e-12 where it converges.
  virtual const ScenarioRecord& baseline() const = 0;

  // Runs replicates [first, first + count), first >= 1, into the study's tallies. raw_eci [count, C] and raw_pci
  // [count, P], NaN = not valid, are written where not null. Results do not depend on how a range is cut up.
  virtual void run(std::uint64_t first, std::uint64_t count, float* raw_eci, float* raw_pci) = 0;

  // Hands over what was tallied since the last call, and starts from zero.
  virtual Tallies collect() = 0;

  // One scenario alone, with everything about it; the same numbers as in run().
  virtual ScenarioRecord replay(std::uint64_t replicate) = 0;

  // Becomes another study of the same year, its values and memory kept: for another specification, precision, seed, law
  // of weights or reference. Scheme, arithmetic, shape of the class grid and product_tallies stay. Tallies that were
  // not collected are lost. Throws std::invalid_argument.
  virtual void become(const CellStudy& study) = 0;
};

class Device {
 public:
  virtual ~Device() = default;
  virtual DeviceDescription describe() const = 0;

  // What decides the last bits of a scenario under it: "canonical-1", the same on every device, or
  // "gemm-1 (OpenBLAS 0.3.21, Haswell)".
  virtual std::string arithmetic_name(Arithmetic arithmetic) const = 0;

  // Every measure of one year in fp64 (see measures.hpp).
  virtual YearMeasures measure(const Year& year, const MeasureRequest& request) = 0;

  virtual MemoryNeed memory_need(int locations, int products, const CellStudy& study) const = 0;

  // Copies what it needs of the study; `study.year` must outlive the result. Throws std::bad_alloc.
  virtual std::unique_ptr<ResidentStudy> make_resident(const CellStudy& study) = 0;
};

// What there is to run on, and why not where not: for `doctor`. Nothing is allocated and no error is thrown.
struct CpuSurvey {
  std::string model;
  int cores = 0;                  // that the process may use
  std::vector<std::string> simd;  // paths that this machine can run, the best last
  std::string simd_in_use;        // empty: BALASSA_SIMD names one that is not there
  std::string huge_pages;         // who gets memory in them: "always" | "madvise": who asks | "never"; empty: not said
  std::string problem, remedy;    // empty: can be used
};

struct GpuSurvey {
  std::string name;  // "cuda:0"
  std::string model, compute_capability;
  int multiprocessors = 0;
  std::size_t memory_free = 0, memory_total = 0;
  std::size_t shared_memory = 0;  // bytes, the most that a block may have
  std::string problem, remedy;    // empty: answers; whether this build's kernels run there is for make_device to find
};

struct CudaSurvey {
  bool built = false;
  std::string runtime, driver;  // "13.0"; the CUDA version that the driver serves, empty: no driver
  std::vector<GpuSurvey> gpus;
  std::string problem, remedy;   // empty: there is at least one GPU
  std::string libraries_remedy;  // where a GPU lacks cuBLAS or cuSOLVER
};

CpuSurvey survey_cpu();
CudaSurvey survey_cuda();

// Of the CUDA runtime in this build; empty: none.
std::string cuda_runtime_version();

// What "auto" stands for: the environment's BALASSA_DEVICE where it is set. Other names are themselves.
std::string device_name(std::string_view asked);

// The device by name: "cpu", "cuda", "cuda:0", or "auto" (device_name; else cuda where it can be had, else cpu;
// describe() says which). Throws DeviceUnavailable with the reason; never falls back silently.
std::unique_ptr<Device> make_device(std::string_view name, const DeviceOptions& options);

// One file each; a build without CUDA has the stub of kernels/cuda/absent.cpp, which throws.
std::unique_ptr<Device> make_cpu_device(const DeviceOptions& options);
std::unique_ptr<Device> make_cuda_device(std::string_view name, const DeviceOptions& options);

}  // namespace balassa
