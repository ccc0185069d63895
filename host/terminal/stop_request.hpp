// Why a long run is to stop: SIGINT, SIGTERM, SIGHUP (the terminal closed), SIGXCPU (no processor time is left),
// SIGUSR1 (a time limit is near) or its own time limit.
#pragma once

#include <signal.h>

#include <array>
#include <chrono>
#include <string>

#include "io/base/error.hpp"

namespace balassa {

inline constexpr int kTimeIsUp = -1;  // beside the numbers of signals

// While it lives, the signals are noted and do nothing else; a second SIGINT or SIGTERM kills as usual. SIGHUP stays
// ignored under nohup. One at a time.
class StopRequest {
 public:
  // `max_seconds` from now by the steady clock; 0 = no limit.
  explicit StopRequest(double max_seconds);
  ~StopRequest();
  StopRequest(const StopRequest&) = delete;
  StopRequest& operator=(const StopRequest&) = delete;

  // 0, a signal's number, or kTimeIsUp.
  int reason() const;
  // The same without the time limit, for work that can't be continued.
  int signal() const;

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  double max_seconds_;
  std::array<struct sigaction, 5> old_{};
};

// 130; 143 for SIGTERM, SIGHUP and SIGXCPU; or 75 for SIGUSR1 and the time limit: only the latter may be queued again
// by a job script.
ExitCode exit_code_of(int reason);
// "SIGTERM", "the time limit".
std::string reason_text(int reason);

}  // namespace balassa
