// When a long run is to save what it has.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

#include "host/plan/plan.hpp"

namespace balassa {

// By the steady clock, which no one sets, or by scenarios.
class CheckpointClock {
 public:
  explicit CheckpointClock(const CheckpointInterval& every) : every_(every) {}
  void ran(std::uint64_t scenarios) { scenarios_ += scenarios; }
  bool due() const {
    if (every_.scenarios > 0) return scenarios_ >= every_.scenarios;
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - last_).count() >= every_.seconds;
  }
  void saved() {
    scenarios_ = 0;
    last_ = std::chrono::steady_clock::now();
  }
  // How many more scenarios may run before one is due.
  std::uint64_t room() const {
    if (every_.scenarios == 0) return std::numeric_limits<std::uint64_t>::max();
    return std::max<std::uint64_t>(1, every_.scenarios - std::min(scenarios_, every_.scenarios));
  }

 private:
  CheckpointInterval every_;
  std::uint64_t scenarios_ = 0;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace balassa
