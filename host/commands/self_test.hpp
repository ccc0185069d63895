// The self-test of `doctor`: two seconds that tell a device that computes from one that does not.
#pragma once

#include <string>
#include <vector>

#include "kernels/device.hpp"

namespace balassa {

inline constexpr int kSelfTestScenarios = 200;

struct SelfTest {
  std::vector<std::string> faults;  // what was found and what was expected; empty: passed
  std::string scenario_hash;        // of every score and counter of the scenarios; the same on every device
  std::string measure_problem;      // why it can't measure a year, where it lacks a library for it; no fault
  double seconds = 0;
  bool passed() const { return faults.empty(); }
};

// Runs the worked example of METHODS A1.2 as a scenario, kSelfTestScenarios scenarios of a synthetic 60 x 300 year, and
// apart from these measures the worked example by the dense path, which may lack its libraries where scenarios run.
// `expected_hash`: of these scenarios on the plain path; empty on the plain path itself. An error of the device is a
// fault of the test, not thrown; but a device that can't be had after all (DeviceUnavailable, std::bad_alloc) was not
// tested.
SelfTest test_device(Device& device, const std::string& expected_hash);

}  // namespace balassa
