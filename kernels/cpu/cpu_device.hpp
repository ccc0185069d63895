// Which instruction set the CPU device runs on, and how many threads; shared with `doctor` and the tests.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "kernels/cpu/engine.hpp"
#include "kernels/device.hpp"

namespace balassa {

// The copies of the scenario that this machine can run, best last: plain, avx2, avx512, avx512vbmi.
std::vector<const Engine*> available_engines();

// The copy named, or by BALASSA_SIMD, or the best; throws DeviceUnavailable naming what there is.
const Engine& choose_engine(const std::string& name);

// Where the time of a scenario goes, in microseconds per scenario on one worker, and what the spectrum took.
struct StepTimes {
  double whole = 0, draw = 0;
  std::array<double, kSteps> step{};  // by Step
  double lanczos_steps = 0, correction_steps = 0;
};

// Runs and tallies replicates [first, first + count) of a study of the CPU device on one worker, timed step by step.
StepTimes time_steps(ResidentStudy& study, std::uint64_t first, std::uint64_t count);

// Cores that the process may use: affinity, and a cgroup's CPU limit where there is one.
int usable_cores();

// As the system names it, e.g. "AMD EPYC 7B13"; "CPU" where it does not.
std::string cpu_model();

}  // namespace balassa
