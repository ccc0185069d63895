// Progress on stderr: a bar with done/total, rate and ETA on a terminal, otherwise a line after 5 s and then every 30 s
// (FORMATS 6).
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace balassa {

class Progress {
 public:
  // How stderr is written to: whether it is a terminal, and when: first after `first`, then every `every`.
  struct Pace {
    bool terminal = false;
    std::chrono::milliseconds first{0}, every{0};
  };
  static Pace pace_of_stderr();

  // `unit` is what is counted ("scenarios", "MB"); total 0 = unknown; silent when quiet. `seconds_after`: of what
  // follows when all is done, which the time that is left includes.
  Progress(std::string title, std::string unit, std::uint64_t total, bool quiet, double seconds_after = 0.0,
           Pace pace = pace_of_stderr());
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
  bool quiet_, shown_ = false;
  double seconds_after_;
  Pace pace_;
  std::chrono::steady_clock::time_point start_, last_;
};

}  // namespace balassa
