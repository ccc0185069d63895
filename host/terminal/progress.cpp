#include "host/terminal/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "host/terminal/progress_line.hpp"
#include "host/terminal/screen.hpp"

namespace balassa {

Progress::Pace Progress::pace_of_stderr() {
  using std::chrono::milliseconds;
  if (isatty(STDERR_FILENO) != 0) return {true, milliseconds(200), milliseconds(200)};
  return {false, milliseconds(5000), milliseconds(30000)};
}

Progress::Progress(std::string title, std::string unit, std::uint64_t total, bool quiet, double seconds_after,
                   Pace pace)
    : title_(std::move(title)),
      unit_(std::move(unit)),
      total_(total),
      quiet_(quiet),
      seconds_after_(seconds_after),
      pace_(pace),
      start_(std::chrono::steady_clock::now()),
      last_(start_) {}

Progress::~Progress() {
  if (shown_) print(true);
}

void Progress::update(std::uint64_t done) {
  done_ = done;
  if (quiet_) return;
  const auto now = std::chrono::steady_clock::now();
  if (now - last_ < (shown_ ? pace_.every : pace_.first)) return;
  last_ = now;
  print(false);
}

void Progress::print(bool last) {
  shown_ = true;
  const double elapsed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double rate = elapsed > 0 ? static_cast<double>(done_ - before_) / elapsed : 0;
  const ProgressState state{title_, unit_, done_, total_, rate, seconds_after_};
  if (pace_.terminal) {
    fmt::print(stderr, "\r\033[K{}{}", progress_line(state, screen_columns(STDERR_FILENO)), last ? "\n" : "");
    std::fflush(stderr);
  } else {
    fmt::print(stderr, "{}\n", progress_text(state));
  }
}

}  // namespace balassa
