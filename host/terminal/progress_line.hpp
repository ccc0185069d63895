// The line of a progress bar, as wide as the screen allows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace balassa {

struct ProgressState {
  std::string title, unit;
  std::uint64_t done = 0, total = 0;  // total 0: not known
  double rate = 0;                    // a second; 0: not known yet
  double seconds_after = 0;           // of writing, when all is done
};

// "sweep: 1200/2000 scenarios (60 %), 400/s, 2 s left".
std::string progress_text(const ProgressState& state);
// The same after a bar, in fewer columns than the screen has, so that no line wraps: first the bar goes, then the time
// left, the rate, the count.
std::string progress_line(const ProgressState& state, std::size_t columns);

// "12 s", "3 min 05 s", "2 h 10 min", "3 d 4 h"; "" of what is no forecast: longer than a year.
std::string time_left(double seconds);

}  // namespace balassa
