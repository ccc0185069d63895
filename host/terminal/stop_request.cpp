#include "host/terminal/stop_request.hpp"

#include <atomic>

namespace balassa {
namespace {

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGUSR1};
std::atomic<int> noted{0};
static_assert(std::atomic<int>::is_always_lock_free);  // a signal handler may do no more

// A cancelled job must not look like one that ran out of time.
void note(int signal) {
  if (signal == SIGUSR1 && noted != 0) return;
  noted = signal;
}

}  // namespace

StopRequest::StopRequest(double max_seconds) : max_seconds_(max_seconds) {
  noted = 0;
  for (std::size_t k = 0; k < kSignals.size(); ++k) {
    struct sigaction action {};
    action.sa_handler = note;
    // Job scripts may forward SIGUSR1 more than once.
    action.sa_flags = SA_RESTART | (kSignals[k] == SIGUSR1 ? 0 : static_cast<int>(SA_RESETHAND));
    sigaction(kSignals[k], &action, &old_[k]);
  }
}

StopRequest::~StopRequest() {
  for (std::size_t k = 0; k < kSignals.size(); ++k) sigaction(kSignals[k], &old_[k], nullptr);
}

int StopRequest::signal() const {
  return noted;
}

int StopRequest::reason() const {
  if (noted != 0) return noted;
  if (max_seconds_ <= 0.0) return 0;
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
  return elapsed.count() >= max_seconds_ ? kTimeIsUp : 0;
}

ExitCode exit_code_of(int reason) {
  if (reason == SIGINT) return ExitCode::kInterrupted;
  return reason == SIGTERM ? ExitCode::kTerminated : ExitCode::kStoppedEarly;
}

std::string reason_text(int reason) {
  if (reason == SIGINT) return "SIGINT";
  if (reason == SIGTERM) return "SIGTERM";
  return reason == SIGUSR1 ? "SIGUSR1" : "the time limit";
}

}  // namespace balassa
