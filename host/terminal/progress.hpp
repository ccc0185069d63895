// Progress on stderr: a bar with done/total, rate and ETA on a terminal, one line every 30 s otherwise (FORMATS 6).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace balassa {

class Progress {
 public:
  // `unit` is what is counted ("scenarios", "MB"); total 0 = unknown; silent when quiet.
  Progress(std::string title, std::string unit, std::uint64_t total, bool quiet);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `done` was done before: it counts for the total and not for the rate.
  void start_at(std::uint64_t done) { before_ = done_ = done; }
  void update(std::uint64_t done);

 private:
  void print(bool last);
  std::string title_, unit_;
  std::uint64_t total_, done_ = 0, before_ = 0;
  bool quiet_, terminal_, shown_ = false;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace balassa
