#include <sched.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

#include "kernels/cpu/cpu_device.hpp"
#include "kernels/device.hpp"

namespace balassa {
namespace {

// The choice in brackets of "always [madvise] never".
std::string huge_pages() {
  std::ifstream choices("/sys/kernel/mm/transparent_hugepage/enabled");
  for (std::string word; choices >> word;) {
    if (word.front() == '[') return word.substr(1, word.size() - 2);
  }
  return "";
}

}  // namespace

std::vector<const Engine*> available_engines() {
  std::vector<const Engine*> engines{&kPlainEngine};
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
  if (avx2) engines.push_back(&kAvx2Engine);
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  if (avx512) engines.push_back(&kAvx512Engine);
  if (avx512 && __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("gfni") &&
      __builtin_cpu_supports("avx512vpopcntdq"))
    engines.push_back(&kAvx512VbmiEngine);
  return engines;
}

const Engine& choose_engine(const std::string& name) {
  std::string wanted = name;
  if (wanted.empty()) {
    const char* environment = std::getenv("BALASSA_SIMD");
    wanted = environment == nullptr ? "" : environment;
  }
  const std::vector<const Engine*> engines = available_engines();
  if (wanted.empty()) return *engines.back();
  std::string there;
  for (const Engine* engine : engines) {
    if (wanted == engine->name) return *engine;
    there += (there.empty() ? "" : ", ") + std::string(engine->name);
  }
  throw DeviceUnavailable("SIMD path '" + wanted + "' can't run on this machine; there is " + there);
}

int usable_cores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  int cores = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set)
                                                          : static_cast<int>(std::thread::hardware_concurrency());
  // cgroup v2: "quota period" in microseconds, or "max period".
  std::ifstream limit("/sys/fs/cgroup/cpu.max");
  double quota = 0, period = 0;
  if (limit >> quota >> period && quota > 0 && period > 0)
    cores = std::min(cores, std::max(1, static_cast<int>(quota / period)));
  return std::max(cores, 1);
}

std::string cpu_model() {
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; std::getline(info, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "CPU";
}

CpuSurvey survey_cpu() {
  CpuSurvey survey;
  survey.model = cpu_model();
  survey.cores = usable_cores();
  survey.huge_pages = huge_pages();
  for (const Engine* engine : available_engines()) survey.simd.emplace_back(engine->name);
  try {
    survey.simd_in_use = choose_engine("").name;
  } catch (const DeviceUnavailable& error) {
    survey.problem = error.what();
    survey.remedy = "unset BALASSA_SIMD, or set it to one of these";
  }
  return survey;
}

}  // namespace balassa
