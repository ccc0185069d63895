#include "host/terminal/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace balassa {
namespace {

std::string duration(double seconds) {
  const auto whole = static_cast<long>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

}  // namespace

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
  std::string line = fmt::format("{}: {}", title_, done_);
  if (total_ > 0)
    line += fmt::format("/{} {} ({:.0f} %)", total_, unit_,
                        100.0 * static_cast<double>(done_) / static_cast<double>(total_));
  else
    line += " " + unit_;
  line += fmt::format(", {:.0f}/s", rate);
  if (total_ > done_ && rate > 0) {
    const double left = static_cast<double>(total_ - done_) / rate + seconds_after_;
    line += fmt::format(", {} left{}", duration(left), seconds_after_ >= 1.0 ? " with writing" : "");
  }
  if (pace_.terminal) {
    constexpr int kWidth = 24;
    const int full = total_ > 0 ? static_cast<int>(kWidth * done_ / total_) : 0;
    fmt::print(stderr, "\r\033[K[{}{}] {}{}", std::string(static_cast<std::size_t>(full), '#'),
               std::string(static_cast<std::size_t>(kWidth - full), '.'), line, last ? "\n" : "");
    std::fflush(stderr);
  } else {
    fmt::print(stderr, "{}\n", line);
  }
}

}  // namespace balassa
