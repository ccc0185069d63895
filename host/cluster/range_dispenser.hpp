// Hands out the scenarios of a round to the ranks that share it: big ranges first, small ones last, so that all end
// together.
#pragma once

#include <cstdint>
#include <optional>

#include "host/plan/shards.hpp"

namespace balassa {

// How a round ended: its scenarios below `done` have been run; why it ended early, 0 = it did not.
struct RoundEnd {
  std::uint64_t done = 0;
  int stop = 0;
};

// Ranges are given in the order of ids, so that what has been given and run is at any time a prefix of the round.
// Not thread-safe.
class RangeDispenser {
 public:
  RangeDispenser(const ScenarioRange& round, int ranks) : round_(round), ranks_(ranks), next_(round.begin) {}

  // For a rank that runs `rate` scenarios a second (0 = not known yet): half of its share of what is left, no more
  // than it runs in kTakenSeconds, no less than kLeastTaken. Nothing where all is given or the round is closed.
  std::optional<ScenarioRange> take(double rate);

  // No more is given. The first reason counts.
  void close(int reason);

  std::uint64_t given() const { return next_; }
  RoundEnd end() const { return {next_, stop_}; }

 private:
  ScenarioRange round_;
  int ranks_, stop_ = 0;
  std::uint64_t next_;
};

// The longest that a signal waits for a rank: mpirun kills ranks a second after it told them to end.
inline constexpr double kTakenSeconds = 0.25;
inline constexpr std::uint64_t kLeastTaken = 64;

}  // namespace balassa
