#include "host/terminal/stop_request.hpp"

#include <atomic>

namespace balassa {
namespace {

constexpr std::array<int, 5> kSignals = {SIGINT, SIGTERM, SIGUSR1, SIGHUP, SIGXCPU};
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
    // A second one of these two kills. Job scripts may forward SIGUSR1 more than once, a terminal that closes sends
    // SIGHUP more than once, and the system SIGXCPU each second.
    const bool once = kSignals[k] == SIGINT || kSignals[k] == SIGTERM;
    action.sa_flags = SA_RESTART | (once ? static_cast<int>(SA_RESETHAND) : 0);
    sigaction(kSignals[k], &action, &old_[k]);
    const bool ignored = kSignals[k] == SIGHUP && old_[k].sa_handler == SIG_IGN;  // by nohup
    if (ignored) sigaction(kSignals[k], &old_[k], nullptr);
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
  const bool terminated = reason == SIGTERM || reason == SIGHUP || reason == SIGXCPU;
  return terminated ? ExitCode::kTerminated : ExitCode::kStoppedEarly;
}

std::string reason_text(int reason) {
  if (reason == SIGINT) return "SIGINT";
  if (reason == SIGTERM) return "SIGTERM";
  if (reason == SIGHUP) return "SIGHUP (the terminal closed)";
  if (reason == SIGXCPU) return "SIGXCPU (the limit of processor time)";
  return reason == SIGUSR1 ? "SIGUSR1" : "the time limit";
}

}  // namespace balassa
